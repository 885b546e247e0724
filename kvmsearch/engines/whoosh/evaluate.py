"""A query tree to the set of documents that match it.

This is the plain reading of the query language: every set is made whole. The fast
evaluation is tested against it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property, reduce

from kvmsearch.analysis import tokenize
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.snapshot import Leaf, Snapshot
from kvmsearch.engines.whoosh.terms import Pair, Term, significant, terms_of
from kvmsearch.matching import Pattern, nearby, occurrences, pattern, side_by_side
from kvmsearch.query.regex import compile_regex
from kvmsearch.query.tree import (
    And,
    Dated,
    Everything,
    Fuzzy,
    Id,
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

Documents = frozenset[int]
Frequencies = Mapping[int, int]
"""Document -> frequency."""


class Evaluation:
    """Evaluates queries over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._frequencies: dict[tuple[str, str, bool], dict[int, int]] = {}
        self._verified: dict[int, Commit] = {}

    # Terms

    def frequencies(self, term: Term, field: str) -> Frequencies:
        """Return how often a term stands in one field, by document."""
        key = (field, term.text, term.prefix)
        if key not in self._frequencies:
            self._frequencies[key] = self._read(term, field)
        return self._frequencies[key]

    def _read(self, term: Term, field: str) -> dict[int, int]:
        found: dict[int, int] = {}
        for leaf in self.snapshot.leaves:
            for name in _expanded(leaf, term, field):
                for document, frequency in leaf.frequencies(field, name):
                    number = leaf.base + document
                    found[number] = found.get(number, 0) + frequency
        return found

    def having(self, term: Term) -> Documents:
        """Return the documents that have a term in any of its fields."""
        return frozenset().union(*(self.frequencies(term, field) for field in term.fields))

    def neighbours(self, pair: Pair, field: str) -> Frequencies:
        """Return how often the words of a pair stand side by side in a field, by document."""
        first, second = (
            frozenset().union(*(self.frequencies(Term(text, field), field) for text in side))
            for side in (pair.first, pair.second)
        )
        counts = {
            document: _adjacent(pair, positions)
            for document, positions in self._positions(
                pair.first | pair.second, field, first & second
            ).items()
        }
        return {document: count for document, count in counts.items() if count}

    def _positions(
        self, terms: Iterable[str], field: str, documents: Documents
    ) -> dict[int, dict[str, set[int]]]:
        """Return where terms stand in a field, by document and term."""
        found: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for leaf in self.snapshot.leaves:
            wanted = {document - leaf.base for document in documents}
            for term in terms:
                for name in _expanded(leaf, Term(term), field):
                    for document, positions in leaf.positions(field, name, wanted):
                        found[leaf.base + document][term].update(positions)
        return found

    # Sets

    def matching(self, node: Node, *, any_word: bool) -> Documents:
        """Return the documents that match a query, with any of its free words or with all."""
        match node:
            case Words(parts):
                return self._words(parts, any_word=any_word)
            case And(parts):
                sets = sorted((self.matching(part, any_word=any_word) for part in parts), key=len)
                return reduce(frozenset.intersection, sets, self._everything)
            case Or(parts):
                return frozenset().union(
                    *(self.matching(part, any_word=any_word) for part in parts)
                )
            case Not(part):
                return self._everything - self.matching(part, any_word=any_word)
            case Everything():
                return self._everything
        return self._leaf(node)

    def _leaf(self, node: Node) -> Documents:
        match node:
            case Word(text, field) | Phrase(text, field) | Fuzzy(text, field):
                return self._pattern(pattern(text), field)
            case Near() | Regex() | Subsystem():
                return self._where(self._everything, lambda commit: _holds(node, commit))
            case Prefix():
                return self._prefix(node)
            case Person(text, role):
                return self._person(text, role)
            case Trailer(key, text):
                return self._trailer(key, text)
            case On(ref):
                return self._on(ref)
            case Id(prefix):
                return self._identified(prefix)
            case Dated(since, until, which):
                return self._dated(since, until, which)
        raise TypeError(f"not a query: {node!r}")

    @cached_property
    def _everything(self) -> Documents:
        return frozenset(self.snapshot.documents())

    def _words(self, parts: tuple[Node, ...], *, any_word: bool) -> Documents:
        ranking = significant(parts)
        if not ranking:
            return self._everything
        if any_word:
            return frozenset().union(*(self._loosely(part) for part in ranking))
        return reduce(frozenset.intersection, (self._leaf(part) for part in ranking))

    def _loosely(self, part: Node) -> Documents:
        """Return the documents that have any term of a free word; a phrase is still a phrase."""
        if isinstance(part, Word):
            return frozenset().union(*(self.having(term) for term in terms_of(part)))
        return self._leaf(part)

    def _pattern(self, wanted: Pattern, field: str | None) -> Documents:
        if not wanted.length:
            return frozenset()
        sure = self.having(Term(wanted.whole, field)) if wanted.whole else frozenset()
        if wanted.length == 1:
            return sure
        candidates = _covered(wanted, lambda term: self.having(Term(term, field)))
        found, open_ = self._by_positions(wanted, field, candidates - sure)
        return sure | found | self._verify(wanted, field, open_)

    def _by_positions(
        self, wanted: Pattern, field: str | None, candidates: Documents
    ) -> tuple[Documents, Documents]:
        """Return the documents that a pattern stands in by its positions, and those to look at."""
        found: set[int] = set()
        loose: set[int] = set()
        for name in Term("", field).fields:
            for document, positions in self._positions(wanted.terms, name, candidates).items():
                if side_by_side(wanted, positions):
                    found.add(document)
                elif side_by_side(wanted, positions, loosely=True):
                    loose.add(document)
        return frozenset(found), frozenset(loose - found)

    def _verify(self, wanted: Pattern, field: str | None, candidates: Documents) -> Documents:
        def matches(commit: Commit) -> bool:
            return any(
                next(occurrences(wanted, tokenize(text)), None)
                for name, text in searched_texts(commit)
                if field in (None, name)
            )

        return self._where(candidates, matches)

    def _where(self, candidates: Iterable[int], holds: Callable[[Commit], bool]) -> Documents:
        return frozenset(document for document in candidates if holds(self._commit(document)))

    def _commit(self, document: int) -> Commit:
        if document not in self._verified:
            leaf = self.snapshot.leaf_of(document)
            self._verified[document] = leaf.commit(document - leaf.base)
        return self._verified[document]

    def _prefix(self, node: Prefix) -> Documents:
        return frozenset().union(*(self.having(term) for term in terms_of(node)))

    def _person(self, text: str, role: str) -> Documents:
        parts = pattern(text).parts
        if not parts:
            return frozenset()
        sets = (frozenset(self.frequencies(Term(part, role), role)) for part in parts)
        return reduce(frozenset.intersection, sets)

    def _trailer(self, key: str, text: str) -> Documents:
        key = key.lower()
        wanted = pattern(text)
        if not wanted.length:
            return self.having(Term(f":{key}", "trailer"))
        candidates = _covered(wanted, lambda term: self.having(Term(f"{term}:{key}", "trailer")))
        if wanted.length == 1:
            return candidates

        def matches(commit: Commit) -> bool:
            values = (trailer.value for trailer in commit.trailers if trailer.key.lower() == key)
            return any(next(occurrences(wanted, tokenize(value)), None) for value in values)

        return self._where(candidates, matches)

    def _on(self, ref: str) -> Documents:
        refs = [known for known in self.snapshot.membership.refs() if names(ref, known)]
        return frozenset(
            leaf.base + document
            for leaf in self.snapshot.leaves
            for known in refs
            for document in self.snapshot.membership.documents(known, leaf.id)
        )

    def _identified(self, prefix: str) -> Documents:
        found = {
            leaf.base + document
            for leaf in self.snapshot.leaves
            for commit_id in leaf.expand("id", prefix.lower())
            if (document := leaf.find(commit_id)) is not None
        }
        return frozenset(found)

    def _dated(self, since: datetime | None, until: datetime | None, which: str) -> Documents:
        low = since.timestamp() if since else float("-inf")
        high = until.timestamp() if until else float("inf")
        dates = self.snapshot.column(f"{which}_date")
        return frozenset(document for document in self._everything if low <= dates[document] < high)


