"""The one ranking formula; pure arithmetic over frequencies, lengths and scores.

1.  Terms: BM25F (Zaragoza et al., TREC 2004). With tf_f the frequency of a term in field f
    of a commit, and len_f the parts in that field:

        tf~   = sum_f  w_f tf_f / (1 - B + B len_f / average_f)
        score = sum_t  e(t) r(t) tf~ (K1 + 1) / (tf~ + K1)
        r     = USUAL_IDF (idf / USUAL_IDF)^p
        idf   = ln(1 + (N - df + 0.5) / (df + 0.5))
        e     = 1 / (1 + FADING n), times WHOLE_WEIGHT, CODE_WEIGHT

    What is said of another commit tells of that one (`kvmsearch.asides`): in tf_f of the body,
    words in the subject of a commit that is named by its id do not count, and the others of
    that sentence count half. Where a term stands nowhere else it has the least code.

    average_f is a constant, so that tf~ depends on nothing but the commit: it is worked out
    once, when the commit is written, and kept as one byte (`code`, and `WEIGHTS` back). N is
    the live commits of the index, and df those with the term in any of the fields: a term
    that is asked for in one field finds by that field, and ranks as it does in all. A prefix,
    a fuzzy word, and an id in its several lengths count as one term, with the df of the union
    and in each commit the greatest code of their terms.

    r(t), the rarity, sets rare terms and common ones further apart than idf does: p is
    RARITY_POWER, or SHORT_RARITY_POWER for a short query, one of up to SHORT words that rank.

    e(t), the emphasis, is the query's: what is said first says most, so that a term counts
    the less the more parts (n) of ranking words stand before it; and a whole of several parts
    counts WHOLE_WEIGHT, since its parts count as well; and the terms of a word that looks like
    code (`kvmsearch.analysis.is_code`) count CODE_WEIGHT times. Of a term that is there twice
    the greater.

2.  Neighbours. Of at most MOST_NEIGHBOURS free words, each two that are neighbours in the
    query and stand side by side in this order in a title or a body add a share of the lesser
    of their two scores by 1.: NEIGHBOUR_WEIGHT, divided by the number of such pairs
    (sequential dependence: Metzler & Croft, SIGIR 2005; the lesser of the two, so that
    nothing has to be counted beforehand, and what they can add is known before anyone looks).

3.  Shares, by which the sum of 1. and 2. is multiplied. In a long query, what describes one
    commit says its title as well:

        1 + TITLE_SHARE min(1, n / length)^TITLE_SHARE_POWER

    n are the distinct terms of one part that stand in the query and in the title, of `length`
    parts. What a short query asks for, an answer should have all of:

        had^QUERY_SHARE_POWER

    `had` is the sum of e(t) r(t) of the terms that the commit has, as a share of that of all
    terms that any commit has.

4.  Series. Matching changes of one author address whose author dates are at most 30 minutes
    apart, chained, are taken for one patch series. A change is raised by SERIES_WEIGHT of
    what it lacks to the best one of its series (cluster-based smoothing: Kurland & Lee, SIGIR
    2004). The best of a series gains nothing, so no change outranks a better one by the
    company that it keeps, and none ends above the best of its series.

5.  Names. What the query names outright, by id, subject or link, is raised by NAMED_SCORE,
    above what the words of a line can earn.

A commit's score before 4. is rounded (`rounded`), so that it does not depend on the order in
which a sum was made. Equal scores are ordered by committer date, newest first, then by id.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp, log

K1 = 1.2
B = 0.5
FIELD_WEIGHTS: Mapping[str, float] = {"title": 3.0, "body": 1.0, "trailer": 0.5}
"""The ranked fields, in the order in which `code` takes them."""

AVERAGE_LENGTHS: Mapping[str, float] = {"title": 8.0, "body": 80.0, "trailer": 12.0}
"""Parts. Those of git.git are 8.0, 88, 12 and of U-Boot 8.3, 44, 12, where there are any."""

GREATEST_CODE = 255
_LEAST, _GREATEST = 1 / 64, 64.0
"""Weights outside are taken for these: they add next to nothing, or all that a term can."""

_STEP = log(_GREATEST / _LEAST) / (GREATEST_CODE - 1)
WEIGHTS = (0.0, *(_LEAST * exp(_STEP * step) for step in range(GREATEST_CODE)))
"""The weight tf~ that each code stands for; 0 is that of a term that is not there."""

FADING = 0.02
WHOLE_WEIGHT = 0.4

CODE_WEIGHT = 1.2
"""Of what looks like code, which is seldom said by the way."""

SHORT = 3
"""Words that rank, up to which a query is short."""

USUAL_IDF = 7.0
"""Of a word of one commit in a thousand: the idf that stays as it is."""

RARITY_POWER = 1.2
SHORT_RARITY_POWER = 1.1

TITLE_SHARE = 0.5
"""What a long query adds to a commit all of whose title it says, as a share of its score."""

TITLE_SHARE_POWER = 1.5

QUERY_SHARE_POWER = 0.3

NEIGHBOUR_WEIGHT = 0.75
MOST_NEIGHBOURS = 4
"""Free words up to which neighbours count; of a long question they say little."""

NAMED_SCORE = 2000.0
"""More than the words of a line can earn: one that a single commit of a million has, 50."""

ROUNDING = 1.5 * 2**22
"""What is added to a score and taken away again to round it to multiples of 2**-30.

