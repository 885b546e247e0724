"""Small indexes in folders, made by the writer of segments, and all that can be asked of one."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from kvmsearch.analysis import VERSION
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.generation import Manifest, SegmentFacts, write_manifest
from kvmsearch.engines.whoosh.layout import FIELDS, INDEX_NAME, NUMBERS, RANKED
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.writer.builder import SegmentBuilder
from kvmsearch.engines.whoosh.writer.known import located, sought
from kvmsearch.engines.whoosh.writer.schema import SCHEMA
from tests.engines.made import made, real
from tests.engines.memory import MemoryLeaf

LONG = " ".join(f"word{number} again" for number in range(2000))
ODD = (
    made(LONG, day=1),
    made("", day=2),
    made(f'netfilter: Fix\n\n{"gap " * 300}fix fix\n\nFixes: 2a62345b3052 ("x")\n', day=3),
    made("Grüße, Straße\n\n\N{PILE OF POO} \x1b[31m\n\nAcked-by: Bob\nAcked-by: Ann\n", day=4),
    made("id of another length", day=5, id=sha256(b"x").hexdigest()),
    made("no committer", day=6, committer=None, committer_date=None, parents=None, url="https://u"),
)
"""Commits with what is rare in real ones: long and empty messages, many and far positions."""

COMMITS = (*real(120), *ODD)


def build(
    folder: Path,
    batches: Iterable[Sequence[Commit]],
    generation: int = 1,
    deleted: Mapping[int, int] | None = None,
    refs: Mapping[Ref, Mapping[int, int]] | None = None,
) -> Manifest:
    """Write an index of a segment a batch; `deleted` and `refs` have bits by number of segment."""
    folder.mkdir(exist_ok=True)
    segments, facts = [], []
    for number, commits in enumerate(batches):
        builder = SegmentBuilder(folder)
        for commit in commits:
            builder.add(commit)
        segment = builder.finish()
        segments.append(segment)
        name = f"{segment.segment_id()}.deleted{generation}" if number in (deleted or {}) else None
        if name:
            (folder / name).write_bytes(packed((deleted or {})[number]))
        facts.append(SegmentFacts(segment.segment_id(), len(commits), VERSION, name))
    bitmaps = {
        ref: {facts[number].id: f"={packed(bits).hex()}" for number, bits in found.items()}
        for ref, found in (refs or {}).items()
    }
    manifest = Manifest(generation, tuple(facts), bitmaps)
    write_manifest(folder, manifest)
    TOC(SCHEMA, segments, generation).write(FileStorage(str(folder)), INDEX_NAME)
    return manifest


def packed(bits: int) -> bytes:
    """Return a bitmap as it is kept."""
    return zlib.compress(bits.to_bytes((bits.bit_length() + 7) // 8, "little"))


def leaf_of(folder: Path, commits: Sequence[Commit], deleted: int = 0) -> Leaf:
    """Return a new segment of these commits."""
    (facts,) = build(folder, [commits]).segments
    return Leaf(folder, facts.id, 0, facts.count, deleted)


def stands(leaf: Leaf | MemoryLeaf, term: str, wanted: Sequence[int]) -> dict[int, list[int]]:
    """Return where a term stands in the documents wanted, by the number of parts."""
    standing = leaf.standing(term, wanted)
    return {width: [*found] for width, found in standing.items() if any(found)}


def use(leaf: Leaf) -> None:
    """Ask a segment for all there is in it."""
    for field in FIELDS:
        for term in leaf.expand(field, ""):
            found = leaf.documents(field, term)
            assert len(found) == leaf.frequency(field, term)
    for term in leaf.expand(RANKED, ""):
        found, codes = leaf.postings(term)
        assert len(found) == len(codes)
        assert all(map(any, zip(*leaf.standing(term, found).values(), strict=True)))
        if dense := leaf.dense(term):
            assert len(dense.weights) == leaf.count
            assert dense.bits >> leaf.count == 0
    assert [len(begins) for begins in leaf.begins()] == [leaf.count, leaf.count]
    for document in range(leaf.count):
        commit = leaf.commit(document)
        leaf.find(commit.id)
        leaf.text(document)
    for column in NUMBERS:
        leaf.number(column, leaf.count - 1)
        assert len(leaf.numbers(column)) == leaf.count
    names = [commit_id for commit_id, _ in leaf.ids("")]
    assert len(located(leaf, sought(names))) <= leaf.count
    author, date = leaf.number("author_key", 0), leaf.number("author_date", 0)
    leaf.written_by(author)
    leaf.written_between([(author, date - 9, date + 9)])
    list(leaf.copies(leaf.number("change_key", 0)))
