"""Query text to tree. Text is never an error: what is not plainly meant as syntax is text.

    text -> tokens (lex) -> operands and operators (here, `_settle`) -> tree (here, `_build`)
    -> tree with the commit that a paste names, and without the quotes of prose (paste)

`docs/query-language.md` states the rules for those who type queries.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Literal, TypeAlias

from kvmsearch.query.lex import Mark, Token, lex, read_word
from kvmsearch.query.paste import with_named, with_prose
from kvmsearch.query.syntax import OPERATORS, has_letters, is_bare, is_exclusion, is_sentence
from kvmsearch.query.tree import (
    And,
    Everything,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Word,
    Words,
    is_free,
)

DEEPEST = 32
"""Parentheses nested deeper are text, so that whoever walks a tree may recurse."""

_AUXILIARIES = frozenset(
    "am are be been being can could did do does had has have is may might must need ought shall "
    "should was were will would".split()
)
"""After these NOT is English: `DO NOT USE`, `the guest does NOT see it`."""

_Piece: TypeAlias = Mark | Node

_Place: TypeAlias = Literal["start", "operand", "operator"]
"""What stands before a token; at the start of a group right behind an operator: that."""


def parse_query(
    text: str, *, trailer_keys: Container[str] = frozenset(), now: datetime | None = None
) -> Node:
    """Return what a text asks; never an error.

    `trailer_keys` are the trailer keys of the index, lower case: they are fields too. `now`
    is what relative dates count from, as `kvmsearch.dates` takes it; None is this moment.
    """
    now = now or datetime.now()  # noqa: DTZ005 - naive: the clock of this system, by its rules
    read = partial(_read_filter, trailer_keys=trailer_keys, now=now)
    return with_prose(with_named(_build(_settle(lex(text, read)))))


def _read_filter(
    name: str, value: Word | Phrase | Near, *, trailer_keys: Container[str], now: datetime
) -> Node | None:
    from kvmsearch.query.filters import read_filter  # noqa: PLC0415 - few queries name a field

    return read_filter(name, value, trailer_keys=trailer_keys, now=now)


# --- What is syntax, and what is text ---------------------------------------------------------


def _settle(tokens: Sequence[Token]) -> Iterator[_Piece]:
    """Decide what every token is."""
    if _is_paste(tokens):
        kept = (token for token in tokens if not isinstance(token, Mark) and _says(token))
        return (_free(token) if isinstance(token, str) else token for token in kept)
    return _operators(list(_balanced(tokens)))


def _says(token: Token) -> bool:
    """Whether a token is more than punctuation."""
    return not isinstance(token, str) or has_letters(token)


def _is_paste(tokens: Sequence[Token]) -> bool:
    """Whether brackets, `()` or the punctuation of prose tell of a text that was not typed."""
    words = " ".join(token for token in tokens if isinstance(token, str))
    return "()" in words or "]" in words.partition("[")[2] or any(map(_tells, pairwise(tokens)))


def _tells(pair: tuple[Token, Token]) -> bool:
    """Whether a colon, comma or full stop before the next word, or `( )`, tells of a paste."""
    first, second = pair
    if isinstance(first, str):
        return is_sentence(first) and second is not Mark.CLOSE
    return first is Mark.OPEN and second is Mark.CLOSE


def _balanced(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens without the parentheses that are unmatched, empty or too deep."""
    kept: set[int] = set()
    opened: list[tuple[int, int]] = []
    said = 0
    for at, token in enumerate(tokens):
        if token is Mark.OPEN:
            opened.append((at, said))
        elif token is not Mark.CLOSE:
            said += _says(token)
        elif opened:
            start, before = opened.pop()
            if before < said and len(opened) < DEEPEST:
                kept |= {start, at}
    return (token for at, token in enumerate(tokens) if not isinstance(token, Mark) or at in kept)


