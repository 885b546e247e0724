"""What every engine answers: the second half of the contract.

The expected scores are worked out here, from the numbers that the documentation of
kvmsearch.ranking names, and by nothing of kvmsearch.
"""

from datetime import timedelta
from math import log

import pytest

from kvmsearch.commit import Commit, Person
from kvmsearch.engines.protocol import Engine
from kvmsearch.query.tree import (
    And,
    Dated,
    Everything,
    Id,
    Node,
    Not,
    On,
    Or,
    Phrase,
    Prefix,
    Trailer,
    Word,
    Words,
)
from kvmsearch.query.tree import Person as By
from kvmsearch.ranking import NEIGHBOUR_WEIGHT
from kvmsearch.record import replace
from tests.engines.contract import EngineContract
from tests.engines.made import (
    ANN,
    BOB,
    NEXT,
    QUEUE,
    STABLE,
    START,
    Opener,
    asked,
    fill,
    made,
    ranked,
    real,
    titles,
    told_by_feed,
)

TRAILERS = """\
Fixes: 1234567890ab ("KVM: zap pages")
Cc: stable@vger.kernel.org # 6.6
Cc: Bob Böhm <bob@example.com>
Reported-by: syzbot
"""
MESSAGES = [
    "ABBA: a deadlock\n\nThe lock of slots_lock. Non-leaf pages are zapped.",
    "AB-BA: conflict\n\nDeadlocks under kvm->slots_lock; fix a nonleaf page.",
    "UAF: use-after-free in kvm_gmem_populate()\n\nMemory was freed",
    "Free: the memory after use\n\nof KVM guest_memfd, in virt/kvm/guest_memfd.c",
    "Café: naïve\n\nuse after free of guestMemfd\n",
    "Tags\n\nsome prose\n\n" + TRAILERS,
    "Notags\n\nCc stable, and Fixes nothing",
]
COMMITS = [made(message, day) for day, message in enumerate(MESSAGES)]
ABBA, AB_BA, UAF, FREE, CAFE, TAGS, NOTAGS = (commit.title.split(":")[0] for commit in COMMITS)
OF_BOB = replace(made("Bobs", 7, BOB), committer=ANN)


def words(text: str) -> Words:
    """Return free words."""
    return Words(tuple(map(Word, text.split())))


