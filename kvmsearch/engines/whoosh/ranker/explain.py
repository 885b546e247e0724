"""Why an answer ranks where it does, in plain words."""

from collections.abc import Iterator, Sequence

from kvmsearch.analysis import tokenize
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading
from kvmsearch.engines.whoosh.ranker.matches import Matches
from kvmsearch.engines.whoosh.ranker.page import Entry
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.terms import Pair, Unit, significant, units_of
from kvmsearch.hits import Explanation, Part
from kvmsearch.query.tree import And, Fuzzy, Node, Or, Prefix, Words
from kvmsearch.ranking import NAMED_SCORE, WEIGHTS

_LEAST_GAIN = 1e-9
"""Less is but rounding."""


def explained(
    query: Node, scorer: Scorer, readings: Sequence[Reading], matches: Matches, entry: Entry
) -> Explanation:
    """Return every part of the score of an answer, in order of the query."""
    shown = entry.documents[0]
    names = dict(_names(query))
    parts = [*_own_parts(scorer, readings, shown, names)]
    own = matches.earned(shown, entry.documents)
    if own - matches.score(shown) > _LEAST_GAIN:
        parts.append(Part("from a copy that matches better", own - matches.score(shown)))
    lift = entry.score - own
    if lift > _LEAST_GAIN:
        best = max(_series_scores(matches, entry.documents))
        details = (("its own score", own), ("the best of its series", best))
        parts.append(Part("from its series", lift, details))
    return Explanation(tuple(parts))


def _own_parts(
    scorer: Scorer, readings: Sequence[Reading], place: Place, names: dict[Unit, str]
) -> Iterator[Part]:
    leaf, document = place
    made = scorer.parts(readings[leaf], document)
    for unit, (code, gain) in made.units.items():
        frequency = scorer.frequencies[unit]
        yield Part(
            names[unit],
            gain,
            (
                ("commits that have it", frequency),
                ("of all commits", scorer.documents),
                ("rarity", round(scorer.rarities[unit], 3)),
                ("emphasis in the query", round(scorer.emphases[unit], 3)),
                ("weight in this commit", round(WEIGHTS[code], 3)),
            ),
        )
    for pair, gain in made.pairs.items():
        yield Part(f"{_label(pair, names)} side by side", gain)
    if abs(made.gain) > _LEAST_GAIN:
        yield Part(scorer.factor.label, made.gain, made.details)
    if scorer.named[leaf] >> document & 1:
        yield Part("named by the query", NAMED_SCORE)


def _label(pair: Pair, names: dict[Unit, str]) -> str:
    """Return the two words of a pair; of an identifier the last or the first part."""
    return f"{names[pair.first[-1]]} {names[pair.second[-1]]}"


def _series_scores(matches: Matches, documents: Sequence[Place]) -> Iterator[float]:
    for series in matches.series.around(documents):
        if not set(series).isdisjoint(documents):
            yield from map(matches.score, series)


def _names(node: Node) -> Iterator[tuple[Unit, str]]:
    """Yield the units that rank, and how the query has them."""
    match node:
        case Words(parts):
            for part in significant(parts):
                yield from _names(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _names(part)
        case Prefix(text):
            yield from ((unit, f"{text}*") for unit in units_of(node))
        case Fuzzy(text):
            yield from ((unit, f"{text}~") for unit in units_of(node))
        case _:
            text = getattr(node, "text", "")
            typed = {token.term: text[token.start : token.end] for token in tokenize(text)}
            yield from ((unit, typed[unit.text]) for unit in units_of(node))