def _holds(node: Near | Regex | Subsystem, commit: Commit) -> bool:
    if isinstance(node, Regex):
        compiled = compile_regex(node.pattern, ignore_case=node.ignore_case)
        return compiled.search(commit.message) is not None
    words = [pattern(word) for word in node.text.split()]
    if isinstance(node, Subsystem):
        prefix = list(tokenize(commit.subsystem))
        return all(next(occurrences(word, prefix), None) for word in words)
    return any(
        next(nearby(words, node.distance, tokenize(text)), None)
        for name, text in searched_texts(commit)
        if node.field in (None, name)
    )


def _covered(wanted: Pattern, having: Callable[[str], Documents]) -> Documents:
    """Return the documents that have, for each part of a pattern, a term that covers it."""
    covering: dict[int, Documents] = {at: frozenset() for at in range(wanted.length)}
    for start, ways in wanted.edges.items():
        for term, end in ways:
            documents = having(term)
            for at in range(start, end):
                covering[at] |= documents
    return reduce(frozenset.intersection, sorted(covering.values(), key=len))


def _adjacent(pair: Pair, positions: Mapping[str, set[int]]) -> int:
    """Return how often the second word of a pair follows the first."""
    starts = set().union(*(positions[term] for term in pair.second if term in positions))
    ends = set().union(*(positions[term] for term in pair.first if term in positions))
    return sum(end + 1 in starts for end in ends)


def _expanded(leaf: Leaf, term: Term, field: str) -> Iterable[str]:
    """Return the terms of the index that a term stands for in a field."""
    if term.prefix:
        return leaf.expand(field, term.text)
    if field == "trailer" and ":" not in term.text:
        return leaf.expand(field, f"{term.text}:")
    return (term.text,)


def names(asked: str, ref: Ref) -> bool:
    """Tell whether a branch as asked for, a glob with or without its source, is this ref."""
    return fnmatchcase(ref.branch, asked) or fnmatchcase(str(ref), asked)


def searched_texts(commit: Commit) -> Iterator[tuple[str, str]]:
    """Yield the texts of a commit that free words look into, each with its field."""
    yield "title", commit.title
    yield "body", commit.parts.prose
    for trailer in commit.trailers:
        yield "trailer", trailer.value
