from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.commit import Commit
from kvmsearch.record import replace
from kvmsearch.tracing.copies import Changes, family
from kvmsearch.tracing.missing import missing
from kvmsearch.tracing.related import related
from tests.tracing.history import MASTER, STABLE, History, made

IDS = [f"{digit}{digit}abcdef".ljust(40, "0") for digit in "123456789"]
"""Of so many commits that may be named, the last two are in no index."""

NAMES = st.sampled_from(IDS) | st.sampled_from(IDS).map(lambda one: one[:12])
SAYINGS = st.sampled_from(
    [
        *("Fixes: {}", 'Fixes: {} ("x")', "This reverts commit {}.", "Since commit {} it fails."),
        *("(cherry picked from commit {})", "[ Upstream commit {} ]", "Link: <a@b.c>"),
    ]
)
BODIES = st.lists(st.builds(str.format, SAYINGS, NAMES), max_size=3).map("\n".join)
TITLES = st.sampled_from(["one", "two", 'Revert "one"', 'Reapply "one"'])
REFS = st.sets(st.sampled_from([MASTER, STABLE])).map(lambda refs: tuple(sorted(refs)))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Commit, ...]:
    """Draw a few commits that name each other in any way, sensible or not."""
    messages = draw(st.lists(st.builds("{}\n\n{}".format, TITLES, BODIES), min_size=1, max_size=7))
    days = st.integers(0, 3)
    commits = (made(message, *draw(REFS), day=draw(days)) for message in messages)
    return tuple(replace(commit, id=name) for commit, name in zip(commits, IDS[:-2], strict=False))


def ids(commits: Sequence[Commit]) -> set[str]:
    """Return the ids of commits."""
    return {commit.id for commit in commits}


@given(histories())
def test_copies_are_the_same_from_all_sides(commits: tuple[Commit, ...]) -> None:
    """Each copy of a commit has the same copies, and all commits together tell the same."""
    lineage = History(*commits)
    changes = Changes(lineage)
    for commit in commits:
        copies = family(lineage, commit)
        assert copies[0] == commit
        key = changes.key(lineage.known(commit))
        assert ids(copies) == {
            other.id for other in commits if changes.key(lineage.known(other)) == key
        }


@given(histories())
def test_relations_hold_from_both_sides(commits: tuple[Commit, ...]) -> None:
    """What a commit fixes is fixed by it, and the other way round; nothing is its own relative."""
    lineage = History(*commits)
    found = {commit.id: related(lineage, commit) for commit in commits}
    fixed = {
        (one, other.id)
        for one, answer in found.items()
        for relation in answer
        if relation.kind == "fixes"
        for other in (relation.commit, *relation.copies)
    }
    fixing = {
        (other.id, one)
        for one, answer in found.items()
        for relation in answer
        if relation.kind == "fixed-by"
        for other in (relation.commit, *relation.copies)
    }
    assert fixed <= fixing
    for one, answer in found.items():
        assert one not in {relation.commit.id for relation in answer if relation.kind != "copy"}


@given(histories())
def test_missing_is_what_it_says(commits: tuple[Commit, ...]) -> None:
    """No copy of a missing fix is on the branch, and all that is told to be fixed is."""
    lineage = History(*commits)
    if STABLE not in lineage.refs():
        return
    here = {commit.id for commit in commits if STABLE in commit.refs}
    answer = missing(lineage, str(STABLE))
    for fix in answer:
        assert not ids(family(lineage, fix.commit)) & here
        assert fix.fixes
        assert ids(fix.fixes) <= here
    told = {one.id for fix in answer for one in (fix.commit, *fix.copies)}
    from_master = missing(lineage, str(STABLE), str(MASTER)) if MASTER in lineage.refs() else ()
    assert {fix.commit.id for fix in from_master} <= told
