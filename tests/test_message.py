import json
import os
from pathlib import Path

import pytest

from kvmsearch.message import Message, Trailer, parse_message
from tests.compare_messages import differing, read_commits, write_commits

DATA = Path(__file__).parent / "data" / "messages"
CORPUS = os.environ.get("KVMSEARCH_CORPUS", "")
SIGNED = "Signed-off-by: A <a@example.org>\n"
SCISSORS = "# ------------------------ >8 ------------------------\n"

SPLIT = {
    "": ("", "", []),
    "\n \n\t\n": ("", "", []),
    "title": ("title", "", []),
    "\n \n  title \n\nbody": ("  title", "body", []),
    "one \n  two\r\n\nbody\n": ("one   two", "body\n", []),
    "title\n \t\n\n\n  body\n\n\n": ("title", "  body\n\n\n", []),
    "title\r\n\r\nbody\r\n\r\nKey: value\r\n": (
        "title",
        "body\r\n\r\nKey: value\r\n",
        ["Key: value"],
    ),
    "title\n\f\nKey: value": ("title \f Key: value", "", []),
    "title\u2028\u0085\n\xa0\nKey: value": ("title\u2028\u0085 \xa0 Key: value", "", []),
    "\x1b[31mtitle\x07\n\nbody\x00\n\nKey: value": ("\x1b[31mtitle\x07", "body", []),
}
"""Message to title, body and trailers."""

TRAILERS = {
    "Key: value\n": ["Key: value"],
    "Key: value": ["Key: value"],
    "Key: b\nkey: a\nKey: b\n": ["Key: b", "key: a", "Key: b"],
    "Key \t:  value \nA-1:b:c\n-: d\n": ["Key: value", "A-1: b:c", "-: d"],
    "Key:\nOther: \n": ["Key: ", "Other: "],
    "Key: one\n two\n\t  three\n": ["Key: one two three"],
    "Key:\n value\n": ["Key: value"],
    "Key: value\n\n \n\n": ["Key: value"],
    "Two words: value\n": [],
    "Ké: value\n": [],
    ": value\n": [],
    "Key= value\n": [],
    " Key: value\n": [],
    "Key: value\nprose\n": [],
    "Key: value\n[a: note]\n": [],
    f"Key: value\n[a: note]\n{SIGNED}": ["Key: value", SIGNED.strip()],
    f"{SIGNED}one\ntwo\nthree\n": [SIGNED.strip()],
    f"{SIGNED}one\ntwo\nthree\nfour\n": [],
    f"{SIGNED}one\n two\n three\n": [SIGNED.strip()],
    f"{SIGNED}one\n two\n three\n four\n": [],
    f"{SIGNED}# one\n two\n three\n four\n": [SIGNED.strip()],
    f"{SIGNED}# one\n two\n three\n four\n five\n": [],
    "(cherry picked from commit 1234)\nKey: value\nprose\n": ["Key: value"],
    "(cherry picked from commit 1234)\n folded\nKey: value\nprose\n": ["Key: value"],
    "Signed-off-by:A\nprose\n": [],
    "Key: value\n# comment\nOther: value\n": ["Key: value", "Other: value"],
    "Key: value\n\n# comment\n\n# comment\n": ["Key: value"],
    "Key: value\n\n# comment\n \n": ["Key: value"],
    "Key: value\n\nConflicts:\n\tsome/path\n\tother\n": ["Key: value"],
    "Key: value\n\nConflicts:\n\tsome/path\nprose\n": [],
    "Key: value\n\n\tConflicts:\n": [],
    f"Key: value\n{SCISSORS}diff --git a/a b/a\n\nOther: value\n": ["Key: value"],
    f"Key: value\n{SCISSORS.strip()}": ["Key: value"],
    "Key: value\n---\n file | 1 +\n": [],
    "prose\n---\n\nKey: value\n": ["Key: value"],
    "prose\n\nKey: value\n---\n": [],
}
"""Body to trailers."""

PROSE = {
    "prose\n": "prose",
    "prose\n\nmore\n\nKey: value\n": "prose\n\nmore",
    "Key: value\n folded\n": "",
    f"prose\n\nKey: value\n[a: note,\n two lines]\n{SIGNED}": "prose\n\n[a: note,\n two lines]",
    f"prose\n\n(cherry picked from commit 1)\n{SIGNED}": "prose\n\n(cherry picked from commit 1)",
    f"prose\n\n{SIGNED}\nConflicts:\n\tpath\n": "prose\n\n\nConflicts:\n\tpath",
    "prose\n\nKey: value\nmore\n": "prose\n\nKey: value\nmore",
}
"""Body to what is left of it without its trailers."""

