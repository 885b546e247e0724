from pathlib import Path

import pytest

from kvmsearch.errors import SourceError
from kvmsearch.sources import RefGone, SourceSpec
from kvmsearch.sources.repository import RepositorySource
from tests.sources.repositories import Follower, Repository, Told, gone_and_told, merged


def test_first_read(repository: Repository) -> None:
    """A first read of HEAD tells its branch with all commits, newest first, and is complete."""
    ids = [repository.commit(f"Commit {number}") for number in range(3)]
    told = Follower(repository.path).told()
    assert (told.branch, told.state, told.complete, told.total) == ("master", ids[-1], True, 3)
    assert [commit.id for commit in told.commits] == ids[::-1]


def test_unchanged_ref(repository: Repository) -> None:
    """A ref that did not move is not told again, nor told as gone."""
    repository.commit()
    follower = Follower(repository.path)
    follower.update()
    assert follower.update() == []


def test_fast_forward(repository: Repository) -> None:
    """Later only the new commits are told."""
    repository.commit()
    follower = Follower(repository.path)
    follower.update()
    new = {repository.commit(), repository.commit()}
    told = follower.told()
    assert told.ids == told.joined == new
    assert told.left == set()
    assert follower.in_step_with(repository)


def test_known_commits_are_not_told_again(repository: Repository) -> None:
    """A branch of commits that another branch has brought in the same read joins ids alone."""
    first = repository.commit()
    second = repository.commit()
    repository.git("branch", "stable", first)
    follower = Follower(repository.path, "master", "stable")
    master, stable = follower.update()
    assert isinstance(master, Told)
    assert isinstance(stable, Told)
    assert master.ids == {first, second}
    assert (stable.commits, stable.total, stable.joined) == ([], 0, {first})


def test_branch_added_later(repository: Repository) -> None:
    """A branch that a glob meets later brings only what no followed branch had."""
    base = repository.commit()
    follower = Follower(repository.path, "*")
    follower.update()
    repository.git("checkout", "-q", "-b", "topic")
    new = repository.commit()
    told = follower.told()
    assert (told.branch, told.ids, told.joined) == ("topic", {new}, {base, new})
    assert follower.in_step_with(repository)


def test_force_push(repository: Repository) -> None:
    """After a rewrite the old commits leave the branch, the new ones join it."""
    base = repository.commit()
    old = repository.commit("Old")
    follower = Follower(repository.path)
    follower.update()
    repository.git("reset", "-q", "--hard", base)
    new = repository.commit("New")
    told = follower.told()
    assert (told.ids, told.joined, told.left) == ({new}, {new}, {old})
    assert follower.in_step_with(repository)


def test_rewind(repository: Repository) -> None:
    """A branch set back loses commits and brings none."""
    base = repository.commit()
    lost = repository.commit()
    follower = Follower(repository.path)
    follower.update()
    repository.git("reset", "-q", "--hard", base)
    told = follower.told()
    assert (told.commits, told.joined, told.left) == ([], set(), {lost})


def test_rebase(repository: Repository) -> None:
    """A rebased branch leaves its old commits for their new copies."""
    repository.commit("Base", "base")
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("Topic", "topic")
    repository.git("checkout", "-q", "master")
    repository.commit("Upstream", "upstream")
    follower = Follower(repository.path, "master", "topic")
    follower.update()
    repository.git("rebase", "-q", "master", "topic")
    told = follower.told()
    assert (len(told.ids), len(told.joined), len(told.left)) == (1, 2, 1)
    assert follower.in_step_with(repository)


def test_collected_tip(repository: Repository) -> None:
    """When git has collected the old tip, the branch is told as gone and then in full."""
    base = repository.commit()
    repository.commit("Old")
    follower = Follower(repository.path)
    follower.update()
    repository.git("reset", "-q", "--hard", base)
    new = repository.commit("New")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "-q", "--prune=now")
    gone, told = follower.update()
    assert gone == RefGone("master")
    assert isinstance(told, Told)
    assert told.joined == {base, new}
    assert follower.in_step_with(repository)


def test_deleted_branch(repository: Repository) -> None:
    """A branch that was deleted is told as gone, and named as missing after all else."""
    repository.commit()
    repository.git("branch", "topic")
    follower = Follower(repository.path, "master", "topic")
    follower.update()
    repository.git("branch", "-q", "-D", "topic")
    new = repository.commit()
    for told in (RefGone("topic"), "master"), ():
        changes = follower.source.read(dict(follower.states))
        for expected in told:
            change = follower.take(next(changes))
            assert expected in (change, change.branch)
        with pytest.raises(SourceError, match="no branch or tag 'topic'"):
            next(changes)
    assert follower.states == {"master": new}


def test_missing_name_does_not_stop_others(repository: Repository) -> None:
    """On a later read, what a name that is missing keeps from nobody is told before the error."""
    repository.commit()
    follower = Follower(repository.path, "master")
    follower.update()
    follower.source = RepositorySource(
        SourceSpec("test", str(repository.path), ("missing", "master"))
    )
    repository.commit()
    changes = follower.source.read(follower.states)
    told = next(changes)
    assert told.branch == "master"
    with pytest.raises(SourceError, match="missing"):
        next(changes)


