"""Immutable records; what a frozen dataclass is, without its price at every start.

A dataclass compiles its methods when its module is imported, about a millisecond each:
for the records behind one search that is longer than the search. These methods are
written once, and read the names of the fields when they run.
"""

from collections.abc import Set as AbstractSet
from typing import Any, Self, TypeVar, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Base of records: a subclass lists its fields as annotations, with defaults if any.

    Fields are given by position or by name, in the order of a match. Records are
    equal where they are of one class and their fields are equal.
    """

    __match_args__: tuple[str, ...] = ()
    _needed = 0
    """How many fields, which are the first, have no default."""

    def __init_subclass__(cls) -> None:
        if "__match_args__" not in cls.__dict__:
            cls.__match_args__ += tuple(cls.__annotations__)  # type: ignore[misc]
        fields = cls.__match_args__
        cls._needed = sum([not hasattr(cls, field) for field in fields])

    def __init__(self, *args: Any, **named: Any) -> None:
        fields = self.__match_args__
        values = self.__dict__
        if named:
            self._check(len(args), named.keys())
            values.update(named)
        elif not self._needed <= len(args) <= len(fields):
            self._check(len(args), named.keys())
        for field, value in zip(fields, args):  # noqa: B905 - quicker, and checked above
            values[field] = value

    def _check(self, count: int, named: AbstractSet[str]) -> None:
        """Refuse too many, unknown or missing fields; a default is the attribute of the class."""
        cls = type(self)
        fields = self.__match_args__
        wrong = sorted(named - set(fields[count:]))
        missing = [f for f in fields[count:] if f not in named and not hasattr(cls, f)]
        if count > len(fields):
            raise TypeError(f"{cls.__name__} has {len(fields)} fields, {count} were given")
        if wrong:
            raise TypeError(f"{cls.__name__} has no such field, or was given it: {wrong[0]}")
        if missing:
            raise TypeError(f"{cls.__name__} needs {', '.join(missing)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be deleted")

    def _key(self) -> tuple[object, ...]:
        """Return what is compared."""
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({shown})"

    def __replace__(self, **changes: Any) -> Self:
        fields = {name: getattr(self, name) for name in self.__match_args__}
        return type(self)(**{**fields, **changes})


_R = TypeVar("_R", bound=Record)


def replace(record: _R, **changes: Any) -> _R:
    """Return a copy of a record with other values in some fields."""
    return record.__replace__(**changes)