def _operators(tokens: Sequence[Token]) -> Iterator[_Piece]:
    """Yield the pieces, with the operators that stand between two operands."""
    before: _Place = "start"
    for at, token in enumerate(tokens):
        if not _says(token):
            continue
        piece = _piece(token, before, tokens[max(at - 1, 0)], tokens[at + 1 : at + 3])
        yield piece
        if isinstance(piece, Node) or piece is Mark.CLOSE:
            before = "operand"
        elif piece is not Mark.OPEN:
            before = "operator"
        elif before == "operand":
            before = "start"


def _piece(token: Token, before: _Place, last: Token, following: Sequence[Token]) -> _Piece:
    """Decide on one token by what stands before and behind it."""
    if not isinstance(token, str):
        return token
    if token == Mark.NOT.value and before != "start" and _begins(following):
        english = before == "operand" and isinstance(last, str) and last.lower() in _AUXILIARIES
        return Word(token) if english else Mark.NOT
    if token in ("AND", "OR") and before == "operand":
        negated = following[:1] == ["NOT"]
        return Mark[token] if _begins(following[negated:]) else Word(token)
    return Not(_free(token[1:])) if is_exclusion(token) else _free(token)


def _begins(following: Sequence[Token]) -> bool:
    """Whether an operand begins here."""
    if not following or following[0] is Mark.CLOSE:
        return False
    first = following[0]
    return not isinstance(first, str) or (_says(first) and first not in OPERATORS)


def _free(word: str) -> Node:
    """Return what a word asks that is neither operator nor exclusion."""
    asked = read_word(word)
    return asked if is_bare(asked.text) else Word(word)


# --- The tree ---------------------------------------------------------------------------------


class _Group:
    """What is read so far between two parentheses, or of the whole text."""

    def __init__(self) -> None:
        self.beside: list[Node] = []
        """Side by side since the last operator."""

        self.every: list[Node] = []
        """Joined by AND since the last OR."""

        self.either: list[Node] = []
        """Joined by OR."""

        self.negated = False
        """Whether the next operand is one of NOT."""

    def add(self, node: Node) -> None:
        self.beside.append(_negation(node) if self.negated else node)
        self.negated = False

    def end_of(self, operator: Mark | None) -> None:
        """End what binds tighter than an operator; None ends the group."""
        if operator is Mark.NOT:
            self.negated = True
            return
        self.every.append(_beside(self.beside))
        self.beside = []
        if operator is not Mark.AND:
            self.either.append(_all(self.every))
            self.every = []


def _build(pieces: Iterable[_Piece]) -> Node:
    """Build the tree, without recursion: NOT binds tighter than no operator, that than AND, OR."""
    groups = [_Group()]
    for piece in pieces:
        if isinstance(piece, Node):
            groups[-1].add(piece)
        elif piece is Mark.OPEN:
            groups.append(_Group())
        elif piece is Mark.CLOSE:
            inner = _closed(groups.pop())
            groups[-1].add(inner)
        else:
            groups[-1].end_of(piece)
    return _closed(groups.pop())


def _closed(group: _Group) -> Node:
    group.end_of(None)
    parts: list[Node] = []
    for node in group.either:
        parts += node.parts if isinstance(node, Or) else [node]
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _beside(nodes: Iterable[Node]) -> Node:
    """Join what stands side by side: all free words are one node, and come first."""
    words: list[Node] = []
    filters: list[Node] = []
    for node in nodes:
        if isinstance(node, Words):
            words += node.parts
        elif is_free(node):
            words.append(node)
        else:
            filters.append(node)
    return _all([Words(tuple(words)), *filters] if words else filters)


def _all(nodes: Iterable[Node]) -> Node:
    """Join by AND: no And within And, none of one part, none that asks for everything."""
    parts: list[Node] = []
    for node in nodes:
        if not isinstance(node, Everything):
            parts += node.parts if isinstance(node, And) else [node]
    if not parts:
        return Everything()
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _negation(node: Node) -> Node:
    """Return Not of a node: of one word itself, and never of Not."""
    if isinstance(node, Not):
        return node.part
    if isinstance(node, Words) and len(node.parts) == 1:
        return Not(node.parts[0])
    return Not(node)
