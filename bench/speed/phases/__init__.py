"""The phases of a measurement: each yields rows, and can be run without the others."""

from collections.abc import Callable, Iterator

from bench.speed.figures import Row
from bench.speed.phases import indexing, processes, searching, updating
from bench.speed.workshop import Plan, Workshop

PHASES: dict[str, Callable[[Workshop, Plan], Iterator[Row]]] = {
    "index": indexing.measure,
    "query": searching.mix,
    "questions": searching.questions,
    "narrowed": searching.narrowed,
    "process": processes.measure,
    "update": updating.update,
    "join": updating.join,
    "pending": updating.pending,
}
"""By name, in the order in which they are run and reported."""
