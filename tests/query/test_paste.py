import pytest

from kvmsearch.commit import Commit, Person
from kvmsearch.query import And, Named, Node, Not, Or, Phrase, Words, parse_query
from kvmsearch.query.paste import LONGEST_TITLE, MOST_IDS, MOST_WORDS
from tests.output.commits import COMMITS, GUP
from tests.query.test_parse import NOW, SUBJECTS

ABBREVIATED = "2a62345b3052"
MAIL = "20260108214622.1084057-5-michael.roth@amd.com"
FOO = "KVM: x86: Fix foo()->bar"


def nodes(tree: Node) -> list[Node]:
    """Return a tree's nodes."""
    match tree:
        case And(parts) | Or(parts) | Words(parts):
            return [tree, *(node for part in parts for node in nodes(part))]
        case Not(part):
            return [tree, *nodes(part)]
        case _:
            return [tree]


def named(text: str) -> Named | None:
    """Return what a query names."""
    found = [node for node in nodes(parse_query(text, now=NOW)) if isinstance(node, Named)]
    assert len(found) <= 1
    return found[0] if found else None


IDS = {
    ABBREVIATED: (ABBREVIATED,),
    "2A62345": ("2a62345",),
    GUP.id: (GUP.id,),
    "a" * 40: ("a" * 40,),
    f"{ABBREVIATED},": (ABBREVIATED,),
    f"({ABBREVIATED}^!).": (ABBREVIATED,),
    f"{ABBREVIATED}~2": (ABBREVIATED,),
    f"{ABBREVIATED}..94fe3e6515dd": (ABBREVIATED, "94fe3e6515dd"),
    f"v7.0-rc6-12-g{ABBREVIATED}": (ABBREVIATED,),
    f"commit {GUP.id} upstream.": (GUP.id,),
    f"(cherry picked from commit {GUP.id})": (GUP.id,),
    f"[ Upstream commit {GUP.id} ]": (GUP.id,),
    f"This reverts commit {GUP.id}.": (GUP.id,),
    f"fixes:{ABBREVIATED}": (ABBREVIATED,),
    f"https://git.kernel.org/linus/{ABBREVIATED}": (ABBREVIATED,),
    f"https://git.kernel.org/pub/scm/linux.git/commit/?id={GUP.id}": (GUP.id,),
    f"https://github.com/torvalds/linux/commit/{GUP.id}#diff": (GUP.id,),
    f"{ABBREVIATED} {ABBREVIATED} author:sean": (ABBREVIATED,),
    "deadbeef acceded 2a6234 defaced": (),
    "0xdeadbee1 kvm_2a62345 2a62345_x x2a62345b3052 1234567.89": (),
    "550e8400-e29b-41d4-a716-446655440000": (),
    "RBP: ffff888100d4c000 R1: 0000000000000048": (),
    f"<{MAIL}>": (),
    f"{ABBREVIATED} OR 94fe3e6515dd": (),
    f"a NOT ({ABBREVIATED} b)": (),
}


@pytest.mark.parametrize("text", IDS)
def test_ids_that_are_pasted(text: str) -> None:
    """An id in any of the ways in which it is written names its commit; what is none does not."""
    found = named(text)
    assert (found.ids if found else ()) == IDS[text]


TITLES = {
    FOO: FOO,
    f"[PATCH v2 1/6] {FOO}": FOO,
    f"Subject: Re: [RFC PATCH net-next 03/12] {FOO}": FOO,
    f'Fixes: {ABBREVIATED} ("{FOO}")': FOO,
    f'commit {ABBREVIATED} ("{FOO}") broke it': FOO,
    f'{ABBREVIATED} ("{FOO}")': FOO,
    f"{ABBREVIATED} {FOO}": FOO,
    f"{ABBREVIATED} ({FOO}, 2026-01-15)": FOO,
    f'Fixes: {ABBREVIATED} ("Revert "{FOO}"")': f'Revert "{FOO}"',
    f'Revert "{FOO}"': f'Revert "{FOO}"',
    f'"{FOO}"': FOO,
    f"{FOO} author:sean": FOO,
    "sha1_file.c: use type off_t* for disk_sizep": "sha1_file.c: use type off_t* for disk_sizep",
    f"t: revert {ABBREVIATED} again": f"t: revert {ABBREVIATED} again",
    "deadlock": "",
    f"commit {ABBREVIATED} upstream.": "",
    f"https://patch.msgid.link/{MAIL}": "",
    "dead lok~": "",
    f"{FOO} " + "x" * LONGEST_TITLE: "",
    "x " * (MOST_WORDS + 1): "",
}


def entitled(title: str) -> Commit:
    """Return a commit with this title."""
    return Commit("1" * 40, f"{title}\n\nBody.\n", Person("Ann", "ann@example.org"), NOW)


