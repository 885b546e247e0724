import json

from kvmsearch.record import replace
from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import GMEM_MERGE, GUP, SYNC_MMU


def test_related(run: Run) -> None:
    """What is related to a commit is printed, in any format, and the exit code is 0."""
    done = run("related", "2A62345b3052")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{GUP.id[:12]} 2026-01-15 Michael Roth (kvm/next)\n")
    assert f"\nfixed by:\n  {SYNC_MMU.id[:12]} " in done.out
    ids = run("related", GUP.id, "--format", "ids").out.split()
    assert ids == [SYNC_MMU.id, GMEM_MERGE.id]
    value = json.loads(run("related", GUP.id, "--format", "json").out)
    assert [one["relation"] for one in value["relations"]] == ["fixed-by", "series"]


def test_nothing_related(run: Run, index: FakeIndex) -> None:
    """A commit that stands alone is told as such, with the exit code of a search in vain."""
    index.commits = (GUP,)
    done = run("related", GUP.id)
    assert (done.code, done.err) == (1, "hint: nothing in this index is related to it\n")
    assert run("related", GUP.id, "--format", "ids").out == ""


def test_wrong_ids(run: Run, index: FakeIndex) -> None:
    """An id that is not there or is ambiguous is an error; the latter lists what it may mean."""
    assert run("related", "deadbeef").err == "fatal: no commit deadbeef in this index\n"
    index.commits = (GUP, replace(GUP, id=GUP.id[:-1] + "0"))
    done = run("related", "2a62345b")
    assert done.code == 2
    assert [line.split()[0] for line in done.err.splitlines()] == ["hint:", "hint:", "fatal:"]
