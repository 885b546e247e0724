"""What a search has to answer, worked out the slow and obvious way over a list of commits.

Every text is cut into words again for every query, every match is scored, and nothing is
skipped. It shares with the engine the analysis, `kvmsearch.matching` (which is tested by
itself) and the arithmetic of kvmsearch.ranking, and nothing else.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache, cached_property
from itertools import pairwise

from kvmsearch.analysis import Token, fold, is_code, is_stop_word, tokenize
from kvmsearch.asides import asides
from kvmsearch.commit import Commit
from kvmsearch.engines import Question
from kvmsearch.matching import nearby, occurrences, pattern, similar_to
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
from kvmsearch.ranking import (
    MOST_NEIGHBOURS,
    NAMED_SCORE,
    NEIGHBOUR_WEIGHT,
    SERIES_GAP,
    SHORT,
    WEIGHTS,
    code,
    emphasis,
    having,
    raised,
    rarity,
    rounded,
    saturated,
    titled,
)
from kvmsearch.relations import links, read_links

Finds = str | Callable[[str], bool]
"""The term, or whether a term is one of those that count as one."""

Ranked = tuple[str, float, list[str]]
"""The id shown, its score, and the ids of its copies."""

MOST_ALIKE = 200


class Document:
    """One commit and all its words."""

    def __init__(self, commit: Commit) -> None:
        self.commit = commit
        self.id = commit.id
        self.date = int(commit.date.timestamp())
        self.written = int(commit.author_date.timestamp())
        self.author = (commit.author.email or commit.author.name).lower()
        self.texts = [
            ("title", "", commit.title),
            ("body", "", commit.parts.prose),
            *(("trailer", one.key.lower(), one.value) for one in commit.trailers),
        ]

    @cached_property
    def tokens(self) -> list[tuple[str, str, list[Token]]]:
        """The tokens of each text, with its field and key."""
        return [(field, key, list(tokenize(text))) for field, key, text in self.texts]

    @cached_property
    def links(self) -> tuple[str, ...]:
        """What the message says of other commits."""
        return links(self.commit.message)

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of each term."""
        counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        lengths: Counter[str] = Counter()
        for field, _, tokens in self.tokens:
            for token in tokens:
                of_prose = field == "body"
                told = told_of_others(self.commit.parts.prose, token.start) if of_prose else 1
                counts[field][token.term] += told
            lengths[field] += max((one.position + one.width for one in tokens), default=0)
        fields = ("title", "body", "trailer")
        return {
            term: code([counts[f][term] for f in fields], [lengths[f] for f in fields])
            for term in set().union(*counts.values())
        }

    @cached_property
    def title_length(self) -> int:
        """The parts of the title."""
        return sum(one.width == 1 for one in tokenize(self.commit.title))

    @cached_property
    def terms(self) -> dict[str | None, set[str]]:
        """The terms by field; of None, all."""
        found: dict[str | None, set[str]] = defaultdict(set)
        for field, _, tokens in self.tokens:
            found[field].update(token.term for token in tokens)
        found[None] = set().union(*found.values())
        return found

    def has(self, finds: Finds, field: str | None) -> bool:
        """Whether one of the terms is there."""
        terms = self.terms[field]
        return finds in terms if isinstance(finds, str) else any(map(finds, terms))

    def holds(self, text: str, field: str | None, key: str | None = None) -> bool:
        """Whether a phrase stands in one of the texts."""
        return any(
            next(occurrences(pattern(text), tokens), None)
            for name, of, tokens in self.tokens
            if field in (None, name) and key in (None, of)
        )

    def has_trailer(self, key: str, text: str) -> bool:
        """Whether a trailer of a key holds a text, any of none; of an id, any length of it."""
        wanted = pattern(text)
        values = [tokens for _, of, tokens in self.tokens if of == key]
        if wanted.length == 1 and is_id(wanted.whole or ""):
            whole = wanted.whole or ""
            return any(abbreviates(one.term, whole) for tokens in values for one in tokens)
        return self.holds(text, "trailer", key) if wanted.length else bool(values)

    def code(self, finds: Finds) -> int:
        """Return the greatest code of the terms."""
        if isinstance(finds, str):
            return self.codes.get(finds, 0)
        return max((value for term, value in self.codes.items() if finds(term)), default=0)