class QueryContract(EngineContract):
    """Every node of a query, over a few commits."""

    @pytest.fixture
    def some(self, shared: Opener) -> Engine:
        """Return an engine with the commits above, made once: all tests here only read it."""
        engine = shared("some")
        if not len(engine):
            fill(engine, COMMITS[:3], NEXT)
            fill(engine, COMMITS[3:], STABLE)
            fill(engine, [OF_BOB, COMMITS[0]], QUEUE)
        return engine

    def found(self, engine: Engine, node: Node, **others: object) -> list[str]:
        """Return the beginnings of the titles that match, in order of the commits."""
        all_titles = [commit.title for commit in [*COMMITS, OF_BOB]]
        matching = sorted(titles(engine, node, **others), key=all_titles.index)
        return [title.split(":")[0] for title in matching]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("deadlock", [ABBA, AB_BA]),
            ("DEADLOCKED", [ABBA, AB_BA]),
            ("page", [ABBA, AB_BA, TAGS]),
            ("memory", [UAF, FREE]),
            ("cafe", [CAFE]),
            ("NAÏVE", [CAFE]),
            ("bohm", [TAGS]),
            ("abba", [ABBA, AB_BA]),
            ("AB-BA", [ABBA, AB_BA]),
            ("ab", [AB_BA]),
            ("nonleaf", [ABBA, AB_BA]),
            ("non-leaf", [ABBA, AB_BA]),
            ("slots_lock", [ABBA, AB_BA]),
            ("slotslock", [ABBA, AB_BA]),
            ("slots", [ABBA, AB_BA]),
            ("kvm->slots_lock", [AB_BA]),
            ("kvm_gmem_populate", [UAF]),
            ("gmem_populate", [UAF]),
            ("populate", [UAF]),
            ("kvm_populate", []),
            ("guest_memfd", [FREE, CAFE]),
            ("guest-memfd", [FREE, CAFE]),
            ("guestmemfd", [FREE, CAFE]),
            ("memfd", [FREE, CAFE]),
            ("virt/kvm", [FREE]),
            ("guest_memfd.c", [FREE]),
            ("use-after-free", [UAF, CAFE]),
            ("useafterfree", [UAF]),
            ("1234567890ab", [TAGS]),
            ("the", [ABBA, FREE]),
            ("missing", []),
            ("...", []),
            ("", []),
        ],
    )
    def test_word(self, some: Engine, text: str, expected: list[str]) -> None:
        """A word meets its stems, spellings and accents; an identifier is all of its parts."""
        assert self.found(some, Words((Word(text),))) == expected
        assert self.found(some, Word(text)) == expected

    @pytest.mark.parametrize(
        ("node", "expected"),
        [
            (Word("deadlock", "title"), [ABBA]),
            (Word("deadlock", "body"), [AB_BA]),
            (Word("deadlock", "trailer"), []),
            (Word("stable", "trailer"), [TAGS]),
            (Word("stable", "body"), [NOTAGS]),
            (Word("use-after-free", "title"), [UAF]),
            (Word("use-after-free", "body"), [CAFE]),
            (Word("the", "title"), [FREE]),
        ],
    )
    def test_field(self, some: Engine, node: Node, expected: list[str]) -> None:
        """A word of a field is looked for there alone; trailers are not of the body."""
        assert self.found(some, node) == self.found(some, Words((node,))) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("use after free", [UAF, CAFE]),
            ("use-after free", [UAF, CAFE]),
            ("after use", [FREE]),
            ("free use", []),
            ("a deadlock", [ABBA]),
            ("lock of slots_lock", [ABBA]),
            ("lock of slots lock", [ABBA]),
            ("lock of slotslock", [ABBA]),
            ("non leaf pages", [ABBA]),
            ("nonleaf page", [ABBA, AB_BA]),
            ("AB BA", [AB_BA]),
            ("KVM: zap pages", [TAGS]),
            ("stable@vger.kernel.org 6.6", [TAGS]),
            ("6.6 Bob", []),
            ("deadlock the lock", []),
            # The second word of these is but a part of the first as it is written there.
            ("abba ba", []),
            ("kvm_gmem gmem", []),
            ("", []),
        ],
    )
    def test_phrase(self, some: Engine, text: str, expected: list[str]) -> None:
        """Words of a phrase stand side by side, in any spelling, within one field or trailer."""
        assert self.found(some, Phrase(text)) == expected
        assert self.found(some, Words((Phrase(text),)), match="any") == expected

    def test_phrase_of_a_field(self, some: Engine) -> None:
        """A phrase of a field is looked for there alone."""
        assert self.found(some, Phrase("use after free", "title")) == [UAF]
        assert self.found(some, Phrase("use after free", "body")) == [CAFE]

    @pytest.mark.parametrize(
        ("node", "expected"),
        [
            (Prefix("dead"), [ABBA, AB_BA]),
            (Prefix("Popul"), [UAF]),
            (Prefix("populate"), [UAF]),
            (Prefix("kvm_gmem_p"), [UAF]),
            (Prefix("guest_mem"), [FREE, CAFE]),
            (Prefix("syz"), [TAGS]),
            (Prefix("syz", "body"), []),
            (Prefix("caf"), [CAFE]),
            (Prefix("dead", "title"), [ABBA]),
            (Prefix("-"), []),
            (Prefix("xyz"), []),
        ],
    )
    def test_prefix(self, some: Engine, node: Node, expected: list[str]) -> None:
        """A prefix finds every word that begins so, identifiers by their joined parts."""
        assert self.found(some, node) == self.found(some, Words((node,))) == expected

    @pytest.mark.parametrize(
        ("node", "count"),
        [
            (By("ann"), 7),
            (By("Ann Author"), 7),
            (By("author example.org"), 7),
            (By("ann@example.org"), 7),
            (By("bohm"), 1),
            (By("ann bob"), 0),
            (By("ann", "committer"), 8),
            (By("bob", "committer"), 0),
            (By("..."), 0),
        ],
    )
    def test_person(self, some: Engine, node: Node, count: int) -> None:
        """A person has all the words in name or address, as author or committer."""
        assert len(self.found(some, node)) == count

    @pytest.mark.parametrize(
        ("node", "expected"),
        [
            (Trailer("fixes"), [TAGS]),
            (Trailer("CC"), [TAGS]),
            (Trailer("cc", "stable"), [TAGS]),
            (Trailer("Cc", "stable@vger.kernel.org"), [TAGS]),
            (Trailer("cc", "vger stable"), []),
            (Trailer("cc", "6.6 Bob"), []),
            (Trailer("fixes", "stable"), []),
            (Trailer("fixes", "zapped page"), [TAGS]),
            (Trailer("reported-by", "syzbot"), [TAGS]),
            (Trailer("reported-by", "SYZ-BOT"), [TAGS]),
            (Trailer("reported"), []),
            (Trailer("tested-by"), []),
        ],
    )
    def test_trailer(self, some: Engine, node: Node, expected: list[str]) -> None:
        """A trailer has the key, in any case, and the words side by side in one of its values."""
        assert self.found(some, node) == expected

    @pytest.mark.parametrize(
        ("ref", "count"),
        [
            ("next", 3),
            ("kvm/next", 3),
            ("queue", 2),
            ("kvm/*", 4),
            ("*", 8),
            ("linux-6.?.y", 4),
            ("stable/linux-6.6.y", 4),
            ("linux", 0),
            ("stable", 0),
            ("kvm/linux-6.6.y", 0),
            ("", 0),
        ],
    )
    def test_on(self, some: Engine, ref: str, count: int) -> None:
        """A branch is named whole or by a glob, with or without its source."""
        assert len(self.found(some, On(ref))) == count

    def test_id(self, some: Engine) -> None:
        """A commit is found by its id or any beginning of it, in any case."""
        uaf = COMMITS[2].id
        assert self.found(some, Id(uaf)) == self.found(some, Id(uaf[:12].upper())) == [UAF]
        assert len(self.found(some, Id(""))) == 8
        assert self.found(some, Id(uaf + "0")) == self.found(some, Id("xyz")) == []

    def test_dated(self, some: Engine) -> None:
        """A span of dates has its beginning, not its end; either may be open."""
        two, four = START + timedelta(2), START + timedelta(4)
        second = timedelta(seconds=1)
        assert self.found(some, Dated(two, four)) == [UAF, FREE]
        assert self.found(some, Dated(two + second, four + second)) == [FREE, CAFE]
        assert self.found(some, Dated(until=two)) == [ABBA, AB_BA]
        assert self.found(some, Dated(since=START + timedelta(7))) == ["Bobs"]
        assert len(self.found(some, Dated())) == 8
        assert self.found(some, Dated(four, two)) == []

    def test_dates_differ(self, engine: Engine) -> None:
        """Committer dates are asked for, or author dates where unknown, or author dates always."""
        late = made("late", 1, committer_date=START + timedelta(5))
        fill(engine, [late, told_by_feed(made("feed", 1))])
        day = (START + timedelta(1), START + timedelta(2))
        assert titles(engine, Dated(*day)) == {"feed"}
        assert titles(engine, Dated(*day, "author")) == {"late", "feed"}
        assert titles(engine, Dated(START + timedelta(5))) == {"late"}

    @pytest.mark.parametrize(
        ("node", "expected"),
        [
            (And((Word("deadlock"), Word("conflict"))), [AB_BA]),
            (And((words("memory"), On("next"))), [UAF]),
            (Or((Word("conflict"), By("bob"))), [AB_BA, "Bobs"]),
            (Or((Word("xyz"), Word("zyx"))), []),
            (And((Word("page"), Not(Word("deadlock")))), [TAGS]),
            (Not(Or((By("ann"), Word("xyz")))), ["Bobs"]),
            (Not(Everything()), []),
            (Not(Not(Id(OF_BOB.id))), ["Bobs"]),
            (And((Everything(), Everything(), By("bob"))), ["Bobs"]),
            (words("deadlock conflict"), [AB_BA]),
            (words("deadlock missing"), []),
            (words("deadlock the of"), [ABBA, AB_BA]),
            (words("the of"), [ABBA, FREE]),
            (words("deadlock ..."), [ABBA, AB_BA]),
            (words("... !!"), []),
        ],
    )
    def test_combined(self, some: Engine, node: Node, expected: list[str]) -> None:
        """Nodes combine; stop words and marks do not narrow, unless there is nothing else."""
        assert self.found(some, node) == expected

    def test_no_unicode(self, some: Engine) -> None:
        """Bytes that a terminal passes on and that are no Unicode are in no commit."""
        odd = "\udcff"
        for node in (Word(odd), Phrase(odd), Prefix(odd), By(odd), On(odd), Id(odd), Trailer(odd)):
            assert self.found(some, node) == []
        assert self.found(some, Trailer("cc", "\udcff z")) == []
        assert (some.get(odd), some.ids(odd, 9), some.has_trailer(odd)) == (None, [], False)

    def test_everything(self, some: Engine) -> None:
        """The empty query is every commit, newest first."""
        answers = asked(some, Everything())
        assert (answers.total, answers.with_all_words) == (8, 8)
        dates = [answer.commit.date for answer in answers.page]
        assert dates == sorted(dates, reverse=True)

    @pytest.mark.parametrize(
        ("match", "sort", "expected"),
        [
            ("auto", "relevance", [UAF, FREE, CAFE]),
            ("any", "relevance", [UAF, FREE, CAFE]),
            ("all", "relevance", [FREE]),
            ("auto", "newest", [FREE]),
            ("auto", "oldest", [FREE]),
            ("any", "newest", [CAFE, FREE, UAF]),
            ("any", "oldest", [UAF, FREE, CAFE]),
        ],
    )
    def test_any_or_all(self, some: Engine, match: str, sort: str, expected: list[str]) -> None:
        """Ranked answers have any word, sets all words; those with all are counted in both."""
        answers = asked(some, "memory the guest_memfd", match=match, sort=sort)
        found = [answer.commit.title.split(":")[0] for answer in answers.page]
        assert found == expected if sort != "relevance" else sorted(found) == sorted(expected)
        assert (answers.total, answers.with_all_words) == (len(expected), 1)
        answers = asked(some, "memory guest_memfd slots", match=match, sort=sort)
        assert answers.with_all_words == 0


