"""The files of ours beside Whoosh's in a segment: what a search looks up. All little-endian.

`.ids`      u32 groups; each group: u32 width, u32 count; then for each group its ids as raw
            bytes, sorted, and their documents (u32). One group for each length of an id.
`.series`   author_key (i64) of each document, sorted; author_date (i64) and document (u32) in
            the same order, which is that of (author_key, author_date, document).
`.changes`  change_key (i64) of each document, sorted, and document (u32) in the same order.
`.dense`    u32 size of the directory; the directory, a pickled dict of term (str) ->
            (offset behind the directory, size of the bits, size of the codes); then for
            each term two zlib streams: its bits (bit n of the little-endian number is document
            n) and its codes (one byte a document, 0 where it has not the term).
"""

import zlib
from array import array
from collections.abc import Sequence
from pickle import dumps

from kvmsearch.engines.whoosh.writer.columns import little

_AS_DIGITS = b"0" + b"1" * 255
_BITS_LEVEL = 6
_CODES_LEVEL = 6


def ids(raw: Sequence[bytes]) -> bytes:
    """Return the file of the ids, given by document."""
    by_width: dict[int, list[tuple[bytes, int]]] = {}
    for document, name in enumerate(raw):
        by_width.setdefault(len(name), []).append((name, document))
    head = [len(by_width).to_bytes(4, "little")]
    body = []
    for width, group in sorted(by_width.items()):
        group.sort()
        head.append(little(array("I", (width, len(group)))))
        body.append(b"".join([name for name, _ in group]))
        body.append(little(array("I", [document for _, document in group])))
    return b"".join(head + body)


def series(author_keys: "array[int]", author_dates: "array[int]") -> bytes:
    """Return the file of who wrote what when, given by document."""
    rows = sorted(zip(author_keys, author_dates, range(len(author_keys)), strict=True))
    keys, dates, documents = zip(*rows, strict=True) if rows else ((), (), ())
    return little(array("q", keys)) + little(array("q", dates)) + little(array("I", documents))


def changes(change_keys: "array[int]") -> bytes:
    """Return the file of the changes, given by document."""
    rows = sorted(zip(change_keys, range(len(change_keys)), strict=True))
    keys, documents = zip(*rows, strict=True) if rows else ((), ())
    return little(array("q", keys)) + little(array("I", documents))


class DenseTerms:
    """Gathers terms that many documents have."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._directory: dict[str, tuple[int, int, int]] = {}
        self._streams: list[bytes] = []
        self._size = 0

    def add(self, term: str, documents: Sequence[int], codes: bytes) -> None:
        """Add a term, the documents that have it and its codes in them."""
        by_document = bytearray(self._count)
        for document, code in zip(documents, codes, strict=True):
            by_document[document] = code
        digits = by_document[::-1].translate(_AS_DIGITS)
        number = int(digits, 2).to_bytes((self._count + 7) // 8, "little")
        bits = zlib.compress(number, _BITS_LEVEL)
        packed = zlib.compress(by_document, _CODES_LEVEL)
        self._directory[term] = (self._size, len(bits), len(packed))
        self._streams += (bits, packed)
        self._size += len(bits) + len(packed)

    def finish(self) -> bytes:
        """Return the file."""
        directory = dumps(self._directory, 3)
        return b"".join((len(directory).to_bytes(4, "little"), directory, *self._streams))
