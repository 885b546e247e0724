"""Which queries are asked: chosen from the text by rule, so that any repository will do.

Words are of small letters only, stop words aside, of titles and bodies of up to 50,000 commits
spread evenly. A word *of a share* is the most frequent one that no more than that share has,
whatever its ending; of equals one by lot, but always the same.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise
from time import gmtime
from typing import TypeVar
from zlib import crc32

from bench.speed.asked import Query
from bench.speed.text import Text
from kvmsearch import KvmsearchError
from kvmsearch.analysis import STOP_WORDS, tokenize

SAMPLE = 50_000
EACH = 5
"""Queries of a class, and shares of each kind below."""

COMMON = (1 / 8, 1 / 12, 1 / 18, 1 / 27, 1 / 40)
MIDDLE = (1 / 100, 1 / 150, 1 / 225, 1 / 340, 1 / 500)
RARE = (1 / 2000, 1 / 2500, 1 / 3000, 1 / 4000, 1 / 5000)
PAIRS = (1 / 40, 1 / 80, 1 / 160, 1 / 320, 1 / 640)
KEPT = 1 / 512
"""The share of commits that a word of a phrase or of three words has, at least."""

_LEAST = 2
"""Commits of the sample that have a word of any share."""

_WORD = re.compile(r"\w+")
_PLAIN = re.compile(r"[a-z]{3,}")
_PREFIX = 4

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked of one history."""

    classes: Mapping[str, Sequence[Query]]
    author: str
    """The address of an author of middling diligence."""

    years: tuple[int, int]
    """The years of the first and the third quarter of all commits."""


def choose(commits: Sequence[Text]) -> Chosen:
    """Choose what to ask of the history that these commits are a sample of.

    Raises:
        KvmsearchError: there is not enough of it.
    """
    told = [_WORD.findall(f"{text.title}\n{text.body}".lower()) for text in commits]
    forms = Counter(word for words in told for word in set(words) if _counts(word))
    kept = {word for word, count in forms.items() if count >= KEPT * len(told)}
    frequency = _by_stem(told, forms)
    pairs = Counter(
        pair for words in told for pair in set(pairwise(words)) if kept.issuperset(pair)
    )
    threes = list(islice(_threes(told, kept), EACH))
    if len(frequency) < 3 * EACH or not pairs or len(threes) < EACH:
        raise KvmsearchError("this history has too few words to choose queries from")
    common, middle, rare = (
        _of_shares(frequency, len(told), shares) for shares in (COMMON, MIDDLE, RARE)
    )
    return Chosen(
        _classes(common, middle, rare, threes, _of_shares(pairs, len(told), PAIRS)),
        _author(commits),
        _years(commits),
    )


def _by_stem(told: Sequence[Sequence[str]], forms: Counter[str]) -> Counter[str]:
    """Return how many commits have a word or another of its stem, by its most frequent form."""
    best: dict[str, str] = {}
    for word in sorted(forms, key=lambda word: (forms[word], word)):
        best[_stem(word)] = word
    return Counter(
        best[stem] for words in told for stem in {_stem(word) for word in words if word in forms}
    )


@cache
def _stem(word: str) -> str:
    return next(tokenize(word)).term


def _counts(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None and word not in STOP_WORDS


def _of_shares(frequency: Counter[Key], total: int, shares: Iterable[float]) -> list[Key]:
    """Return the key of each share; where none is left, the rarest."""
    ranked = sorted(frequency, key=lambda key: (-frequency[key], crc32(str(key).encode())))
    found: list[Key] = []
    for share in shares:
        most = max(_LEAST, share * total)
        free = (key for key in ranked if frequency[key] <= most and key not in found)
        found.append(next(free, ranked[-1]))
    return found


def _threes(told: Sequence[Sequence[str]], kept: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield the first three words of commits spread evenly, each once."""
    for start in range(EACH):
        for words in told[start * len(told) // EACH :]:
            first = [word for word in dict.fromkeys(words) if word in kept][:3]
            if len(first) == 3:
                yield tuple(first)
                break


def _classes(
    common: Sequence[str],
    middle: Sequence[str],
    rare: Sequence[str],
    threes: Sequence[tuple[str, ...]],
    pairs: Sequence[tuple[str, str]],
) -> dict[str, list[Query]]:
    twos = list(zip(common, [*common[1:], common[0]], strict=True))
    nots = [
        (*three[:2], next(word for word in (*common[place:], *common) if word not in three))
        for place, three in enumerate(threes)
    ]
    fours = list(zip(common, middle, [*middle[1:], middle[0]], rare, strict=True))
    words: dict[str, tuple[str, Sequence[tuple[str, ...]]]] = {
        "rare word": ("all", [(word,) for word in rare]),
        "common word": ("all", [(word,) for word in common]),
        "2 common words, all": ("all", twos),
        "2 common words, any": ("any", twos),
        "3 words of a commit, all": ("all", threes),
        "3 words of a commit, any": ("any", threes),
        "prefix": ("prefix", [(word[:_PREFIX],) for word in middle]),
        "phrase": ("phrase", pairs),
        "4 words, OR": ("or", fours),
        "2 words, NOT a third": ("not", nots),
    }
    return {name: [Query(kind, one) for one in each] for name, (kind, each) in words.items()}


def _author(commits: Sequence[Text]) -> str:
    """Return who wrote most of those who wrote no more than one in two hundred."""
    frequency = Counter(text.author.rpartition("<")[2].rstrip(">") for text in commits)
    return _of_shares(frequency, len(commits), [1 / 200])[0]


def _years(commits: Sequence[Text]) -> tuple[int, int]:
    dates = sorted(text.committed for text in commits)
    first, last = (gmtime(dates[len(dates) * part // 4]).tm_year for part in (1, 3))
    return first, last
