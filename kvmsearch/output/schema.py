"""Hits and commits as JSON values; the names are a contract (docs/output.md), open to more keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kvmsearch.commit import Commit, Person, Ref
from kvmsearch.hits import Explanation, Hit, Results
from kvmsearch.relatives import MissingFix, MissingFixes, Related, Relation

VERSION = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def results_value(results: Results) -> dict[str, Any]:
    """Return one page of answers."""
    return {
        "schema_version": VERSION,
        "query": results.query,
        "understood": list(results.understood),
        "total": results.total,
        "total_commits": results.total_commits,
        "with_all_words": results.with_all_words,
        "suggestion": results.suggestion,
        "hits": [hit_value(hit) for hit in results.hits],
    }


def hit_value(hit: Hit) -> dict[str, Any]:
    """Return one hit: the fields of its commit and why it was found."""
    return {
        **commit_value(hit.commit),
        "score": hit.score,
        "title_matches": _spans(hit.title_matches),
        "copies": _copies(hit.copies),
        "snippets": [
            {"field": snippet.field, "text": snippet.text, "matches": _spans(snippet.matches)}
            for snippet in hit.snippets
        ],
        "explanation": _explanation(hit.explanation),
    }


def _explanation(explanation: Explanation | None) -> list[dict[str, Any]] | None:
    if explanation is None:
        return None
    return [
        {"label": part.label, "gain": part.gain, "details": dict(part.details)}
        for part in explanation.parts
    ]


def commit_value(commit: Commit) -> dict[str, Any]:
    """Return one commit; what its source did not tell is None."""
    return {
        "id": commit.id,
        "title": commit.title,
        "body": commit.body,
        "message": commit.message,
        "trailers": [{"key": one.key, "value": one.value} for one in commit.trailers],
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "author_date": _date(commit.author_date),
        "committer_date": _date(commit.committer_date),
        "parents": None if commit.parents is None else list(commit.parents),
        "refs": _refs(commit.refs),
        "url": commit.url,
    }


def related_value(related: Related) -> dict[str, Any]:
    """Return a commit and what is related to it."""
    return {
        "schema_version": VERSION,
        "commit": commit_value(related.commit),
        "relations": [relation_value(relation) for relation in related],
        "unknown": [{"kind": link.kind, "value": link.value} for link in related.unknown],
    }


def relation_value(relation: Relation) -> dict[str, Any]:
    """Return one relation: the fields of its commit, and how it is related to which other."""
    return {
        "relation": relation.kind,
        "of": relation.of,
        **commit_value(relation.commit),
        "copies": _copies(relation.copies),
    }


def missing_value(missing: MissingFixes) -> dict[str, Any]:
    """Return the fixes that a branch lacks."""
    return {
        "schema_version": VERSION,
        "branch": _refs([missing.branch])[0],
        "complete": missing.complete,
        "fixes": [fix_value(fix, complete=missing.complete) for fix in missing],
    }


def fix_value(fix: MissingFix, *, complete: bool) -> dict[str, Any]:
    """Return one fix: its fields, whether it is known to be missing, and what it fixes."""
    return {
        "state": "missing" if complete else "unknown",
        **commit_value(fix.commit),
        "fixes": [commit_value(fixed) for fixed in fix.fixes],
        "copies": _copies(fix.copies),
    }


def _copies(copies: Iterable[Commit]) -> list[dict[str, Any]]:
    return [{"id": copy.id, "refs": _refs(copy.refs)} for copy in copies]


def _person(person: Person | None) -> dict[str, str] | None:
    return None if person is None else {"name": person.name, "email": person.email}


def _date(date: datetime | None) -> str | None:
    return None if date is None else date.isoformat()


def _refs(refs: Iterable[Ref]) -> list[dict[str, str]]:
    return [{"source": ref.source, "branch": ref.branch} for ref in refs]


def _spans(spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    return [list(span) for span in spans]