@cache
def finds_of(node: Node) -> dict[object, Finds]:
    """Return what ranks of one word, phrase or the like: by what makes it one and the same."""
    match node:
        case Word(text) | Phrase(text) | Near(text):
            terms = dict.fromkeys(token.term for token in tokenize(text))
            wanted = pattern(text)
            if isinstance(node, Word) and wanted.length == 1 and is_id(wanted.whole or ""):
                whole = wanted.whole or ""
                return {("id", whole): lambda term: abbreviates(term, whole)}
            return {one: one for one in terms}
        case Prefix(text):
            tokens = list(tokenize(text))
            joined = "".join(fold(text[one.start : one.end]) for one in tokens if one.width == 1)
            stem = tokens[0].term if len(tokens) == 1 else None
            if not joined:
                return {}
            return {("prefix", joined, stem): lambda t: t.startswith(joined) or t == stem}
        case Fuzzy(text, _, distance):
            whole = pattern(text).whole or ""
            most = distance if len(whole) >= 8 else min(distance, 1)
            return {("fuzzy", whole, most): similar_to(text, distance)} if whole else {}
    return {}


def is_id(term: str) -> bool:
    """Whether a term may be an abbreviated id."""
    return re.fullmatch("(?=.*[0-9])[0-9a-f]{7,64}", term) is not None


def abbreviates(term: str, whole: str) -> bool:
    """Whether one of two ids, of seven digits or more, begins with the other."""
    return term.startswith(whole) or (len(term) >= 7 and whole.startswith(term))


def significant(parts: Iterable[Node]) -> list[Node]:
    """Return the words that find and rank."""
    words = [part for part in parts if not isinstance(part, Named)]
    return [one for one in words if not says_nothing(one)] or words


@cache
def says_nothing(part: Node) -> bool:
    """Whether a word is a stop word, or none."""
    match part:
        case Word(text, field):
            stop = field is None and is_stop_word(text.strip(".,;:!?()"))
            return stop or pattern(text).length == 0
    return False


