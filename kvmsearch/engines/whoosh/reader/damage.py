"""What reading damaged files raises, as one error of ours."""

from types import TracebackType

from kvmsearch.errors import KvmsearchError, StorageError, UnsafeIndexError


class reading:  # noqa: N801 - used as a function, and a class enters without a generator
    """Have a StorageError name the place where what is read makes no sense."""

    __slots__ = ("_place",)

    def __init__(self, place: object) -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            return
        if isinstance(error, UnsafeIndexError):
            raise UnsafeIndexError(f"{self._place}: {error}") from error
        if isinstance(error, Exception) and not isinstance(error, (KvmsearchError, OSError)):
            raise StorageError(
                f"{self._place}: the index is damaged ({type(error).__name__}); "
                "remove it and index its sources anew"
            ) from error
