import pytest

from kvmsearch.commit import Commit, Ref
from kvmsearch.errors import UnknownBranchError, UsageError
from kvmsearch.record import replace
from kvmsearch.tracing.missing import missing
from tests.tracing.history import MASTER, STABLE, History, made, pick

BUG = made("KVM: Add a cap", MASTER)
FIX = made(f"KVM: Fix the cap\n\nFixes: {BUG.id[:12]} (x)", MASTER, day=10)
OLD = pick(BUG, STABLE, day=5)


def lacks(*history: Commit, source: str | None = None) -> list[str]:
    """Return the titles of the fixes that the stable branch lacks."""
    return [fix.commit.title for fix in missing(History(*history), "linux-6.6.y", source)]


def test_a_fix_is_missing_where_the_fixed_is() -> None:
    """A fix is missing where a copy of what it fixes is, by whatever makes it one."""
    same = replace(BUG, id="1" * 40, refs=(STABLE,))
    shared = replace(BUG, refs=(MASTER, STABLE))
    for there in (OLD, same):
        assert lacks(BUG, FIX, there) == [FIX.title]
    assert lacks(shared, FIX) == [FIX.title]
    assert lacks(FIX, OLD) == [FIX.title], "though the original is not in the index"
    other = made("KVM: Something", STABLE, day=1)
    assert lacks(BUG, FIX, other) == []


def test_a_fix_is_told_with_what_it_fixes() -> None:
    """A missing fix comes with the copy of the fixed that is on the branch."""
    found = missing(History(BUG, FIX, OLD), "stable/linux-6.6.y")
    assert (found.branch, found.complete) == (STABLE, True)
    assert [(one.commit, one.fixes, one.copies) for one in found] == [(FIX, (OLD,), ())]


def test_a_fix_is_not_missing_where_a_copy_is() -> None:
    """A fix is there in any copy: itself, by author and date, or by what a backport says."""
    for fix in (
        replace(FIX, refs=(MASTER, STABLE)),
        replace(FIX, id="2" * 40, refs=(STABLE,)),
        pick(FIX, STABLE, day=12, says="[ Upstream commit {} ]"),
        pick(pick(FIX, day=11), STABLE, day=12),
    ):
        assert lacks(BUG, FIX, OLD, fix, pick(FIX, day=11)) == []


def test_copies_of_a_fix_are_one() -> None:
    """A fix that several other branches have is told once, by the first that was committed."""
    later = pick(FIX, Ref("stable", "linux-6.9.y"), day=14)
    found = missing(History(BUG, OLD, later, FIX), "linux-6.6.y")
    assert [(one.commit, one.copies) for one in found] == [(FIX, (later,))]


def test_reverts_there() -> None:
    """Neither the fix of what was reverted there is missing, nor a fix that was."""
    by_id = made(f"Revert it\n\nThis reverts commit {OLD.id}.", STABLE, day=20)
    by_original = made(f"Revert it\n\nThis reverts commit {BUG.id[:12]}.", STABLE, day=20)
    by_title = made('Revert "KVM: Add a cap"', STABLE, day=20)
    for revert in (by_id, by_original, by_title):
        assert lacks(BUG, FIX, OLD, revert) == []
        assert lacks(BUG, FIX, OLD, replace(revert, refs=(MASTER,))) == [FIX.title]
    without_fix = made(f"Revert the fix\n\nThis reverts commit {FIX.id}.", STABLE, day=20)
    assert lacks(BUG, FIX, OLD, without_fix) == []


def test_reverted_reverts_do_not_count() -> None:
    """What was reverted and came back needs its fix, and so on."""
    revert = made('Revert "KVM: Add a cap"', STABLE, day=20)
    back = made('Reapply "KVM: Add a cap"', STABLE, day=21)
    gone = made(f"Revert again\n\nThis reverts commit {back.id}.", STABLE, day=22)
    assert lacks(BUG, FIX, OLD, revert, back) == [FIX.title]
    assert lacks(BUG, FIX, OLD, revert, back, gone) == []


