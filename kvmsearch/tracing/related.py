"""All that an index has to do with one commit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from kvmsearch.commit import Commit
from kvmsearch.engines.protocol import Known, Lineage
from kvmsearch.link import Kind, Link, title_key
from kvmsearch.relations import read_links
from kvmsearch.relatives import Related, Relation, RelationKind
from kvmsearch.tracing.copies import MOST, by_date, family, named_in

Found = Mapping[str, Sequence[Known]]
"""What each id in a message may mean, as Lineage.find returns it."""


def related(lineage: Lineage, commit: Commit) -> Related:
    """Return what is related to a commit of the index, and what its message names in vain.

    What is only mentioned, or has the same link, is left out where it is related otherwise.
    """
    copies = family(lineage, commit)
    own = {copy.id for copy in copies}
    links = read_links(commit.message)
    found = lineage.find({link.value for link in links if _is_id(link)})
    told = [
        *_relations(lineage, "fixes", commit, _meant(lineage, commit, found, "fixes"), set(own)),
        *islice(_undone(lineage, "fixed-by", copies, set(own)), MOST),
        *_relations(
            lineage, "reverts", commit, _meant(lineage, commit, found, "reverts"), set(own)
        ),
        *islice(_undone(lineage, "reverted-by", copies, set(own)), MOST),
        *(Relation("copy", copy, commit.id) for copy in copies[1:]),
        *_relations(lineage, "series", commit, lineage.series(commit), set(own)),
    ]
    seen = own.union(*((one.commit.id, *(copy.id for copy in one.copies)) for one in told))
    for kind, near in _loosely(lineage, copies, found):
        told += _relations(lineage, kind, commit, near, seen)
    unknown = (link for link in links if _is_id(link) and link.value not in found)
    return Related(commit, tuple(told), tuple(unknown))


def _is_id(link: Link) -> bool:
    return link.kind not in ("link", "reverts-title")


def _relations(
    lineage: Lineage, kind: RelationKind, of: Commit, found: Iterable[Known], seen: set[str]
) -> Iterator[Relation]:
    """Yield the changes of the commits found, without those seen."""
    for copies in _changes(lineage, found, seen):
        yield Relation(kind, copies[0], of.id, tuple(copies[1:]))


def _changes(lineage: Lineage, found: Iterable[Known], seen: set[str]) -> Iterator[list[Commit]]:
    """Yield the commits of each change that was not seen yet; now they are."""
    ids = dict.fromkeys(known.id for known in islice(found, MOST))
    for commit in by_date(commit for one in ids if (commit := lineage.get(one))):
        if commit.id not in seen:
            copies = by_date(family(lineage, commit))
            seen.update(copy.id for copy in copies)
            yield copies


def _meant(lineage: Lineage, commit: Commit, found: Found, kind: Kind) -> Iterator[Known]:
    """Yield what the message of a commit names for a reason; a reverted title comes before it."""
    for link in read_links(commit.message):
        if link.kind == kind:
            yield from found.get(link.value, ())
        elif kind == "reverts" and link.kind == "reverts-title":
            yield from _titled_before(lineage, commit, link.value)


def _titled_before(lineage: Lineage, commit: Commit, title: str) -> Iterator[Known]:
    for known in lineage.titled(title):
        other = lineage.get(known.id)
        if other and other.date <= commit.date:
            yield known


_UNDOING: Mapping[RelationKind, Kind] = {"fixed-by": "fixes", "reverted-by": "reverts"}


def _undone(
    lineage: Lineage, kind: RelationKind, copies: Sequence[Commit], seen: set[str]
) -> Iterator[Relation]:
    """Yield what fixes (reverts) a change, each with what fixes (reverts) that behind it."""

    def undoing(copies: Sequence[Commit]) -> list[tuple[str, list[Commit]]]:
        found = _naming(lineage, _UNDOING[kind], copies)
        return [(copies[0].id, other) for other in _changes(lineage, found, seen)][::-1]

    waiting = undoing(copies)
    while waiting:
        of, change = waiting.pop()
        yield Relation(kind, change[0], of, tuple(change[1:]))
        waiting += undoing(change)


def _naming(lineage: Lineage, kind: Kind, copies: Sequence[Commit]) -> Iterator[Known]:
    """Yield what names any copy of a change for a reason; a revert may name but its title."""
    for copy in copies:
        yield from named_in(lineage, kind, copy.id)
    if kind == "reverts":
        title = title_key(copies[0].title)
        for value, known in lineage.linked("reverts-title", title):
            revert = lineage.get(known.id) if value == title else None
            if revert and revert.date >= copies[0].date:
                yield known


def _loosely(
    lineage: Lineage, copies: Sequence[Commit], found: Found
) -> Iterator[tuple[RelationKind, Iterable[Known]]]:
    """Yield what has the same link, what is mentioned, and what mentions the change."""
    links = {link.value for link in read_links(copies[0].message) if link.kind == "link"}
    linked = chain.from_iterable(lineage.linked("link", value) for value in sorted(links))
    yield "same-link", (known for value, known in linked if value in links)
    yield "mentions", _meant(lineage, copies[0], found, "mentions")
    yield "mentioned-by", _naming(lineage, "mentions", copies)
