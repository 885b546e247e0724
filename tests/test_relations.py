import json
from pathlib import Path

import pytest

from kvmsearch.link import LONGEST_VALUE, abbreviates, title_key
from kvmsearch.relations import MOST_LINKS, links, read_link

DATA = Path(__file__).parent / "data" / "messages"
X = "2a62345b30529e488beb6a1220577b3495933724"
Y = "94fe3e6515ddba3d6f2a2c6b6a2d9b8e0f1f2a3b"
SHORT = "2a62345b3052"

NAMED = {
    # Fixes: as the kernel has it, and as people write it
    f'Fixes: {SHORT} ("KVM: foo")': [f"fixes:{SHORT}"],
    f"Fixes: {X}": [f"fixes:{X}"],
    "Fixes: 2A62345B": ["fixes:2a62345b"],
    f'fixes: {SHORT}("KVM: foo")': [f"fixes:{SHORT}"],
    f"Fixes:\t{SHORT}": [f"fixes:{SHORT}"],
    f'Fixes {SHORT} ("KVM: foo")': [f"fixes:{SHORT}"],
    f'Fixes: commit {SHORT} ("KVM: foo")': [f"fixes:{SHORT}"],
    f"Fixes commit {SHORT}.": [f"fixes:{SHORT}"],
    f'Fixes: Fixes: {SHORT} ("KVM: foo")': [f"fixes:{SHORT}"],
    f"Fixes: <{SHORT}>": [f"fixes:{SHORT}"],
    f"Fixes '{SHORT} (\"KVM: foo\")'": [f"fixes:{SHORT}"],
    f"Fixes:\n{SHORT} (KVM: foo)": [f"fixes:{SHORT}"],
    f"Fix: {SHORT}": [f"fixes:{SHORT}"],
    f"Fixes: {SHORT}, {Y[:12]}": [f"fixes:{SHORT}", f"fixes:{Y[:12]}"],
    f'Fixes: {SHORT} ("a, b")\nFixes: {Y[:12]} ("c")': [f"fixes:{SHORT}", f"fixes:{Y[:12]}"],
    f"It fixes what {SHORT} broke": [],
    f"See the prefixes: {SHORT}": [],
    "Fixes: 2a6234": [],
    "Fixes: https://example.org/issues/1234567": [],
    # reverts
    f"This reverts commit {X}.": [f"reverts:{X}"],
    f"This reverts\ncommit\n{X}.": [f"reverts:{X}"],
    f"This reverts commit {X}, reversing\nchanges made to {Y}.": [f"reverts:{X}"],
    f"This reverts commits {X} and\n{Y}.": [f"reverts:{X}", f"reverts:{Y}"],
    f'This reverts commit {SHORT}\n("KVM: foo") and commit {Y}.': [
        f"reverts:{SHORT}",
        f"reverts:{Y}",
    ],
    f"This reverts commit {X}.\nThis reverts commit {Y}.": [f"reverts:{X}", f"reverts:{Y}"],
    f"This effectively reverts Linux commit {SHORT}.": [f"reverts:{SHORT}"],
    f"This reverts my commit {SHORT}.": [f"reverts:{SHORT}"],
    f"This reverts commit {X} which is\ncommit {Y} upstream.": [f"reverts:{X}", f"reverts:{Y}"],
    f"Revert {SHORT} (KVM: foo)": [f"reverts:{SHORT}"],
    f"This partially reverts commit {SHORT}.": [f"mentions:{SHORT}"],
    f"This reverts commit {SHORT} partially.": [f"mentions:{SHORT}"],
    # copies
    f"commit {X} upstream.": [f"copies:{X}"],
    f"Commit {X} upstream": [f"copies:{X}"],
    f"[ Upstream commit {X} ]": [f"copies:{X}"],
    f"[ upstream commit: {X} ]": [f"copies:{X}"],
    f"[Linux commit: {X}]": [f"copies:{X}"],
    f"Upstream commit {X}.": [f"copies:{X}"],
    f"(cherry picked from commit {X})": [f"copies:{X}"],
    f"(cherry-picked from commit {X})": [f"copies:{X}"],
    f"[Cherry picked from {X}]": [f"copies:{X}"],
    f"(backported from commit {X})": [f"copies:{X}"],
    f"master commit: {X}\nmaster date: 2026-01-15 12:00:00 +0000": [f"copies:{X}"],
    f"Upstream commit {X} changed foo": [f"mentions:{X}"],
    f"It is the same as\ncommit {X} upstream.": [f"mentions:{X}"],
    f"Since commit {X} upstream has no foo": [f"mentions:{X}"],
    # mentions
    f'Since commit {SHORT} ("KVM: foo") it fails': [f"mentions:{SHORT}"],
    f"Since commit\n  {SHORT} it fails": [f"mentions:{SHORT}"],
    f'Before {SHORT} ("KVM: foo") it worked': [f"mentions:{SHORT}"],
    f"After {SHORT} (foo: bar,\n2020-03-04) it failed": [f"mentions:{SHORT}"],
    f"In commits {SHORT}, {Y[:12]} and\n2a7777777777": [
        f"mentions:{SHORT}",
        f"mentions:{Y[:12]}",
        "mentions:2a7777777777",
    ],
    f"Merge commit '{X}' of there": [f"mentions:{X}"],
    f"https://git.kernel.org/torvalds/c/?id={X}": [f"mentions:{X}"],
    f"https://github.com/torvalds/linux/commit/{X}": [f"mentions:{X}"],
    f"A blob of {X}": [],
    "we commit defaced words": [],
    "commit 0x2a62345b": [],
    "commit deadlock_2a62345b": [],
    "1234567 (decimal)": [],
    f"commit {'a1' * 33}": [],
    # what is named for a reason is not mentioned besides
    f"In commit {X} we broke it.\n\nFixes: {SHORT}": [f"fixes:{SHORT}"],
}
"""Body to the terms of its links."""

