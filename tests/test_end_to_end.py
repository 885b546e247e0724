"""The program as users run it: on real feeds, real repositories and a real index."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import kvmsearch
from kvmsearch.cli import main
from tests.sources.repositories import Repository

ROOT = Path(__file__).parent.parent
FEEDS = ROOT / "tests" / "data" / "feeds"
SAMPLE = FEEDS / "kvm-virt.atom"
U_BOOT = FEEDS / "cgit-u-boot-next.atom"
STABLE = FEEDS / "cgit-u-boot-2023.07.y.atom"
TRUNCATED = FEEDS / "truncated.atom"

ABBA = "2a62345b30529e488beb6a1220577b3495933724"
MERGE = "9123c5f956b1fbedd63821eb528ece55ddd0e49c"


@dataclass(frozen=True)
class Done:
    """What a run of the program did."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Return where the index is if nobody says."""
    return tmp_path / "data" / "kvmsearch" / "index"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which is empty; no index is named and none is there."""
    for name in ("KVMSEARCH_INDEX", "SUDO_UID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def process(*args: str | Path, given: Path | None = None) -> Done:
    """Run the program in a process of its own, `given` on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "kvmsearch", *args],
        input=given.read_bytes() if given else b"",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the program within this process, which is quicker."""

    def start(*args: str | Path) -> Done:
        code = main([str(arg) for arg in args])
        return Done(code, *capsys.readouterr())

    return start


@pytest.fixture
def linux(tmp_path: Path) -> Repository:
    """Return a repository with a master branch of two commits."""
    repository = Repository(tmp_path / "linux")
    repository.commit("KVM: Add a lock\n\nFor the memslots.\n")
    repository.commit('KVM: Fix a deadlock\n\nFixes: 123456789abc ("KVM: Add a lock")\n')
    return repository


def ids(done: Done) -> list[str]:
    """Return the ids that a run with --format=ids printed."""
    return done.out.split()


def refs(index: Path, commit_id: str) -> list[str]:
    """Return the refs of a commit as source/branch."""
    with kvmsearch.open(index) as opened:
        return [str(ref) for ref in opened.get(commit_id).refs]


# --- From sources to answers -------------------------------------------------------------------


def test_the_sample() -> None:
    """The sample feed is indexed, and "ABBA deadlock" finds the commit that writes it first."""
    assert process("index", SAMPLE) == Done(0, "kvm-virt: 10 new, 0 updated, 0 unchanged\n", "")
    text = process("ABBA deadlock")
    first, second = text.out.split("\n\n")[:2]
    assert text.code == 0
    assert first.startswith(" 1. 2a62345b3052 2026-01-15 Michael Roth (kvm-virt/v7.0-rc6)\n")
    assert "ABBA" in first
    assert second.startswith(" 2. 9123c5f956b1 ")
    assert "AB-BA conflict" in second
    assert "1-2 of 2 answers" in text.out


def test_all_formats_find_the_same(run: Run) -> None:
    """A format changes how hits are printed, not what is found nor the exit code."""
    run("index", SAMPLE)
    as_json = run("ABBA deadlock", "--format", "json")
    as_lines = run("ABBA deadlock", "--format", "jsonl")
    answer = json.loads(as_json.out)
    assert [hit["id"] for hit in answer["hits"]] == [ABBA, MERGE]
    assert [json.loads(line) for line in as_lines.out.splitlines()] == answer["hits"]
    assert ids(run("ABBA deadlock", "--format", "ids")) == [ABBA, MERGE]
    for snippet in answer["hits"][0]["snippets"]:
        marked = {snippet["text"][start:end] for start, end in snippet["matches"]}
        assert marked
        assert marked <= {"ABBA", "deadlock"}


def test_several_sources_at_once(run: Run, linux: Repository) -> None:
    """Feeds and a repository are indexed together and searched together, or by branch."""
    done = run("index", SAMPLE, U_BOOT, STABLE, linux.path)
    assert done == Done(
        0,
        "kvm-virt: 10 new, 0 updated, 0 unchanged\n"
        "cgit-u-boot-next: 10 new, 0 updated, 0 unchanged\n"
        "cgit-u-boot-2023.07.y: 10 new, 0 updated, 0 unchanged\n"
        "linux: 2 new, 0 updated, 0 unchanged\n",
        "",
    )
    assert len(ids(run("deadlock", "--format=ids"))) == 3
    assert len(ids(run("deadlock", "--branch=linux/master", "--format=ids"))) == 1
    assert len(ids(run("", "--branch=u-boot-2023.07.y", "--format=ids"))) == 10
    listed = run("sources").out
    for name in ("cgit-u-boot-2023.07.y", "cgit-u-boot-next", "kvm-virt", "linux"):
        assert f"\n{name} " in listed


def test_exit_codes(index: Path) -> None:
    """0 with hits, 1 without, 2 on an error, which is one line that says what to do."""
    no_index = "there is no index here; `kvmsearch index` makes one"
    assert process("anything") == Done(2, "", f"fatal: {index}: {no_index}\n")
    process("index", SAMPLE)
    assert process("deadlock").code == 0
    assert process("xyzzy").code == 1
    assert process("search", "deadlock", "--limit", "0").code == 2


def test_show(run: Run, linux: Repository) -> None:
    """A commit is shown as git shows it, by full or abbreviated id."""
    run("index", linux.path)
    tip = linux.git("rev-parse", "HEAD")
    shown = run("show", tip[:10])
    assert shown.code == 0
    heading, *rest = shown.out.splitlines()
    assert heading == f"commit {tip} (linux/master)"
    assert "\n".join(rest) == linux.git("show", "-s", tip).partition("\n")[2]


# --- One commit, several sources ---------------------------------------------------------------


FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>linux.git, branch next</title>
<entry>
<title>KVM: Fix a deadlock</title>
<updated>2023-11-14T22:15:20Z</updated>
<author><name>Ann</name><email>ann@example.org</email></author>
<published>2023-11-14T22:15:20Z</published>
<id>urn:sha1:{id}</id>
<content type="text">
As the feed has it.
</content>
</entry>
</feed>
"""


