"""The codes of terms in documents: kvmsearch.ranking.code, in bulk."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvmsearch.ranking import AVERAGE_LENGTHS, FIELD_WEIGHTS, B, code_bounds

Numbers = NDArray[np.int64]

_BOUNDS = np.array(code_bounds())


class Weights:
    """The codes of terms in the documents of a segment, of which the lengths are given.

    Lengths and counts are given for each text, in the order of FIELD_WEIGHTS.
    """

    def __init__(self, lengths: Sequence[Numbers]) -> None:
        # By the same steps as kvmsearch.ranking.normalised: every bit is to agree.
        self._norms = [
            1 - B + B * length / AVERAGE_LENGTHS[field]
            for field, length in zip(FIELD_WEIGHTS, lengths, strict=True)
        ]

    def codes(self, documents: Numbers, counts: Sequence[NDArray[np.float64]]) -> NDArray[np.uint8]:
        """Return the code of a term in each of some documents, by how often it is in each text."""
        weight = np.zeros(len(documents))
        for share, norms, count in zip(FIELD_WEIGHTS.values(), self._norms, counts, strict=True):
            weight += share * (count / norms[documents])
        return (1 + np.searchsorted(_BOUNDS, weight, "right")).astype(np.uint8)
