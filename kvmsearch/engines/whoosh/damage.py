"""What reading a damaged file raises, deep in Whoosh and in Python, as one error of ours."""

import pickle
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from whoosh.reading import CorruptIndexError

from kvmsearch.errors import StorageError

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    CorruptIndexError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
    zlib.error,
)


@contextmanager
def reading(place: object) -> Iterator[None]:
    """Have a StorageError name the place where what is read makes no sense."""
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error.__cause__, StorageError):
            raise error.__cause__ from None
        raise StorageError(
            f"{place}: the index is damaged ({type(error).__name__}); "
            "remove it and index its sources anew"
        ) from error