TITLES = {
    'Revert "KVM: Foo"': ["reverts-title:KVM: Foo"],
    'Revert "KVM:  Foo\n bar"\n\nIt broke.': ["reverts-title:KVM: Foo bar"],
    '[PATCH v2] Revert "KVM: Foo"\n': ["reverts-title:KVM: Foo"],
    'Revert "Revert "KVM: Foo""': ['reverts-title:Revert "KVM: Foo"'],
    'Reapply "KVM: Foo"': ['reverts-title:Revert "KVM: Foo"'],
    f'Revert "KVM: Foo"\n\nThis reverts commit {X}.': [f"reverts:{X}"],
    f'Revert "KVM: Foo"\n\nThis partially reverts commit {SHORT}.': [f"mentions:{SHORT}"],
    'Revert "KVM: Foo" at once': [],
    "Revert KVM foo": [],
    f'Revert {SHORT} ("KVM: foo")': [f"reverts:{SHORT}"],
}
"""Message to the terms of its links."""

ADDRESSES = {
    "https://lore.kernel.org/r/20260115.1-foo@bar.org": "20260115.1-foo@bar.org",
    "https://lore.kernel.org/all/20260115.1-foo%40bar.org/": "20260115.1-foo@bar.org",
    "https://lore.kernel.org/kvm/a+b=c@bar.org/T/#u": "a+b=c@bar.org",
    "https://lore.kernel.org/kvm/a@bar.org/raw": "a@bar.org",
    "https://patch.msgid.link/a@bar.org": "a@bar.org",
    "http://lkml.kernel.org/r/a@bar.org": "a@bar.org",
    "https://patchwork.kernel.org/project/kvm/patch/a@bar.org/": "a@bar.org",
    "<a@bar.org>": "a@bar.org",
    "a@bar.org": "a@bar.org",
    "https://www.mail-archive.com/git@vger.kernel.org/msg1.html": (
        "https://www.mail-archive.com/git@vger.kernel.org/msg1.html"
    ),
    "HTTPS://Bugzilla.kernel.org/show_bug.cgi?id=1#c5": (
        "https://bugzilla.kernel.org/show_bug.cgi?id=1"
    ),
    "https://example.org/a/": "https://example.org/a",
    "https://example.org/@someone": "https://example.org/@someone",
    "https://example.org": "https://example.org",
    "[1]": None,
    "": None,
    "https://": None,
    "https://example.org/" + "a" * LONGEST_VALUE: None,
    "a@" + "b" * LONGEST_VALUE: None,
}
"""What stands behind `Link:` to what it is found by."""

LONG = [
    "commit " * 300_000,
    "a1" * 1_000_000,
    f"commit {X} " * 40_000,
    f"Fixes: {X}\n" * 40_000,
    "\n \n" * 300_000 + f"fix revert pick commit {X}",
    ("\n" * 110 + "fix [( 1234567 ") * 10_000,
    ("\n[" * 55 + "commit 1234567 ") * 10_000,
    "Revert " + '"' * 1_000_000,
    '[[[Revert "' + "\n" * 1_000_000 + '"',
    "Link:" + " " * 1_000_000,
    "t\nLink: https://" + "/@" * 1_000_000,
    "t\nLink: " + "a@" * 1_000_000,
    "t\nLink: https://a/" + "T/" * 1_000_000,
    "t\nLink: https://a.org/b\n" * 100_000,
]
"""Messages of megabytes, each of which would take hours if a step of ours were quadratic."""


