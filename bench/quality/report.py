"""What was measured, as records for JSON and as Markdown tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.quality.evaluation import Case, Worth
from bench.quality.measures import interval, mean

Measured = Mapping[tuple[str, str], Sequence[Mapping[str, Worth]]]
"""By set and form, what each engine's answers were worth, a question at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one set in one form. Figures are nDCG@10 x 100, except MRR and recall."""

    set: str
    form: str
    n: int
    engine: str
    ndcg: float
    mrr: float
    recall: float
    gain: float | None
    """What the base of comparison has more, in pairs; None for the base itself."""

    low: float | None
    """The ends of the 95 % interval of `gain`."""

    high: float | None


def gathered(measured: Iterable[tuple[Case, Mapping[str, Worth]]]) -> Measured:
    """Sort what was measured by set and form, in the order of the first case of each."""
    groups = defaultdict(list)
    for case, worths in measured:
        groups[case.set, case.form].append(worths)
    return groups


def rows(measured: Measured, base: str) -> list[Row]:
    """Return a row for each set, form and engine, compared to the engine `base`."""
    return [
        _row(set_form, engine, worths, base)
        for set_form, worths in measured.items()
        for engine in worths[0]
    ]


def _row(
    set_form: tuple[str, str], engine: str, worths: Sequence[Mapping[str, Worth]], base: str
) -> Row:
    own = [one[engine] for one in worths]
    gain = low = high = None
    if engine != base:
        gains = [100 * (one[base].ndcg - one[engine].ndcg) for one in worths]
        gain, (low, high) = mean(gains), interval(gains)
    ndcg = 100 * mean([one.ndcg for one in own])
    mrr = mean([one.mrr for one in own])
    recall = mean([one.recall for one in own])
    return Row(*set_form, len(worths), engine, ndcg, mrr, recall, gain, low, high)


def table(found: Iterable[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = [
        "| set | form | n | engine | nDCG@10 | MRR@10 | recall@100 | kvmsearch over it [95 %] |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        over = "" if row.gain is None else f"{row.gain:+.1f} [{row.low:+.1f}, {row.high:+.1f}]"
        lines.append(
            f"| {row.set} | {row.form} | {row.n} | {row.engine} | {row.ndcg:.1f} "
            f"| {row.mrr:.3f} | {row.recall:.3f} | {over} |"
        )
    return "\n".join(lines)
