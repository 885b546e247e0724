"""Query text to tokens: parentheses, quotes and fields; what they are not is a bare word."""

import enum
import re
from collections.abc import Callable
from typing import TypeAlias

from kvmsearch.query.syntax import (
    ESCAPE,
    FIELD,
    has_letters,
    is_exclusion,
    is_value,
    split_parentheses,
)
from kvmsearch.query.tree import Everything, Node, Not, Phrase, Word


class Mark(enum.Enum):
    """The tokens of the language itself; the lexer finds the parentheses."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"


Token: TypeAlias = Mark | str | Node
"""A mark, a bare word as typed, or what needs no context to be understood."""

ReadField: TypeAlias = Callable[[str, Word | Phrase], Node | None]
"""Lower-case field name and value, a Phrase if quoted -> node; None where that is text."""

_BLANK = re.compile(r"\s*+")
_CHUNK = re.compile(r"\S++")
_QUOTED = re.compile(r'(\(*+)(-?+)(?:([A-Za-z0-9][A-Za-z0-9-]*+):)?+"([^"]*+)"')


def lex(text: str, read_field: ReadField) -> list[Token]:
    """Cut a text into tokens, in time linear in its length."""
    tokens: list[Token] = []
    at = _end(_BLANK, text, 0)
    while at < len(text):
        at = _quoted(text, at, tokens, read_field) or _chunk(text, at, tokens, read_field)
        at = _end(_BLANK, text, at)
    return tokens


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a pattern that matches here ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _quoted(text: str, at: int, tokens: list[Token], read_field: ReadField) -> int | None:
    """Take `"..."` or `name:"..."` and return where it ends; None where there is neither."""
    match = _QUOTED.match(text, at)
    if match is None:
        return None
    opening, dash, name, quote = match.groups()
    node = _phrase(name, quote, read_field)
    excludes = bool(dash) and _excludes(text, at, tokens)
    if node is None or (name and dash and not excludes):
        return None
    tokens += [Mark.OPEN] * len(opening)
    if has_letters(quote):
        tokens.append(Not(node) if excludes else node)
    return match.end()


def _phrase(name: str | None, quote: str, read_field: ReadField) -> Node | None:
    phrase = Phrase(quote)
    if name is None:
        return phrase
    return read_field(name.lower(), phrase) if has_letters(quote) else None


def _excludes(text: str, at: int, tokens: list[Token]) -> bool:
    """Whether a dash here can exclude: it follows white space, and is not the query's first."""
    follows = at > 0 and text[at - 1].isspace()
    return follows and any(not isinstance(token, Mark) for token in reversed(tokens))


def _chunk(text: str, at: int, tokens: list[Token], read_field: ReadField) -> int:
    """Take all up to the next white space and return where that is."""
    end = _end(_CHUNK, text, at)
    opening, word, closing = split_parentheses(text[at:end])
    tokens += [Mark.OPEN] * opening
    if word.startswith("-"):
        tokens.append(_dashed(word, read_field, excludes=_excludes(text, at, tokens)))
    elif word:
        tokens.append(_read(word, read_field))
    tokens += [Mark.CLOSE] * closing
    return end


def _dashed(word: str, read_field: ReadField, *, excludes: bool) -> Token:
    if not excludes:
        return Word(word) if is_exclusion(word) else word
    node = _field(word[1:], read_field)
    return word if node is None else Not(node)


def _read(word: str, read_field: ReadField) -> Token:
    if word.isalnum():
        return word
    if word == "*":
        return Everything()
    if word.startswith(ESCAPE) and has_letters(word):
        return Word(word.removeprefix(ESCAPE))
    return _field(word, read_field) or word


def _field(word: str, read_field: ReadField) -> Node | None:
    """Read `name:value`; of an unbalanced quote before the value nothing is left."""
    match = FIELD.match(word)
    value = word[match.end() :].lstrip('"') if match else ""
    return read_field(match[1].lower(), Word(value)) if match and is_value(value) else None
