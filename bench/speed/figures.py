"""What was measured: rows of samples by engine, and the goals that they are held against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.speed.product import NAME

GIT = "git"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for kvmsearch, and how it did."""

    most: float
    base: str
    """What `most` is a multiple of; empty: it is in the unit of the row."""

    measured: float

    @property
    def met(self) -> bool:
        """Whether the bound holds."""
        return self.measured <= self.most


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured."""

    phase: str
    what: str
    unit: str
    """`s`, `ms`, `MB` or `kB`."""

    samples: Mapping[str, Sequence[float]]
    """By engine, in the unit."""

    goals: Sequence[Goal] = ()

    def median(self, engine: str) -> float:
        """Return the middle sample."""
        return median(self.samples[engine])


def within(most: float, base: str, bases: Sequence[float] | None = None) -> "Bound":
    """Return a bound of so many times another engine's median, or that of samples given here."""

    def goal(samples: Mapping[str, Sequence[float]]) -> Goal | None:
        others = samples.get(base) if bases is None else bases
        if not others or not samples.get(NAME):
            return None
        return Goal(most, base, median(samples[NAME]) / max(median(others), 1e-9))

    return goal


def at_most(most: float) -> "Bound":
    """Return a bound in the row's own unit."""

    def goal(samples: Mapping[str, Sequence[float]]) -> Goal | None:
        return Goal(most, "", median(samples[NAME])) if samples.get(NAME) else None

    return goal


Bound = Callable[[Mapping[str, Sequence[float]]], Goal | None]


def row(
    phase: str,
    what: str,
    unit: str,
    samples: Mapping[str, Sequence[float]],
    bounds: Iterable[Bound] = (),
) -> Row:
    """Return a row, held against bounds where what they need was measured."""
    kept = {engine: tuple(each) for engine, each in samples.items() if each}
    goals = (bound(kept) for bound in bounds)
    return Row(phase, what, unit, kept, tuple(goal for goal in goals if goal))
