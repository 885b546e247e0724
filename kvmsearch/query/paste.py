"""What a paste names: the commit of an id, of a subject line, or of a mail.

It is read from the free words of a query, so that what these print, which may have lost
punctuation, names the same again. Forms are those of the kernel's submitting-patches.rst
(`Fixes: 2a62345b3052 ("KVM: foo")`), of `git log --oneline` and `--format=reference`, of
`git describe`, and of links to commits and to mails.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from kvmsearch.analysis import is_stop_word
from kvmsearch.query.syntax import has_letters, is_sentence
from kvmsearch.query.tree import And, Named, Node, Not, Or, Phrase, Prefix, Word, Words, is_free

MOST_WORDS = 200
"""Words that are looked at; the commit that a longer paste is about stands at its beginning."""

MOST_IDS = 8
MOST_BESIDE_PHRASES = 3
"""Words up to which a query with quotes is a search; with more, if any is a stop word, prose."""

LONGEST_TITLE = 500
"""Characters; no subject line is longer."""

_SHORTEST_ID = 7
_SURELY_ID = 40
"""Digits from which on an id may have letters only."""

# Patterns are compiled where they are needed: together they take as long as a search.
_ID = (
    r"(?i)(?:(?<![\w-])|(?<=-g))"  # as git describe has it: v7.0-12-g2a62345b3052
    r"([0-9a-f]{40}(?:[0-9a-f]{24})?|(?=[a-f]*[0-9])(?!0000|ffff)[0-9a-f]{7,64})"
    r"(?![\w@-]|\.\w)"
)
"""An id, but no piece of a message id or of a number, and no address of a stack trace."""

_MARKS = r"(?i)\A(?:\s*(?:(?:subject|re|fwd?|aw):|\[[^\]]*\b(?:PATCH|RFC)\b[^\]]*\]))+\s*"
"""What a mail has before the title of a commit."""

_DATE = r",?\s*\d{4}-\d\d-\d\d$"
_BEFORE_ID = frozenset({"commit", "upstream", "fixes", "see", "cherry", "picked", "from", "*"})
_FROM_MAILER = r"(?=[^@]*\d)[^@]{12,}@.+"
"""An address that is a message id rather than somebody's."""


def with_named(tree: Node) -> Node:
    """Return a query with what its free words name, if there are no others and no operators."""
    match tree:
        case Words(parts):
            return _with_named(parts)
        case And((Words(parts), *filters)) if all(map(_is_filter, filters)):
            return And((_with_named(parts), *filters))
        case _:
            return tree


def with_prose(tree: Node) -> Node:
    """Return a query in which what prose quotes is searched as its other words are.

    Nobody puts `"git pull --log" works as expected, but "git pull --log=20" does not` so that
    commits without either command are left out. Behind an id, quotes hold its subject.
    """
    match tree:
        case Words(parts) if _is_prose(parts):
            return Words(tuple(chain.from_iterable(map(_quoted, parts))))
        case And((Words(parts), *filters)):
            return And((with_prose(Words(parts)), *filters))
        case _:
            return tree


def _is_prose(parts: Sequence[Node]) -> bool:
    words = [part.text for part in parts if isinstance(part, Word)]
    names_id = any(isinstance(part, Named) and part.ids for part in parts)
    return len(words) > MOST_BESIDE_PHRASES and not names_id and any(map(is_stop_word, words))


def _quoted(part: Node) -> Iterable[Node]:
    if not isinstance(part, Phrase) or part.field is not None:
        return (part,)
    return (Word(word) for word in part.text.split() if has_letters(word))


def _is_filter(node: Node) -> bool:
    inner = node.part if isinstance(node, Not) else node
    return not is_free(inner) and not isinstance(inner, Words | And | Or | Not)


def _with_named(parts: tuple[Node, ...]) -> Words:
    named = read_paste(parts)
    return Words(parts if named is None else (*parts, named))


def read_paste(parts: Sequence[Node]) -> Named | None:
    """Return what free words name, None where that is nothing."""
    words = [part.text for part in islice(parts, MOST_WORDS) if isinstance(part, Word)]
    ids = tuple(islice(dict.fromkeys(_ids(words)), MOST_IDS))
    link = _link(words)
    title = _title(parts)
    return Named(ids, title, link) if ids or title or link else None


def _ids(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if len(word) >= _SURELY_ID or (len(word) >= _SHORTEST_ID and any(map(str.isdecimal, word))):
            yield from (found[1].lower() for found in re.finditer(_ID, word))


def _link(words: Sequence[str]) -> str:
    """Return the first address of a mail, or of what else a trailer may link to."""
    for before, word in zip(("", *words), words, strict=False):
        told = before.lower().rstrip(":") in ("message-id", "in-reply-to", "msgid")
        bare = word.strip("<>()[]\"',;.")
        if "://" in bare or ("@" in bare and (told or re.fullmatch(_FROM_MAILER, bare))):
            from kvmsearch.relations import read_link  # noqa: PLC0415 - slow, and rarely needed

            link = read_link(bare)
            if link:
                return link
    return ""


def _title(parts: Sequence[Node]) -> str:
    """Return the subject line that free words may be, or that they name besides an id."""
    if len(parts) > MOST_WORDS or not all(isinstance(p, Word | Phrase | Prefix) for p in parts):
        return ""
    cited = _cited(parts)
    title = _joined(parts) if cited is None else cited
    if len(title) > LONGEST_TITLE:
        return ""
    if cited:
        title = re.sub(_DATE, "", title)
    if ":" in title or "[" in title:
        title = re.sub(_MARKS, "", title)
    return title if " " in title else ""


def _cited(parts: Sequence[Node]) -> str | None:
    """Return what stands behind an id that a citation begins with; None where there is none."""
    for at, part in enumerate(parts):
        if isinstance(part, Word) and any(_ids([part.text])):
            return _quote(parts[at + 1 :])
        if not (isinstance(part, Word) and _begins_citation(part.text, first=at == 0)):
            return None
    return None


def _begins_citation(word: str, *, first: bool) -> bool:
    """Whether a word may stand before the id of a citation; a trailer's key comes first."""
    return (first and is_sentence(word)) or word.lower().strip("([") in _BEFORE_ID


def _quote(behind: Sequence[Node]) -> str:
    """Return the subject in quotes behind an id, or all that is there."""
    match behind:
        # A quote that ends in a space is within another: ("Revert "KVM: foo"").
        case [Phrase(text), *_] if text == text.strip():
            return text
        case _:
            return _joined(behind)


def _joined(parts: Sequence[Node]) -> str:
    texts = (part.text for part in parts if isinstance(part, Word | Phrase | Prefix))
    return " ".join(" ".join(texts).split())
