"""How commits are related, as every engine tells it: one suite, to be run by each.

A module of tests derives a class from it and gives it the fixture `lineage`: that of an index
of COMMITS with their refs, in which what is GONE was put and then removed or replaced.
"""

import pytest

from kvmsearch.commit import Commit
from kvmsearch.engines.protocol import Lineage
from kvmsearch.link import Kind
from kvmsearch.record import replace
from kvmsearch.tracing.missing import missing
from kvmsearch.tracing.related import related
from tests.engines.made import real
from tests.tracing.history import MASTER, STABLE, History, made, pick

KINDS: tuple[Kind, ...] = ("fixes", "reverts", "reverts-title", "copies", "mentions", "link")

BUG = made("KVM: Add a guestMemfd cap", MASTER)
FIX = made(
    f"KVM: Fix the cap\n\nFixes: {BUG.id[:12]} (x)\nLink: https://lore.kernel.org/r/a@b.c",
    MASTER,
    day=10,
)
OLD = pick(BUG, STABLE, day=5)
SERIES = [made(f"Part {n}", MASTER, STABLE, day=30 + n * 0.02) for n in range(4)]
OTHERS = [
    replace(BUG, id="1" * 40, refs=(STABLE,)),
    replace(BUG, id="2" * 40, message="UPSTREAM: KVM: Add a guestMemfd cap", refs=()),
    replace(made("of sha256"), id=BUG.id + "0" * 24),
    made('Revert "KVM: Add a guestMemfd cap"\n\nIt broke.', MASTER, day=12),
    made(f"Revert it\n\nThis reverts commit {FIX.id[:12]}.", MASTER, day=13),
    made(f"after\n\nSince {BUG.id[:9]} (x) it fails.\n\nLink: <a@b.c>", day=14),
    made("KVM: Add  a guestMemfd cap", MASTER, day=15, email="A@B"),
    made("", day=16),
]
COMMITS = [*real(60), BUG, FIX, OLD, *OTHERS, *SERIES]
GONE = made(f"gone\n\nFixes: {BUG.id}\nLink: <a@b.c>", MASTER, STABLE, day=11)
"""A commit that was deleted."""

HISTORY = History(*COMMITS)
"""The same commits in memory."""


def told(commit: Commit, lineage: Lineage | History) -> object:
    """Return all that is related to a commit, in an order of its own."""
    found = related(lineage, commit)
    relations = [(one.kind, one.commit, one.of, one.copies) for one in found]
    return relations, found.unknown


class LineageContract:
    """Asks an engine what is known of the same commits in memory."""

    def test_commits(self, lineage: Lineage) -> None:
        """Commits come with their refs; one that is deleted is not there."""
        for commit in COMMITS:
            found = lineage.get(commit.id)
            assert found is not None
            assert (found, found.refs) == (commit, commit.refs)
        assert lineage.get(GONE.id) is None
        assert lineage.refs() == HISTORY.refs() == [MASTER, STABLE]

    def test_on(self, lineage: Lineage) -> None:
        """The commits on refs are told once each."""
        for refs in ([MASTER], [STABLE], [MASTER, STABLE], []):
            assert sorted(lineage.on(refs)) == sorted(HISTORY.on(refs))

    def test_find(self, lineage: Lineage) -> None:
        """Commits are found by the beginnings of their ids, few or many at once."""
        few = [BUG.id, BUG.id[:7], "123456789", GONE.id]
        many = [commit.id[: 7 + n % 34] for n, commit in enumerate(COMMITS)]
        for prefixes in (few, [*few, *many], [""], []):
            assert lineage.find(prefixes) == HISTORY.find(prefixes)
        assert [known.id for known in lineage.find([BUG.id])[BUG.id]] == [BUG.id, BUG.id + "0" * 24]

    @pytest.mark.parametrize("kind", KINDS)
    def test_linked(self, lineage: Lineage, kind: Kind) -> None:
        """Links are told in order of their values, by kind and beginning."""
        found = list(lineage.linked(kind))
        assert found == list(HISTORY.linked(kind))
        assert found
        for value, _ in found[:3]:
            assert list(lineage.linked(kind, value[:7])) == list(HISTORY.linked(kind, value[:7]))

    def test_changes_and_series(self, lineage: Lineage) -> None:
        """Commits of one change and of one series are found in all segments."""
        for commit in COMMITS:
            known = HISTORY.known(commit)
            assert sorted(lineage.of_change(known.change)) == sorted(
                HISTORY.of_change(known.change)
            )
            assert sorted(lineage.series(commit)) == sorted(HISTORY.series(commit))
        assert [known.id for known in lineage.series(SERIES[0])] == [one.id for one in SERIES]
        assert len(lineage.of_change(HISTORY.known(BUG).change)) == 3

    def test_titled(self, lineage: Lineage) -> None:
        """Commits are found by their whole titles, whatever the spacing."""
        for title in {commit.title for commit in COMMITS if commit.title}:
            spaced = title.replace(" ", " \t ")
            assert sorted(lineage.titled(spaced)) == sorted(HISTORY.titled(spaced)) != []
        assert lineage.titled("gone") == lineage.titled("KVM: Add a") == []

    def test_answers(self, lineage: Lineage) -> None:
        """What is related, and what is missing, is the same as in memory."""
        for commit in COMMITS:
            assert told(commit, lineage) == told(commit, HISTORY)
        found = missing(lineage, "linux-6.6.y")
        assert found.fixes == missing(HISTORY, "linux-6.6.y").fixes
        assert [one.commit for one in found] == [FIX]
