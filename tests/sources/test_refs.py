import os
from pathlib import Path

import pytest

from kvmsearch.errors import SourceError
from tests.sources.repositories import Follower, Repository, gone_and_told


def test_misspelt_branch(repository: Repository) -> None:
    """A name that is no branch is an error that lists near ones, before anything is read."""
    repository.commit()
    follower = Follower(repository.path, "master", "mastre")
    with pytest.raises(SourceError, match=r"no branch or tag 'mastre'; there is master"):
        follower.update()
    assert follower.states == {}


def test_glob_without_match(repository: Repository) -> None:
    """A glob that matches nothing at first is an error, not silence."""
    repository.commit()
    with pytest.raises(SourceError, match=r"no branch or tag 'v7\.\*'"):
        Follower(repository.path, "v7.*").update()


def test_globs_and_tags(repository: Repository) -> None:
    """Globs match branches, tags, annotated tags of tags, and never tags of anything else."""
    repository.commit()
    repository.git("branch", "linux-6.6.y")
    repository.git("branch", "linux-6.12.y")
    repository.git("branch", "other")
    repository.git("tag", "v7.0")
    repository.git("tag", "-m", "Tag", "v7.1")
    repository.git("tag", "-m", "Tag of a tag", "v7.2", "v7.1")
    repository.git("tag", "v7.tree", "HEAD^{tree}")
    _, told = gone_and_told(Follower(repository.path, "linux-6.*.y", "v7.*").update())
    assert told == ["linux-6.12.y", "linux-6.6.y", "v7.0", "v7.1", "v7.2"]
    with pytest.raises(SourceError, match=r"'v7\.tree' names no commit"):
        Follower(repository.path, "v7.tree").update()


def test_tag_and_branch_of_one_name(repository: Repository) -> None:
    """Where a branch and a tag share a name, the tag is meant, as git has it, or the full name."""
    tagged = repository.commit()
    repository.git("tag", "both")
    repository.git("branch", "both")
    head = repository.commit()
    repository.git("update-ref", "refs/heads/both", head)
    assert Follower(repository.path, "both").told().state == tagged
    assert Follower(repository.path, "bot?").told().state == tagged
    told = Follower(repository.path, "refs/heads/both").told()
    assert (told.branch, told.state) == ("both", head)
    assert Follower(repository.path, "refs/heads/b*").told().state == head


def test_remote_tracking_branches(repository: Repository, tmp_path: Path) -> None:
    """Remote-tracking branches are followed by name or glob; origin/HEAD stands for another."""
    repository.commit()
    repository.git("branch", "a/b")
    clone = tmp_path / "clone"
    repository.git("clone", "-q", str(repository.path), str(clone))
    _, told = gone_and_told(Follower(clone, "origin/*").update())
    assert told == ["origin/a/b", "origin/master"]
    assert Follower(clone, "origin/HEAD").told().branch == "origin/HEAD"


def test_dash_branch(repository: Repository) -> None:
    """A branch name that looks like an option is a name."""
    head = repository.commit()
    repository.git("update-ref", "refs/heads/--all", head)
    assert Follower(repository.path, "--all").told().branch == "--all"


def test_name_that_is_no_utf8(repository: Repository) -> None:
    """Bytes of a branch name that are no UTF-8 are replaced, and its commits are found."""
    head = repository.commit()
    heads = os.fsencode(repository.path) + b"/.git/refs/heads/"
    Path(os.fsdecode(heads + b"caf\xe9")).write_text(f"{head}\n")
    assert Follower(repository.path, "caf*").told().branch == "caf\N{REPLACEMENT CHARACTER}"


def test_detached_head(repository: Repository) -> None:
    """A detached HEAD is followed as HEAD."""
    repository.commit()
    repository.git("checkout", "-q", "--detach")
    follower = Follower(repository.path)
    assert follower.told().branch == "HEAD"
    repository.git("checkout", "-q", "master")
    assert gone_and_told(follower.update()) == (["HEAD"], ["master"])


def test_no_commits(repository: Repository) -> None:
    """A repository without commits has nothing to index, and says so."""
    with pytest.raises(SourceError, match="no commits yet on 'master'; nothing to index"):
        Follower(repository.path).update()
