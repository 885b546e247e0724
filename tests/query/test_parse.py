from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kvmsearch.query import (
    And,
    Author,
    Committer,
    Dated,
    Everything,
    Fuzzy,
    Id,
    Named,
    Near,
    Node,
    Not,
    On,
    Or,
    Person,
    Phrase,
    Prefix,
    Regex,
    Subsystem,
    Trailer,
    Word,
    Words,
    parse_query,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KEYS = frozenset({"cc", "fixes", "https", "reviewed-by"})
SUBJECTS = Path(__file__).parent.parent / "data/query/subjects.txt"
"""Subjects of U-Boot and git, chosen for letters that are syntax here."""


def parse(text: str) -> Node:
    """Parse as all tests here do: at one time, with a few trailer keys."""
    return parse_query(text, trailer_keys=KEYS, now=NOW)


def free(*texts: str) -> Words:
    """Return the tree of free words."""
    return Words(tuple(map(Word, texts)))


def titled(*parts: Node | str) -> Words:
    """Return the tree of free words that may be a subject line."""
    nodes = tuple(Word(part) if isinstance(part, str) else part for part in parts)
    texts = [part.text for part in nodes if isinstance(part, Word | Phrase | Prefix)]
    return Words((*nodes, Named(title=" ".join(texts))))


TREES: dict[str, Node] = {
    "": Everything(),
    " \t\n": Everything(),
    "*": Everything(),
    ". , :": Everything(),
    "deadlock": free("deadlock"),
    "ABBA deadlock": titled("ABBA", "deadlock"),
    '"use after free"': titled(Phrase("use after free")),
    '"deadlock"': Words((Phrase("deadlock"),)),
    "kvm_gmem*": Words((Prefix("kvm_gmem"),)),
    'vcpu "dirty ring" gm*': titled("vcpu", Phrase("dirty ring"), Prefix("gm")),
    "deadlok~": Words((Fuzzy("deadlok"),)),
    "Deadlok~2": Words((Fuzzy("Deadlok", distance=2),)),
    "kvm_gmen~1 use-after-fre~": Words((Fuzzy("kvm_gmen"), Fuzzy("use-after-fre"))),
    "title:deadlok~ a -gmen~": And((free("a"), Fuzzy("deadlok", "title"), Not(Fuzzy("gmen")))),
    '"lock deadlock"~5': Words((Near("lock deadlock", 5),)),
    'b:"lock deadlock"~12 x': And((free("x"), Near("lock deadlock", 12, "body"))),
    '(a OR "b c"~3)': Or((free("a"), Words((Near("b c", 3),)))),
    'a -"b c"~3': And((free("a"), Not(Near("b c", 3)))),
    "re:/lock(ed|ing)/": Regex("lock(ed|ing)"),
    r"re:/mm u\s+lock/i x": And((free("x"), Regex(r"mm u\s+lock", ignore_case=True))),
    r"re:/virt/kvm\/a/b/": Regex("virt/kvm/a/b"),
    "(RE:/a (b)/ OR x)": Or((Regex("a (b)"), free("x"))),
    "a -re:/b c/ NOT re:/d/I": And(
        (free("a"), Not(Regex("b c")), Not(Regex("d", ignore_case=True)))
    ),
    "subsystem:x86/mmu lock": And((free("lock"), Subsystem("x86/mmu"))),
    'sub:"KVM: x86" a -sub:arm': And((free("a"), Subsystem("KVM: x86"), Not(Subsystem("arm")))),
    "abba author:sean": And((free("abba"), Person("sean"))),
    "author:sean abba": And((free("abba"), Person("sean"))),
    "abba author:sean lock": And((titled("abba", "lock"), Person("sean"))),
    "author:sean": Person("sean"),
    'a:"Sean Christopherson"': Person("Sean Christopherson"),
    "from:sean": Person("sean"),
    "Committer:bonzini": Person("bonzini", "committer"),
    "title:deadlock": Word("deadlock", "title"),
    "s:dead*": Prefix("dead", "title"),
    'subject:"dirty ring"': Phrase("dirty ring", "title"),
    "b:slots_lock t:syzkaller": And((Word("slots_lock", "body"), Word("syzkaller", "trailer"))),
    'reviewed-by:"Kai Huang"': Trailer("reviewed-by", "Kai Huang"),
    "Fixes:2a62345b30": Trailer("fixes", "2a62345b30"),
    "cc:*": Trailer("cc"),
    "branch:linux-6.6.y": On("linux-6.6.y"),
    "branch:kvm/v7.[01]": On("kvm/v7.[01]"),
    "branch:*": On("*"),
    "id:94FE3E6515DD": Id("94fe3e6515dd"),
    "date:2026-01": Dated(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    "author-date:2026-03..": Dated(datetime(2026, 3, 1, tzinfo=UTC), None, "author"),
    'since:"2 weeks ago"': Dated(since=NOW - timedelta(weeks=2)),
    'until:"2026-03-01 10:00:00"': Dated(until=datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)),
    "a AND b": And((free("a"), free("b"))),
    "a OR b": Or((free("a"), free("b"))),
    "a NOT b": And((free("a"), Not(Word("b")))),
    "a b OR c d": Or((free("a", "b"), free("c", "d"))),
    "a b AND c": And((free("a", "b"), free("c"))),
    "a OR b AND c": Or((free("a"), And((free("b"), free("c"))))),
    "a NOT b c": And((free("a", "c"), Not(Word("b")))),
    'author:"a b"~5': And((free("~5"), Person("a b"))),
    "a AND (b OR c)": And((free("a"), Or((free("b"), free("c"))))),
    "a (b OR c)": And((free("a"), Or((free("b"), free("c"))))),
    "a (b AND c)": And((free("a"), free("b"), free("c"))),
    "a NOT (b c)": And((free("a"), Not(free("b", "c")))),
    "a OR (NOT b)": Or((free("a"), Not(Word("b")))),
    "* NOT author:sean": Not(Person("sean")),
    "a NOT -author:sean": And((free("a"), Person("sean"))),
    "a -arm64": And((free("a"), Not(Word("arm64")))),
    "a -arm*": And((free("a"), Not(Prefix("arm")))),
    'a -"dirty ring"': And((free("a"), Not(Phrase("dirty ring")))),
    "a -author:sean": And((free("a"), Not(Person("sean")))),
    "author:sean -branch:next": And((Person("sean"), Not(On("next")))),
    r"\author:sean \-next a \OR b": titled("author:sean", "-next", "a", "OR", "b"),
    'author:"Sean Chr': And((free("Chr"), Person("Sean"))),
}


@pytest.mark.parametrize("text", TREES)
def test_syntax_that_is_plainly_meant(text: str) -> None:
    """Each query of the table has exactly this tree."""
    assert parse(text) == TREES[text]


TEXT = (
    "[PATCH v2 1/6] KVM: x86: foo()->bar",
    "[PATCH] KVM: don't NOT AND lock OR free",
    "[a OR b]",
    "Link: [1]",
    "Makefile:1",
    "DO NOT USE",
    "the guest does NOT see it",
    "struct kvm *vcpu",
    "https://lore.kernel.org/all/20260310-a@b.c/ http://a/?b=c:d",
    "kvm_gmem_populate+0x12c/0x340 [kvm]",
    "RIP: 0010:kvm_mmu_zap_all+0x1f/0x30",
    "Signed-off-by: Sean Christopherson <seanjc@google.com>",
    "author: sean",
    "Subject: KVM: id: x",
    "foo::bar fixes::x",
    r"C:\boot title:\x",
    "fix:foo id:xyzzy since:whenever date:32",
    ": :: :a a: - -- ---",
    "AND",
    "AND OR NOT",
    "NOT this",
    "OR that",
    "this AND",
    "(OR) b (AND",
    "a AND , b: OR c",
    "foo() AND bar",
    "logical OR (||) instead of binary OR (|) here",
    "a AND - b",
    "mutex, lock OR unlock",
    "-EINVAL foo -EINVAL -Wflex-array-member-not-at-end",
    "-next",
    "-author:sean",
    "git log -p --oneline -5 -rc1",
    "test -z/-n 'set -e' in -stable.",
    "KVM: use -fno-common here",
    "x* a b*c *",
    "ab~2 a.b~ HEAD~2 ORIG_HEAD~ 2a62345b3052~1 1234~ word~3 ~word a~b",
    "foo.c~ Makefile.orig~ ~/x",
    "re:/(/ re:x re:// s/re:/x",
    "re:/a/x re:/b",
    '5"~3 a~5 "',
    "subsystem:* subsystem: x sub:/",
    "INFO: task kworker/0:1:12 blocked for more than 120 seconds.",
    "? kvm_vcpu_ioctl+0x243/0x690 [kvm 4a1b2c3d4e5f60718293a4b5c6d7e8f901234567]",
    "#PF: supervisor read access, CR2: ffff888100d4c000 <ffffffff81234567>",
    "BUG: KASAN: slab-use-after-free in foo (bar.c:12 (discriminator 3))",
    "Author: A U Thor <a@b.c> Date:   Thu Apr 14 08:26:38 2005 +0200",
    "CVE-2024-1234 v6.6.12 0xdeadbeef",
    "(see below) ((both)) )( open( (half",
    "(void)foo(bar)",
    'say "unbalanced',
    'an "',
    '5"disk 5"',
    "\\",
    "a\0b \x1b[31m \u202eabc\u2066 \ud800x",
    "ABBA-Verklemmung für Größe 日本語",
)


def free_parts(tree: Node) -> tuple[Node, ...]:
    """Return the parts of free words."""
    return tree.parts if isinstance(tree, Words) else ()


@pytest.mark.parametrize("text", TEXT)
def test_what_people_paste_is_text(text: str) -> None:
    """None of this is syntax: every word with a letter or digit is searched for as typed."""
    tree = parse(text)
    assert isinstance(tree, Words | Everything)
    parts = [part for part in free_parts(tree) if not isinstance(part, Named)]
    assert all(isinstance(part, Word | Prefix) for part in parts)
    said = [word for word in text.split() if any(letter.isalnum() for letter in word)]
    assert len(parts) == len(said)


def test_words_are_kept_as_typed() -> None:
    """Case and punctuation stay; only parentheses around words are not theirs."""
    assert parse("KVM: (foo()->bar) -EINVAL, [1]") == titled(
        "KVM:", "foo()->bar", "-EINVAL,", "[1]"
    )


@pytest.mark.parametrize("subject", SUBJECTS.read_text("utf-8").splitlines())
def test_real_subjects_are_text(subject: str) -> None:
    """A subject line that is pasted is searched for as free words and its own quotes."""
    assert isinstance(parse(subject), Words)


def test_what_looks_like_a_value_but_is_none_is_text() -> None:
    """A field whose value cannot be one takes no part of the query away."""
    assert parse('since:"when ever" x') == titled('since:"when', 'ever"', "x")


def test_unknown_trailer_keys_are_text() -> None:
    """A trailer key is a field only where the index knows it."""
    assert parse_query("fixes:deadbeef") == free("fixes:deadbeef")


def test_table_of_fields_goes_before_trailer_keys() -> None:
    """A trailer key that is named as a field does not hide the field."""
    assert parse_query("author:x", trailer_keys={"author"}) == Person("x")


def test_quotes_do_not_tell_of_a_paste() -> None:
    """What stands in quotes may hold all that a paste holds; operators around it still count."""
    assert parse('"KVM: x86: foo()" OR "[1]"') == Or(
        (Words((Phrase("KVM: x86: foo()"),)), Words((Phrase("[1]"),)))
    )


def test_relative_dates_count_from_now_by_default() -> None:
    """Without `now` a relative date counts from this moment."""
    tree = parse_query("since:yesterday")
    assert isinstance(tree, Dated)
    assert tree.since
    assert timedelta(hours=23) < datetime.now(UTC) - tree.since < timedelta(hours=26)


PRINTED = {
    "abba author:sean": "abba author:sean",
    "author:sean abba a:x": "abba author:sean author:x",
    'a:"Sean C" s:"x y" s:dead*': 'author:"Sean C" title:"x y" title:dead*',
    "a -arm64 -author:sean": "a AND NOT arm64 AND NOT author:sean",
    "* NOT a": "* AND NOT a",
    "a (b OR c)": "a (b OR c)",
    "(b OR c) NOT (d e)": "(b OR c) AND NOT (d e)",
    "a b AND c author:x": "a b AND c AND author:x",
    "KVM: x86 DO NOT USE": r"KVM: x86 DO \NOT USE",
    "KVM: x86 -author:sean": r"\KVM: x86 AND NOT author:sean",
    "Makefile:1 https://a/b": r"\Makefile:1 https://a/b",
    '"a b" x* \\-y': '"a b" x* \\-y',
    "fixes:2a62 cc:* branch:v7.* id:94fe": "fixes:2a62 cc:* branch:v7.* id:94fe",
    "date:2026-01": "date:2026-01-01T00:00:00+00:00..2026-01-31T23:59:59+00:00",
    "since:2026-01-01T00:00:00Z": "date:2026-01-01T00:00:00+00:00..",
    "": "*",
}


@pytest.mark.parametrize("text", PRINTED)
def test_trees_print_as_queries(text: str) -> None:
    """A tree prints as the query that it was understood as."""
    assert str(parse(text)) == PRINTED[text]


@pytest.mark.parametrize("text", [*TREES, *TEXT])
def test_printed_trees_parse_to_themselves(text: str) -> None:
    """What a tree prints asks the same."""
    tree = parse(text)
    assert parse(str(tree)) == tree


def test_trees_are_made_by_hand() -> None:
    """Nodes combine with operators, and print what they ask."""
    tree = parse("abba OR deadlock") & Author("Sean C") & ~Committer("x")
    assert str(tree) == '((abba OR deadlock) author:"Sean C") AND NOT committer:x'
    assert parse(str(tree)) == And(
        (Or((free("abba"), free("deadlock"))), Person("Sean C"), Not(Person("x", "committer")))
    )


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Phrase('say "hi"'), '"say  hi "'),
        (Person('a "b"'), 'author:"a  b "'),
        (Word("a") & Word("b"), "a AND b"),
        (Word("a") | ~(Word("b") & Word("c")), "a OR * AND NOT (b AND c)"),
        (Everything() & Author("x"), "* author:x"),
    ],
)
def test_trees_that_no_text_makes_print_too(tree: Node, text: str) -> None:
    """What cannot be written as it stands is printed as the nearest query that can."""
    assert str(tree) == text


