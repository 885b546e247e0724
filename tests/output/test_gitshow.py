import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from kvmsearch.commit import Commit, Person, Ref
from kvmsearch.output.gitshow import git_date
from kvmsearch.output.text import TextPrinter
from kvmsearch.record import replace
from tests.output.commits import COMMITS, GUP, NEXT, STABLE

ODD_MESSAGES = (
    "Title alone",
    "\n\n  Title behind blank lines\ngoes on\n\n\n\tbody\twith tabs  \nends\r\n \n\n",
    "Title\n \n    indented\n\n\nTrailer: x\n\n\n",
    "",
)

AUTHOR = {
    "GIT_AUTHOR_NAME": "Radim Krčmář",
    "GIT_AUTHOR_EMAIL": "rkrcmar@redhat.com",
    "GIT_AUTHOR_DATE": "2026-03-02T01:02:03 -0330",
    "GIT_COMMITTER_NAME": "C",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_COMMITTER_DATE": "2026-03-03T00:00:00 +0000",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C.UTF-8",
}


def git(folder: Path, *args: str, given: str = "") -> str:
    """Run git and return what it prints."""
    done = subprocess.run(
        ["git", "-c", "core.abbrev=12", *args],
        cwd=folder,
        env={**os.environ, **AUTHOR},
        input=given.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty repository."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    return folder


def make_commit(folder: Path, message: str, *parents: str) -> Commit:
    """Make a commit, and return the record that the index would have of it."""
    tree = git(folder, "mktree").strip()
    options = [argument for parent in parents for argument in ("-p", parent)]
    commit_id = git(folder, "commit-tree", tree, *options, given=message).strip()
    return Commit(
        id=commit_id,
        message=message,
        author=Person("Radim Krčmář", "rkrcmar@redhat.com"),
        author_date=datetime.fromisoformat("2026-03-02T01:02:03-03:30"),
        parents=parents,
    )


def shown(commit: Commit, *, color: bool = False) -> str:
    """Return what `show` prints."""
    return "".join(f"{line}\n" for line in TextPrinter(color=color).commit(commit))


@pytest.mark.parametrize("message", [*(commit.message for commit in COMMITS), *ODD_MESSAGES])
def test_prints_what_git_prints(repository: Path, message: str) -> None:
    """Real messages, and odd ones, look exactly as `git show -s` prints them."""
    commit = make_commit(repository, message)
    assert shown(commit) == git(repository, "show", "-s", "--no-decorate", commit.id)


def test_prints_merges_and_refs_as_git(repository: Path) -> None:
    """A merge names its parents, and refs stand where git puts branches, in git's colours."""
    first, second = (make_commit(repository, text) for text in ("one", "two"))
    merge = make_commit(repository, "Merge", first.id, second.id)
    git(repository, "update-ref", "refs/remotes/kvm/next", merge.id)
    expected = git(repository, "show", "-s", "--decorate", "--color=always", merge.id)
    assert shown(replace(merge, refs=(NEXT,)), color=True) == expected


def test_several_refs() -> None:
    """Refs are parted by commas."""
    first = next(TextPrinter().commit(replace(GUP, refs=(NEXT, STABLE))))
    assert first == f"commit {GUP.id} (kvm/next, stable/linux-7.0.y)"


def test_unknown_parts_are_left_out() -> None:
    """A commit of a feed has no line for parents, and an unknown address no brackets."""
    commit = replace(GUP, author=Person("Michael Roth", ""), refs=())
    assert shown(commit).splitlines()[:4] == [
        f"commit {GUP.id}",
        "Author: Michael Roth",
        "Date:   Thu Jan 8 21:46:22 2026 +0000",
        "",
    ]


def test_ref_cannot_break_the_line() -> None:
    """A hostile branch name stays on its line."""
    first = next(TextPrinter().commit(replace(GUP, refs=(Ref("a", "b\nc\x1b"),))))
    assert first.endswith("(a/b c^[)")


def test_date_is_in_its_own_zone() -> None:
    """A date is shown as its author wrote it."""
    assert git_date(datetime.fromisoformat("2026-12-31T23:59:59+05:30")) == (
        "Thu Dec 31 23:59:59 2026 +0530"
    )
