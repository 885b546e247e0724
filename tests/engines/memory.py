"""Segments in memory that can be asked what segments in files can, made from commits."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kvmsearch.analysis import tokenize
from kvmsearch.asides import WHOLE, asides
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.digest import number_of
from kvmsearch.engines.whoosh.generation import Manifest
from kvmsearch.engines.whoosh.layout import MARK, RANKED, TEXT_GAP
from kvmsearch.engines.whoosh.reader.values import Standing
from kvmsearch.ranking import SERIES_GAP, code
from kvmsearch.record import replace
from kvmsearch.relations import links, read_links

Positions = dict[str, dict[int, list[tuple[int, int]]]]
"""By term and document: where it stands in the message, and for how many parts."""

DENSE_SHARE = 8
"""A term is dense that more than one in so many documents has, however few there are."""


def _counts(prose: str, offset: int) -> float:
    """Return how much a word counts, that something at an offset is of."""
    before = prose[:offset]
    begin = len(before) - len(before.split()[-1]) if before and not before[-1].isspace() else offset
    shares = [share for at, share in asides(prose) if at <= begin]
    return (shares[-1] if shares else WHOLE) / WHOLE


class MemoryDense:
    """A dense term."""

    def __init__(self, codes: dict[int, int], count: int) -> None:
        self.bits = sum(1 << document for document in codes)
        self.weights = bytes(codes.get(document, 0) for document in range(count))


class MemoryLeaf:
    """A segment of a list of commits."""

    def __init__(self, commits: Sequence[Commit], base: int, deleted: Collection[int]) -> None:
        self.id = f"segment{base}"
        self.base = base
        self.count = len(commits)
        self.deleted = sum(1 << document for document in deleted)
        self.live = (1 << self.count) - 1 & ~self.deleted
        self.kept: dict[str, Any] = {}
        self.commits = commits
        self.at: Positions = defaultdict(lambda: defaultdict(list))
        self.texts: tuple[list[int], list[int]] = [], []
        self.having: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.codes: dict[str, dict[int, int]] = defaultdict(dict)
        for document, commit in enumerate(commits):
            self._add(document, commit)
        self.columns = {
            name: array("q", [columns(commit)[name] for commit in commits])
            for name in ("committer_date", "author_date", "author_key", "change_key")
        }

    def _add(self, document: int, commit: Commit) -> None:
        self._add_message(document, commit)
        for field, text in (
            ("author", str(commit.author)),
            ("committer", str(commit.committer or "")),
            ("subsystem", commit.subsystem),
        ):
            for token in tokenize(text):
                self.having[field][token.term].add(document)
        for link in links(commit.message):
            self.having["link"][link].add(document)

    def _add_message(self, document: int, commit: Commit) -> None:
        counts: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
        lengths, start = [0, 0, 0], 0
        trailers = [(2, one.key.lower(), one.value) for one in commit.trailers]
        for number, key, text in ((0, "", commit.title), (1, "", commit.parts.prose), *trailers):
            tokens = list(tokenize(text))
            for token in tokens:
                counts[token.term][number] += _counts(text, token.start) if number == 1 else 1
                self.at[token.term][document].append((start + token.position, token.width))
                if number != 1:
                    entry = token.term if number == 0 else f"{token.term}:{key}"
                    self.having[("title", "", "trailer")[number]][entry].add(document)
            if number == 2:
                self.at[MARK][document].append((start, 1))
                self.at[f"{MARK}{key}"][document].append((start, 1))
                self.having["trailer"][f":{key}"].add(document)
            length = max((token.position + token.width for token in tokens), default=0)
            lengths[number] += length
            start += length + TEXT_GAP
            if number < 2:
                self.texts[number].append(start)
        for term, frequencies in counts.items():
            self.codes[term][document] = code(frequencies, lengths)

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term."""
        return len(self.documents(field, term))

    def documents(self, field: str, term: str) -> list[int]:
        """Return the documents that have a term."""
        return sorted(self._field(field).get(term, ()))

    def among(self, field: str, term: str, documents: Sequence[int]) -> list[int]:
        """Return the documents that have a term, of some."""
        return [one for one in self.documents(field, term) if one in documents]

    def _field(self, field: str) -> Mapping[str, Collection[int]]:
        return self.at if field == RANKED else self.having.get(field, {})

    def postings(self, term: str) -> tuple[list[int], bytes]:
        """Return the documents with a term, and its codes."""
        codes = self.codes.get(term, {})
        return sorted(codes), bytes(codes[document] for document in sorted(codes))

    def dense(self, term: str) -> MemoryDense | None:
        """Return a term that many documents have."""
        codes = self.codes.get(term, {})
        return MemoryDense(codes, self.count) if len(codes) > self.count / DENSE_SHARE else None

    def standing(self, term: str, wanted: Sequence[int]) -> Standing:
        """Return where a term stands in the documents wanted."""
        found: dict[int, list[int]] = {}
        for place, document in enumerate(wanted):
            for at, width in self.at.get(term, {}).get(document, ()):
                found.setdefault(width, [0] * len(wanted))[place] |= 1 << at
        return dict(found)

    def begins(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return where prose and trailers begin."""
        return self.texts

    def expand(self, field: str, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the terms that begin so."""
        for term in sorted(self._field(field)):
            if term.startswith(prefix) and term >= start:
                yield term

    def numbers(self, column: str) -> "array[int]":
        """Return a column."""
        return self.columns[column]

    def number(self, column: str, document: int) -> int:
        """Return one number of a column."""
        return self.columns[column][document]

    def commit(self, document: int) -> Commit:
        """Return a commit, of a segment without its refs."""
        return replace(self.commits[document], refs=())

    def name(self, document: int) -> str:
        """Return the id of a commit."""
        return self.commits[document].id

    def text(self, document: int) -> str:
        """Return a message."""
        return self.commits[document].message

    def ids(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the ids that begin so."""
        for document, commit in enumerate(self.commits):
            if commit.id.startswith(prefix) and self.live >> document & 1:
                yield commit.id, document

    def numbers_in(self, column: str, documents: Sequence[int]) -> Sequence[int]:
        """Return the numbers of some documents."""
        return [self.columns[column][document] for document in documents]

    def written_between(self, asked: Iterable[tuple[int, int, int]]) -> dict[int, Sequence[int]]:
        """Return what authors wrote between two dates."""
        written = {
            number: [document for date, document in self._by(author) if since <= date <= until]
            for number, (author, since, until) in enumerate(asked)
        }
        return {number: documents for number, documents in written.items() if documents}

    def stretches(self, documents: Iterable[int]) -> list[Sequence[int]]:
        """Return what was written around some documents."""
        found: dict[int, Sequence[int]] = {}
        for document in documents:
            stretch: list[int] = []
            before = 0
            for date, one in self._by(self.columns["author_key"][document]):
                if date - before > SERIES_GAP:
                    if document in stretch:
                        break
                    stretch = []
                stretch.append(one)
                before = date
            found[stretch[0]] = stretch
        return list(found.values())

    def _by(self, author: int) -> list[tuple[int, int]]:
        dates = enumerate(self.columns["author_date"])
        keys = self.columns["author_key"]
        return sorted((date, document) for document, date in dates if keys[document] == author)

    def copies(self, change_key: int) -> list[int]:
        """Return the documents of a change."""
        return [one for one, key in enumerate(self.columns["change_key"]) if key == change_key]


class MemoryMembership:
    """What is on which ref, told by the commits."""

    def __init__(self, leaves: Sequence[MemoryLeaf]) -> None:
        self._leaves = {leaf.id: leaf.commits for leaf in leaves}

    def refs(self) -> list[Ref]:
        """Return all refs."""
        return sorted({ref for of in self._leaves.values() for one in of for ref in one.refs})

    def union(self, refs: Iterable[Ref], segment: str) -> int:
        """Return what is on any of the refs."""
        wanted = set(refs)
        commits = enumerate(self._leaves[segment])
        return sum(1 << document for document, one in commits if wanted & set(one.refs))


class MemorySnapshot:
    """Segments of some commits each; the commits with an id in `deleted` are marked so."""

    def __init__(self, *segments: Sequence[Commit], deleted: Collection[str] = ()) -> None:
        self.leaves: list[MemoryLeaf] = []
        base = 0
        for commits in segments:
            gone = {at for at, commit in enumerate(commits) if commit.id in deleted}
            self.leaves.append(MemoryLeaf(commits, base, gone))
            base += len(commits)
        self.membership = MemoryMembership(self.leaves)
        live = [one for commits in segments for one in commits if one.id not in deleted]
        self.manifest = Manifest(0, aliases=tuple(aliases(live)))

    def commit(self, document: int) -> Commit:
        """Return a commit, of a segment without its refs."""
        leaf = next(leaf for leaf in reversed(self.leaves) if leaf.base <= document)
        return leaf.commits[document - leaf.base]

    def __len__(self) -> int:
        return sum(leaf.live.bit_count() for leaf in self.leaves)


def columns(commit: Commit) -> dict[str, int]:
    """Return the numbers of a commit."""
    address = (commit.author.email or commit.author.name).lower()
    written = int(commit.author_date.timestamp())
    return {
        "committer_date": int(commit.date.timestamp()),
        "author_date": written,
        "author_key": number_of(address),
        "change_key": number_of(f"{address}\0{written}\0{commit.change_title}"),
    }


def aliases(commits: Sequence[Commit]) -> Iterator[tuple[int, int]]:
    """Yield the change keys of a commit and of what it says that it is a copy of."""
    for commit in commits:
        for link in read_links(commit.message):
            if link.kind == "copies" and len(link.value) >= 12:
                for other in commits:
                    if other.id.startswith(link.value):
                        yield columns(commit)["change_key"], columns(other)["change_key"]
