"""Whoosh alone, in a process without kvmsearch, reads all that the writer wrote."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest

from kvmsearch.analysis import tokenize
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.layout import TEXT_GAP, record_of
from kvmsearch.engines.whoosh.reader.snapshot import open_snapshot
from kvmsearch.engines.whoosh.writer.folder import create_index
from kvmsearch.engines.whoosh.writer.transaction import WhooshTransaction
from kvmsearch.ranking import code
from kvmsearch.relations import links
from tests.engines.made import real
from tests.engines.reader.built import ODD
from tests.engines.reference import told_of_others

PHRASES = [("body", ["devic", "tree"]), ("body", ["add", "support"]), ("body", ["word7", "again"])]
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


Placed = list[tuple[str, int, int]]
"""Terms, where they stand, and for how many parts; 0 of a mark."""


def placed(commit: Commit) -> tuple[Placed, Placed, Placed]:
    """Return what stands in title, prose and trailers of a commit."""
    texts: list[Placed] = []
    begin = 0
    for text in (commit.title, commit.parts.prose):
        tokens = list(tokenize(text))
        texts.append([(token.term, begin + token.position, token.width) for token in tokens])
        begin += sum(1 for token in tokens if token.width == 1) + TEXT_GAP
    trailers: Placed = []
    for trailer in commit.trailers:
        tokens = list(tokenize(trailer.value))
        trailers += [(mark, begin, 0) for mark in (":", f":{trailer.key.lower()}")]
        trailers += [(token.term, begin + token.position, token.width) for token in tokens]
        begin += sum(1 for token in tokens if token.width == 1) + TEXT_GAP
    return texts[0], texts[1], trailers


def by_term(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Return the second ones of pairs by the first."""
    found = defaultdict(list)
    for term, value in pairs:
        found[term].append(value)
    return found


def expected(commit: Commit) -> dict[str, dict[str, list[float | list[int]]]]:
    """Return weight and positions of each term of each field of a commit, worked out slowly."""
    texts = placed(commit)
    counts = [dict[str, float](Counter(term for term, _, _ in found)) for found in texts]
    prose = commit.parts.prose
    for token in tokenize(prose):
        counts[1][token.term] -= 1 - told_of_others(prose, token.start)
    lengths = [sum(1 for _, _, parts in found if parts == 1) for found in texts]
    positions = by_term((term, at) for found in texts for term, at, _ in found)
    fields: dict[str, dict[str, list[float | list[int]]]] = {
        "body": {
            term: [code([count.get(term, 0) for count in counts], lengths), sorted(at)]
            for term, at in positions.items()
        }
    }
    bare = {
        "title": [token.term for token in tokenize(commit.title)],
        "trailer": [
            term
            for trailer in commit.trailers
            for term in (
                f":{trailer.key.lower()}",
                *(f"{token.term}:{trailer.key.lower()}" for token in tokenize(trailer.value)),
            )
        ],
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


def followed(whoosh: dict[str, Any], commits: list[Commit]) -> Iterator[tuple[Commit, str | None]]:
    """Yield each commit and the id of the next one of its segment."""
    left = iter(commits)
    for segment in whoosh["columns"]["id"]:
        yield from zip(islice(left, len(segment)), [*segment[1:], None], strict=True)


def test_columns(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """Ids, records and numbers are columns, and nothing is stored beside them."""
    commits, whoosh = told
    columns = {
        name: [v for leaf in leaves for v in leaf] for name, leaves in whoosh["columns"].items()
    }
    assert columns["id"] == [commit.id for commit in commits]
    assert columns["commit"] == [
        record_of(commit, following).hex() for commit, following in followed(whoosh, commits)
    ]
    assert columns["author_date"] == [int(commit.author_date.timestamp()) for commit in commits]
    assert columns["committer_date"] == [int(commit.date.timestamp()) for commit in commits]
    assert len(set(columns["change_key"])) == len(commits)
    assert len(set(columns["author_key"])) == len({c.author.email for c in commits})
    assert whoosh["stored"] == {}


def test_phrases(told: tuple[list[Commit], dict[str, Any]]) -> None:
    """Whoosh finds phrases by the positions."""
    commits, whoosh = told
    for (_, words), found in zip(PHRASES, whoosh["phrases"], strict=True):
        wanted = []
        for document, commit in enumerate(commits):
            texts = chain.from_iterable(placed(commit))
            at = by_term((term, position) for term, position, _ in texts)
            if any(position + 1 in at[words[1]] for position in at[words[0]]):
                wanted.append(document)
        assert found == [document for document in wanted if document not in whoosh["deleted"]]
    assert all(whoosh["phrases"])
