"""Query text to tokens: parentheses, quotes, fields, regexes; what they are not is a bare word."""

import enum
import re
from collections.abc import Callable
from typing import TypeAlias

from kvmsearch.errors import UsageError
from kvmsearch.query.regex import LONGEST, compile_regex
from kvmsearch.query.syntax import (
    ESCAPE,
    field_name,
    has_letters,
    is_exclusion,
    is_prefix,
    is_value,
    read_fuzzy,
    split_parentheses,
    unescaped,
)
from kvmsearch.query.tree import Everything, Fuzzy, Near, Node, Not, Phrase, Prefix, Regex, Word


class Mark(enum.Enum):
    """The tokens of the language itself; the lexer finds the parentheses."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"


Token: TypeAlias = Mark | str | Node
"""A mark, a bare word as typed, or what needs no context to be understood."""

ReadField: TypeAlias = Callable[[str, Word | Phrase | Near], Node | None]
"""Lower-case field name and value, no Word if quoted -> node; None where that is text."""

_BLANK = re.compile(r"\s*+")
_CHUNK = re.compile(r"\S++")
_QUOTED = (
    r"(\(*+)(-?+)(?:([A-Za-z0-9][A-Za-z0-9-]*+):)?+"
    r'"(?P<quote>[^"]*+)"(?:~([1-9]\d?+)(?=[\s)]|\Z))?+'
)
# A slash within may stand as it is where it cannot be the last. Compiled where it is needed: it
# takes as long as a search.
_REGEX = (
    r"(?is)(\(*+)(-?+)re:/((?:[^\\/]|\\.|/(?!i?+(?:[\s)]|\Z)))"
    rf"{{1,{LONGEST}}}+)/(i?+)(?=[\s)]|\Z)"
)
_BEGINS_REGEX = "re:/"


def lex(text: str, read_field: ReadField) -> list[Token]:
    """Cut a text into tokens, in time linear in its length."""
    tokens: list[Token] = []
    regexes = re.compile(_REGEX) if _BEGINS_REGEX in text.lower() else None
    at = _end(_BLANK, text, 0)
    while at < len(text):
        at = (
            (regexes and _regex(regexes.match(text, at), tokens))
            or _quoted(text, at, tokens, read_field)
            or _chunk(text, at, tokens, read_field)
        )
        at = _end(_BLANK, text, at)
    return tokens


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a pattern that matches here ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _regex(match: re.Match[str] | None, tokens: list[Token]) -> int | None:
    """Take `re:/.../` and return where it ends; None where there is none."""
    if match is None:
        return None
    opening, dash, pattern, ignore_case = match.groups()
    excludes = bool(dash) and _excludes(match.string, match.start(), tokens)
    node = _pattern(unescaped(pattern), ignore_case=bool(ignore_case))
    if node is None or (dash and not excludes):
        return None
    tokens += [Mark.OPEN] * len(opening)
    tokens.append(Not(node) if excludes else node)
    return match.end()


def _pattern(pattern: str, *, ignore_case: bool) -> Regex | None:
    """Return the node of a regular expression; what is none is text, as all query text may be."""
    try:
        compile_regex(pattern, ignore_case=ignore_case)
    except UsageError:
        return None
    return Regex(pattern, ignore_case)


def _quoted(text: str, at: int, tokens: list[Token], read_field: ReadField) -> int | None:
    """Take `"..."` or `name:"..."` and return where it ends; None where there is neither."""
    match = re.compile(_QUOTED).match(text, at) if '"' in text else None
    if match is None:
        return None
    opening, dash, name, quote, distance = match.groups()
    near = _phrase(name, Near(quote, int(distance)), read_field) if distance else None
    node = near or _phrase(name, Phrase(quote), read_field)
    excludes = bool(dash) and _excludes(text, at, tokens)
    if node is None or (name and dash and not excludes):
        return None
    tokens += [Mark.OPEN] * len(opening)
    if has_letters(quote):
        tokens.append(Not(node) if excludes else node)
    return match.end() if near else match.end("quote") + 1


def _phrase(name: str | None, phrase: Phrase | Near, read_field: ReadField) -> Node | None:
    if name is None:
        return phrase
    return read_field(name.lower(), phrase) if has_letters(phrase.text) else None


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
    match = field_name(word)
    value = word[match.end() :].lstrip('"') if match else ""
    return read_field(match[1].lower(), Word(value)) if match and is_value(value) else None


def read_word(text: str, field: str | None = None) -> Word | Prefix | Fuzzy:
    """Return what one word asks, by its end: `word*`, `word~`, or the word itself."""
    if is_prefix(text):
        return Prefix(text[:-1], field)
    fuzzy = read_fuzzy(text)
    return Fuzzy(fuzzy[0], field, fuzzy[1]) if fuzzy else Word(text, field)
