"""What a commit message says of other commits, as written; pure.

Nothing is looked up here: a fix comes before the fixed in `git log`, and a backport may be in
another source, so what an id stands for is found out when somebody asks.

The forms are those of the kernel's submitting-patches.rst (`Fixes:`, `Link:`, `Closes:`, and
`commit X ("subject")`) and stable-kernel-rules.rst (`commit X upstream.`, `[ Upstream commit X ]`),
git's own (`This reverts commit X`, `(cherry picked from commit X)`, and `X (subject, date)` of
`git log --format=reference`), Xen's (`master commit: X`), and what people make of them.
"""

import re
from collections.abc import Iterator
from itertools import islice

from kvmsearch.link import LONGEST_VALUE, SHORTEST_ID, Kind, Link, abbreviates, storable, title_key

MOST_LINKS = 100
"""Links taken of one message: more than the merges of the kernel have."""

MOST_IDS = 1000
"""What may be an id that is looked at of one message."""

_SURELY_ID = 12
"""Digits of an id that may do without a decimal one: no word is so long."""

_BEFORE = 120
_NEAR = 20
_AFTER = 40
"""Characters looked at around an id, so that the time is linear whatever the message."""

_HEX = re.compile(r"(?<![0-9A-Za-z_])[0-9a-fA-F]{7,64}+(?![0-9A-Za-z_])")
_DIGITS = b"0123456789abcdefABCDEF"
_MARKS = bytes(ord("h") if code in _DIGITS else ord(" ") for code in range(256))
_END_OF_RUN = re.compile(b"[^h]|\\Z")
_SHORTEST_RUN = b"h" * SHORTEST_ID

_FIXES = re.compile(
    r"\n[ \t>*-]*+(?:fixes:?|fix:|fixed:)\s*+(?:fixes:?\s++)?"
    r"(?:(?:the|linux|upstream)\s+)*(?:commits?:?\s+)?[<'\"(\[]?\Z",
    re.IGNORECASE,
)
_REVERTS = re.compile(
    r"(?:\bthis\s+(?!part)(?:[a-z]+\s+)?reverts?|\n[ \t]*+(?:reverts?:|(?-i:Revert)))"
    r"\s+(?:(?:the|my|merge|upstream|linux|following)\s+)*(?:commits?:?\s+)?[<'\"(]?\Z",
    re.IGNORECASE,
)
_IN_PART = re.compile(r"\s+(?:partially|in part)\b|\bpartial", re.IGNORECASE)
_PICKED = re.compile(
    r"[\n(\[]\s*+(?:cherry[ -]?picked|back[ -]?port(?:ed)?|rebased)\s+(?:of|from)\s+"
    r"(?:(?:the|upstream|linux|mainline)\s+)*(?:commit:?\s+)?[<'\"]?\Z",
    re.IGNORECASE,
)
_UPSTREAM = re.compile(
    r"\n\s*+(?:\[\s*+)?(?:upstream|linux|mainline|master)\s+commit:?\s+\Z", re.IGNORECASE
)
_END_OF_NOTE = re.compile(r"\s*(?:\]|[.)]?[ \t\r]*(?:\n|\Z))")
_COMMIT = re.compile(r"\n[ \t\r]*+\n\s*+(?:\[\s*+)?commit\s+\Z|\[\s*+commit\s+\Z", re.IGNORECASE)
_FROM_UPSTREAM = re.compile(
    r"\s+(?:from\s+)?(?:linux[ -]|linus'?s?\s+)?up-?stream\b", re.IGNORECASE
)
_MENTIONS = re.compile(r"(?:\bcommits?(?:-id)?[:/]?\s*[<'\"`(]?|[?&]id=)\Z", re.IGNORECASE)
_CITED = re.compile(r"\s{1,10}\(\S")
_AND = re.compile(
    r"[>'\"`)\]]?(?:\s*\(\s*\"[^\"]{0,120}+\"\s*\))?\s*"
    r"(?:(?:,|and|&|,\s*and)\s+(?:commit\s+)?|,?\s*which\s+(?:is|was)\s+(?:upstream\s+)?commit\s+)"
    r"[<'\"(]?\Z",
    re.IGNORECASE,
)
"""What stands between two ids of one list, or of one commit: `which is commit X upstream`."""

_LONGEST_GAP = 160

_REVERT_TITLE = re.compile(
    r"\s*+(?:\[[^\]\n]{0,40}+\]\s*+)?(Revert|Reapply)\s\"(.{1,1000}?)\""
    r"[ \t\r]*+(?:\n[ \t\r]*+\n|\n?\Z)",
    re.DOTALL,
)
_LINK = re.compile(
    r"\n[ \t]*+(?=[lcmbpr])"  # quicker than to try all
    r"(?a:link|closes|message-?id|lore|bug-?link|bug|patchwork|references?)[ \t]*+:"
    r"[ \t]*+<?([^\s<>]++)",
    re.IGNORECASE,
)
_URL = re.compile(r"(https?)://([^/\s]++)([^\s#]*+)", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"[^@\s/]++@[^@\s/]++")
_VIEWS = ("", "raw", "T", "t", "u", "t.mbox.gz", "t.atom", "mbox")
"""What archives of mail append to the address of a message to show it in other ways."""


def links(message: str, *, may_name: bool = True) -> tuple[str, ...]:
    """Return the terms `kind:value` that a commit is found by in the field of links."""
    return tuple(map(str, read_links(message, may_name=may_name)))


