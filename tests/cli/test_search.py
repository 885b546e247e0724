import json

from kvmsearch.output import FORMATS
from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import GMEM_MERGE, GUP, SYNC_MMU


def test_hits(run: Run) -> None:
    """Hits are printed without colour into a pipe, and the exit code is 0."""
    done = run("guest_memfd")
    assert done.code == 0
    assert f" 1. {GMEM_MERGE.id[:12]} " in done.out
    assert f" 2. {GUP.id[:12]} " in done.out
    assert "\x1b" not in done.out
    assert done.err == ""


def test_color_can_be_forced(run: Run) -> None:
    """--color=always colours in a pipe too."""
    assert f"\x1b[33m{GUP.id[:12]}\x1b[m" in run("ABBA", "--color=always").out


def test_nothing_found(run: Run) -> None:
    """Without hits the exit code is 1, and the reason is on standard error."""
    done = run("xyzzy")
    assert (done.code, done.out, done.err) == (1, "", "hint: nothing found\n")


def test_page_behind_the_last(run: Run) -> None:
    """Past the last hit the exit code is 1, so that a loop over pages ends."""
    done = run("guest_memfd", "--skip=2")
    assert (done.code, done.out) == (1, "")
    assert done.err == "hint: no more answers: there are 2\n"


def test_better_spelling(run: Run) -> None:
    """A spelling to try is asked for on standard error, whether there are hits or not."""
    asked = "hint: did you mean 'deadlock'?\n"
    assert run("deadlok", "ABBA").err == asked
    assert run("deadlok").err == f"hint: nothing found\n{asked}"


def test_explanation(run: Run) -> None:
    """With --explain it is told first how the query was understood, also where nothing is found."""
    told = "understood as: ABBA\n  in plain words\n\n"
    done = run("ABBA", "--explain")
    assert done.out.startswith(f"{told} 1. {GUP.id[:12]} ")
    assert "    score 1.00\n" in done.out
    assert run("xyzzy", "--explain").out.startswith("understood as: xyzzy\n")
    assert run("ABBA", "--explain", "--format=ids").out == f"{GUP.id}\n"
    value = json.loads(run("ABBA", "--explain", "--format=json").out)
    assert value["understood"] == ["in plain words"]


def test_format_changes_nothing_found(run: Run, index: FakeIndex) -> None:
    """Every format asks the same."""
    asked = []
    for form in FORMATS:
        run("KVM", "-n2", "--format", form)
        asked.append(index.asked)
    assert asked == [asked[0]] * len(FORMATS)


def test_json_and_ids(run: Run) -> None:
    """JSON is one object also without hits; ids are full, one a line."""
    assert run("KVM", "--format=ids").out.split() == [SYNC_MMU.id, GMEM_MERGE.id, GUP.id]
    empty = run("xyzzy", "--format=json")
    assert empty.code == 1
    assert json.loads(empty.out)["hits"] == []
