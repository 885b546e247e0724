"""Records: frozen dataclasses that cost nothing to import."""

import pickle

import pytest

from kvmsearch.record import Record, replace


class Point(Record):
    """Two required fields and one with a default."""

    x: int
    y: int
    label: str = ""


class Named(Point):
    """Adds a field to those of its base."""

    name: str = "?"


def test_fields_are_given_by_position_or_by_name() -> None:
    """Either way makes the same record; a field that is left out has its default."""
    assert Point(1, 2) == Point(y=2, x=1) == Point(1, 2, "")
    assert Point(1, 2).label == ""


def test_a_subclass_has_the_fields_of_its_base() -> None:
    """They come first."""
    assert repr(Named(1, 2, "a", "b")) == "Named(x=1, y=2, label='a', name='b')"


def test_records_of_different_classes_differ() -> None:
    """Equal fields are not enough."""
    assert Point(1, 2) != Named(1, 2)


def test_equal_records_are_one_key() -> None:
    """A record is hashable by its fields."""
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2


def test_a_record_matches_by_position() -> None:
    """`match` takes fields in their order."""
    match Point(1, 2, "a"):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_replace_makes_a_changed_copy() -> None:
    """The record itself stays as it was."""
    point = Point(1, 2)
    assert (replace(point, y=3), point) == (Point(1, 3), Point(1, 2))


def test_a_record_survives_pickling() -> None:
    """Processes that index together hand records on."""
    assert pickle.loads(pickle.dumps(Named(1, 2))) == Named(1, 2)  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((1,), {}, "Point needs y"),
        ((1, 2, "a", 4), {}, "Point has 3 fields, 4 were given"),
        ((1, 2), {"z": 3}, "no such field, or was given it: z"),
        ((1, 2), {"x": 3}, "no such field, or was given it: x"),
    ],
)
def test_wrong_fields_are_refused(
    args: tuple[object, ...], named: dict[str, object], message: str
) -> None:
    """The error names what is wrong."""
    with pytest.raises(TypeError, match=message):
        Point(*args, **named)  # type: ignore[arg-type]


def test_a_record_cannot_be_changed() -> None:
    """Neither by setting a field nor by deleting one."""
    point = Point(1, 2)
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        del point.x