FIRST_LINES = [
    f"# comment\n# comment\n\n{SIGNED}",
    f"# comment\n\n{SIGNED}",
    "Conflicts:\n\tpath\n# comment\n",
    "Conflicts:\nprose\n\n\tpath\n\tKey: value\n",
    "Conflicts:\nprose\n\nKey: value\n\n\tpath\n",
    f"{SCISSORS}\nKey: value\n",
    SIGNED * 3,
    f"\n\n{SIGNED}\n\n{SIGNED}",
]
"""Messages that begin with what git ignores, or looks for, at the end."""

LONG = [
    "title\n\n" + "A line of prose.\n" * 1_500 + "\n" + SIGNED,
    "title of many lines\n" * 1_500,
    "title\n\n" + "word " * 1_000_000 + "\n\n" + SIGNED,
    "title\n\n" + SIGNED * 20_000,
    "title\n\nKey: value\n" + " folded\n" * 20_000,
    "title\n\n" + "k" * 5_000_000,
    "title\n\nk" + " " * 5_000_000 + "v\n",
    "title\n\nKey: value" + "\r" * 5_000_000,
    "title\n\nKey: value\n" + "\n" * 500_000 + "prose",
    "title\n\nKey: value\n\n" + "# comment\n" * 100_000,
    "title\n\nKey: value\n\n" + "# comment\n \n" * 100_000,
]
"""Messages of up to 5 MB, each of which would take hours if a step of ours were quadratic."""


def split(text: str) -> tuple[str, str, list[str]]:
    """Return title, body, and trailers as git prints them."""
    parts = parse_message(text)
    return parts.title, parts.body, [f"{item.key}: {item.value}" for item in parts.trailers]


@pytest.mark.parametrize(("text", "expected"), SPLIT.items())
def test_title_and_body(text: str, expected: tuple[str, str, list[str]]) -> None:
    """The title is the first paragraph on one line, the body all below, as written."""
    assert split(text) == expected


@pytest.mark.parametrize(("body", "expected"), TRAILERS.items())
def test_trailers(body: str, expected: list[str]) -> None:
    """The last paragraph holds trailers if all lines are some, or a quarter and one is git's."""
    assert split(f"title\n\n{body}") == ("title", body, expected)


@pytest.mark.parametrize(("body", "expected"), PROSE.items())
def test_prose(body: str, expected: str) -> None:
    """The prose is the body without trailers; notes among them and what is below them stay."""
    assert parse_message(f"title\n\n{body}").prose == expected


def test_message_is_a_value() -> None:
    """A message is split into plain records that compare by value."""
    expected = Message("title", "text\n\nKey: value\n", (Trailer("Key", "value"),), "text")
    assert parse_message("title\n\ntext\n\nKey: value\n") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_git_agrees_on_odd_messages(tmp_path: Path, encoding: str) -> None:
    """Git splits the odd messages of this file the same way, in whatever encoding they are read."""
    bodies = [f"title\n\n{body}" for body in (*TRAILERS, *PROSE)]
    messages = [*SPLIT, *bodies, *FIRST_LINES]
    write_commits(tmp_path, (message.encode() for message in messages))
    commits = list(read_commits(tmp_path, encoding))
    assert len(commits) == len(messages)
    assert list(differing(commits)) == []


def test_git_agrees_on_long_messages(tmp_path: Path) -> None:
    """Git splits messages of many lines and of megabytes the same way, in linear time."""
    write_commits(tmp_path, (message.encode() for message in LONG))
    commits = list(read_commits(tmp_path))
    assert [commit.message for commit in commits] == LONG[::-1]
    assert [ours.id for _, ours in differing(commits)] == []


def test_long_folded_trailer() -> None:
    """A trailer of 5 MB in short lines takes linear time; git would need minutes to agree."""
    title, _, trailers = split("title\n\nKey: value\n" + " folded\n" * 600_000)
    assert (title, trailers) == ("title", ["Key: value" + " folded" * 600_000])


@pytest.mark.parametrize("path", sorted(DATA.glob("*.jsonl")), ids=lambda path: path.stem)
def test_git_agrees_on_real_messages(tmp_path: Path, path: Path) -> None:
    """Git splits a choice of real messages the same way."""
    messages = [json.loads(line)["message"] for line in path.read_text("ascii").splitlines()]
    write_commits(tmp_path, (message.encode("utf-8", "surrogateescape") for message in messages))
    commits = list(read_commits(tmp_path))
    assert [commit.message for commit in commits] == messages[::-1]
    assert list(differing(commits)) == []


@pytest.mark.skipif(not CORPUS, reason="KVMSEARCH_CORPUS names no repository")
def test_git_agrees_on_a_whole_repository() -> None:
    """Git splits every message of the repository that KVMSEARCH_CORPUS names the same way."""
    assert list(differing(read_commits(Path(CORPUS)))) == []
