"""Which segments are merged: neighbours in size, so that a large one is not written again."""

from collections import defaultdict
from collections.abc import Sequence

from kvmsearch.engines.whoosh.reader.leaf import Leaf

FACTOR = 8
"""So many segments of like size, within a power of it, are merged into one."""

LARGEST = 30_000
"""Commits that a merge makes at most: a segment under construction is in memory."""


def due(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return segments of like size that are to be merged now, or none."""
    tiers = defaultdict(list)
    for leaf in leaves:
        tiers[_tier(leaf.live.bit_count())].append(leaf)
    full = (tier for tier in tiers.values() if len(tier) >= FACTOR)
    return next((tier for tier in full if sum(leaf.count for leaf in tier) <= LARGEST), [])


def _tier(count: int) -> int:
    tier = 0
    while count >= FACTOR:
        count //= FACTOR
        tier += 1
    return tier
