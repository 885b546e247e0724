"""Asking every engine every question, and what each answer is worth."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal, TypeVar

import kvmsearch
from bench.quality.corpus import Corpus
from bench.quality.measures import (
    RECALL_DEPTH,
    Answer,
    Ranking,
    counted,
    ndcg,
    recall,
    reciprocal_rank,
)
from bench.quality.peers import Ask
from bench.quality.questions import answered, forms, read_questions, sample
from bench.quality.workshop import CORPUS_FILE, INDEX, installed

PRODUCT = "kvmsearch"
UNGROUPED = "kvmsearch, any, ungrouped"

Match = Literal["auto", "any"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """One question in one form."""

    set: str
    form: str
    text: str
    relevant: frozenset[str]
    excluded: frozenset[str]
    """The asking commit and its series."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What one ranking is worth; each from 0 to 1."""

    ndcg: float
    mrr: float
    recall: float


def cases(corpus: Corpus, files: Sequence[Path], size: int) -> Iterator[Case]:
    """Yield the cases of `size` questions of each file; those of other repositories are not asked.

    Raises:
        KvmsearchError: a file has no questions.
    """
    ids = corpus.ids()
    for path in files:
        for question in sample(answered(read_questions(path), ids), size):
            excluded = corpus.series_of(question.drop)
            for form, text in forms(question, corpus.frequency).items():
                yield Case(path.stem, form, text, question.relevant, excluded)


def worths(folder: Path, case: Case) -> dict[str, Worth]:
    """Ask all engines of a folder, and return what each answers, by its name."""
    # None of the answers that count may be crowded out by those that do not.
    limit = RECALL_DEPTH + len(case.excluded)
    return {name: worth(ask(case.text, limit), case) for name, ask in _engines(folder).items()}


def worth(ranking: Ranking, case: Case) -> Worth:
    """Return what a ranking is worth as an answer to a case."""
    kept = counted(ranking, case.relevant, case.excluded)
    right = case.relevant
    return Worth(ndcg(kept, right), reciprocal_rank(kept, right), recall(kept, right))


@cache
def _engines(folder: Path) -> dict[str, Ask]:
    """Open all engines, once a process."""
    index = kvmsearch.open(folder / INDEX)

    def ask(text: str, limit: int, *, match: Match, group: bool) -> list[Answer]:
        hits = index.search(text, limit, match=match, group=group).hits
        return [frozenset([hit.commit.id, *(copy.id for copy in hit.copies)]) for hit in hits]

    product = {
        PRODUCT: partial(ask, match="auto", group=True),
        UNGROUPED: partial(ask, match="any", group=False),
    }
    return {**product, **{peer.name: peer.open(folder / peer.name) for peer in installed()}}


def each(
    work: Callable[[Path, Case], T], folder: Path, asked: Sequence[Case], jobs: int
) -> Iterator[tuple[Case, T]]:
    """Yield every case with what `work` makes of it, in `jobs` processes, in order."""
    if jobs == 1:
        yield from ((case, work(folder, case)) for case in asked)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from zip(asked, pool.map(partial(work, folder), asked), strict=True)


@contextmanager
def corpus_of(folder: Path) -> Iterator[Corpus]:
    """Open the facts of the corpus whose indexes are in a folder."""
    with closing(sqlite3.connect(folder / CORPUS_FILE)) as database:
        yield Corpus(database)