def test_what_was_picked_again_stands() -> None:
    """A copy that came to the branch after the revert of another needs the fix."""
    revert = made(f"Revert it\n\nThis reverts commit {OLD.id}.", STABLE, day=20)
    again = pick(BUG, STABLE, day=22)
    found = missing(History(BUG, FIX, OLD, revert, again), "linux-6.6.y")
    assert [(one.commit, one.fixes) for one in found] == [(FIX, (again,))]


def test_a_revert_by_title_comes_after() -> None:
    """What came after the revert of something of that title was not reverted."""
    early = made('Revert "KVM: Add a cap"', STABLE, day=2)
    assert lacks(BUG, FIX, OLD, early) == [FIX.title]


def test_from() -> None:
    """Of a branch to take fixes from, only its own are told, in the copy that is there."""
    copy = pick(FIX, Ref("stable", "linux-6.9.y"), day=14)
    other = made(f"KVM: Fix more\n\nFixes: {BUG.id}", MASTER, day=11)
    history = History(BUG, OLD, FIX, copy, other)
    assert [one.commit for one in missing(history, "linux-6.6.y", "linux-6.9.y")] == [copy]
    assert [one.commit for one in missing(history, "linux-6.6.y", "linux/*")] == [FIX, other]


def test_order() -> None:
    """Fixes are in the order to apply them: that in which they were committed."""
    fixes = [made(f"KVM: Fix {n}\n\nFixes: {BUG.id}", MASTER, day=30 - n) for n in range(3)]
    assert lacks(BUG, OLD, *fixes) == ["KVM: Fix 2", "KVM: Fix 1", "KVM: Fix 0"]


def test_several_fixed_in_one() -> None:
    """A fix of several commits is missing where one of them stands; those there are told."""
    second = made("KVM: Add more", MASTER, STABLE, day=1)
    third = made("KVM: Add most", MASTER, day=2)
    message = f"KVM: Fix all\n\nFixes: {BUG.id}\nFixes: {second.id}\nFixes: {third.id}"
    fix = made(message, MASTER, day=9)
    found = missing(History(BUG, OLD, second, third, fix), "linux-6.6.y")
    assert [one.fixes for one in found] == [(second, OLD)]


def test_incomplete_history() -> None:
    """A branch whose history is not all known says so; so does one of no source."""
    history = History(BUG, FIX, OLD, complete=False)
    assert not missing(history, "linux-6.6.y").complete


def test_names_of_branches() -> None:
    """One branch can be meant, by its name, that of its source, or a glob; others are errors."""
    twin = made("KVM: Twin", Ref("mine", "linux-6.6.y"), day=3)
    history = History(BUG, FIX, OLD)
    for name in ("linux-6.6.y", "stable/linux-6.6.y", "linux-6.*", "stable/*"):
        assert missing(history, name).branch == STABLE
    with pytest.raises(UnknownBranchError, match=r"^nowhere: no branch of that name"):
        missing(history, "nowhere")
    with pytest.raises(UnknownBranchError, match=r"^nowhere: no branch of that name"):
        missing(history, "linux-6.6.y", "nowhere")
    with pytest.raises(UsageError, match=r"may mean mine/linux-6.6.y, stable/linux-6.6.y"):
        missing(History(BUG, OLD, twin), "linux-6.6.y")


def test_circles_end() -> None:
    """Commits that revert, fix and copy each other in a circle have an answer."""
    ids = [f"{digit}" * 40 for digit in "123"]
    commits = [
        replace(
            made(f"{one}\n\nThis reverts commit {ids[n - 1]}.\nFixes: {ids[n - 2]}", STABLE, day=n),
            id=one,
        )
        for n, one in enumerate(ids)
    ]
    assert lacks(*commits) == []
    assert isinstance(lacks(*commits, BUG, FIX, OLD), list)


def test_long_chains_of_reverts_end() -> None:
    """Hundreds of reverts of reverts are followed without running out of stack."""
    chain = [OLD]
    for number in range(600):
        message = f"revert {number}\n\nThis reverts commit {chain[-1].id}."
        chain.append(made(message, STABLE, day=number + 20))
    assert isinstance(lacks(BUG, FIX, *chain), list)
