"""The folder of an index: made where it is missing, and written to by one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh.filedb.filestore import FileStorage

from kvmsearch.engines.whoosh.generation import Manifest, newest_generation
from kvmsearch.engines.whoosh.layout import INDEX_NAME
from kvmsearch.engines.whoosh.writer.generations import write_generation, writing
from kvmsearch.errors import LockedError, StorageError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep all other writers out, here and in other processes.

    Raises:
        LockedError: another one is in.
    """
    lock = FileStorage(str(folder)).lock(f"{INDEX_NAME}_WRITELOCK")
    with writing(folder):
        free = lock.acquire()
    if not free:
        raise LockedError(f"{folder}: another kvmsearch is writing to this index; try again")
    try:
        yield
    finally:
        lock.release()


def create_index(folder: Path) -> None:
    """Make an empty index unless there is one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: no index can be made here ({error.strerror})") from error
    if newest_generation(folder) >= 0:
        return
    with locked(folder), writing(folder):
        # Another process may have made it while we waited for the lock.
        if newest_generation(folder) < 0:
            write_generation(folder, Manifest(0), {})