@pytest.mark.parametrize(("body", "expected"), NAMED.items())
def test_ids(body: str, expected: list[str]) -> None:
    """An id is fixed, reverted, copied or mentioned by what stands around it."""
    assert list(links(f"title\n\n{body}\n")) == expected


@pytest.mark.parametrize(("message", "expected"), TITLES.items())
def test_titles_of_reverts(message: str, expected: list[str]) -> None:
    """A revert that names no id names a title, unless it reverts only a part."""
    assert list(links(message)) == expected


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items())
def test_addresses(address: str, expected: str | None) -> None:
    """A mail has one address wherever it is archived; other URLs are told apart by the page."""
    assert read_link(address) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Link: https://lore.kernel.org/r/a@b.org",
        "Link:https://lore.kernel.org/r/a@b.org # [1]",
        "closes: https://lore.kernel.org/all/a@b.org/",
        "Message-ID: <a@b.org>",
        "Message-Id: <a@b.org>",
        "Lore: https://lore.kernel.org/kvm/a@b.org/T/#u",
    ],
)
def test_link_lines(line: str) -> None:
    """Trailers that name a mail lead to it, in a block of trailers or not."""
    assert links(f"title\n\n{line}\nprose\n") == ("link:a@b.org",)


def test_links_come_once_and_are_few() -> None:
    """Links do not repeat, and a message that names hundreds of commits has the first of them."""
    once = f"Fixes: {SHORT}\nFixes: {SHORT}\nLink: <a@b.org>\nLink: <a@b.org>\n"
    assert links(f"title\n\n{once}") == (f"fixes:{SHORT}", "link:a@b.org")
    many = "".join(f"Fixes: {number:012x}\n" for number in range(1000))
    assert len(links(f"title\n\n{many}")) == MOST_LINKS
    assert links(f"title\n\n{many}")[1] == "fixes:000000000001"


def test_reasons_come_before_mentions() -> None:
    """Commits that are only mentioned cannot push out the one that is fixed."""
    many = "".join(f"commit a{number:011x}\n" for number in range(500))
    assert links(f"title\n\n{many}\nFixes: {SHORT}\n")[0] == f"fixes:{SHORT}"


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_long_messages(text: str) -> None:
    """Megabytes of anything take linear time, and give few short links."""
    for message in (text, f"title\n\n{text}"):
        found = links(message)
        assert len(found) <= MOST_LINKS
        assert all(len(term) <= LONGEST_VALUE + 20 for term in found)


def test_title_key() -> None:
    """Titles are compared without spacing, and cut; odd characters can be stored."""
    assert title_key("  KVM: \t Foo\n bar ") == "KVM: Foo bar"
    assert title_key("\udc80") == "?"
    assert len(title_key("a" * 1000)) == LONGEST_VALUE


def test_abbreviates() -> None:
    """Of two ids either may be the shorter."""
    assert abbreviates(X, SHORT)
    assert abbreviates(SHORT, X)
    assert not abbreviates(X, Y)


def test_real_messages() -> None:
    """The links of real messages are those that a reader finds in them."""
    messages = {
        record["id"][:10]: record["message"]
        for path in sorted(DATA.glob("*.jsonl"))
        for record in map(json.loads, path.read_text("ascii").splitlines())
    }
    expected = {
        "0eb8fa3a05": ["copies:54ce07007c7988268d43619c580e81fbca09d37b"],
        "1ff543acd0": ["mentions:6b763c424e4", "mentions:f54f48fc074"],
        "14b866e6d6": [
            "fixes:501a54a29cc2",
            "fixes:5c61710c9880",
            "fixes:e0c243c398a7",
            "fixes:aa6943ca3122",
        ],
        "40b77f2a3a": ["fixes:86b9c3e4e4", "mentions:79fc0c5f49"],
        "c761a7e29d": ["reverts:998ae28799c79c6bc796aea182ae6acf13d18284"],
        "c9fbe861a2": [
            "fixes:0d17c8651188",
            "copies:7c9ea4ab76176f65f4f55aa144f9145a4bccaacb",
            "copies:1665557aa57c2140d014d68dfe1a1f92f9baac82",
            "link:20240710231718.106894-3-macroalpha82@gmail.com",
        ],
    }
    assert {key: list(links(messages[key])) for key in expected} == expected
    assert sum(bool(links(message)) for message in messages.values()) > 100