Sums of so much have no finer step; scores are below a third of it, and 2**-30 is about 1e-9.
"""

SERIES_WEIGHT = 0.55
SERIES_GAP = 30 * 60
"""Seconds between the author dates of neighbours in a series."""


def idf(documents: int, frequency: int) -> float:
    """Return the inverse document frequency of a term that `frequency` of `documents` hold."""
    return log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def rarity(documents: int, frequency: int, *, is_short: bool) -> float:
    """Return how much the rarity of a term counts, in a short query or a long one."""
    power = SHORT_RARITY_POWER if is_short else RARITY_POWER
    return USUAL_IDF * float((idf(documents, frequency) / USUAL_IDF) ** power)


def normalised(frequency: float, length: int, average: float) -> float:
    """Return a term's frequency in one field, freed of the field's length."""
    return frequency / (1 - B + B * length / (average or 1))


def saturated(frequency: float) -> float:
    """Return what a weighted sum of normalised frequencies adds to a score, before idf."""
    return frequency * (K1 + 1) / (frequency + K1)


def emphasis(position: int, width: int, *, is_code: bool = False) -> float:
    """Return how much a term of a query counts, that covers `width` parts from part `position`."""
    weight = (WHOLE_WEIGHT if width > 1 else 1.0) * (CODE_WEIGHT if is_code else 1.0)
    return weight / (1 + FADING * position)


def code(frequencies: Sequence[float], lengths: Sequence[int]) -> int:
    """Return the weight of a term in one commit, as 1..GREATEST_CODE; greater is heavier.

    Both have one number a field, in the order of FIELD_WEIGHTS: how often the term stands in
    it, less what is said of other commits, and how many parts it has. Neighbouring codes differ
    by 3.3 %: in a score by less than 1 % of what the term can add.
    """
    weight = 0.0
    # Not by sum(), which rounds otherwise than the plain additions of who does this in bulk.
    for field, frequency, length in zip(FIELD_WEIGHTS, frequencies, lengths, strict=True):
        weight += FIELD_WEIGHTS[field] * normalised(frequency, length, AVERAGE_LENGTHS[field])
    return 1 + bisect_right(code_bounds(), weight)


@cache
def code_bounds() -> tuple[float, ...]:
    """Return the weights at which the next code begins, from that of code 2 on."""
    return tuple(_LEAST * exp(_STEP * (step + 0.5)) for step in range(GREATEST_CODE - 1))


def titled(said: int, length: int) -> float:
    """Return the factor of a commit, of whose title's parts a long query says so many."""
    return 1 + TITLE_SHARE * float(min(1.0, said / max(length, 1)) ** TITLE_SHARE_POWER)


def having(share: float) -> float:
    """Return the factor of a commit that has a share, 0 to 1, of a short query."""
    return float(share**QUERY_SHARE_POWER)


def rounded(score: float) -> float:
    """Return a score rounded to a multiple of 2**-30."""
    return score + ROUNDING - ROUNDING


def raised(own: float, best: float) -> float:
    """Return the score of a change whose series has `best` as its best score."""
    return own + SERIES_WEIGHT * (best - own)
