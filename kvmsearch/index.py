"""An index of commits: what the command line and everybody's scripts use."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike, fspath
from time import monotonic, sleep
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kvmsearch.commit import Commit
from kvmsearch.engines import Answer, Match, Question, Sort, open_engine
from kvmsearch.errors import (
    AmbiguousCommitError,
    LockedError,
    SourceError,
    UnknownCommitError,
    UnknownSourceError,
    UsageError,
)
from kvmsearch.hits import Hit, Results
from kvmsearch.query import Node, parse_query
from kvmsearch.record import replace
from kvmsearch.registry import Outcome, SourceSpec, SourceState, SourceStatus
from kvmsearch.snippets import highlighter

if TYPE_CHECKING:
    from kvmsearch.engines.protocol import Engine, Transaction
    from kvmsearch.ingest import Report
    from kvmsearch.relatives import MissingFixes, Related
    from kvmsearch.sources import Source

_HEXADECIMAL = frozenset("0123456789abcdef")
_ID_LENGTHS = (40, 64)
SHORTEST_ID = 4
"""Digits of an abbreviated id, as git has it."""

_CANDIDATES = 20

PATIENCE = 5.0
"""Seconds to wait for another process to end its writing."""

_PAUSE = 0.05


def open_index(location: str | PathLike[str], *, create: bool = False) -> "Index":
    """Open the index at a location, for use as a context manager.

    Raises:
        NoIndexError: there is none and `create` is false.
        UnsafeIndexError: it holds what could run code.
        StorageError: it cannot be read or made.
    """
    return Index(open_engine(fspath(location), create=create))


class Index:
    """Commits and where they came from. Readers in other processes see each change whole."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the index; it is not used after."""
        self._engine.close()

    def __len__(self) -> int:
        """Return the number of commits."""
        return len(self._engine)

    def __iter__(self) -> Iterator[Commit]:
        """Yield all commits, in no particular order."""
        return iter(self._engine)

    def parse(self, text: str) -> Node:
        """Return the tree of a query text; the trailer keys of this index are fields of it."""
        return parse_query(text, trailer_keys=_TrailerKeys(self._engine))

    def search(
        self,
        query: str | Node,
        limit: int = 10,
        skip: int = 0,
        *,
        match: Match = "auto",
        sort: Sort = "relevance",
        group: bool = True,
        explain: bool = False,
    ) -> Results:
        """Answer a query with one page of hits.

        `match` says whether all free words must match; "auto" means any where the answers
        are ranked, and all where they are sorted by date. With `group` the copies of one
        change are one hit. With `explain` the query is told in plain words, and of each hit
        why it ranks where it does.

        Raises:
            UsageError: a negative limit or skip, or an unknown match or sort.
            OutdatedError: the index needs `reindex` first.
        """
        _check_search(limit, skip, match, sort)
        tree = self.parse(query) if isinstance(query, str) else query
        question = Question(tree, limit, skip, match, sort, group, explain)
        answers = self._engine.search(question)
        return Results(
            str(tree),
            answers.total,
            answers.total_commits,
            answers.with_all_words,
            answers.suggestion,
            tuple(_hits(answers.page, tree)),
            _understood(question) if explain else (),
        )

    def get(self, commit_id: str) -> Commit:
        """Return the commit of a full or abbreviated id.

        Raises:
            UnknownCommitError: there is none.
            AmbiguousCommitError: there are several.
        """
        wanted = commit_id.strip().lower()
        if len(wanted) < SHORTEST_ID or not _HEXADECIMAL.issuperset(wanted):
            raise UnknownCommitError(f"{commit_id!r} is not a commit id of 4 or more digits")
        found = [wanted] if len(wanted) in _ID_LENGTHS else self._engine.ids(wanted, _CANDIDATES)
        if len(found) > 1:
            raise AmbiguousCommitError(
                f"{wanted} is ambiguous; candidates are {', '.join(found)}", found
            )
        commit = self._engine.get(found[0]) if found else None
        if commit is None:
            raise UnknownCommitError(f"no commit {wanted} in this index")
        return commit

    def related(self, commit_id: str) -> "Related":
        """Return what has to do with the commit of a full or abbreviated id.

        That is what it fixes and what fixes it (with fixes of fixes), reverts both ways, its
        copies, its series, what has the same link, and what mentions it.

        Raises:
            UnknownCommitError: there is no such commit.
            AmbiguousCommitError: there are several.
            OutdatedError: the index needs `reindex` first.
        """
        from kvmsearch.tracing.related import related  # noqa: PLC0415 - searching needs none of it

        return related(self._engine.lineage(), self.get(commit_id))

    def missing(self, in_branch: str, from_branch: str | None = None) -> "MissingFixes":
        """Return the fixes that a branch lacks: of the whole index, or of another branch.

        A fix is missing on a branch when the commit that it fixes, or any copy of it, is
        there, no copy of the fix is, and neither was reverted there. A branch is `NAME` or
        `SOURCE/NAME`, globs allowed; only `from_branch` may mean several.

        Raises:
            UnknownBranchError: no branch of the index has such a name.
            UsageError: `in_branch` may mean several.
            OutdatedError: the index needs `reindex` first.
        """
        from kvmsearch.tracing.missing import missing  # noqa: PLC0415 - as in related

        return missing(self._engine.lineage(), in_branch, from_branch)

    @contextmanager
    def _writing(self, jobs: int | None = None) -> Iterator["Transaction"]:
        """Begin to write; where another process does, wait a little for it to end."""
        with ExitStack() as stack:
            yield _entered(stack, self._engine, jobs, monotonic() + PATIENCE)

    def add(self, commits: Iterable[Commit]) -> Outcome:
        """Add commits of any origin, each on the refs that it names.

        Where one is refused, or `commits` raises, none is added, but of tens of thousands
        those that were already made durable.

        Raises:
            UsageError: a commit's id is not a full object name.
        """
        from kvmsearch.engines.protocol import Put  # noqa: PLC0415 - for who writes alone

        counts: Counter[Put] = Counter()
        with self._writing() as writing:
            for commit in commits:
                _check_id(commit.id)
                counts[writing.put(commit, commit.refs)] += 1
        return Outcome("", counts[Put.NEW], counts[Put.UPDATED], counts[Put.UNCHANGED])

    def register(self, spec: SourceSpec) -> None:
        """Register a source, or follow other refs or paths of one that is.

        Raises:
            UsageError: another location has that name, or no source can have it.
            SourceError: a known source has no such branches; it is followed as before.
        """
        from kvmsearch.sources.locate import check_name  # noqa: PLC0415 - as in _open_source

        check_name(spec.name)
        known = self._engine.registry().get(spec.name)
        if known and known.spec.location != spec.location:
            raise UsageError(
                f"{spec.name}: already the name of {known.spec.location}; choose another --name"
            )
        if known and known.spec == spec:
            return
        if known:
            # A slip of the pen must not cost what was followed so far.
            _check_source(spec)
        # Where the source stands on refs that it followed before still holds.
        state = replace(known, spec=spec) if known else SourceState(spec)
        with self._writing() as writing:
            writing.set_source(state)

    def update(
        self, *names: str, progress: "Report | None" = None, jobs: int | None = None
    ) -> list[Outcome]:
        """Ingest what is new in the sources named, or in all but standard input.

        A source that fails does not stop the others; its outcome has the error. Where there
        is much to analyze, `jobs` processes do; None: one a core.

        Raises:
            UnknownSourceError: no source has one of the names; nothing was updated then.
            LockedError: another process is writing.
        """
        from kvmsearch.ingest import prepared  # noqa: PLC0415 - as in _open_source

        opened = [(state, _open_source(state.spec)) for state in self._states(names)]
        ready = prepared(source for _, source in opened if not isinstance(source, SourceError))
        outcomes = []
        for state, source in opened:
            if not isinstance(source, SourceError):
                next(ready)
            with self._writing(jobs) as writing:
                outcomes.append(_update(source, state, writing, progress or _silent))
        return outcomes

    def _states(self, names: tuple[str, ...]) -> list[SourceState]:
        registry = self._engine.registry()
        for name in names:
            self._known(name)
        if names:
            return [registry[name] for name in dict.fromkeys(names)]
        return [state for state in registry.values() if state.spec.location != "-"]

    def _known(self, name: str) -> SourceState:
        registry = self._engine.registry()
        if name not in registry:
            known = ", ".join(sorted(registry)) or "none"
            raise UnknownSourceError(f"{name}: no source of that name; known: {known}")
        return registry[name]

    def sources(self) -> list[SourceStatus]:
        """Return all sources in order of their names."""
        return [self._status(state) for _, state in sorted(self._engine.registry().items())]

    def _status(self, state: SourceState) -> SourceStatus:
        commits, newest = self._engine.on_source(state.spec.name)
        return SourceStatus(
            state.spec,
            tuple(sorted(state.refs)),
            commits,
            newest,
            state.last_update,
            state.last_error,
        )

    def remove(self, name: str) -> None:
        """Forget a source and its branches; its commits stay until `prune`.

        Raises:
            UnknownSourceError: no source has that name.
        """
        self._known(name)
        with self._writing() as writing:
            writing.remove_source(name)

    def prune(self) -> int:
        """Remove the commits that are on no branch, as are those added without refs."""
        with self._writing() as writing:
            return writing.prune()

    def reindex(
        self, progress: Callable[[int], None] | None = None, jobs: int | None = None
    ) -> int:
        """Analyze all commits anew, from what is stored; return how many. `jobs`: as of update."""
        done = 0
        with self._writing(jobs) as writing:
            for done in writing.rebuild():
                if progress:
                    progress(done)
        return done


