"""Commits made for one test each, and short ways to ask for them."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

from kvmsearch.commit import Commit, Completeness, Person, Ref
from kvmsearch.engines import Answers, Question
from kvmsearch.engines.protocol import Engine
from kvmsearch.query.tree import Node, Word, Words

Opener = Callable[[str], Engine]
"""Opens the index of a name, and makes it where there is none."""

DATA = Path(__file__).parent.parent / "data" / "messages"

ANN = Person("Ann Author", "ann@example.org")
BOB = Person("Bob Böhm", "bob@example.com")
START = datetime(2026, 1, 1, tzinfo=UTC)

NEXT = Ref("kvm", "next")
QUEUE = Ref("kvm", "queue")
STABLE = Ref("stable", "linux-6.6.y")


def made(message: str, day: float = 0, author: Person = ANN, **others: Any) -> Commit:
    """Return a commit written and committed some days after the year began."""
    date = START + timedelta(days=day)
    digest = sha1(f"{message} {day} {author}".encode("utf-8", "replace"), usedforsecurity=False)
    values: dict[str, Any] = {
        "id": digest.hexdigest(),
        "author_date": date,
        "committer": author,
        "committer_date": date,
        "parents": (),
        **others,
    }
    return Commit(message=message, author=author, **values)


def told_by_feed(commit: Commit) -> Commit:
    """Return what a feed tells of a commit."""
    return made(
        commit.message,
        author=commit.author,
        id=commit.id,
        author_date=commit.author_date,
        committer=None,
        committer_date=None,
        parents=None,
        url="https://example.org/commit",
        completeness=Completeness.FEED,
    )


def real(count: int) -> list[Commit]:
    """Return commits of real messages, by a few authors in series and alone."""
    people = [Person(f"Author {number}", f"author{number}@example.org") for number in range(7)]
    lines = (DATA / "u-boot.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    values = map(json.loads, lines)
    return [
        made(value["message"], day=number * 0.01, author=people[number // 5 % 7], id=value["id"])
        for number, value in enumerate(values)
    ]


def fill(engine: Engine, commits: Iterable[Commit], *refs: Ref) -> Engine:
    """Put commits into an index, on refs, in one transaction."""
    with engine.transaction() as writing:
        for commit in commits:
            writing.put(commit, refs)
    return engine


def asked(engine: Engine, query: str | Node, limit: int = 100, **others: Any) -> Answers:
    """Ask for free words, or by a tree."""
    tree = Words(tuple(map(Word, query.split()))) if isinstance(query, str) else query
    return engine.search(Question(tree, limit, **others))


def titles(engine: Engine, query: str | Node, **others: Any) -> set[str]:
    """Return the titles of all commits that match; of free words, of all of them."""
    answers = asked(engine, query, **{"match": "all", "group": False, **others})
    assert len(answers.page) == answers.total
    return {answer.commit.title for answer in answers.page}


def state_of(engine: Engine) -> object:
    """Return all that an index tells of its commits and sources."""
    commits = sorted(engine, key=lambda commit: commit.id)
    return [(commit, commit.refs) for commit in commits], dict(engine.registry())


def ranked(engine: Engine, query: str | Node, **others: Any) -> list[tuple[str, float, list[str]]]:
    """Return the answers in order: id, score, and the ids of the copies."""
    answers = asked(engine, query, **others)
    return [(one.commit.id, one.score, [copy.id for copy in one.copies]) for one in answers.page]
