"""What relates to what, from real repositories to answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import kvmsearch
from kvmsearch import Commit, Index, Person, Ref, SourceSpec
from kvmsearch.cli import main
from kvmsearch.errors import AmbiguousCommitError, UnknownBranchError, UnknownCommitError
from tests.sources.repositories import Repository
from tests.tracing.history import START


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Return an empty index."""
    with kvmsearch.open(tmp_path / "index", create=True) as index:
        yield index


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with a bug on master and, picked, on stable, and its fix on master."""
    repository = Repository(tmp_path / "linux")
    repository.commit("Begin")
    repository.git("branch", "stable")
    repository.clock += 3600
    bug = repository.commit("KVM: Add a bug", "bug")
    repository.clock += 3600
    repository.commit(f'KVM: Fix the bug\n\nFixes: {bug[:12]} ("KVM: Add a bug")', "fix")
    pick(repository, "master~1")
    return repository


def pick(repository: Repository, commit: str) -> None:
    """Pick a commit to stable, as if another had written it; what it is from is in its message."""
    repository.git("checkout", "-q", "stable")
    repository.git("cherry-pick", "-x", commit)
    repository.git("commit", "-q", "--amend", "--no-edit", "--reset-author")
    repository.git("checkout", "-q", "master")


def follow(index: Index, path: Path, *branches: str) -> None:
    """Follow branches of a repository, and read them."""
    index.register(SourceSpec("linux", str(path), branches))
    index.update()


def test_related(index: Index, repository: Repository) -> None:
    """A commit leads to its backport and its fix, and the fix to both, by an abbreviated id."""
    follow(index, repository.path, "master", "stable")
    bug, fix, copy = (repository.git("rev-parse", one) for one in ("master~1", "master", "stable"))
    related = index.related(bug[:10])
    assert [(one.kind, one.commit.id) for one in related] == [("fixed-by", fix), ("copy", copy)]
    [relation] = index.related(fix).relations
    assert (relation.kind, relation.commit.id) == ("fixes", bug)
    assert [one.id for one in relation.copies] == [copy]
    assert relation.copies[0].refs == (Ref("linux", "stable"),)


def test_missing(index: Index, repository: Repository) -> None:
    """A fix is missing on stable until it is picked, too, and again never when it is reverted."""
    follow(index, repository.path, "master", "stable")
    missing = index.missing("stable", "master")
    assert missing.complete
    assert [one.commit.title for one in missing] == ["KVM: Fix the bug"]
    assert [one.title for one in missing.fixes[0].fixes] == ["KVM: Add a bug"]
    assert len(index.missing("master")) == 0
    pick(repository, "master")
    index.update()
    assert len(index.missing("stable")) == 0
    repository.git("checkout", "-q", "stable")
    repository.git("revert", "--no-edit", "stable")
    index.update()
    assert len(index.missing("stable")) == 0


def test_incomplete_history(index: Index, repository: Repository, tmp_path: Path) -> None:
    """Of a shallow clone it is unknown what is missing."""
    shallow = tmp_path / "shallow"
    url = repository.path.as_uri()
    repository.git("clone", "-q", "--depth=2", "--no-single-branch", url, str(shallow))
    follow(index, shallow, "origin/master", "origin/stable")
    missing = index.missing("origin/stable")
    assert not missing.complete
    assert [one.commit.title for one in missing] == ["KVM: Fix the bug"]


def test_backport_before_the_original(index: Index, repository: Repository) -> None:
    """It makes no difference in which order branches become known."""
    follow(index, repository.path, "stable")
    copy = index.related(repository.git("rev-parse", "stable"))
    assert [(link.kind, link.value) for link in copy.unknown] == [
        ("copies", repository.git("rev-parse", "master~1"))
    ]
    follow(index, repository.path, "stable", "master")
    assert [one.kind for one in index.related(copy.commit.id)] == ["fixed-by", "copy"]


def test_wrong_names(index: Index, repository: Repository) -> None:
    """Ids and branches that are not there, or mean several, are errors that say so."""
    follow(index, repository.path, "master")
    with pytest.raises(UnknownCommitError):
        index.related("deadbeef")
    with pytest.raises(UnknownBranchError):
        index.missing("stable")
    ann = Person("Ann", "ann@example.org")
    twins = [Commit(f"abcdef{n}".ljust(40, "0"), "Twin", ann, START) for n in range(2)]
    index.add(twins)
    with pytest.raises(AmbiguousCommitError) as caught:
        index.related("abcdef")
    assert caught.value.candidates == tuple(twin.id for twin in twins)


def test_commands(
    index: Index,
    repository: Repository,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The commands answer as the index does, with the exit codes of a search."""
    follow(index, repository.path, "master", "stable")
    place = ("--index", str(tmp_path / "index"), "--format", "ids")
    assert main(["missing", "--in", "stable", *place]) == 0
    fix = repository.git("rev-parse", "master")
    assert capsys.readouterr() == (f"{fix}\n", "")
    assert main(["missing", "--in", "master", *place]) == 1
    assert main(["related", fix[:12], *place]) == 0
    assert capsys.readouterr().out == repository.git("rev-parse", "master~1") + "\n"
    assert main(["related", repository.git("rev-parse", "master~2"), *place]) == 1