def _understood(question: Question) -> tuple[str, ...]:
    from kvmsearch.query.plain import in_words  # noqa: PLC0415 - few ask for it

    return tuple(in_words(question.query, any_word=question.any_word))


def _hits(page: Iterable[Answer], query: Node) -> Iterator[Hit]:
    highlight = highlighter(query)
    for answer in page:
        title_matches, snippets = highlight(answer.commit)
        yield Hit(
            answer.commit, answer.score, title_matches, snippets, answer.copies, answer.explanation
        )


def _entered(stack: ExitStack, engine: "Engine", jobs: int | None, latest: float) -> "Transaction":
    while True:
        try:
            return stack.enter_context(engine.transaction(jobs))
        except LockedError as error:
            if monotonic() >= latest:
                raise LockedError(f"{error} (waited {PATIENCE:g} seconds for it)") from error
        sleep(_PAUSE)


class _TrailerKeys:
    """The trailer keys of an index, as a container that looks a key up when asked."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._engine.has_trailer(key)


def _check_source(spec: SourceSpec) -> None:
    source = _open_source(spec)
    if isinstance(source, SourceError):
        raise source
    source.check()


def _open_source(spec: SourceSpec) -> "Source | SourceError":
    from kvmsearch.sources.locate import open_source  # noqa: PLC0415 - searching needs no source

    try:
        return open_source(spec)
    except SourceError as error:
        return error


def _update(
    source: "Source | SourceError", state: SourceState, writing: "Transaction", report: "Report"
) -> Outcome:
    from kvmsearch.ingest import ended, ingest  # noqa: PLC0415 - as in _open_source

    if isinstance(source, SourceError):
        writing.set_source(ended(state, str(source)))
        return Outcome(state.spec.name, 0, 0, 0, str(source))
    return ingest(source, state, writing, report)


def _check_search(limit: int, skip: int, match: str, sort: str) -> None:
    if limit < 0 or skip < 0:
        raise UsageError("limit and skip cannot be negative")
    if match not in ("auto", "all", "any"):
        raise UsageError(f"{match!r}: match is one of auto, all, any")
    if sort not in ("relevance", "newest", "oldest"):
        raise UsageError(f"{sort!r}: sort is one of relevance, newest, oldest")


def _check_id(commit_id: str) -> None:
    if len(commit_id) not in _ID_LENGTHS or not _HEXADECIMAL.issuperset(commit_id):
        raise UsageError(f"{commit_id!r} is not a full object name in lower case")


def _silent(_: object) -> None:
    pass
