"""The command line on a real index of a real repository."""

import json
from pathlib import Path

import pytest

from kvmsearch.cli import main
from tests.cli.conftest import Done
from tests.output.commits import GMEM_MERGE, GUP, SYNC_MMU
from tests.output.test_gitshow import git, make_commit

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with two branches, in a current folder where the index will be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KVMSEARCH_INDEX", str(tmp_path / "index"))
    folder = tmp_path / "linux"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "next")
    first = make_commit(folder, SYNC_MMU.message)
    second = make_commit(folder, GUP.message, first.id)
    merge = make_commit(folder, GMEM_MERGE.message, second.id, first.id)
    git(folder, "update-ref", "refs/heads/next", merge.id)
    git(folder, "update-ref", "refs/heads/stable", first.id)
    return folder


def run(capture: Capture, *args: str) -> Done:
    """Run a command line."""
    code = main(args)
    return Done(code, *capture.readouterr())


def test_from_repository_to_answers(repository: Path, capsys: Capture) -> None:
    """A repository is indexed, searched, shown as git shows it, and updated."""
    done = run(capsys, "index", "linux", "--branch", "*")
    assert (done.code, done.out) == (0, "linux: 3 new, 0 updated, 0 unchanged\n")
    found = run(capsys, "ABBA deadlock", "--format=ids")
    assert found.code == 0
    ids = found.out.split()
    assert len(ids) == 2
    for commit_id in ids:
        shown = run(capsys, "show", commit_id[:12]).out.splitlines()
        assert shown[0] == f"commit {commit_id} (linux/next)"
        assert shown[1:] == git(repository, "show", "-s", commit_id).splitlines()[1:]
    tip = make_commit(repository, "KVM: Fix a livelock\n", ids[0])
    git(repository, "update-ref", "refs/heads/next", tip.id)
    assert run(capsys, "update").out.startswith("linux: 1 new, ")
    assert run(capsys, "livelock", "--format=ids").out.split() == [tip.id]


def test_filters(capsys: Capture) -> None:
    """Author, branch and date narrow what is found."""
    run(capsys, "index", "linux", "--branch=next", "--branch=stable")
    by_author = ("KVM", "--author=krcmar", "--format=json")
    assert json.loads(run(capsys, *by_author).out)["total"] == 3
    assert json.loads(run(capsys, *by_author, "--branch", "linux/stable").out)["total"] == 1
    assert json.loads(run(capsys, *by_author, "--since", "2026-03-03T00:00:00Z").out)["total"] == 3
    assert run(capsys, *by_author, "--author-date", "--since", "2026-03-03T00:00:00Z").code == 1
    assert run(capsys, "KVM", "--author=torvalds").code == 1


def test_one_failing_source(tmp_path: Path, capsys: Capture) -> None:
    """What is no feed is an error; the repository beside it is read, and 3 tells."""
    (tmp_path / "page.atom").write_text("<html><body>not found</body></html>", encoding="utf-8")
    done = run(capsys, "index", "page.atom", "linux")
    assert done.code == 3
    assert "linux: 3 new" in done.out
    assert done.err.startswith("error: page: ")
    listed = run(capsys, "sources").out
    assert "linux" in listed
    assert "    error: " in listed


def test_removed_source(capsys: Capture) -> None:
    """Commits of a removed source stay, on no branch, until prune."""
    run(capsys, "index", "linux")
    assert run(capsys, "sources", "remove", "linux").code == 0
    assert "(on no branch)" in run(capsys, "deadlock").out
    assert run(capsys, "prune").out == "removed 3 commits on no branch\n"
    assert run(capsys, "deadlock").code == 1


def test_words_behind_index_make_no_index(tmp_path: Path, capsys: Capture) -> None:
    """A query that was taken for the command index leaves nothing behind."""
    assert run(capsys, "index", "corruption").code == 2
    assert not (tmp_path / "index").exists()