def test_what_a_repository_tells_replaces_what_a_feed_told(
    run: Run, index: Path, linux: Repository, tmp_path: Path
) -> None:
    """One commit from a feed, then from a repository, is one document, updated; never back."""
    tip = linux.git("rev-parse", "HEAD")
    feed = tmp_path / "next.atom"
    feed.write_text(FEED.format(id=tip))
    assert run("index", feed).out == "next: 1 new, 0 updated, 0 unchanged\n"
    with kvmsearch.open(index) as opened:
        assert opened.get(tip).parents is None
    assert run("index", linux.path).out == "linux: 1 new, 1 updated, 0 unchanged\n"
    assert run("update", "next").out == "next: 0 new, 0 updated, 1 unchanged\n"
    told_by_git = json.loads(run("show", tip, "--format=json").out)
    assert told_by_git["parents"] == linux.git("show", "-s", "--format=%P", tip).split()
    assert told_by_git["body"].startswith("Fixes: ")
    assert refs(index, tip) == ["linux/master", "next/next"]
    assert ids(run("deadlock", "--format=ids")) == [tip]


def test_two_repositories_that_share_commits(
    run: Run, index: Path, linux: Repository, tmp_path: Path
) -> None:
    """Commits of two clones are stored once; those of one alone are on its branch alone."""
    shared = linux.git("rev-parse", "HEAD")
    stable = Repository(tmp_path / "stable")
    stable.git("pull", "-q", str(linux.path), "master")
    stable.clock = linux.clock + 3600
    own = stable.commit("KVM: Fix a livelock")
    assert run("index", linux.path).out == "linux: 2 new, 0 updated, 0 unchanged\n"
    assert run("index", stable.path).out == "stable: 1 new, 0 updated, 2 unchanged\n"
    assert refs(index, shared) == ["linux/master", "stable/master"]
    assert refs(index, own) == ["stable/master"]
    run("sources", "remove", "stable")
    assert run("prune").out == "removed 1 commit on no branch\n"
    assert refs(index, shared) == ["linux/master"]
    assert run("show", own, "--format=ids").code == 2