@pytest.mark.parametrize("text", TITLES)
def test_subjects_that_are_pasted(text: str) -> None:
    """A subject line, alone or beside an id, names the commit that has it."""
    found = named(text)
    assert bool(found and found.title) is bool(TITLES[text])
    assert not found or found.has_title(entitled(TITLES[text])) is bool(TITLES[text])
    assert not found or not found.has_title(entitled(f"{TITLES[text]} 2"))


@pytest.mark.parametrize("subject", SUBJECTS.read_text("utf-8").splitlines())
def test_every_subject_names_its_commit(subject: str) -> None:
    """Whatever punctuation a real subject of several words has, pasted it names its commit."""
    found = named(subject)
    assert found is None or found.has_title(entitled(subject))
    assert found or len(subject.split()) < 3


def test_marks_of_a_patch_make_no_difference() -> None:
    """The title of a backport is that of its change, and space and case count for nothing."""
    found = named("kvm: x86:  fix FOO()->bar")
    assert found
    for mark in ("", "UPSTREAM: ", "BACKPORT: FROMLIST: ", "[PATCH 1/2] "):
        assert found.has_title(entitled(f"{mark}{FOO}"))
    assert not found.has_title(entitled(f"x{FOO}"))
    assert not Named().has_title(entitled("..."))


LINKS = {
    f"https://lore.kernel.org/all/{MAIL}/": MAIL,
    f"https://lore.kernel.org/r/{MAIL}": MAIL,
    f"<https://lore.kernel.org/kvm/{MAIL}/T/#u>,": MAIL,
    f"Link: https://patch.msgid.link/{MAIL} [1]": MAIL,
    f"<{MAIL}>": MAIL,
    MAIL: MAIL,
    "Message-ID: <a@b.example>": "a@b.example",
    "Zk1QZPr2mbq_Vwq8@google.com": "Zk1QZPr2mbq_Vwq8@google.com",
    "Closes: https://syzkaller.appspot.com/bug?extid=x": "https://syzkaller.appspot.com/bug?extid=x",
    "Signed-off-by: Sean Christopherson <seanjc@google.com>": "",
    "git@github.com:torvalds/linux": "",
    "foo:// @ x@ @y": "",
}


@pytest.mark.parametrize("text", LINKS)
def test_links_that_are_pasted(text: str) -> None:
    """The address or the id of a mail names the commit that links to it; a person's names none."""
    found = named(text)
    assert (found.link if found else "") == LINKS[text]


def test_a_list_of_ids_is_bounded() -> None:
    """Of a whole log that is pasted, only the first ids count."""
    found = named(" ".join(f"{number:07}" for number in range(1_000_000, 1_000_100)))
    assert found
    assert len(found.ids) == MOST_IDS


@pytest.mark.parametrize("commit", COMMITS)
def test_whole_messages_are_text(commit: Commit) -> None:
    """A whole message, as `git show` prints it, is text, and its commit is named by its id."""
    found = named(f"commit {commit.id}\nAuthor: {commit.author}\n\n{commit.message}")
    assert found
    assert found.ids[0] == commit.id


@pytest.mark.parametrize("text", sorted({*IDS, *TITLES, *LINKS}))
def test_pastes_print_as_queries(text: str) -> None:
    """What a paste was understood as asks the same again, all that it names included."""
    tree = parse_query(text, now=NOW)
    assert parse_query(str(tree), now=NOW) == tree


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Named((ABBREVIATED,), FOO, "a@b"), f"{ABBREVIATED} {FOO} a@b"),
        (Words((Named((ABBREVIATED,)),)), ABBREVIATED),
    ],
)
def test_what_is_named_by_hand_prints(tree: Node, text: str) -> None:
    """A commit that is named without words prints as what names it."""
    assert str(tree) == text


PROSE = (
    '"git reflog expire --single-worktree" has been broken for months',
    '"branch --delete" has "branch -d" but "push --delete" does not.',
    'The driver says "no such device" when it should wait author:sean',
)


@pytest.mark.parametrize("text", PROSE)
def test_what_prose_quotes_is_searched_like_its_other_words(text: str) -> None:
    """A sentence quotes words rather than asking for phrases, and prints as what it asks."""
    tree = parse_query(text, now=NOW)
    assert not any(isinstance(node, Phrase) for node in nodes(tree))
    assert tree == parse_query(text.replace('"', ""), now=NOW)
    assert parse_query(str(tree), now=NOW) == tree


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"ABBA deadlock"', 1),
        ('"ABBA deadlock" in the guest', 1),  # three words beside it
        ('"use after free" kvm vcpu ioctl teardown', 1),  # no stop word
        ('title:"use after free" when the last vcpu is gone', 1),
        (f'{ABBREVIATED} ("KVM: x86: foo") is what broke the build', 1),
        ('"no such device" OR when the driver should have waited', 1),
    ],
)
def test_quotes_that_are_meant(text: str, phrases: int) -> None:
    """Few words, none but those that tell, a field, an operator or a citation: a phrase it is."""
    found = [node for node in nodes(parse_query(text, now=NOW)) if isinstance(node, Phrase)]
    assert len(found) == phrases
