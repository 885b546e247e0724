import itertools
import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kvmsearch.commit import Commit, Person
from kvmsearch.errors import SourceError
from kvmsearch.sources import RefGone, RefUpdate, SourceSpec
from kvmsearch.sources.repository import RepositorySource


class Repository:
    """A real repository, driven by git as a user would."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.clock = 1_700_000_000
        command = ["git", "init", "-q", "-b", "master", "--template=", *options, str(path)]
        subprocess.run(command, check=True)

    def git(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git and return what it prints."""
        options = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "gc.auto=0")
        done = subprocess.run(
            ["git", "-C", self.path, *options, *arguments],
            input=stdin,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **(env or {})},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str = "Change", file: str = "file") -> str:
        """Change a file and commit it, a minute after the last commit; return the id."""
        self.clock += 60
        place = self.path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{self.clock}\n")
        self.git("add", file)
        date = f"{self.clock} +0100"
        self.git(
            *("commit", "-q", "-m", message),
            env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, content: bytes) -> str:
        """Point master to a commit object of exactly this content, after its tree."""
        tree = self.git("mktree").encode()
        command = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
        made = self.git(*command, stdin=b"tree " + tree + b"\n" + content)
        self.git("update-ref", "refs/heads/master", made)
        return made


@dataclass
class Told:
    """What one read told of one ref, its iterators read."""

    branch: str
    state: str
    commits: list[Commit]
    joined: set[str]
    left: set[str]
    complete: bool
    total: int | None

    @property
    def ids(self) -> set[str]:
        """The ids of the commits."""
        return {commit.id for commit in self.commits}


class Follower:
    """A stand-in for the index: it keeps states and membership as told."""

    def __init__(self, path: Path, *branches: str, **limits: object) -> None:
        spec = SourceSpec("test", str(path), branches, **limits)  # type: ignore[arg-type]
        self.source = RepositorySource(spec)
        self.states: dict[str, str] = {}
        self.members: dict[str, set[str]] = {}
        self.commits: dict[str, Commit] = {}

    def update(self) -> list[Told | RefGone]:
        """Read once; return what was told."""
        self.source.prepare()
        return [self._take(change) for change in self.source.read(dict(self.states))]

    def _take(self, change: RefUpdate | RefGone) -> Told | RefGone:
        if isinstance(change, RefGone):
            del self.states[change.branch], self.members[change.branch]
            return change
        commits = list(change.commits)
        ids = {commit.id for commit in commits}
        joined = ids if change.joined is None else set(change.joined)
        left = set(change.left)
        members = self.members.setdefault(change.branch, set())
        assert not joined & members
        assert left <= members
        self.members[change.branch] = (members - left) | joined
        self.states[change.branch] = change.state
        self.commits |= {commit.id: commit for commit in commits}
        return Told(
            *(change.branch, change.state, commits, joined, left, change.complete, change.total)
        )

    def told(self) -> Told:
        """Update, and return the one thing told."""
        (change,) = self.update()
        assert isinstance(change, Told)
        return change

    def in_step_with(self, repository: Repository) -> bool:
        """Whether every branch has the members that git lists, each known with its record."""
        return all(
            members == set(repository.git("rev-list", branch, "--").split()) <= self.commits.keys()
            for branch, members in self.members.items()
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository(tmp_path / "repository")


def gone_and_told(changes: list[Told | RefGone]) -> tuple[list[str], list[str]]:
    """Name the refs told as gone and those told as changed."""
    gone = [change.branch for change in changes if isinstance(change, RefGone)]
    return gone, [change.branch for change in changes if isinstance(change, Told)]


def test_commit_as_written(repository: Repository) -> None:
    """A commit has all that its object says: people, dates with their zones, parents, message."""
    root = repository.commit("Root")
    (repository.path / ".mailmap").write_text("Other <other@example.org> <ann@example.org>\n")
    env = {"GIT_AUTHOR_DATE": "1600000000 +0545", "GIT_COMMITTER_DATE": "1700000000 -0800"}
    message = "KVM: Fix ünïcode\n\nBody\n\nSigned-off-by: Ann\n"
    repository.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message.encode(), env=env)
    newest, oldest = Follower(repository.path).told().commits
    assert newest.message == message
    assert newest.author == newest.committer == Person("Ann", "ann@example.org")
    assert newest.author_date.isoformat() == "2020-09-13T18:11:40+05:45"
    assert str(newest.committer_date) == "2023-11-14 14:13:20-08:00"
    assert (newest.parents, oldest.parents, oldest.id) == ((root,), (), root)


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
    """A branch that was deleted is told as gone, and the next read names it as missing."""
    repository.commit()
    repository.git("branch", "topic")
    follower = Follower(repository.path, "master", "topic")
    follower.update()
    repository.git("branch", "-q", "-D", "topic")
    new = repository.commit()
    assert gone_and_told(follower.update()) == (["topic"], ["master"])
    assert follower.states == {"master": new}
    with pytest.raises(SourceError, match="no branch or tag 'topic'"):
        follower.update()


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


