from kvmsearch.commit import Commit
from kvmsearch.link import Link
from kvmsearch.record import replace
from kvmsearch.relatives import RelationKind
from kvmsearch.tracing.related import related
from tests.tracing.history import MASTER, STABLE, History, made, pick

Told = list[tuple[RelationKind, str, int]]

BUG = made("KVM: Add a cap", MASTER)
FIX = made(f"KVM: Fix the cap\n\nFixes: {BUG.id[:12]} (x)", MASTER, day=10)
FIX2 = made(f"KVM: Fix the fix\n\nFixes: {FIX.id[:12]} (x)", MASTER, day=20)


def told(commit: Commit, *history: Commit) -> Told:
    """Return what is related to a commit: kind, title, and how many further copies there are."""
    found = related(History(commit, *history), commit)
    return [(one.kind, one.commit.title, len(one.copies)) for one in found]


def test_nothing() -> None:
    """A commit that nothing has to do with is related to nothing."""
    assert told(BUG, made("KVM: Remove a cap", MASTER, day=1)) == []


def test_fixes_of_fixes() -> None:
    """A commit leads to what fixes it, and to what fixes that, and each tells what it fixes."""
    assert told(BUG, FIX, FIX2) == [
        ("fixed-by", FIX.title, 0),
        ("fixed-by", FIX2.title, 0),
    ]
    assert told(FIX, BUG, FIX2) == [("fixes", BUG.title, 0), ("fixed-by", FIX2.title, 0)]
    found = related(History(BUG, FIX, FIX2), BUG)
    assert [one.of for one in found] == [BUG.id, FIX.id]


def test_a_fix_comes_right_before_its_fixes() -> None:
    """Fixes are told by date, each with its own fixes right behind it."""
    later = made(f"KVM: Fix the cap again\n\nFixes: {BUG.id}", MASTER, day=15)
    titles = [title for _, title, _ in told(BUG, later, FIX2, FIX)]
    assert titles == [FIX.title, FIX2.title, later.title]


def test_copies() -> None:
    """Backports are copies, of the same author and date or by what they say, in both directions."""
    same = made("UPSTREAM: KVM: Add a cap", STABLE)
    by_text = pick(BUG, STABLE, day=5)
    twice = pick(by_text, day=6, says="(cherry picked from commit {})")
    for one in (BUG, same, by_text, twice):
        others = [other for other in (BUG, same, by_text, twice) if other is not one]
        assert [kind for kind, _, _ in told(one, *others)] == ["copy"] * 3


def test_copies_of_what_is_not_there() -> None:
    """Two backports of one commit are copies, though nobody indexed that."""
    one, other = pick(BUG, STABLE, day=5), pick(BUG, day=6, says="[ Upstream commit {} ]")
    assert told(one, other) == [("copy", other.title, 0)]
    assert related(History(one), one).unknown == (Link("copies", BUG.id),)


def test_copies_are_fixed_together() -> None:
    """A backport is fixed by what fixes the original, and backports of a fix are its copies."""
    old, fix = pick(BUG, STABLE, day=5), pick(FIX, STABLE, day=15)
    assert told(old, BUG, FIX, fix) == [("fixed-by", FIX.title, 1), ("copy", BUG.title, 0)]
    assert told(fix, BUG, FIX, old) == [("fixes", BUG.title, 1), ("copy", FIX.title, 0)]


def test_reverts() -> None:
    """Reverts are told both ways, with reverts of reverts, also by title where no id is named."""
    revert = made(f'Revert "KVM: Add a cap"\n\nThis reverts commit {BUG.id}.', day=3)
    again = made('Revert "Revert "KVM: Add a cap""', day=4)
    assert told(BUG, revert, again) == [
        ("reverted-by", revert.title, 0),
        ("reverted-by", again.title, 0),
    ]
    assert told(revert, BUG, again) == [
        ("reverts", BUG.title, 0),
        ("reverted-by", again.title, 0),
    ]
    assert told(again, BUG, revert) == [("reverts", revert.title, 0)]


