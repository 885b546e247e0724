"""The files of ours beside Whoosh's in a segment: what a search looks up. All little-endian.

`.ids`      u32 groups; each group: u32 width, u32 count; then for each group its documents (u32) in
            the order of their ids. One group for each length of an id; the ids are in `.id.col`.
`.series`   the documents (u32) in the order of (author_key, author_date, document).
`.changes`  the documents (u32) in the order of (change_key, document).
`.texts`    where the texts of each document begin: a letter each (B, H or I: u8, u16, u32) for two
            columns, and these, by document: the positions of its prose and of its trailers.
`.dense`    u32 terms, u32 size of their names; the names, sorted, joined by NUL; 2*terms+1 offsets
            (u64) from the end of these on; there two zlib streams for each term, one behind the
            other: its bits (bit n of the little-endian number is document n) and its codes (one
            byte a document, 0 where it has not the term).
"""

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.layout import DENSE_FROM, DENSE_SHARE
from kvmsearch.engines.whoosh.writer.columns import little


def ids(raw: Sequence[bytes]) -> bytes:
    """Return the file of the ids, given by document."""
    by_width: dict[int, list[int]] = {}
    for document, name in enumerate(raw):
        by_width.setdefault(len(name), []).append(document)
    groups = sorted(by_width.items())
    head = [number for width, group in groups for number in (width, len(group))]
    body = [one for _, group in groups for one in sorted(group, key=raw.__getitem__)]
    return little(array("I", [len(groups), *head, *body]))


def series(author_keys: "array[int]", author_dates: "array[int]") -> bytes:
    """Return the file of who wrote what when, given by document."""
    return _documents(np.lexsort((author_dates, author_keys)))


def changes(change_keys: "array[int]") -> bytes:
    """Return the file of the changes, given by document."""
    return _documents(np.argsort(np.array(change_keys), stable=True))


def _documents(order: "NDArray[np.int64]") -> bytes:
    return order.astype("<u4").tobytes()


def texts(*columns: NDArray[np.int64]) -> bytes:
    """Return the file of where the texts begin, of which the columns are given."""
    codes = [next(code for code in "BHI" if _fits(column, code)) for column in columns]
    narrow = [
        column.astype(f"<{code}").tobytes() for code, column in zip(codes, columns, strict=True)
    ]
    return b"".join(("".join(codes).encode(), *narrow))


def _fits(column: NDArray[np.int64], code: str) -> bool:
    return int(column.max(initial=0)) <= np.iinfo(code).max


class DenseTerms:
    """Gathers terms that many documents have, of the ranked field."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._least = count // DENSE_SHARE if count >= DENSE_FROM else count
        """More documents than these have a term that is kept."""

        self._terms: list[str] = []
        self._streams: list[bytes] = []

    def add(self, term: str, documents: NDArray[np.int64], codes: NDArray[np.uint8]) -> None:
        """Add a term (they come in order), the documents that have it and its codes in them."""
        if len(documents) <= self._least:
            return
        by_document = np.zeros(self._count, np.uint8)
        by_document[documents] = codes
        bits = np.packbits(by_document > 0, bitorder="little")
        self._terms.append(term)
        self._streams.append(_compressed(bits.tobytes()))
        self._streams.append(_compressed(by_document.tobytes()))

    def finish(self) -> bytes:
        """Return the file."""
        names = "\0".join(self._terms).encode()
        offsets = array("Q", accumulate(map(len, self._streams), initial=0))
        sizes = little(array("I", (len(self._terms), len(names))))
        return b"".join((sizes, names, little(offsets), *self._streams))


def _compressed(data: bytes) -> bytes:
    """Compress what repeats nothing but runs of a byte: to look for more finds less, and slowly."""
    packer = zlib.compressobj(strategy=zlib.Z_RLE)
    return packer.compress(data) + packer.flush()
