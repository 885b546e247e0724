"""The codes of many documents at once are those of the formula, one by one."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.engines.whoosh.writer.weights import Weights
from kvmsearch.ranking import code

FREQUENCIES = st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any)
OTHERS = st.lists(st.integers(0, 300), min_size=3, max_size=3)


@given(
    st.lists(st.tuples(FREQUENCIES, OTHERS), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_codes(documents: list[tuple[list[int], list[int]]], random: Random) -> None:
    """Each document that has a term anywhere has the code of its frequencies and lengths."""
    counts = np.array([frequencies for frequencies, _ in documents]).T
    lengths = counts + np.array([others for _, others in documents]).T
    order = list(range(len(documents)))
    random.shuffle(order)
    codes = Weights(list(lengths)).codes(np.array(order), list(counts[:, order]))
    assert codes.tolist() == [
        code(counts[:, document].tolist(), lengths[:, document].tolist()) for document in order
    ]
