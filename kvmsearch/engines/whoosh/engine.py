"""The Engine protocol over an index in a folder."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from kvmsearch.analysis import VERSION
from kvmsearch.commit import Commit
from kvmsearch.engines import Answers, Lineage, Question
from kvmsearch.engines.whoosh import pickles
from kvmsearch.engines.whoosh.damage import writing
from kvmsearch.engines.whoosh.manifest import Manifest, write_manifest
from kvmsearch.engines.whoosh.rank import answer
from kvmsearch.engines.whoosh.schema import SCHEMA
from kvmsearch.engines.whoosh.segment import INDEX_NAME
from kvmsearch.engines.whoosh.snapshot import Snapshot, newest_generation, open_snapshot
from kvmsearch.engines.whoosh.writing import WhooshTransaction
from kvmsearch.errors import LockedError, NoIndexError, OutdatedError, StorageError
from kvmsearch.registry import Registry


class WhooshEngine:
    """The index in one folder."""

    def __init__(self, location: str, *, create: bool) -> None:
        pickles.restrict()
        self._folder = Path(location)
        if create:
            _create(self._folder)
        elif not self._folder.is_dir():
            raise NoIndexError(f"{location}: there is no index here; `kvmsearch index` makes one")
        self._storage = FileStorage(str(self._folder))
        self._snapshot = open_snapshot(self._folder, self._storage)

    @property
    def _current(self) -> Snapshot:
        """The newest generation."""
        if newest_generation(self._storage) != self._snapshot.generation:
            # The old one is left to whoever still goes through its commits.
            self._snapshot = open_snapshot(self._folder, self._storage)
        return self._snapshot

    def search(self, question: Question) -> Answers:
        """Answer a question."""
        snapshot = self._current
        if any(facts.analysis != VERSION for facts in snapshot.manifest.segments.values()):
            raise OutdatedError(
                f"{self._folder}: made by another version of the analysis; run `kvmsearch reindex`"
            )
        return answer(snapshot, question)

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""
        snapshot = self._current
        document = snapshot.find(commit_id)
        return None if document is None else snapshot.commit(document)

    def ids(self, prefix: str, limit: int) -> Sequence[str]:
        """Return up to `limit` ids that begin with `prefix`, in order."""
        found: set[str] = set()
        for leaf in self._current.leaves:
            live = (name for name in leaf.expand("id", prefix) if leaf.find(name) is not None)
            found.update(islice(live, limit))
        return sorted(found)[:limit]

    def has_trailer(self, key: str) -> bool:
        """Tell whether any commit has a trailer of this key, given in lower case."""
        found = (leaf.frequencies("trailer", f":{key}") for leaf in self._current.leaves)
        return any(next(documents, None) for documents in found)

    def lineage(self) -> Lineage:
        """Return how the commits are related, as of now whatever is written meanwhile."""
        from kvmsearch.engines.whoosh.scan import Scan  # noqa: PLC0415 - searching needs none of it

        return Scan(self._current)

    def registry(self) -> Registry:
        """Return the registered sources."""
        return self._current.manifest.registry

    def on_source(self, name: str) -> tuple[int, Commit | None]:
        """Return how many commits are on a ref of a source, and the newest of them."""
        snapshot = self._current
        refs = [ref for ref in snapshot.membership.refs() if ref.source == name]
        documents = {
            leaf.base + document
            for leaf in snapshot.leaves
            for ref in refs
            for document in snapshot.membership.documents(ref, leaf.id)
        }
        dates = snapshot.column("committer_date")
        newest = max(documents, key=dates.__getitem__, default=None)
        return len(documents), None if newest is None else snapshot.commit(newest)

    def __len__(self) -> int:
        return len(self._current)

    def __iter__(self) -> Iterator[Commit]:
        snapshot = self._current
        return (snapshot.commit(document) for document in snapshot.documents())

    @contextmanager
    def transaction(self) -> Iterator[WhooshTransaction]:
        """Begin to write; leaving the block commits, an exception in it drops the rest."""
        with (
            _locked(self._folder, self._storage),
            closing(WhooshTransaction(self._folder, self._storage)) as transaction,
        ):
            yield transaction
            transaction.commit()

    def close(self) -> None:
        """Release files; the engine is not used after."""
        self._snapshot.close()


@contextmanager
def _locked(folder: Path, storage: FileStorage) -> Iterator[None]:
    """Keep all other writers out, here and in other processes."""
    lock = storage.lock(f"{INDEX_NAME}_WRITELOCK")
    with writing(folder):
        free = lock.acquire()
    if not free:
        raise LockedError(f"{folder}: another kvmsearch is writing to this index; try again")
    try:
        yield
    finally:
        lock.release()


def _create(folder: Path) -> None:
    """Make an empty index unless there is one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: no index can be made here ({error.strerror})") from error
    storage = FileStorage(str(folder))
    if newest_generation(storage) >= 0:
        return
    with _locked(folder, storage), writing(folder):
        # Another process may have made it while we waited for the lock.
        if newest_generation(storage) < 0:
            write_manifest(folder, 0, Manifest())
            TOC(SCHEMA, [], 0).write(storage, INDEX_NAME)
