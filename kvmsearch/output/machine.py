"""The formats for programs: json, jsonl and ids.

JSON is written in ASCII: it is the same in every locale, survives any text of a commit
(a lone surrogate too) and cannot play tricks on a terminal.
"""

import json
from collections.abc import Iterator
from typing import Any

from kvmsearch.commit import Commit
from kvmsearch.hits import Results
from kvmsearch.output import schema
from kvmsearch.relatives import MissingFixes, Related


class JsonPrinter:
    """One object, indented."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield the page as one object."""
        del first
        yield json.dumps(schema.results_value(results), indent=2)

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield the commit as one object that tells its schema's version."""
        value: dict[str, Any] = {"schema_version": schema.VERSION, **schema.commit_value(commit)}
        yield json.dumps(value, indent=2)

    def related(self, related: Related) -> Iterator[str]:
        """Yield the commit and its relations as one object."""
        yield json.dumps(schema.related_value(related), indent=2)

    def missing(self, missing: MissingFixes) -> Iterator[str]:
        """Yield the branch and the fixes as one object."""
        yield json.dumps(schema.missing_value(missing), indent=2)


class JsonLinesPrinter:
    """One object a line."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield each hit as one line."""
        del first
        for hit in results.hits:
            yield json.dumps(schema.hit_value(hit))

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield the commit as one line."""
        yield json.dumps(schema.commit_value(commit))

    def related(self, related: Related) -> Iterator[str]:
        """Yield each relation as one line."""
        for relation in related:
            yield json.dumps(schema.relation_value(relation))

    def missing(self, missing: MissingFixes) -> Iterator[str]:
        """Yield each fix as one line."""
        for fix in missing:
            yield json.dumps(schema.fix_value(fix, complete=missing.complete))


class IdPrinter:
    """One full id a line."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield the id of each hit's commit."""
        del first
        for hit in results.hits:
            yield hit.commit.id

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield the id."""
        yield commit.id

    def related(self, related: Related) -> Iterator[str]:
        """Yield the id of each commit that is related, once."""
        yield from dict.fromkeys(relation.commit.id for relation in related)

    def missing(self, missing: MissingFixes) -> Iterator[str]:
        """Yield the id of each fix."""
        for fix in missing:
            yield fix.commit.id
