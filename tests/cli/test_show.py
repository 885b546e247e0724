import json

from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import COMMITS, GUP


def test_abbreviated_id(run: Run) -> None:
    """An abbreviated id, in any case, shows its commit."""
    done = run("show", "2A62345b3052")
    assert done.code == 0
    assert done.out.startswith(f"commit {GUP.id} (kvm/next)\nAuthor: Michael Roth <")


def test_json(run: Run) -> None:
    """A commit can be had as JSON."""
    assert json.loads(run("show", GUP.id, "--format", "json").out)["id"] == GUP.id


def test_unknown(run: Run) -> None:
    """An id that could be one but is not there is an error."""
    done = run("show", "deadbeef")
    assert (done.code, done.out) == (2, "")
    assert done.err == "fatal: no commit deadbeef in this index\n"


def test_ambiguous(run: Run, index: FakeIndex) -> None:
    """An ambiguous id lists the commits that it may mean, as git does."""
    twin = COMMITS[0].__class__(GUP.id[:-1] + "0", "A twin", GUP.author, GUP.author_date)
    index.commits = (GUP, twin)
    done = run("show", "2a62345b")
    assert done.code == 2
    assert done.err.splitlines() == [
        f"hint: 2a62345b3052 2026-01-15 {GUP.title}",
        "hint: 2a62345b3052 2026-01-08 A twin",
        "fatal: 2a62345b is ambiguous",
    ]
