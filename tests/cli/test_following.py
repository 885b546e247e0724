"""index, update, sources, prune and reindex."""

from pathlib import Path

import pytest

from kvmsearch.registry import SourceSpec
from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex

KVM = SourceSpec("kvm", "https://git.example.org/kvm.git/atom/?h=next&token=hidden")


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the current one, with two files."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.atom", "two.atom"):
        (tmp_path / name).touch()
    return tmp_path


def test_index_registers_and_updates(run: Run, index: FakeIndex, feeds: Path) -> None:
    """Each source is registered under a derived name and read, and each has its line."""
    done = run("index", "one.atom", "two.atom")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "one: 1,200 new, 1 updated, 0 unchanged",
        "two: 1,200 new, 1 updated, 0 unchanged",
    ]
    assert index.specs["one"] == SourceSpec("one", str(feeds / "one.atom"))


@pytest.mark.usefixtures("feeds")
def test_index_updates_only_its_own(run: Run, index: FakeIndex) -> None:
    """What was registered before is not read again."""
    index.register(KVM)
    assert run("index", "one.atom").out.startswith("one: ")


def test_index_options(run: Run, index: FakeIndex, feeds: Path) -> None:
    """Branches, paths and merges are kept; paths stand behind --, also odd ones."""
    run(
        "index",
        "one.atom",
        "--name=k",
        "--branch",
        "v7.*",
        "--branch=next",
        "--no-merges",
        "--",
        "virt",
        "-x",
        "--",
    )
    assert index.specs == {
        "k": SourceSpec(
            "k", str(feeds / "one.atom"), ("v7.*", "next"), ("virt", "-x", "--"), merges=False
        )
    }


@pytest.mark.usefixtures("index")
def test_limits_of_a_feed_are_without_effect(run: Run, feeds: Path) -> None:
    """That nothing can be chosen of a feed is said where it is tried."""
    (feeds / "folder").mkdir()
    (feeds / "list").write_text('[source "two"]\n path = two.atom\n merges = false\n', "utf-8")
    for limit in (["--branch=next"], ["--no-merges"], ["--", "virt"]):
        done = run("index", "one.atom", *limit)
        assert done.code == 0
        [line] = done.err.splitlines()
        assert line.startswith("warning: one: a feed is read as it is; ")
        assert run("index", "folder", *limit).err == ""
    assert run("index", "one.atom").err == ""
    assert run("index", "--from", "list").err.startswith("warning: two: ")


def test_index_again_keeps_the_name(run: Run, index: FakeIndex, feeds: Path) -> None:
    """A location that is followed already keeps its name; what is followed there changes."""
    run("index", "one.atom", "--name", "first")
    run("index", str(feeds / "one.atom"), "--branch", "next")
    assert index.specs == {"first": SourceSpec("first", str(feeds / "one.atom"), ("next",))}


def test_index_from_file(run: Run, index: FakeIndex, feeds: Path) -> None:
    """Sources can be listed in a file in git's format."""
    (feeds / "list").write_text(f'[source "kvm"]\n\turl = "{KVM.location}"\n')
    assert run("index", "--from", "list", "one.atom").code == 0
    assert [*index.specs] == ["kvm", "one"]


@pytest.mark.usefixtures("feeds")
def test_index_missing_source_does_not_stop_others(run: Run, index: FakeIndex) -> None:
    """A source that is not there is an error; the others are read, and 3 says so."""
    done = run("index", "missing.atom", "one.atom")
    assert done.code == 3
    assert done.err.startswith("error: missing.atom: ")
    assert [*index.specs] == ["one"]


@pytest.mark.usefixtures("feeds")
def test_index_taken_name(run: Run, index: FakeIndex) -> None:
    """A name that another location has cannot be used; nothing is done."""
    index.register(KVM)
    done = run("index", "one.atom", "--name", "kvm")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: kvm: already the name of another source\n"


@pytest.mark.usefixtures("feeds")
def test_index_failing_source(run: Run, index: FakeIndex) -> None:
    """A source that cannot be read is told on one harmless line; alone it is 2, else 3."""
    index.broken = {"one"}
    alone = run("index", "one.atom")
    assert alone.code == 2
    assert alone.err == "error: one: no feed but ^[a page\n"
    assert run("index", "one.atom", "two.atom").code == 3


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["one.atom", "two.atom", "--name", "x"], "--name is for one SOURCE"),
        (["-"], "standard input (-) needs a --name"),
        (["--branch", "next"], "name a SOURCE"),
        (["--", "virt"], "name a SOURCE"),
        (["--from", "list", "--branch", "next"], "there is none"),
        (["--from", "list", "--no-merges"], "there is none"),
        (["--from", "missing"], "missing"),
    ],
)
@pytest.mark.usefixtures("feeds")
def test_index_arguments_that_do_not_go_together(
    run: Run, index: FakeIndex, args: list[str], reason: str
) -> None:
    """Arguments that would be without effect, or need others, are refused."""
    done = run("index", *args)
    assert done.code == 2
    assert reason in done.err.splitlines()[0]
    assert index.specs == {}


def test_update(run: Run, index: FakeIndex) -> None:
    """Update reads all sources, or those named."""
    index.register(KVM)
    index.register(SourceSpec("other", "/x"))
    assert run("update").out.count("\n") == 2
    assert run("update", "other").out == "other: 1,200 new, 1 updated, 0 unchanged\n"


def test_update_without_sources(run: Run) -> None:
    """With nothing to update the error tells how to begin."""
    done = run("update")
    assert done.code == 2
    assert done.err == "fatal: there are no sources; add one with 'kvmsearch index SOURCE'\n"


def test_sources(run: Run, index: FakeIndex) -> None:
    """The sources are listed, without secrets; without any there is a hint how to begin."""
    assert run("sources").err.startswith("hint: there are no sources")
    index.register(KVM)
    done = run("sources")
    assert done.code == 0
    assert "kvm   3" in done.out
    assert "hidden" not in done.out
    assert run("sources", "list", "--index", "x").out == done.out


def test_sources_remove(run: Run, index: FakeIndex) -> None:
    """A removed source is no longer listed."""
    index.register(KVM)
    done = run("sources", "remove", "kvm")
    assert (done.code, done.out) == (0, "removed source kvm\n")
    assert index.specs == {}


def test_prune_and_reindex(run: Run) -> None:
    """Both tell how many commits they touched."""
    assert run("prune").out == "removed 1 commit on no branch\n"
    assert run("reindex").out == "reindexed 3 commits\n"


@pytest.mark.usefixtures("feeds")
def test_jobs(run: Run, index: FakeIndex) -> None:
    """--jobs says how many processes analyze commits, whichever command has many."""
    for command in ("index one.atom -j 3", "update --jobs 3", "reindex -j3"):
        index.jobs = None
        run(*command.split())
        assert index.jobs == 3
    assert run("update", "--jobs", "0").code == 2
