"""What a source says, into an open transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from kvmsearch.commit import Ref
from kvmsearch.engines.protocol import Put, Transaction
from kvmsearch.errors import SourceError
from kvmsearch.record import replace
from kvmsearch.registry import Outcome, Progress, RefState, SourceState
from kvmsearch.sources import RefGone, RefUpdate, Source

Report = Callable[[Progress], None]

_EVERY = 100
"""Commits between two reports of progress."""

_AT_ONCE = 8
"""Sources fetched side by side; the HTTP client asks one host one thing at a time."""


def prepared(sources: Iterable[Source]) -> Iterator[Source]:
    """Yield sources in order, each when it is fetched; all are fetched side by side."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - searching needs no threads

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        fetching = [(source, pool.submit(source.prepare)) for source in sources]
        for source, fetched in fetching:
            fetched.result()
            yield source


def ingest(source: Source, state: SourceState, writing: Transaction, report: Report) -> Outcome:
    """Read a source to its end, or as far as it goes; the registry tells how it went."""
    counts: Counter[Put] = Counter()
    error = None
    state = _without_half_read(state, writing)
    try:
        for change in source.read(_states(state)):
            state = _begun(change, state)
            # Told before the first commit, as what follows may be made durable in pieces.
            writing.set_source(state)
            state = _apply(change, state, writing, report, counts)
            writing.set_source(state)
    except SourceError as problem:
        error = str(problem)
    writing.set_source(ended(state, error))
    return Outcome(
        state.spec.name, counts[Put.NEW], counts[Put.UPDATED], counts[Put.UNCHANGED], error
    )


def ended(state: SourceState, error: str | None) -> SourceState:
    """Return the state of a source whose update has just ended."""
    return replace(state, last_update=datetime.now(UTC), last_error=error)


def _without_half_read(state: SourceState, writing: Transaction) -> SourceState:
    """Forget the refs of which a read was cut short, so that they are read in full."""
    for branch, ref in state.refs.items():
        if ref.state is None:
            writing.drop(Ref(state.spec.name, branch))
            state = state.with_ref(branch, None)
    return state


def _states(state: SourceState) -> dict[str, str]:
    return {branch: ref.state for branch, ref in state.refs.items() if ref.state is not None}


def _begun(change: RefUpdate | RefGone, state: SourceState) -> SourceState:
    """Return the state while a change is read.

    A source that has no states (a feed) only adds: it may be cut short without harm.
    """
    if isinstance(change, RefGone) or not change.state:
        return state
    return state.with_ref(change.branch, RefState(None, complete=False))


def _apply(
    change: RefUpdate | RefGone,
    state: SourceState,
    writing: Transaction,
    report: Report,
    counts: Counter[Put],
) -> SourceState:
    ref = Ref(state.spec.name, change.branch)
    if isinstance(change, RefGone):
        writing.drop(ref)
        return state.with_ref(change.branch, None)
    puts = writing.put_all(change.commits, (ref,))
    counts.update(_reported(puts, Progress(state.spec.name, 0, change.count), report))
    counts[Put.UNCHANGED] += writing.join(ref, change.joined or ())
    writing.leave(ref, change.left)
    return state.with_ref(change.branch, RefState(change.state, change.complete))


def _reported(puts: Iterable[Put], begun: Progress, report: Report) -> Iterator[Put]:
    done = 0
    for put in puts:
        yield put
        done += 1
        if not done % _EVERY:
            report(replace(begun, done=done))
    report(replace(begun, done=done))