# --- Branches ----------------------------------------------------------------------------------


def test_globs_of_branches_and_tags(run: Run, index: Path, linux: Repository) -> None:
    """--branch takes globs, tags too; a branch that appears later is followed by update."""
    tip = linux.git("rev-parse", "HEAD")
    linux.git("tag", "v7.0", "HEAD^")
    linux.git("tag", "v6.9", "HEAD^")
    linux.git("branch", "for-v7.1")
    run("index", linux.path, "--branch", "v7.*", "--branch", "for-*")
    assert refs(index, tip) == ["linux/for-v7.1"]
    assert refs(index, linux.git("rev-parse", "HEAD^")) == ["linux/for-v7.1", "linux/v7.0"]
    linux.git("tag", "v7.1")
    assert run("update").out == "linux: 0 new, 0 updated, 2 unchanged\n"
    assert refs(index, tip) == ["linux/for-v7.1", "linux/v7.1"]


def test_force_push_and_prune(run: Run, index: Path, linux: Repository) -> None:
    """Commits that left a branch lose it but stay found, until they are pruned."""
    run("index", linux.path)
    old = linux.git("rev-parse", "HEAD")
    linux.git("reset", "-q", "--hard", "HEAD^")
    new = linux.commit("KVM: Fix the deadlock\n\nIn another way.\n")
    assert run("update").out == "linux: 1 new, 0 updated, 0 unchanged\n"
    assert (refs(index, old), refs(index, new)) == ([], ["linux/master"])
    assert {*ids(run("deadlock", "--format=ids"))} == {old, new}
    assert ids(run("deadlock", "--branch=master", "--format=ids")) == [new]
    assert "(on no branch)" in run("show", old).out + run("Fix a deadlock").out
    assert run("prune").out == "removed 1 commit on no branch\n"
    assert ids(run("deadlock", "--format=ids")) == [new]


def test_update_of_some(run: Run, linux: Repository) -> None:
    """Named sources are updated, and no others."""
    run("index", SAMPLE, linux.path)
    linux.commit("KVM: Fix a livelock")
    assert run("update", "kvm-virt").out == "kvm-virt: 0 new, 0 updated, 10 unchanged\n"
    assert run("livelock").code == 1
    assert run("update", "linux").out == "linux: 1 new, 0 updated, 0 unchanged\n"
    assert run("livelock").code == 0


# --- Sources that fail, lists of sources, standard input ---------------------------------------


def test_one_failing_source(run: Run, linux: Repository) -> None:
    """The others are read, the exit code is 3, and the listing has the error until it is mended."""
    run("index", SAMPLE, linux.path)
    hidden = linux.path.rename(linux.path.with_name("hidden"))
    done = run("update")
    assert done.code == 3
    assert done.out.startswith("kvm-virt: 0 new, 0 updated, 10 unchanged\n")
    assert done.err.startswith(f"error: linux: {linux.path}: ")
    assert f"    error: {linux.path}: " in run("sources").out
    assert run("update", "linux").code == 2
    hidden.rename(linux.path)
    assert run("update").code == 0
    assert "error:" not in run("sources").out


def test_a_truncated_feed(run: Run) -> None:
    """A feed cut short gives its whole entries, and an error that says so."""
    done = run("index", TRUNCATED)
    assert (done.code, done.out) == (3, "truncated: 3 new, 0 updated, 0 unchanged\n")
    assert "cut short" in done.err
    assert run("bootd", "--format=ids").code == 0


