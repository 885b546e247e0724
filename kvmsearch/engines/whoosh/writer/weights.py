"""The codes of a term in the documents that have it: kvmsearch.ranking.code, in bulk.

Most documents have a term once and in one field: their codes depend on nothing but the length
of that field, and are looked up in one table a field. The rest is worked out one by one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from kvmsearch.engines.whoosh.layout import POSITIONAL
from kvmsearch.ranking import code

_FIELDS = _TITLE, _BODY, _TRAILER = range(len(POSITIONAL))


class Weights:
    """The weights of terms in the documents of a segment, of which the lengths are given."""

    def __init__(self, lengths: Sequence[Sequence[int]]) -> None:
        self._lengths = lengths
        self._known: dict[tuple[int, ...], int] = {}
        self._once = [
            bytes([self._alone(field, 1, length) for length in lengths[field]]) for field in _FIELDS
        ]

    def coded(
        self, title: Sequence[int], body: Sequence[int], trailer: Sequence[int]
    ) -> tuple[Sequence[int], bytes]:
        """Return the documents that have a term, sorted, and its codes in them.

        Each field is given the documents in order, once for each time that the term is there.
        """
        if not title:
            if not trailer:
                return self._in_one(_BODY, body)
            if not body:
                return self._in_one(_TRAILER, trailer)
        elif not body and not trailer:
            return self._in_one(_TITLE, title)
        counts = (Counter(title), Counter(body), Counter(trailer))
        codes: dict[int, int] = {}
        for field, counted in enumerate(counts):
            codes.update(zip(counted, self._codes(field, counted), strict=True))
        for document in _shared(*counts):
            codes[document] = self._together(document, counts)
        documents = sorted(codes)
        return documents, bytes(map(codes.__getitem__, documents))

    def _in_one(self, field: int, documents: Sequence[int]) -> tuple[Sequence[int], bytes]:
        once = self._once[field]
        if len(documents) == 1:
            return documents, once[documents[0] : documents[0] + 1]
        if len(set(documents)) == len(documents):
            return documents, bytes(map(once.__getitem__, documents))
        counts = Counter(documents)
        return list(counts), bytes(self._codes(field, counts))

    def _codes(self, field: int, counts: "Counter[int]") -> Iterable[int]:
        once, lengths, alone = self._once[field], self._lengths[field], self._alone
        return [
            once[document] if count == 1 else alone(field, count, lengths[document])
            for document, count in counts.items()
        ]

    def _alone(self, field: int, count: int, length: int) -> int:
        key = (field, count, length)
        known = self._known.get(key)
        if known is None:
            frequencies, lengths = [0] * len(_FIELDS), [0] * len(_FIELDS)
            frequencies[field], lengths[field] = count, length
            known = self._known[key] = code(frequencies, lengths) if length else 0
        return known

    def _together(self, document: int, counts: Sequence["Counter[int]"]) -> int:
        title, body, trailer = counts
        in_title, in_body, in_trailer = self._lengths
        key = (
            title[document],
            body[document],
            trailer[document],
            in_title[document],
            in_body[document],
            in_trailer[document],
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = code(key[:3], key[3:])
        return known


def _shared(
    title: "Counter[int]", body: "Counter[int]", trailer: "Counter[int]"
) -> AbstractSet[int]:
    """Return the documents that have a term in several fields."""
    return (title.keys() & (body.keys() | trailer.keys())) | (body.keys() & trailer.keys())