class RankingContract(EngineContract):
    """The order of answers."""

    def test_hand_computed(self, engine: Engine) -> None:
        """Scores are BM25F over title, body and trailers, as worked out here by hand."""
        one = made("zap pages\n\nzap zap now please", 1)
        two = made("something else\n\npage walk\n\nFixes: zap\n", 2, BOB)
        fill(engine, [one, two, made("other", 3, Person("Eve", "eve@example.org"))])
        # Lengths: titles 2, 2, 1; bodies 4, 2, none; trailers none, 1, none.
        zap_one = 3.0 * 1 / (0.5 + 0.5 * 2 / 8) + 1.0 * 2 / (0.5 + 0.5 * 4 / 80)
        zap_two = 0.5 * 1 / (0.5 + 0.5 * 1 / 12)
        rarity = 7 * (log(1 + (3 - 2 + 0.5) / (2 + 0.5)) / 7) ** 1.1
        zap = [rarity * weight * 2.2 / (weight + 1.2) for weight in (zap_one, zap_two)]
        # A weight is kept in one byte: within 2 % of what it is.
        answers = ranked(engine, "zapped")
        assert [name for name, _, _ in answers] == [one.id, two.id]
        assert [score for _, score, _ in answers] == pytest.approx(zap, rel=0.02)

        page_one = 3.0 * 1 / (0.5 + 0.5 * 2 / 8)
        page_two = 1.0 * 1 / (0.5 + 0.5 * 2 / 80)
        page = [rarity * weight * 2.2 / (weight + 1.2) for weight in (page_one, page_two)]
        side_by_side = NEIGHBOUR_WEIGHT * min(zap[0], page[0])
        assert [score for _, score, _ in ranked(engine, "zap page")] == pytest.approx(
            [zap[0] + page[0] + side_by_side, zap[1] + page[1]], rel=0.02
        )

    def test_series(self, engine: Engine) -> None:
        """A change is raised by 0.55 of what it lacks to the best match of its series."""
        minutes = 1 / 24 / 60
        times = [0, 30, 60, 91]
        patches = [made(f"patch {'x ' * n}", at * minutes) for n, at in enumerate(times)]
        foreign = made("patch x", 5 * minutes, BOB)
        fill(engine, [*patches, foreign, made("no match", 45 * minutes)])
        alone = {name: score for name, score, _ in ranked(engine, "patch", sort="newest")}
        lifted = {name: score for name, score, _ in ranked(engine, "patch")}
        gains = [lifted[one.id] - alone[one.id] for one in patches]
        scores = [alone[one.id] for one in patches]
        assert scores == sorted(scores, reverse=True)
        assert gains == pytest.approx([*(0.55 * (scores[0] - score) for score in scores[:3]), 0])
        assert lifted[foreign.id] == alone[foreign.id]

    def test_side_by_side_first(self, engine: Engine) -> None:
        """Of two that have both words, the one with them side by side in this order is first."""
        apart = made("x\n\nab-ba is a deadlock of", 2)
        beside = made("x\n\nis a ab-ba deadlock of", 1, BOB)
        fill(engine, [apart, beside])
        assert [name for name, _, _ in ranked(engine, "AB-BA deadlock")] == [beside.id, apart.id]
        scores = {name: score for name, score, _ in ranked(engine, "deadlock ab-ba")}
        assert scores[apart.id] == scores[beside.id]

    def test_ties(self, engine: Engine) -> None:
        """Equal scores are ordered by date, newest first, then by id."""
        people = [Person("", f"{number}@example.org") for number in range(4)]
        same = [made("same", 1, person) for person in people[:3]]
        fill(engine, [*same[::-1], newest := made("same", 2, people[3])])
        expected = [newest.id, *sorted(commit.id for commit in same)]
        assert [name for name, _, _ in ranked(engine, "same")] == expected
        assert [name for name, _, _ in ranked(engine, "same", sort="newest")] == expected

    def test_sorted_by_date(self, engine: Engine) -> None:
        """Newest and oldest sort by committer date, or author date where it is unknown."""
        late = made("sorted late", 1, committer_date=START + timedelta(5))
        feed, middle = told_by_feed(made("sorted feed", 2)), made("sorted", 3)
        fill(engine, [late, feed, middle])
        newest = [late.id, middle.id, feed.id]
        assert [name for name, _, _ in ranked(engine, "sorted", sort="newest")] == newest
        assert [name for name, _, _ in ranked(engine, "sorted", sort="oldest")] == newest[::-1]

    def copies(self) -> list[Commit]:
        """Return three commits of one change, and two that only look like it."""
        first = made("fix it\n\nbody", 1)
        backport = replace(
            made("UPSTREAM: [PATCH v2 1/3] fix it\n\nbody", 1),
            committer_date=START + timedelta(30),
        )
        picked = replace(first, id="c" * 40, committer_date=START + timedelta(9))
        return [backport, picked, first, made("fix it\n\nbody", 2), made("fix it\n\nbody", 1, BOB)]

    def test_upstream_is_shown(self, engine: Engine) -> None:
        """A change is shown by its first commit; on a branch asked for, by the best there."""
        upstream = made("mm: fix zap\n\nbody", 1)
        picked = f"mm: fix zap zap zap\n\n(cherry picked from commit {upstream.id})\n"
        backport = made(picked, 2, BOB)
        later = made("mm: fix zap\n\nbody", 1, committer_date=upstream.date + timedelta(days=9))
        later = replace(later, id="f" * 40)
        fill(engine, [upstream], NEXT)
        fill(engine, [later, backport], STABLE)
        (found,) = asked(engine, "zap").page
        assert found.commit.id == upstream.id
        assert {one.id for one in found.copies} == {backport.id, later.id}
        (on_stable,) = asked(engine, And((Words((Word("zap"),)), On(STABLE.branch)))).page
        assert on_stable.commit.id == backport.id
        assert [one.id for one in on_stable.copies] == [later.id]

    def test_copies(self, engine: Engine) -> None:
        """Commits of one author, author date and title are one answer, the first one shown."""
        fill(engine, commits := self.copies())
        backport, picked, first, later, foreign = (commit.id for commit in commits)
        answers = asked(engine, "fix")
        assert (answers.total, answers.with_all_words) == (3, 3)
        copies = {one.commit.id: {copy.id for copy in one.copies} for one in answers.page}
        assert copies == {first: {picked, backport}, later: set(), foreign: set()}
        (shown,) = asked(engine, Id(first)).page
        assert shown.copies == ()
        (shown,) = asked(engine, Word("UPSTREAM")).page
        assert (shown.commit.id, shown.copies) == (backport, ())

    def test_ungrouped(self, engine: Engine) -> None:
        """Without grouping each commit is an answer; copies of a change lift each other not."""
        fill(engine, commits := self.copies()[:3])
        answers = asked(engine, "fix", group=False)
        assert (answers.total, answers.with_all_words) == (3, 3)
        assert {one.commit.id for one in answers.page} == {commit.id for commit in commits}
        assert all(one.copies == () for one in answers.page)
        by_date = {
            name: score for name, score, _ in ranked(engine, "fix", group=False, sort="newest")
        }
        assert all(one.score == by_date[one.commit.id] for one in answers.page)

    @pytest.mark.parametrize("group", [True, False])
    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_paging(self, engine: Engine, *, sort: str, group: bool) -> None:
        """Pages side by side hold every answer exactly once, in order, and all know the total."""
        commits = real(24)
        copies = [replace(commit, id=commit.id[::-1]) for commit in commits[::2]]
        fill(fill(engine, commits), copies)
        whole = ranked(engine, "board u-boot fix", sort=sort, group=group, match="any")
        assert len(whole) > 14
        paged = []
        for skip in range(0, len(whole) + 14, 7):
            page = asked(
                engine, "board u-boot fix", 7, skip=skip, sort=sort, group=group, match="any"
            )
            assert page.total == len(whole)
            paged += [(one.commit.id, one.score, [c.id for c in one.copies]) for one in page.page]
        assert paged == whole
        assert asked(engine, "board", 0).page == ()