@pytest.mark.parametrize("content", ["", "<html><body>Not found</body></html>", "no feed"])
def test_what_is_no_feed(run: Run, tmp_path: Path, content: str) -> None:
    """A page and an empty file are no feeds, and are not taken for empty ones."""
    (tmp_path / "page.atom").write_text(content)
    done = run("index", tmp_path / "page.atom")
    assert done.code == 2
    assert done.err.startswith(f"error: page: {tmp_path}/page.atom: not a feed")


def test_a_list_of_sources(run: Run, index: Path, linux: Repository, tmp_path: Path) -> None:
    """--from takes sources from a file in git's config format, paths relative to it."""
    linux.git("branch", "next")
    (tmp_path / "sources.conf").write_text(
        f'[source "toradex"]\n\tpath = {SAMPLE}\n'
        '[source "kvm"]\n\tpath = linux\n\tbranch = next\n\tmerges = false\n'
    )
    done = run("index", "--from", tmp_path / "sources.conf")
    assert done.out == (
        "toradex: 10 new, 0 updated, 0 unchanged\nkvm: 2 new, 0 updated, 0 unchanged\n"
    )
    assert refs(index, linux.git("rev-parse", "HEAD")) == ["kvm/next"]


def test_standard_input() -> None:
    """A feed is read from standard input under the name given, and left out of updates."""
    assert process("index", "-", given=SAMPLE).code == 2
    done = process("index", "-", "--name", "piped", given=SAMPLE)
    assert done == Done(0, "piped: 10 new, 0 updated, 0 unchanged\n", "")
    process("index", U_BOOT)
    assert process("update").out == "cgit-u-boot-next: 0 new, 0 updated, 10 unchanged\n"


def test_a_name_that_no_source_can_have(run: Run) -> None:
    """A bad --name is an error, and nothing is read under it."""
    done = run("index", SAMPLE, "--name", "a/b")
    assert (done.code, done.out) == (2, "")
    assert "cannot name a source" in done.err


# --- The index ---------------------------------------------------------------------------------


def test_reindex(run: Run, tmp_path: Path) -> None:
    """An index of another analysis says what mends it, and that does."""
    place = tmp_path / "index"
    run("index", "--index", place, SAMPLE)
    (manifest,) = place.glob("kvmsearch_*.json")
    values = json.loads(manifest.read_text())
    values["segments"] = [[name, count, 0, gone] for name, count, _, gone in values["segments"]]
    manifest.write_text(json.dumps(values))
    refused = run("deadlock", "--index", place)
    assert refused.code == 2
    assert refused.err.startswith(f"fatal: {place}: ")
    assert "run `kvmsearch reindex`" in refused.err
    assert run("reindex", "--index", place).out == "reindexed 10 commits\n"
    assert ids(run("ABBA deadlock", "--format=ids", "--index", place)) == [ABBA, MERGE]


def test_where_the_index_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--index, else KVMSEARCH_INDEX, else index/ here or above, else the user's data folder."""
    project = tmp_path / "project"
    below = project / "virt" / "kvm"
    below.mkdir(parents=True)
    run("index", SAMPLE)
    run("index", U_BOOT, "--index", project / "index")
    assert "kvm-virt" in run("sources").out
    monkeypatch.chdir(below)
    assert "cgit-u-boot-next" in run("sources").out
    monkeypatch.setenv("KVMSEARCH_INDEX", str(tmp_path / "named"))
    run("index", STABLE)
    assert "cgit-u-boot-2023.07.y" in run("sources").out
    assert "cgit-u-boot-next" in run("sources", "--index", project / "index").out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_index_of_another_user(run: Run, tmp_path: Path) -> None:
    """An index/ that was found but is another user's is refused, and used when it is named."""
    run("index", "--index", tmp_path / "index", SAMPLE)
    os.chown(tmp_path / "index", 54321, 54321)
    refused = run("deadlock")
    assert refused.code == 2
    assert "belongs to another user; name it with --index" in refused.err
    assert run("deadlock", "--index", tmp_path / "index").code == 0