class Reference:
    """An index of some commits."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self.documents = [Document(commit) for commit in commits]
        self._named: dict[Named, set[Document]] = {}

    # What matches

    def matching(self, node: Node, *, any_word: bool) -> set[Document]:
        """Return the documents that match."""
        return {one for one in self.documents if self._matches(one, node, any_word=any_word)}

    def _matches(self, one: Document, node: Node, *, any_word: bool) -> bool:  # noqa: C901 - a case a node
        def also(part: Node) -> bool:
            return self._matches(one, part, any_word=any_word)

        match node:
            case Words(parts):
                ranking = significant(parts)
                if any(one in self.named(part) for part in parts if isinstance(part, Named)):
                    return True
                if any_word:
                    return any(self._loosely(one, part) for part in ranking) or not parts
                return (bool(ranking) or not parts) and all(map(also, ranking))
            case And(parts):
                return all(map(also, parts))
            case Or(parts):
                return any(map(also, parts))
            case Not(part):
                return not also(part)
            case Word(text, field):
                finds = finds_of(node)
                if pattern(text).length == 1:
                    return any(one.has(each, field) for each in finds.values())
                whole = pattern(text).whole
                spelled = whole is not None and one.has(whole, field)
                return spelled or one.holds(text, field)
            case Named():
                return one in self.named(node)
        return self._alone(one, node)

    def _loosely(self, one: Document, part: Node) -> bool:
        if isinstance(part, Word):
            return any(one.has(finds, part.field) for finds in finds_of(part).values())
        return self._matches(one, part, any_word=True)

    def _alone(self, one: Document, node: Node) -> bool:  # noqa: C901, PLR0911 - a case a node
        commit = one.commit
        match node:
            case Phrase(text, field):
                return one.holds(text, field)
            case Prefix(_, field) | Fuzzy(_, field):
                return any(one.has(finds, field) for finds in finds_of(node).values())
            case Near(text, distance, field):
                words = [pattern(word) for word in text.split()]
                return any(
                    next(nearby(words, distance, tokens), None)
                    for name, _, tokens in one.tokens
                    if words and field in (None, name)
                )
            case Person(text, role):
                return all_in(text, str(getattr(commit, role) or ""))
            case Subsystem(text):
                return all_in(text, commit.subsystem)
            case Trailer(key, text):
                return one.has_trailer(key.lower(), text)
            case On(ref):
                return any(
                    fnmatchcase(r.branch, ref) or fnmatchcase(str(r), ref) for r in commit.refs
                )
            case Id(prefix):
                return one.id.startswith(prefix.lower())
            case Dated(since, until, which):
                date = one.written if which == "author" else one.date
                return (not since or since.timestamp() <= date) and (
                    not until or date < until.timestamp()
                )
            case Regex(wanted, ignore_case):
                flags = re.MULTILINE | (re.IGNORECASE if ignore_case else 0)
                return re.search(wanted, commit.message, flags) is not None
            case Everything():
                return True
        raise AssertionError(node)

    def named(self, node: Named) -> set[Document]:
        """Return the documents that are named."""
        if node not in self._named:
            self._named[node] = self._find_named(node)
        return self._named[node]

    def _find_named(self, node: Named) -> set[Document]:
        wanted = pattern(node.title)
        parts = [
            [
                term
                for start, ways in wanted.edges.items()
                for term, end in ways
                if start <= at < end
            ]
            for at in range(wanted.length)
        ]
        titled = [
            one
            for one in self.documents
            if parts and all(any(term in one.codes for term in part) for part in parts)
        ]
        found = {
            one
            for one in titled
            if len(titled) <= MOST_ALIKE
            and one.holds(node.title, "title")
            and node.has_title(one.commit)
        }
        for one in self.documents:
            if any(one.id.startswith(prefix) for prefix in node.ids):
                found.add(one)
            if node.link and f"link:{node.link}" in one.links:
                found.add(one)
        return found

    # What it is worth

    def scores(self, query: Node) -> dict[Document, float]:
        """Return the own score of every document, whether it matches or not."""
        finds = {name: each for node in ranking(query) for name, each in finds_of(node).items()}
        words = [node for node in ranking(query) if finds_of(node)]
        is_short = len(words) <= SHORT
        worths = self._worths(finds, emphases_of(query), is_short=is_short)
        gains = {name: self._gains(each, worths[name]) for name, each in finds.items()}
        of_one_part = {name: finds[name] for node in words for name in parts_of(node)}
        pairs = {
            (ends_of(one), begins_of(other)): (one, other)
            for one, other in neighbours(query)
            if ends_of(one) and begins_of(other)
        }
        totals = {}
        for one in self.documents:
            total = 0.0
            for gain in gains.values():
                total += gain.get(one, 0.0)
            for pair in pairs.values():
                total += self._beside(one, pair, gains) / len(pairs)
            if is_short and len(finds) > 1:
                had = sum(worths[name] for name in finds if one in gains[name])
                total *= having(had / (sum(worths.values()) or 1))
            elif not is_short:
                said = sum(one.has(each, "title") for each in of_one_part.values())
                total *= titled(said, one.title_length)
            if any(one in self.named(node) for node in named_in(query)):
                total += NAMED_SCORE
            totals[one] = rounded(total)
        return totals

    def _worths(
        self, finds: dict[object, Finds], emphases: dict[object, float], *, is_short: bool
    ) -> dict[object, float]:
        """Return rarity and emphasis of each term; 0 of one that no document has."""
        worths = {}
        for name, each in finds.items():
            count = sum(one.code(each) > 0 for one in self.documents)
            rare = rarity(len(self.documents), count, is_short=is_short) if count else 0.0
            worths[name] = rare * emphases[name]
        return worths

    def _gains(self, finds: Finds, worth: float) -> dict[Document, float]:
        codes = {one: one.code(finds) for one in self.documents}
        return {one: worth * saturated(WEIGHTS[value]) for one, value in codes.items() if value}

    def _beside(
        self, one: Document, pair: tuple[str, str], gains: dict[object, dict[Document, float]]
    ) -> float:
        ends, begins = ends_of(pair[0]), begins_of(pair[1])
        if not ends or not begins:
            return 0.0
        both = [
            max(gains[unit_of(text, term)].get(one, 0.0) for term in terms)
            for text, terms in zip(pair, (ends, begins), strict=True)
        ]
        if not min(both):
            return 0.0
        beside = any(
            {one.position + one.width for one in tokens if one.term in ends}
            & {one.position for one in tokens if one.term in begins}
            for field, _, tokens in one.tokens
            if field != "trailer"
        )
        return NEIGHBOUR_WEIGHT * min(both) if beside else 0.0

    # What is of one change, and of one series

    @cached_property
    def changes(self) -> dict[Document, object]:
        """Return for each document what is the same for all of its change."""
        above: dict[object, object] = {}

        def root(key: object) -> object:
            while key in above:
                key = above[key]
            return key

        keys = {one: (one.author, one.written, one.commit.change_title) for one in self.documents}
        for one in self.documents:
            for link in read_links(one.commit.message):
                for other in self.documents:
                    if (
                        link.kind == "copies"
                        and len(link.value) >= 12
                        and other.id.startswith(link.value)
                        and root(keys[one]) != root(keys[other])
                    ):
                        above[root(keys[one])] = root(keys[other])
        return {one: root(key) for one, key in keys.items()}

    def _by_change(self, documents: Iterable[Document]) -> dict[object, list[Document]]:
        found = defaultdict(list)
        for one in documents:
            found[self.changes[one]].append(one)
        return found

    def _series(self, documents: Iterable[Document]) -> Iterator[list[Document]]:
        by_author = defaultdict(list)
        for one in documents:
            by_author[one.author].append(one)
        for written in by_author.values():
            written.sort(key=lambda one: one.written)
            chain = [written[0]]
            for before, one in pairwise(written):
                if one.written - before.written > SERIES_GAP:
                    yield chain
                    chain = []
                chain.append(one)
            yield chain

    def _lifts(self, matches: set[Document], scores: dict[Document, float]) -> dict[object, float]:
        own = {key: max(scores[one] for one in of) for key, of in self._by_change(matches).items()}
        best = dict(own)
        for series in self._series(matches):
            greatest = max(scores[one] for one in series)
            for one in series:
                key = self.changes[one]
                best[key] = max(best[key], greatest)
        return {key: raised(own[key], best[key]) - own[key] for key in own}

    # The answer

    def answer(self, question: Question) -> tuple[int, int, int, list[Ranked]]:
        """Return the changes that match, those with all words, the commits, and the page."""
        query = question.query
        matches = self.matching(query, any_word=question.any_word)
        with_all = matches & self.matching(query, any_word=False)
        scores = self.scores(query)
        entries = self._entries(question, matches, scores)
        entries.sort(key=lambda entry: self._key(question, entry))
        page = [
            (shown[0].id, score, [one.id for one in shown[1:]])
            for score, shown in entries[question.skip :][: question.limit]
        ]
        all_words = len(self._by_change(with_all)) if question.group else len(with_all)
        return len(entries), all_words, len(matches), page

    def _entries(
        self, question: Question, matches: set[Document], scores: dict[Document, float]
    ) -> list[tuple[float, list[Document]]]:
        ranked = question.sort == "relevance"
        lifts = self._lifts(matches, scores) if ranked else defaultdict(float)
        entries = []
        on_branch = asks_branch(question.query)
        for key, documents in self._by_change(matches).items():
            documents.sort(key=lambda one: (-scores[one] if on_branch else 0.0, one.date, one.id))
            if question.group:
                own = max(scores[one] for one in documents)
                entries.append((own + lifts[key], documents))
            else:
                entries += [(scores[one] + lifts[key], [one]) for one in documents]
        return entries

    def _key(
        self, question: Question, entry: tuple[float, list[Document]]
    ) -> tuple[float, int, str]:
        score, (shown, *_) = entry
        date = shown.date if question.sort == "oldest" else -shown.date
        return (-score if question.sort == "relevance" else 0.0), date, shown.id


def told_of_others(prose: str, offset: int) -> float:
    """Return how much a word counts, of which something stands at an offset."""
    start = offset
    while start and not prose[start - 1].isspace():
        start -= 1
    return [2, *(share for begin, share in asides(prose) if begin <= start)][-1] / 2


def all_in(text: str, where: str) -> bool:
    """Whether all words of a text are in another."""
    parts = pattern(text).parts
    terms = {token.term for token in tokenize(where)}
    return bool(parts) and terms.issuperset(parts)


def asks_branch(node: Node) -> bool:
    """Whether all answers are on a branch that was asked for."""
    return isinstance(node, On) or (isinstance(node, And) and any(map(asks_branch, node.parts)))


def emphases_of(query: Node) -> dict[object, float]:
    """Return how much each of what ranks counts: the greatest of its places in the query."""
    emphases: dict[object, float] = defaultdict(float)
    position = 0
    for node in ranking(query):
        single = isinstance(node, Prefix | Fuzzy)
        tokens = [] if single else list(tokenize(getattr(node, "text", "")))
        code_like = isinstance(node, Word) and is_code(node.text)
        for name in finds_of(node):
            places = [
                emphasis(position + one.position, one.width, is_code=code_like)
                for one in tokens
                if name in (one.term, ("id", one.term))
            ]
            emphases[name] = max([emphases[name], *(places or [emphasis(position, 1)])])
        ends = [one.position + one.width for one in tokens]
        position += 1 if single else max(ends, default=0)
    return emphases


def parts_of(node: Node) -> Iterator[object]:
    """Yield those of what ranks of a word that are one part."""
    tokens = [] if isinstance(node, Prefix | Fuzzy) else tokenize(getattr(node, "text", ""))
    parts = {token.term for token in tokens if token.width == 1}
    for name in finds_of(node):
        if isinstance(name, tuple) or name in parts:
            yield name


def ranking(node: Node) -> Iterator[Node]:
    """Yield what ranks."""
    match node:
        case Words(parts):
            for part in significant(parts):
                yield from ranking(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from ranking(part)
        case _:
            if isinstance(node, Word | Phrase | Near | Prefix | Fuzzy):
                yield node


def neighbours(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the texts of neighbouring free words."""
    match node:
        case Words(parts):
            kept = significant(parts)
            words = [part for part in parts if not isinstance(part, Named)]
            for one, other in pairwise(words):
                if len(kept) <= MOST_NEIGHBOURS and is_free(one, kept) and is_free(other, kept):
                    yield str(getattr(one, "text", "")), str(getattr(other, "text", ""))
        case And(parts) | Or(parts):
            for part in parts:
                yield from neighbours(part)


def ends_of(text: str) -> frozenset[str]:
    """Return the terms that end a word."""
    tokens = list(tokenize(text))
    length = max((token.position + token.width for token in tokens), default=0)
    return frozenset(one.term for one in tokens if one.position + one.width == length)


def begins_of(text: str) -> frozenset[str]:
    """Return the terms that begin a word."""
    return frozenset(token.term for token in tokenize(text) if token.position == 0)


def is_free(part: Node, kept: Sequence[Node]) -> bool:
    """Whether a word counts for neighbours."""
    return isinstance(part, Word) and not part.field and part in kept


def unit_of(text: str, term: str) -> object:
    """Return what ranks of a term of a word."""
    names = finds_of(Word(text))
    return term if term in names else ("id", term)


def named_in(node: Node) -> Iterator[Named]:
    """Yield what is named and not excluded."""
    match node:
        case Words(parts):
            yield from (part for part in parts if isinstance(part, Named))
        case And(parts) | Or(parts):
            for part in parts:
                yield from named_in(part)
