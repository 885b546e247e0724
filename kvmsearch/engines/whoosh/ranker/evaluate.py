"""A query tree to the documents of one segment that match it.

Sets are bits. What is cheap to look up comes first, and what has to look at documents one by
one (phrases, dates, regular expressions) is asked only about those that are left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.changes import numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.phrases import (
    having_parts,
    with_near,
    with_phrase,
    with_trailer,
)
from kvmsearch.engines.whoosh.ranker.plan import Part, Plan, cost
from kvmsearch.engines.whoosh.ranker.terms import (
    SHORTEST_ID,
    Unit,
    is_id,
    named_in,
    units_of,
)
from kvmsearch.engines.whoosh.ranker.texts import PROSE
from kvmsearch.matching import pattern
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

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.grep import Grep
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf, Membership


class Evaluation:
    """Evaluates queries over one segment."""

    def __init__(
        self,
        reading: Reading,
        membership: "Membership",
        grep: Callable[[], "Grep"],
        named: Mapping[Named, int],
        plan: Plan,
    ) -> None:
        self._reading = reading
        self._leaf = reading.leaf
        self._membership = membership
        self._grep = grep
        self._named = named
        self._plan = plan
        self._in_parts: dict[tuple[str, str], int] = {}
        self._closely: dict[Node, tuple[int, int]] = {}
        """What was looked at closely: within which documents, and those found."""

    def matching(self, node: Node, *, any_word: bool, within: int | None = None) -> int:
        """Return the live documents that match, with any of the free words or with all.

        Only those `within`, where that is given.
        """
        within = self._leaf.live if within is None else within
        return self._matching(node, any_word, within) if within else 0

    def _matching(self, node: Node, any_word: bool, within: int) -> int:  # noqa: FBT001
        match node:
            case Words():
                return self._words(node, any_word, within)
            case And(parts):
                for part in sorted(parts, key=cost):
                    within = within and self._matching(part, any_word, within)
                return within
            case Or(parts):
                found = 0
                for part in sorted(parts, key=cost):
                    found |= self._matching(part, any_word, within & ~found)
                return found
            case Not(part):
                return within & ~self._matching(part, any_word, within)
            case Everything():
                return within
        return self._single(node, within)

    def _single(self, node: Node, within: int) -> int:
        """Return the documents among those `within` that match a word, phrase or filter."""
        return self._closer(node, within) if cost(node) else self._found(node, within)

    def _closer(self, node: Node, within: int) -> int:
        """Return what `_single` does, where documents are looked at; no document twice."""
        looked_at, found = self._closely.get(node, (0, 0))
        if within & ~looked_at:
            looked_at, found = self._closely[node] = within, self._found(node, within)
        return within & found

    def _words(self, node: Words, any_word: bool, within: int) -> int:  # noqa: FBT001
        named = 0
        for one in named_in(node):
            named |= self._single(one, within)
        parts = self._plan.parts(node)
        if not parts:
            return named if node.parts else within
        if any_word:
            return named | self._any_of(parts, within & ~named)
        for part in sorted(parts, key=self._rarity) if len(parts) > 1 else parts:
            look = self._closer if part.cost else self._found
            within = within and look(part.node, within)
        return named | within if named else within

    def _any_of(self, parts: Iterable[Part], within: int) -> int:
        """Return the documents with any term of any word; a phrase is still a phrase."""
        found = 0
        for part in parts:
            if isinstance(part.node, Word):
                for unit in part.units:
                    found |= self._reading.bits(unit, part.node.field) & within
            else:
                found |= self._single(part.node, within & ~found)
        return found

    def _rarity(self, part: Part) -> tuple[int, int]:
        """Order words so that the rare ones come first, and what has to look closer last."""
        frequencies = [self._reading.frequency(one) for one in part.units if one.kind == "term"]
        return part.cost, min(frequencies, default=0)

    def _found(self, node: Node, within: int) -> int:
        match node:
            case Word(text, field):
                return self._word(text, field, within)
            case Phrase(text, field):
                return self._spelled(text, field, within)
            case Near(text, _, field):
                for word in text.split():
                    within &= self._parts(word, field)
                return with_near(self._reading, node, within) if within else 0
            case Prefix(_, field) | Fuzzy(_, field):
                return self._both(within, self._units(units_of(node), field))
            case Dated(since, until, which):
                return self._dated(since, until, which, within)
            case Regex(wanted, ignore_case):
                texts = ((document, self._leaf.text(document)) for document in members(within))
                found = self._grep().matching(wanted, ignore_case=ignore_case, texts=texts)
                return bits_of(found, self._leaf.count)
            case Named():
                return within & self._named.get(node, 0)
        return within & self._filter(node, within)

    def _filter(self, node: Node, within: int) -> int:
        match node:
            case Person(text, role):
                return self._all_parts(text, role)
            case Subsystem(text):
                return self._all_parts(text, "subsystem")
            case Trailer(key, text):
                return self._trailer(key.lower(), text, within)
            case On(ref):
                refs = [known for known in self._membership.refs() if names(ref, known)]
                return self._membership.union(refs, self._leaf.id)
            case Id(prefix):
                found = self._leaf.ids(prefix.lower())
                return bits_of((document for _, document in found), self._leaf.count)
        raise TypeError(f"not a query: {node!r}")

    def _units(self, units: Iterable[Unit], field: str | None) -> int:
        found = [self._reading.bits(unit, field) for unit in units]
        return found[0] if len(found) == 1 else reduce(or_, found, 0)

    def _both(self, within: int, found: int) -> int:
        """Return the documents of two sets; to copy one would be to look its members up again."""
        is_all = within is self._leaf.live and not self._leaf.deleted
        return found if is_all else within & found

    def _word(self, text: str, field: str | None, within: int) -> int:
        if pattern(text).length == 1:
            return self._both(within, self._units(units_of(Word(text)), field))
        return self._spelled(text, field, within)

    def _spelled(self, text: str, field: str | None, within: int) -> int:
        wanted = pattern(text)
        if not wanted.length:
            return 0
        sure = self._units([Unit(wanted.whole)], field) & within if wanted.whole else 0
        if wanted.length == 1:
            return sure
        open_ = within & ~sure & self._parts(text, field)
        return sure | with_phrase(self._reading, wanted, field, open_) if open_ else sure

    def _parts(self, text: str, field: str | None) -> int:
        """Return the documents that may have all parts of a text in one field."""
        # Whether they are in the prose is told by the positions, which are looked at anyway.
        looked_up = None if field == PROSE else field
        return having_parts(pattern(text), partial(_having, self._reading, looked_up))

    def _all_parts(self, text: str, field: str) -> int:
        """Return the documents that have all parts of a text in a field without positions."""
        key = text, field
        if key not in self._in_parts:
            parts = pattern(text).parts
            # `com` is in nearly every address: from many documents few are chosen.
            rare, *others = sorted([self._leaf.documents(field, p) for p in parts], key=len) or [[]]
            found = set(rare).intersection(*others)
            self._in_parts[key] = bits_of(found, self._leaf.count)
        return self._in_parts[key]

    def _trailer(self, key: str, text: str, within: int) -> int:
        wanted = pattern(text)
        if not wanted.length:
            return self._reading.having("trailer", (f":{key}",))
        if wanted.length == 1 and is_id(wanted.whole or ""):
            return within & self._reading.having(
                "trailer", _ids(self._leaf, key, wanted.whole or "")
            )
        found = within & having_parts(wanted, partial(_of_key, self._reading, key))
        return with_trailer(self._reading, wanted, key, found) if wanted.length > 1 else found

    def _dated(
        self, since: datetime | None, until: datetime | None, which: str, within: int
    ) -> int:
        low = since.timestamp() if since else float("-inf")
        high = until.timestamp() if until else float("inf")
        dates = numbers_of(self._reading, f"{which}_date", within)
        found = [
            document
            for document, date in zip(members(within), dates, strict=True)
            if low <= date < high
        ]
        return bits_of(found, self._leaf.count)


def _having(reading: Reading, field: str | None, term: str) -> int:
    return reading.bits(Unit(term), field)


def _ids(leaf: "Leaf", key: str, term: str) -> Iterator[str]:
    """Yield the entries for an id in trailers of a key: longer ones, and abbreviations of it."""
    yield from (entry for entry in leaf.expand("trailer", term) if entry.endswith(f":{key}"))
    yield from (f"{term[:length]}:{key}" for length in range(SHORTEST_ID, len(term)))


def _of_key(reading: Reading, key: str, term: str) -> int:
    """Return the documents with a term in the value of a trailer of one key."""
    return reading.having("trailer", (f"{term}:{key}",))


def names(asked: str, ref: Ref) -> bool:
    """Tell whether a branch as asked for, a glob with or without its source, is this ref."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few queries ask for a branch

    return fnmatchcase(ref.branch, asked) or fnmatchcase(str(ref), asked)
