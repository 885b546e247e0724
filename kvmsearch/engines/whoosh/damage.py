"""What files of an index raise, deep in Whoosh and in Python, as one error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import ReaderClosed, TermNotFound

from kvmsearch.errors import KvmsearchError, StorageError


@contextmanager
def reading(place: object) -> Iterator[None]:
    """Have a StorageError name the place where what is read makes no sense."""
    try:
        yield
    except (KvmsearchError, OSError, ReaderClosed, TermNotFound, WhooshIndexError):
        raise
    except Exception as error:  # Whoosh has names for few of them, and raises even Exception itself
        if isinstance(error.__cause__, StorageError):
            raise error.__cause__ from None
        raise StorageError(
            f"{place}: the index is damaged ({type(error).__name__}); "
            "remove it and index its sources anew"
        ) from error


@contextmanager
def writing(place: object) -> Iterator[None]:
    """Have a StorageError name the place that cannot be written to."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{place}: the index cannot be written ({error})") from error