def read_links(message: str, *, may_name: bool = True) -> tuple[Link, ...]:
    """Return what a message says of other commits, at most MOST_LINKS, without repetition.

    An id that is named for a reason is not mentioned besides. `may_name` is what `may_name_ids`
    tells of the message, where that is known.
    """
    named = _named(message) if may_name else []
    reverted = _REVERT_TITLE.match(message)
    addresses = _LINK.findall(message)
    if not (named or reverted or addresses):
        return ()
    reasons = [link for link in named if link.kind != "mentions"]
    if reverted and not any(link.kind == "reverts" for link in reasons):
        reasons += _reverted_title(reverted)
    values = [link.value for link in reasons]
    mentions = [
        link
        for link in named
        if link.kind == "mentions" and not any(abbreviates(link.value, value) for value in values)
    ]
    return tuple(islice(dict.fromkeys(reasons + _linked(addresses) + mentions), MOST_LINKS))


def _linked(addresses: list[str]) -> list[Link]:
    values = map(read_link, addresses[:MOST_LINKS])
    return [Link("link", value) for value in values if value]


def read_link(text: str) -> str | None:
    """Return the message id that an address or a `Message-ID:` has, else the URL, else None.

    A URL is without fragment and final slash; its scheme and host are in lower case.
    """
    url = _URL.match(text)
    if url is None:
        found = _MESSAGE_ID.fullmatch(text.strip("<>"))
        return None if found is None else _bounded(found[0])
    parts = url[3].partition("?")[0].split("/")
    while parts and parts[-1] in _VIEWS:
        parts.pop()
    last = _unquoted(parts[-1]) if parts else ""
    if _MESSAGE_ID.fullmatch(last):
        return _bounded(last)
    return _bounded(f"{url[1].lower()}://{url[2].lower()}{url[3].rstrip('/.,;)')}")


def _unquoted(part: str) -> str:
    """Return a part of a URL's path as it is meant."""
    if "%" not in part:
        return part
    from urllib.parse import unquote  # noqa: PLC0415 - slow to import, and rarely needed

    return unquote(part)


def _bounded(value: str) -> str | None:
    return storable(value) if len(value) <= LONGEST_VALUE else None


def _reverted_title(found: re.Match[str]) -> list[Link]:
    """Return the title that a `Revert "title"` names; git calls the revert of one a Reapply.

    A revert of a part is none: what it names still stands.
    """
    if _IN_PART.search(found.string):
        return []
    reverted = found[2] if found[1] == "Revert" else f'Revert "{found[2]}"'
    return [Link("reverts-title", title_key(reverted))]


def _named(message: str) -> list[Link]:
    """Return the links to ids, in order; the ids of one list are named for the same reason."""
    found: list[Link] = []
    kind: Kind | None = None
    end = 0
    for match in ids(message):
        gap = message[end : match.start()]
        if not (kind and len(gap) <= _LONGEST_GAP and _AND.match(gap)):
            kind = _kind(message, match)
        end = match.end()
        if kind:
            found.append(Link(kind, match[0].lower()))
    return found


def may_name_ids(text: str) -> bool:
    """Tell whether a text, or any part of it, may have ids: most have none."""
    return _SHORTEST_RUN in _marks(text)


def ids(text: str) -> Iterator[re.Match[str]]:
    """Yield what may be an id, the first MOST_IDS; a short one has a digit, or it would be a word.

    The search for runs of digits is made with bytes alone.
    """
    return islice(_ids(text, _marks(text)), MOST_IDS)


def _marks(text: str) -> bytes:
    """Return a byte for each character, those of digits alike."""
    return text.encode("ascii", "replace").translate(_MARKS)


def _ids(text: str, marks: bytes) -> Iterator[re.Match[str]]:
    start = marks.find(_SHORTEST_RUN)
    while start >= 0:
        found = _HEX.match(text, start)
        if found and (len(found[0]) >= _SURELY_ID or any(map(str.isdigit, found[0]))):
            yield found
        start = marks.find(_SHORTEST_RUN, _end_of_run(marks, start))


def _end_of_run(marks: bytes, start: int) -> int:
    found = _END_OF_RUN.search(marks, start)
    return found.start() if found else len(marks)


def _kind(message: str, found: re.Match[str]) -> Kind | None:
    """Return why an id is named, by what stands before and after it.

    A pattern is tried only where its word is there; trying all would take most of the time.
    """
    start = found.start()
    before = message[start - _BEFORE : start] if start > _BEFORE else "\n" + message[:start]
    after = message[found.end() : found.end() + _AFTER]
    words = before.lower()
    if "fix" in words and _FIXES.search(before):
        return "fixes"
    if "revert" in words and _REVERTS.search(before):
        return "mentions" if _IN_PART.match(after) else "reverts"
    if ("pick" in words or "port" in words or "rebase" in words) and _PICKED.search(before):
        return "copies"
    if "commit" in words and _is_copied(before, after):
        return "copies"
    cited = not found[0].isdigit() and _CITED.match(after)
    return "mentions" if cited or _MENTIONS.search(before[-_NEAR:]) else None


def _is_copied(before: str, after: str) -> bool:
    if _FROM_UPSTREAM.match(after):
        return bool(_COMMIT.search(before))
    return bool(_END_OF_NOTE.match(after) and _UPSTREAM.search(before))