@pytest.mark.parametrize("many", [33, 3_000])
def test_nesting_is_bounded(many: int) -> None:
    """Parentheses nested beyond all sense make no tree that cannot be walked by recursion."""
    tree = parse("a OR (b AND (" * many + "c" + "))" * many)
    assert parse(str(tree)) == tree
    assert len(repr(tree)) > many


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "(",
            ")",
            '"',
            "-",
            ":",
            "*",
            "\\",
            "a:",
            '("',
            'a:"',
            "-(",
            "[ ",
            "a OR (",
            "since:x ",
            "é",
        ),
        *(
            "re:/x ",
            "re:/",
            "/",
            "re:/\\",
            "x~",
            "~",
            '"a"~5',
            "2a62345b ",
            "a-",
            "<a@",
            "://",
            "[PATCH",
        ),
    ],
)
def test_long_hostile_texts_give_a_tree(piece: str) -> None:
    """One piece over and over, 50 kB of it, gives a tree that prints and parses."""
    tree = parse(piece * (50_000 // len(piece)))
    assert parse(str(tree)) == tree


def test_a_megabyte_gives_a_tree() -> None:
    """Text of a size that nobody types is still no error."""
    tree = parse("KVM: ABBA deadlock " * 53_000)
    assert isinstance(tree, Words)
