"""Whoosh alone, in a process without kvmsearch, reads all that the writer wrote."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kvmsearch.analysis import tokenize
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.layout import POSITIONAL, TRAILER_GAP, record_of
from kvmsearch.engines.whoosh.reader.snapshot import open_snapshot
from kvmsearch.engines.whoosh.writer.folder import create_index
from kvmsearch.engines.whoosh.writer.transaction import WhooshTransaction
from kvmsearch.ranking import code
from kvmsearch.relations import links
from tests.engines.made import real
from tests.engines.reader.built import ODD

PHRASES = [
    ("body", ["devic", "tree"]),
    ("title", ["add", "support"]),
    ("title", ["word7", "again"]),
]
REF = Ref("test", "master")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Commit], dict[str, Any]]:
    """Return the commits of an index of two segments by document, and what Whoosh tells of it."""
    folder = tmp_path_factory.mktemp("stock") / "index"
    create_index(folder)
    for commits in ((*real(90), *ODD), real(120)[90:]):
        transaction = WhooshTransaction(folder)
        for commit in commits:
            transaction.put(commit, (REF,))
        transaction.commit()
        transaction.close()
    transaction = WhooshTransaction(folder)
    transaction.leave(REF, [commit.id for commit in real(30)[::3]])
    transaction.prune()
    transaction.commit()
    snapshot = open_snapshot(folder)
    documents = [leaf.commit(n) for leaf in snapshot.leaves for n in range(leaf.count)]
    command = [sys.executable, "-P", str(Path(__file__).parent / "stock.py"), str(folder)]
    done = subprocess.run(
        [*command, json.dumps(PHRASES)], stdout=subprocess.PIPE, check=True, cwd=folder, env={}
    )
    return documents, json.loads(done.stdout)


def placed(commit: Commit) -> dict[str, list[tuple[str, int, int]]]:
    """Return (term, position, width) of each text of a commit; terms of trailers with their key."""
    found: dict[str, list[tuple[str, int, int]]] = {name: [] for name in POSITIONAL}
    for name, text in (("title", commit.title), ("body", commit.parts.prose)):
        found[name] = [(token.term, token.position, token.width) for token in tokenize(text)]
    position = 0
    for trailer in commit.trailers:
        key = trailer.key.lower()
        tokens = list(tokenize(trailer.value))
        found["trailer"].append((f":{key}", position, 0))
        found["trailer"] += [(f"{t.term}:{key}", position + t.position, t.width) for t in tokens]
        position += TRAILER_GAP + max((t.position + t.width for t in tokens), default=0)
    return found


def with_width(term: str, width: int) -> str:
    """Return how a term stands in a field with positions."""
    word, colon, key = term.partition(":")
    return f"{word}/{width}{colon}{key}" if width > 1 else term


def by_term(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Return the second ones of pairs by the first."""
    found = defaultdict(list)
    for term, value in pairs:
        found[term].append(value)
    return found


def expected(commit: Commit) -> dict[str, dict[str, list[float | list[int]]]]:
    """Return weight and positions of each term of each field of a commit, worked out slowly."""
    texts = placed(commit)
    fields: dict[str, dict[str, list[float | list[int]]]] = {}
    for name, found in texts.items():
        positions = by_term((with_width(term, width), at) for term, at, width in found)
        fields[name] = {term: [len(at), sorted(at)] for term, at in positions.items()}
    counts = [
        Counter(term.partition(":")[0] for term, _, width in texts[name] if width)
        for name in POSITIONAL
    ]
    lengths = [sum(1 for _, _, width in texts[name] if width == 1) for name in POSITIONAL]
    fields["text"] = {
        term: [code([count[term] for count in counts], lengths), 1.0]
        for term in set().union(*counts)
    }
    bare = {
        "author": [token.term for token in tokenize(str(commit.author))],
        "committer": [token.term for token in tokenize(str(commit.committer or ""))],
        "subsystem": [token.term for token in tokenize(commit.subsystem)],
        "link": links(commit.message),
    }
    fields.update({name: {term: [1, 1.0] for term in terms} for name, terms in bare.items()})
    return fields


def test_same_documents_for_the_same_terms(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """Each term has the documents, weights and positions that the analysis gives it, no other."""
    commits, whoosh = told
    wanted = defaultdict(list)
    for document, commit in enumerate(commits):
        if document not in whoosh["deleted"]:
            for field, terms in expected(commit).items():
                for term, (weight, value) in terms.items():
                    wanted[field, term].append([document, weight, value])
    found = {(field, term): postings for field, term, postings, _ in whoosh["postings"]}
    assert {key: postings for key, postings in found.items() if postings} == wanted
    assert whoosh["deleted"]


def test_frequencies(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """How many documents have a term is known without reading them, deleted ones included."""
    commits, whoosh = told
    counts: Counter[tuple[str, str]] = Counter(
        (field, term)
        for commit in commits
        for field, terms in expected(commit).items()
        for term in terms
    )
    assert {(field, term): df for field, term, _, df in whoosh["postings"]} == counts


def test_columns(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """Ids, records and numbers are columns, and nothing is stored beside them."""
    commits, whoosh = told
    columns = {
        name: [v for leaf in leaves for v in leaf] for name, leaves in whoosh["columns"].items()
    }
    assert columns["id"] == [commit.id for commit in commits]
    assert columns["commit"] == [record_of(commit).hex() for commit in commits]
    assert columns["author_date"] == [int(commit.author_date.timestamp()) for commit in commits]
    assert columns["committer_date"] == [int(commit.date.timestamp()) for commit in commits]
    assert len(set(columns["change_key"])) == len(commits)
    assert len(set(columns["author_key"])) == len({c.author.email for c in commits})
    assert whoosh["stored"] == {}


def test_phrases(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """Whoosh finds phrases by the positions."""
    commits, whoosh = told
    for (field, words), found in zip(PHRASES, whoosh["phrases"], strict=True):
        wanted = []
        for document, commit in enumerate(commits):
            at = by_term((term, position) for term, position, _ in placed(commit)[field])
            if any(position + 1 in at[words[1]] for position in at[words[0]]):
                wanted.append(document)
        assert found == [document for document in wanted if document not in whoosh["deleted"]]
    assert all(whoosh["phrases"])
