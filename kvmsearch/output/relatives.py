"""What `related` and `missing` answer, for people."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from kvmsearch.commit import Commit
from kvmsearch.output.commitline import copy_lines, head, indented
from kvmsearch.output.harmless import one_line
from kvmsearch.output.line import ABBREVIATION, ID, PLAIN, Line, marked
from kvmsearch.relatives import MissingFix, MissingFixes, Related, Relation, RelationKind

_HEADINGS: Mapping[RelationKind, str] = {
    "fixes": "fixes",
    "fixed-by": "fixed by",
    "reverts": "reverts",
    "reverted-by": "reverted by",
    "copy": "copies",
    "series": "written in one series with",
    "same-link": "has the same link as",
    "mentions": "mentions",
    "mentioned-by": "mentioned by",
}
_CHAINED: Mapping[RelationKind, str] = {"fixed-by": "fixes", "reverted-by": "reverts"}
"""What a commit does to the one above it that it is told of, rather than to the one asked for."""


def related_lines(related: Related) -> Iterator[Line]:
    """Yield the commit, and what is related to it under a heading for each kind of relation."""
    yield from _commit_lines(related.commit, ())
    for kind, relations in groupby(related, key=lambda one: one.kind):
        yield ()
        yield ((f"{_HEADINGS[kind]}:", PLAIN),)
        for relation in relations:
            yield from indented(_relation_lines(relation, related.commit.id), 2)
    if related.unknown:
        yield ()
        yield (("not in this index:", PLAIN),)
        for link in related.unknown:
            yield ((f"  {link.kind} ", PLAIN), (link.value, ID))


def _relation_lines(relation: Relation, asked: str) -> Iterator[Line]:
    yield from _commit_lines(relation.commit, relation.copies)
    verb = _CHAINED.get(relation.kind)
    if verb and relation.of != asked:
        yield ((f"    {verb} ", PLAIN), (relation.of[:ABBREVIATION], ID))


def _commit_lines(commit: Commit, copies: Sequence[Commit]) -> Iterator[Line]:
    yield head(commit)
    yield (("    ", PLAIN), *marked(one_line(commit.title), ()))
    yield from indented(copy_lines(copies), 4)


def missing_lines(missing: MissingFixes) -> Iterator[Line]:
    """Yield each fix with what it fixes, a blank line behind it, and how many there are."""
    for fix in missing:
        yield from _fix_lines(fix)
        yield ()
    if missing.fixes:
        yield ((f"{summary(missing)}", PLAIN),)


def _fix_lines(fix: MissingFix) -> Iterator[Line]:
    yield from _commit_lines(fix.commit, fix.copies)
    for fixed in fix.fixes:
        title = marked(one_line(fixed.title), ())
        yield (("    fixes ", PLAIN), (fixed.id[:ABBREVIATION], ID), (" ", PLAIN), *title)


def summary(missing: MissingFixes) -> str:
    """Return how many fixes are missing on a branch, as far as is known."""
    fixes = f"{len(missing):,} fix" if len(missing) == 1 else f"{len(missing):,} fixes"
    verb = "missing" if missing.complete else "perhaps missing"
    return f"{fixes} {verb} on {one_line(str(missing.branch))}"


def doubt(missing: MissingFixes) -> str | None:
    """Return why nothing is known to be missing, where that is so."""
    if missing.complete:
        return None
    branch = one_line(str(missing.branch))
    return (
        f"the index has not all of the history of {branch}: "
        "whether a fix is missing there is unknown"
    )
