import json

from tests.cli.conftest import Run
from tests.output.commits import COMMITS, SYNC_MMU


def test_missing(run: Run) -> None:
    """Missing fixes are printed, in any format, and the exit code is 0."""
    done = run("missing", "--in", "6.6.y", "--from", "next")
    assert (done.code, done.err) == (0, "")
    assert f"    fixes {SYNC_MMU.id[:12]} " in done.out
    assert done.out.endswith("\n\n3 fixes missing on kvm/6.6.y\n")
    ids = run("missing", "--in=6.6.y", "--format=ids").out.split()
    assert ids == [commit.id for commit in COMMITS]
    value = json.loads(run("missing", "--in=6.6.y", "--format=json").out)
    assert [fix["state"] for fix in value["fixes"]] == ["missing"] * 3


def test_unknown(run: Run) -> None:
    """Where not all history is known, that is said, and nothing is called missing."""
    done = run("missing", "--in", "feed")
    assert done.code == 0
    assert done.out.endswith("3 fixes perhaps missing on kvm/feed\n")
    assert done.err.startswith("hint: the index has not all of the history of kvm/feed: ")
    lines = run("missing", "--in", "feed", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["unknown"] * 3


def test_nothing_missing(run: Run) -> None:
    """Without missing fixes the exit code is 1, and the reason is on standard error."""
    done = run("missing", "--in", "6.6.y", "--from", "empty")
    assert (done.code, done.out) == (1, "")
    assert done.err == "hint: no fix is missing that this index knows of\n"


def test_unknown_branch(run: Run) -> None:
    """A branch that is not there is an error."""
    done = run("missing", "--in", "nowhere")
    assert (done.code, done.out, done.err) == (2, "", "fatal: nowhere: no branch of that name\n")
