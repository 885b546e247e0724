"""A query tree in plain words, for people who ask how their query was understood."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from kvmsearch.analysis import is_stop_word
from kvmsearch.query.tree import (
    And,
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
)

_PUNCTUATION = ".,;:!?()"


def in_words(tree: Node, *, any_word: bool) -> Iterator[str]:
    """Yield a line for each thing that is asked; `any_word`: one of the free words is enough."""
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, Words):
            yield from _words(part.parts, any_word=any_word)
        else:
            yield f"only: {_plain(part)}"


def _words(parts: tuple[Node, ...], *, any_word: bool) -> Iterator[str]:
    words = [part for part in parts if not isinstance(part, Named)]
    stop_words = [part for part in words if _is_stop(part)]
    kept = [part for part in words if part not in stop_words] or words
    how = "any of, the more and the rarer the better" if any_word else "all of"
    if kept:
        yield f"{how if len(kept) > 1 else 'the word'}: {', '.join(map(_plain, kept))}"
    if len(kept) < len(words):
        yield f"passed over, as they are everywhere: {', '.join(map(_plain, stop_words))}"
    yield from (f"first of all: {_plain(part)}" for part in parts if isinstance(part, Named))


def _is_stop(part: Node) -> bool:
    return isinstance(part, Word) and is_stop_word(part.text.strip(_PUNCTUATION))


def _plain(node: Node) -> str:
    """Return a node on one line, within a sentence."""
    match node:
        case And(parts):
            return f"({' and '.join(map(_plain, parts))})"
        case Or(parts):
            return f"({' or '.join(map(_plain, parts))})"
        case Words(parts):
            return ", ".join(map(_plain, parts))
        case Not(part):
            return f"not {_plain(part)}"
        case Word() | Prefix() | Fuzzy() | Phrase() | Near():
            return f"{_text(node)} in the {node.field}" if node.field else _text(node)
        case Named():
            return _named(node)
        case _:
            return _filter(node)


def _text(node: Word | Prefix | Fuzzy | Phrase | Near) -> str:
    match node:
        case Prefix(text):
            return f"words that begin with {text}"
        case Fuzzy(text):
            return f"{text} or what differs by a slip of the keyboard"
        case Phrase(text):
            return f'"{text}" side by side'
        case Near(text, distance):
            return f'"{text}" in any order within {distance} words'
        case _:
            return node.text


def _filter(node: Node) -> str:
    match node:
        case Person(text, role):
            return f"{role} with {text} in the name or address"
        case Trailer(key, text):
            return f"a trailer {key} with {text}" if text else f"a trailer {key}"
        case Subsystem(text):
            return f"{text} in the prefix of the subject"
        case On(ref):
            return f"on branch {ref}"
        case Id(prefix):
            return f"the commit {prefix}"
        case Dated(since, until, which):
            return " ".join([_DONE[which], *_span(since, until)])
        case Regex(pattern, ignore_case):
            return f"a message that matches {pattern}{', in any case' if ignore_case else ''}"
        case Everything():
            return "every commit"
        case _:
            raise AssertionError(f"not a query: {node!r}")


_DONE = {"author": "written", "committer": "committed"}


def _span(since: datetime | None, until: datetime | None) -> Iterable[str]:
    if since:
        yield f"since {since.isoformat(' ', 'seconds')}"
    if until:
        yield f"until {(until - timedelta(seconds=1)).isoformat(' ', 'seconds')}"


def _named(node: Named) -> str:
    names = [f"the commit {name}" for name in node.ids]
    if node.title:
        names.append(f"a commit with the subject {node.title}")
    if node.link:
        names.append(f"a commit that links to {node.link}")
    return " or ".join(names)
