"""The files of ours beside Whoosh's in a segment: what a search looks up. All little-endian.

`.ids`      u32 groups; each group: u32 width, u32 count; then for each group its ids as raw
            bytes, sorted, and their documents (u32). One group for each length of an id.
`.series`   author_key (i64) of each document, sorted; author_date (i64) and document (u32) in
            the same order, which is that of (author_key, author_date, document).
`.changes`  change_key (i64) of each document, sorted, and document (u32) in the same order.
`.dense`    u32 terms, u32 size of their names; the names, sorted, joined by NUL; 2*terms+1 offsets
            (u64) from the end of these on; there two zlib streams for each term, one behind the
            other: its bits (bit n of the little-endian number is document n) and its codes (one
            byte a document, 0 where it has not the term).
"""

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate

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
        self._terms: list[str] = []
        self._streams: list[bytes] = []

    def add(self, term: str, documents: Sequence[int], codes: bytes) -> None:
        """Add a term (they come in order), the documents that have it and its codes in them."""
        by_document = bytearray(self._count)
        for document, code in zip(documents, codes, strict=True):
            by_document[document] = code
        digits = by_document[::-1].translate(_AS_DIGITS)
        number = int(digits, 2).to_bytes((self._count + 7) // 8, "little")
        self._terms.append(term)
        self._streams.append(zlib.compress(number, _BITS_LEVEL))
        self._streams.append(zlib.compress(by_document, _CODES_LEVEL))

    def finish(self) -> bytes:
        """Return the file."""
        names = "\0".join(self._terms).encode()
        offsets = array("Q", accumulate(map(len, self._streams), initial=0))
        sizes = little(array("I", (len(self._terms), len(names))))
        return b"".join((sizes, names, little(offsets), *self._streams))
