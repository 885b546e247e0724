"""Which of many commits are in a segment."""

from pathlib import Path

import pytest

from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.writer.known import located, sought
from tests.engines.made import made
from tests.engines.reader.built import leaf_of

ALIKE = [made("alike", id=f"{'ab' * 8}{number:024x}") for number in range(5)]
LONG = [made("a long id", id=f"{'ab' * 8}{number:048x}") for number in range(3)]
MANY = [made(str(number)) for number in range(400)]
UNKNOWN = [f"{number:040x}" for number in range(100)] + [f"{'ab' * 8}{'f' * 24}"]


@pytest.mark.parametrize("commits", [MANY, MANY + ALIKE + LONG, ALIKE, ALIKE[:1]])
@pytest.mark.parametrize("asked", [1, 3, 1000])
def test_located(tmp_path: Path, commits: list[Commit], asked: int) -> None:
    """Few are found as many are, of any length, alike or not; unknown ones are left out."""
    ids = {commit.id: document for document, commit in enumerate(commits)}
    leaf = leaf_of(tmp_path, commits)
    for wanted in (list(ids)[:asked], list(ids)[-asked:]):
        assert located(leaf, sought([*wanted, *UNKNOWN[-asked:]])) == {
            name: ids[name] for name in wanted
        }


def test_deleted(tmp_path: Path) -> None:
    """What is deleted is not found, though its id is there."""
    ids = {commit.id: document for document, commit in enumerate(MANY)}
    leaf = leaf_of(tmp_path, MANY, deleted=0b10010)
    live = {name: document for name, document in ids.items() if document not in {1, 4}}
    assert located(leaf, sought(ids)) == live
    assert located(leaf, sought(list(ids)[4:5])) == {}
    assert located(leaf, sought([])) == {}


def test_no_ids(tmp_path: Path) -> None:
    """What is no id, or a short one, is passed over."""
    leaf = leaf_of(tmp_path, MANY[:3])
    wanted = ["", "abc", MANY[0].id[:12], "no id" * 8, "é" * 40, MANY[1].id]
    assert located(leaf, sought(wanted)) == {MANY[1].id: 1}