@pytest.mark.parametrize("bare", [False, True])
def test_places(repository: Repository, tmp_path: Path, bare: bool) -> None:
    """A bare repository, a linked worktree and a folder inside one are all repositories."""
    head = repository.commit(file="folder/file")
    place = tmp_path / "other"
    if bare:
        repository.git("clone", "-q", "--bare", str(repository.path), str(place))
    else:
        repository.git("worktree", "add", "-q", "-b", "linked", str(place))
        place = place / "folder"
    told = Follower(place).told()
    assert (told.branch, told.state) == ("master" if bare else "linked", head)


def test_alternates(repository: Repository, tmp_path: Path) -> None:
    """A clone that borrows the objects of another repository is read in full."""
    repository.commit()
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "--shared", str(repository.path), str(clone))
    assert Follower(clone).told().complete


def test_sha256(tmp_path: Path) -> None:
    """Repositories with sha256 names are read like any other."""
    repository = Repository(tmp_path / "sha256", "--object-format=sha256")
    first, second = repository.commit(), repository.commit()
    told = Follower(repository.path).told()
    assert len(first) == 64
    assert [commit.parents for commit in told.commits] == [(first,), ()]
    assert told.state == second


def test_path_limits(repository: Repository) -> None:
    """Path limits are git's own, from the folder named; the history is then incomplete."""
    base, side, _ = merged(repository)
    follower = Follower(repository.path / "virt", paths=("kvm", ":(top)none"))
    told = follower.told()
    assert (told.ids, told.complete, told.total) == ({base}, False, None)
    assert Follower(repository.path, paths=(":!virt",)).told().ids == {side}
    repository.commit("Elsewhere", "other.c")
    inside = repository.commit("Inside", "virt/kvm/main.c")
    assert follower.told().joined == {inside}


def test_path_outside(repository: Repository) -> None:
    """A path limit outside the repository is an error in git's words."""
    repository.commit()
    with pytest.raises(SourceError, match="outside repository"):
        Follower(repository.path, paths=("../..",)).update()


def test_no_merges(repository: Repository) -> None:
    """Merges can be left out, of what is told and of what is counted."""
    base, side, _ = merged(repository)
    told = Follower(repository.path, merges=False).told()
    assert (told.ids, told.complete, told.total) == ({base, side}, False, 2)


def test_other_limits(repository: Repository) -> None:
    """When the limits are others than at the last read, the ref is told anew."""
    everything = set(merged(repository))
    follower = Follower(repository.path, paths=("virt",))
    follower.update()
    follower.source = RepositorySource(SourceSpec("test", str(repository.path)))
    assert gone_and_told(follower.update()) == (["master"], ["master"])
    assert follower.members == {"master": everything}
    assert follower.in_step_with(repository)


def test_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    """A shallow clone is incomplete; its last commit keeps its parent; deepened, all is told."""
    first, second, third = (repository.commit() for _ in range(3))
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "--depth=2", repository.path.as_uri(), str(clone))
    follower = Follower(clone)
    told = follower.told()
    assert (told.complete, told.ids) == (False, {second, third})
    assert [commit.parents for commit in told.commits] == [(second,), (first,)]
    repository.git("-C", str(clone), "fetch", "-q", "--unshallow")
    follower.update()
    assert follower.states == {"master": third}
    assert follower.in_step_with(repository)


def partial_clone(repository: Repository, place: Path, what: str) -> Path:
    """Clone all but the objects of a filter."""
    repository.git("config", "uploadpack.allowFilter", "true")
    url = repository.path.as_uri()
    repository.git("clone", "-q", "--bare", f"--filter={what}", url, str(place))
    return place


def test_partial_clone(repository: Repository, tmp_path: Path) -> None:
    """A partial clone is read without a network: all of its history, and its paths with trees."""
    merged(repository)
    assert Follower(partial_clone(repository, tmp_path / "a", "tree:0")).told().complete
    blobless = partial_clone(repository, tmp_path / "b", "blob:none")
    assert len(Follower(blobless, paths=("virt",)).told().commits) == 1


def test_partial_clone_without_trees(repository: Repository, tmp_path: Path) -> None:
    """Path limits need trees: where a partial clone has none it says so and fetches nothing."""
    merged(repository)
    clone = partial_clone(repository, tmp_path / "clone", "tree:0")
    with pytest.raises(SourceError, match="a partial clone that lacks what is asked for"):
        Follower(clone, paths=("virt",)).update()


def test_partial_clone_with_collected_tip(repository: Repository, tmp_path: Path) -> None:
    """A last tip that is no more in a partial clone is not looked for on a server."""
    head = repository.commit()
    follower = Follower(partial_clone(repository, tmp_path / "clone", "tree:0"))
    follower.states = {"master": "1" * 40}
    follower.members = {"master": set()}
    assert gone_and_told(follower.update()) == (["master"], ["master"])
    assert follower.states == {"master": head}
