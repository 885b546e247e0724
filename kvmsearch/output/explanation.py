"""How a query was understood, and why a hit ranks where it does, in lines for people."""

from collections.abc import Iterator

from kvmsearch.hits import Hit, Part, Results
from kvmsearch.output.harmless import one_line


def understood_lines(results: Results) -> Iterator[str]:
    """Yield the query as it was understood, and then what that asks."""
    yield f"understood as: {one_line(results.query)}"
    yield from (f"  {one_line(line)}" for line in results.understood)


def score_lines(hit: Hit) -> Iterator[str]:
    """Yield the score of a hit, and below it the parts that it is made of."""
    yield f"score {hit.score:.2f}"
    if hit.explanation:
        yield from (f"  {_part(part)}" for part in hit.explanation.parts)


def _part(part: Part) -> str:
    details = ", ".join(f"{name} {_value(value)}" for name, value in part.details)
    return one_line(f"{part.label}: {part.gain:+.2f}" + (f" ({details})" if details else ""))


def _value(value: str | float) -> str:
    match value:
        case str():
            return value
        case int():
            return f"{value:,}"
        case _:
            return f"{value:.3g}"
