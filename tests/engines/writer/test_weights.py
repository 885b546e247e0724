"""The codes of many documents at once are those of the formula, one by one."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.engines.whoosh.writer.weights import Weights
from kvmsearch.ranking import code

COUNT = 12
FREQUENCIES = st.lists(st.integers(0, 5), min_size=3, max_size=3)
OTHERS = st.lists(st.integers(0, 300), min_size=3, max_size=3)


@given(st.lists(st.tuples(FREQUENCIES, OTHERS), min_size=1, max_size=COUNT))
def test_codes(documents: list[tuple[list[int], list[int]]]) -> None:
    """Each document that has a term anywhere has the code of its frequencies and lengths."""
    lengths = [
        array("I", [counts[field] + others[field] for counts, others in documents])
        for field in range(3)
    ]
    occurrences = [
        [number for number, (counts, _) in enumerate(documents) for _ in range(counts[field])]
        for field in range(3)
    ]
    if any(occurrences):
        title, body, trailer = occurrences
        found, codes = Weights(lengths).coded(title, body, trailer)
        having = [number for number, (counts, _) in enumerate(documents) if any(counts)]
        assert list(found) == having
        assert list(codes) == [
            code(documents[number][0], [length[number] for length in lengths]) for number in having
        ]