def test_a_revert_comes_after_what_it_names_by_title() -> None:
    """What has the title of a revert, but was committed after it, was not reverted by it."""
    revert = made('Revert "KVM: Add a cap"', day=3)
    again = made("KVM: Add a cap", day=5)
    assert told(again, BUG, revert) == []
    assert told(revert, BUG, again) == [("reverts", BUG.title, 0)]


def test_series() -> None:
    """A series is what an author wrote without a long pause; copies of the commit are no part."""
    minute = 1 / 24 / 60
    patches = [made(f"KVM: Part {n}", MASTER, day=n * 29 * minute) for n in range(4)]
    late = made("KVM: Something else", MASTER, day=(3 * 29 + 31) * minute)
    other = made("KVM: Part of another", MASTER, email="c@d")
    copy = made("KVM: Part 1", STABLE, day=29 * minute)
    assert told(patches[1], *patches, late, other, copy) == [
        ("copy", "KVM: Part 1", 0),
        ("series", "KVM: Part 0", 0),
        ("series", "KVM: Part 2", 0),
        ("series", "KVM: Part 3", 0),
    ]


def test_same_link() -> None:
    """Commits that link to one mail are related, wherever it is archived, and to no other."""
    one = made("one\n\nLink: https://lore.kernel.org/r/a@b.org")
    two = made("two\n\nCloses: https://lore.kernel.org/all/a@b.org/", day=2)
    three = made("three\n\nLink: https://lore.kernel.org/r/a@b.org.uk", day=4)
    assert told(one, two, three) == [("same-link", "two", 0)]


def test_mentions() -> None:
    """Mentions are told both ways, but not of what is related otherwise."""
    after = made(f"after\n\nSince commit {BUG.id[:12]} it fails.", day=2)
    fix = made(f"fix\n\nCommit {BUG.id} broke it.\n\nFixes: {BUG.id[:12]}", day=4)
    copy = pick(BUG, day=5)
    assert told(BUG, after, fix, copy) == [
        ("fixed-by", "fix", 0),
        ("copy", BUG.title, 0),
        ("mentioned-by", "after", 0),
    ]
    assert told(after, BUG, fix, copy) == [("mentions", BUG.title, 1)]


def test_ambiguous_names_mean_all_that_they_may() -> None:
    """A short id in a message leads to each commit that begins so."""
    one = made("one", day=1)
    two = replace(one, id=one.id[:7] + "0" * 33, message="two")
    fix = made(f"fix\n\nFixes: {one.id[:7]}", day=3)
    assert sorted(title for _, title, _ in told(fix, one, two)) == ["one", "two"]


def test_what_is_not_there() -> None:
    """What a message names and the index lacks is told as it is written."""
    fix = made("fix\n\nFixes: 123456789abc\n\nThis reverts commit 2a62345b3052.\n")
    found = related(History(fix), fix)
    assert len(found) == 0
    assert found.unknown == (Link("fixes", "123456789abc"), Link("reverts", "2a62345b3052"))


def test_circles_end() -> None:
    """Commits that fix, copy and revert each other in a circle are told once."""
    ids = [f"{digit}" * 40 for digit in "123"]
    messages = [
        f"{n}\n\nFixes: {one}\nThis reverts commit {one}.\n(cherry picked from commit {one})"
        for n, one in enumerate([ids[1], ids[2], ids[0]])
    ]
    first, *others = [
        replace(made(message, day=day), id=one)
        for day, (one, message) in enumerate(zip(ids, messages, strict=True))
    ]
    assert told(first, *others) == [("copy", "1", 0), ("copy", "2", 0)]


def test_long_chains_end() -> None:
    """A chain of hundreds of fixes of fixes is followed without running out of stack."""
    chain = [BUG]
    for number in range(200):
        message = f"fix {number}\n\nFixes: {chain[-1].id}"
        chain.append(made(message, day=number + 1))
    assert [title for _, title, _ in told(*chain)] == [one.title for one in chain[1:]]