def merged(repository: Repository) -> tuple[str, str, str]:
    """Make a history of two files on two branches, merged; return the ids of all three commits."""
    base = repository.commit("Base", "virt/kvm/main.c")
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit("Side", "other.c")
    repository.git("checkout", "-q", "master")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    return base, side, repository.git("rev-parse", "HEAD")


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


@pytest.mark.parametrize(
    ("header", "raw", "read"),
    [
        (b"encoding ISO-8859-1\n", b"caf\xe9", "café"),
        (b"", b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"encoding no-such-thing\n", b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"", b"a\r\nb\x1b[31m\xc2\x85c", "a\r\nb\x1b[31m\x85c"),
        (b"", b"\n\nlate\n\n\n", "\n\nlate\n\n\n"),
        (b"", b"seen\0hidden", "seen"),
        (b"", b"", ""),
    ],
)
def test_odd_messages(repository: Repository, header: bytes, raw: bytes, read: str) -> None:
    """Messages are converted from the encoding that they name; what is no text is replaced."""
    people = b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    repository.raw_commit(people + header + b"\n" + raw)
    (commit,) = Follower(repository.path).told().commits
    assert commit.message == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"0 -0000", "1970-01-01T00:00:00+00:00"),
        (b"1700000000 +0545", "2023-11-15T03:58:20+05:45"),
        (b"1700000000 +9999", "2023-11-15T22:12:20+23:59"),
        (b"1700000000 -9999", "2023-11-13T22:14:20-23:59"),
        (b"315507398399999 +0000", "9999-12-30T23:59:59+00:00"),
        (b"315507398399999 +1400", "9999-12-31T13:59:59+14:00"),
        (b"99999999999999999999999 +0000", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_odd_dates(repository: Repository, raw: bytes, read: str) -> None:
    """Dates and zones that datetime does not reach come as near as it does."""
    people = b"author A <a@b> " + raw + b"\ncommitter A <a@b> 1700000000 +0000\n"
    repository.raw_commit(people + b"\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert commit.author_date.isoformat() == read


def test_unreadable_dates(repository: Repository) -> None:
    """A date before 1970 is unknown to git: then the other date stands for it, or 1970."""
    first = b"author A <a@b> -62135596800 +0000\ncommitter B <b@c> 1700000000 +0000\n\nx\n"
    repository.raw_commit(first)
    (commit,) = Follower(repository.path).told().commits
    assert commit.author_date == commit.committer_date == datetime.fromtimestamp(1.7e9, UTC)
    repository.raw_commit(b"author A <a@b> when\ncommitter B <b@c>\n\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert (commit.author_date.year, commit.committer_date) == (1970, None)


def test_nameless_people(repository: Repository) -> None:
    """Empty names and addresses stay empty; a committer without both is unknown."""
    repository.raw_commit(b"author  <> 1 +0000\ncommitter  <> 2 +0000\n\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert (commit.author, commit.committer) == (Person("", ""), None)
    assert commit.date == datetime.fromtimestamp(2, UTC)


def test_giant_message(repository: Repository) -> None:
    """A message of many megabytes is cut; its neighbours are whole."""
    people = b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    parent = repository.raw_commit(people + b"\n" + b"giant " * 1_000_000)
    repository.raw_commit(b"parent " + parent.encode() + b"\n" + people + b"\nsmall\n")
    small, giant = Follower(repository.path).told().commits
    assert small.message == "small\n"
    assert 1_000_000 < len(giant.message) <= 1 << 20


def test_configuration_changes_nothing(repository: Repository, tmp_path: Path) -> None:
    """What a repository configures runs no program and changes nothing that is read."""
    merged(repository)
    before = Follower(repository.path).told()
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "pager.log", "gpg.program", "core.sshCommand"):
        repository.git("config", key, str(trap))
    for setting in (
        *("log.showSignature=true", "log.follow=true", "log.date=relative", "log.mailmap=true"),
        *("color.ui=always", "log.decorate=full", "format.pretty=oneline", "log.showRoot=true"),
        *("i18n.logOutputEncoding=ISO-8859-1", "format.notes=*", "log.diffMerges=m"),
    ):
        repository.git("config", *setting.split("="))
    repository.git("notes", "add", "-m", "Note")
    assert Follower(repository.path).told() == before
    assert len(Follower(repository.path, paths=("virt",)).told().commits) == 1
    assert not (tmp_path / "sprung").exists()


def test_environment_changes_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables that hooks and aliases set do not point git at another repository."""
    head = repository.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")
    monkeypatch.setenv("GIT_TRACE", "1")
    assert Follower(repository.path).told().state == head


def test_no_repository(tmp_path: Path) -> None:
    """A folder that is in no repository, and one that is not there, are named as such."""
    with pytest.raises(SourceError) as caught:
        Follower(tmp_path).update()
    assert str(caught.value) == f"{tmp_path}: not a git repository"
    with pytest.raises(SourceError) as caught:
        Follower(tmp_path / "none").update()
    assert str(caught.value) == f"{tmp_path}/none: No such file or directory"
    with pytest.raises(SourceError, match="embedded null byte"):
        Follower(Path(f"{tmp_path}/a\0b")).update()


def test_missing_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git on PATH the error says what to install."""
    monkeypatch.setenv("PATH", str(repository.path))
    with pytest.raises(SourceError, match="needs git, which is not on PATH; install it"):
        Follower(repository.path).update()


@pytest.fixture
def replace_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a shell script in git's place, in which $GIT is the real one."""
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()

    def replace(script: str) -> None:
        place = tmp_path / "bin" / "git"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\nGIT={real}\n{script}\n")
        place.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", str(place.parent), prepend=os.pathsep)

    return replace


def test_repository_of_another_user(
    repository: Repository, replace_git: Callable[[str], None]
) -> None:
    """A repository that git does not trust is refused with the command that trusts it."""
    repository.commit()
    replace_git('export GIT_TEST_ASSUME_DIFFERENT_OWNER=1\nexec $GIT "$@"')
    with pytest.raises(SourceError) as caught:
        Follower(repository.path).update()
    trust = f"git config --global --add safe.directory {repository.path}"
    assert f"belongs to another user; if you trust it, run: {trust}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_killed_git(repository: Repository, replace_git: Callable[[str], None]) -> None:
    """A git that dies midway is an error after what it told, not an end."""
    repository.commit()
    replace_git('case "$*" in *" log "*) $GIT "$@"; kill -9 $$;; esac\nexec $GIT "$@"')
    (update,) = Follower(repository.path).source.read({})
    assert isinstance(update, RefUpdate)
    commits = iter(update.commits)
    assert isinstance(next(commits), Commit)
    with pytest.raises(SourceError, match="git was killed by signal 9"):
        next(commits)


def test_noisy_git(repository: Repository, replace_git: Callable[[str], None]) -> None:
    """However much git complains, its last words are one short line without escapes."""
    repository.commit()
    noise = "yes warning | head -c 3000000 >&2; printf 'fatal: \\033[31mbroken\\n' >&2; exit 128"
    replace_git(noise)
    with pytest.raises(SourceError) as caught:
        Follower(repository.path).update()
    assert (
        str(caught.value) == f"{repository.path}: git failed: \N{REPLACEMENT CHARACTER}[31mbroken"
    )


def test_corrupt_repository(repository: Repository) -> None:
    """A history with a commit missing is an error in git's own last words."""
    lost, head = repository.commit(), repository.commit()
    (repository.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(SourceError, match=rf"^{repository.path}: git failed: .*{head}"):
        Follower(repository.path).update()


def test_closed_early(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stops leaves no git process behind."""
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[call-overload]
            started.append(self)

    people = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    script = "".join(
        f"commit refs/heads/master\n{people}data 8000\n{'x' * 8000}\n" for _ in range(500)
    )
    repository.git("fast-import", "--quiet", stdin=script.encode())
    monkeypatch.setattr(subprocess, "Popen", Recorded)
    changes = Follower(repository.path).source.read({})
    update = next(changes)
    assert isinstance(update, RefUpdate)
    commits: Iterator[Commit] = iter(update.commits)
    assert len(list(itertools.islice(commits, 3))) == 3
    assert started[-1].returncode is None
    del commits, update, changes
    assert all(process.returncode is not None for process in started)


def test_history_is_a_stream(repository: Repository) -> None:
    """Nothing is read of a ref before it is asked for."""
    repository.commit()
    (update,) = Follower(repository.path).source.read({})
    assert isinstance(update, RefUpdate)
    assert not isinstance(update.commits, list | tuple)
    assert update.left == ()


def test_zone_is_kept(repository: Repository) -> None:
    """Dates keep the zone that they were written in."""
    repository.commit()
    (commit,) = Follower(repository.path).told().commits
    assert commit.author_date.utcoffset() == timedelta(hours=1)
