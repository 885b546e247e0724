from kvmsearch.hits import Explanation, Part
from kvmsearch.output.text import TextPrinter, nothing
from kvmsearch.record import replace
from tests.output.commits import ABBA, GMEM_MERGE, GUP, NEXT, STABLE, SYNC_MMU, hit_on, page

PLAIN = """\
 1. 2a62345b3052 2026-01-15 Michael Roth (kvm/next)
    KVM: guest_memfd: GUP source pages prior to populating guest memory
      lock while holding the mm->mmap_lock, leading to a potential ABBA
      deadlock.
    also c0ffee5b3052 (stable/linux-7.0.y)

 2. 9123c5f956b1 2026-02-11 Paolo Bonzini (kvm/next)
    Merge tag 'kvm-x86-gmem-6.20' of https://github.com/kvm-x86/linux into HEAD
      code do the heavy lifting.  Doing so avoids a looming deadlock bug with
      --
      in-place due an AB-BA conflict betwee mmap_lock and guest_memfd's filemap

1-2 of 2 answers, 1 with all words
"""

MERGE = hit_on(
    GMEM_MERGE,
    ("code do the heavy lifting.  Doing so avoids a looming deadlock bug with", "deadlock"),
    ("in-place due an AB-BA conflict betwee mmap_lock and guest_memfd's filemap", "AB-BA"),
)


def printed(*lines: str) -> str:
    """Return lines as they are printed."""
    return "".join(f"{line}\n" for line in lines)


def test_plain_page() -> None:
    """Each hit shows rank, id, date, author, refs, title, snippets and copies; then the counts."""
    assert printed(*TextPrinter().results(page(ABBA, MERGE), 1)) == PLAIN


def test_coloured_page_has_the_same_text() -> None:
    """Ids are yellow, refs and matches bold red; nothing else changes."""
    text = printed(*TextPrinter(color=True).results(page(ABBA, MERGE), 1))
    assert "\x1b[33m2a62345b3052\x1b[m" in text
    assert "\x1b[1;31mkvm/next\x1b[m" in text
    assert "potential \x1b[1;31mABBA\x1b[m\n" in text
    for code in ("\x1b[33m", "\x1b[1;31m", "\x1b[m"):
        text = text.replace(code, "")
    assert text == PLAIN


def test_narrow_terminal() -> None:
    """On a terminal no line is wider than it."""
    lines = list(TextPrinter(width=40).results(page(ABBA, MERGE), 1))
    assert max(map(len, lines)) <= 40
    assert any("ABBA" in line for line in lines)
    assert lines[0].startswith(" 1. 2a62345b3052 ")


def test_second_page() -> None:
    """Ranks go on where the page before ended."""
    lines = list(TextPrinter().results(page(hit_on(GUP), total=1234), 11))
    assert lines[0].startswith("11. 2a62345b3052")
    assert lines[-1] == "11 of 1,234 answers, 1 with all words"


def test_copies_are_counted() -> None:
    """Where answers have copies, it is told how many commits there are in all."""
    lines = list(TextPrinter().results(page(hit_on(GUP), total=1234, copies=5), 1))
    assert lines[-1] == "1 of 1,234 answers (1,239 commits), 1 with all words"


def test_explanation() -> None:
    """How the query was understood comes first; below each hit is what its score is made of."""
    parts = (
        Part("dead\x1block", 5.204, (("commits", 1234), ("weight", 0.98765), ("in", "title"))),
        Part("from its series", 2.1),
        Part("taken away", -0.5),
    )
    hit = replace(hit_on(GUP), explanation=Explanation(parts))
    understood = ("any of: dead\x1block, x", "only: y")
    lines = list(TextPrinter().results(replace(page(hit, hit_on(GUP)), understood=understood), 1))
    assert lines[:4] == ["understood as: ABBA deadlock", "  any of: dead^[lock, x", "  only: y", ""]
    assert lines[6:11] == [
        "    score 1.50",
        "      dead^[lock: +5.20 (commits 1,234, weight 0.988, in title)",
        "      from its series: +2.10",
        "      taken away: -0.50",
        "",
    ]
    assert lines[13:15] == ["    score 1.50", ""]


def test_commit_on_no_branch() -> None:
    """A commit that left all branches is marked."""
    line = next(TextPrinter().results(page(hit_on(replace(GUP, refs=()))), 1))
    assert line == " 1. 2a62345b3052 2026-01-15 Michael Roth (on no branch)"


def test_many_refs_and_copies() -> None:
    """All refs of a commit are shown; of many copies the first three."""
    copies = tuple(replace(SYNC_MMU, id=f"{digit}" * 40) for digit in range(5))
    hit = replace(hit_on(replace(GUP, refs=(NEXT, STABLE))), copies=copies)
    lines = list(TextPrinter().results(page(hit), 1))
    assert lines[0].endswith("(kvm/next, stable/linux-7.0.y)")
    assert sum(line.startswith("    also ") for line in lines) == 3
    assert "    and 2 more copies" in lines


def test_hostile_commit() -> None:
    """Nothing of a commit reaches the terminal as an order, in any of its lines."""
    evil = "\x1b]0;x\x07\u202e"
    author = replace(GUP.author, name=f"{evil}\nX")
    refs = (replace(NEXT, branch=evil),)
    commit = replace(GUP, message=f"{evil}\n\n{evil}\n", author=author, refs=refs)
    printer = TextPrinter()
    lines = [*printer.results(page(hit_on(commit, (f"{evil}a", "a"))), 1), *printer.commit(commit)]
    assert not set("\x1b\x07\u202e") & set("".join(lines))
    assert len(lines) == 5 + 7


def test_nothing_found() -> None:
    """An empty page tells why it is empty."""
    assert nothing(page()) == "nothing found"
    assert nothing(page(total=3)) == "no more answers: there are 3"
    assert list(TextPrinter().results(page(), 1)) == []
