"""What a segment tells is what Whoosh reads in the same file, and what was put into it."""

from collections.abc import Iterator
from contextlib import closing
from functools import reduce
from operator import or_
from pathlib import Path

import pytest
import whoosh.index
from whoosh.reading import IndexReader

from kvmsearch.analysis import terms
from kvmsearch.engines.whoosh.digest import number_of
from kvmsearch.engines.whoosh.layout import (
    DENSE_FROM,
    FIELDS,
    NUMBERS,
    RANKED,
)
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from tests.engines.made import ANN, BOB, made
from tests.engines.memory import MemoryLeaf
from tests.engines.reader.built import COMMITS, build, leaf_of, stands

MANY = [made(f"common even{number % 2}\n\nrare{number}", day=number / 50) for number in range(5000)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an index of one segment."""
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def leaf(folder: Path) -> Leaf:
    """Return its segment."""
    return leaf_of(folder, COMMITS)


@pytest.fixture(scope="module")
def stock(folder: Path, leaf: Leaf) -> Iterator[IndexReader]:
    """Return what Whoosh opens there."""
    assert leaf.count == len(COMMITS)
    with closing(whoosh.index.open_dir(str(folder)).reader()) as reader:
        yield reader


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Leaf:
    """Return a segment that is large enough for dense terms and postings in many blocks."""
    return leaf_of(tmp_path_factory.mktemp("large"), MANY)


@pytest.mark.parametrize("field", FIELDS)
def test_terms(leaf: Leaf, stock: IndexReader, field: str) -> None:
    """The terms of a field are those of Whoosh, in its order."""
    assert list(leaf.expand(field, "")) == [term.decode() for term in stock.lexicon(field)]


@pytest.mark.parametrize("prefix", ["", "c", "con", "config_", "no such term", "\N{PILE OF POO}"])
def test_expand(leaf: Leaf, prefix: str) -> None:
    """A prefix is expanded to the terms that begin with it, from a term on where one is given."""
    terms = [term for term in leaf.expand(RANKED, "") if term.startswith(prefix)]
    assert list(leaf.expand(RANKED, prefix)) == terms
    for start in ("a", "cons", *terms[:1], *terms[1:2]):
        rest = [term for term in terms if term >= start]
        assert list(leaf.expand(RANKED, prefix, start)) == rest


@pytest.mark.parametrize("field", FIELDS)
def test_postings(leaf: Leaf, stock: IndexReader, field: str) -> None:
    """Each term is in the documents, with the codes and positions, that Whoosh reads."""
    for term in leaf.expand(field, ""):
        matcher = stock.postings(field, term)
        documents, weights, found = [], [], []
        while matcher.is_active():
            documents.append(matcher.id())
            weights.append(int(matcher.weight()))
            if field == RANKED:
                found.append(sum({1 << position for position in matcher.value_as("positions")}))
            matcher.next()
        assert leaf.documents(field, term) == documents
        assert leaf.frequency(field, term) == len(documents)
        if field == RANKED:
            assert leaf.postings(term) == (documents, bytes(weights))
            standing = leaf.standing(term, documents).values()
            assert [reduce(or_, widths) for widths in zip(*standing, strict=True)] == found


def test_standing(leaf: Leaf) -> None:
    """Each term stands where the analysis has it, and for as many parts."""
    memory = MemoryLeaf(COMMITS, 0, ())
    assert [list(begins) for begins in leaf.begins()] == list(memory.begins())
    assert list(leaf.expand(RANKED, "")) == list(memory.expand(RANKED, ""))
    everywhere = range(leaf.count)
    for term in memory.expand(RANKED, ""):
        assert stands(leaf, term, everywhere) == stands(memory, term, everywhere)
    assert max(len(stands(leaf, term, everywhere)) for term in memory.at) > 1


@pytest.mark.parametrize("term", ["no-such-term", "", "\ud800", "a" * 70000])
def test_no_such_term(leaf: Leaf, term: str) -> None:
    """A term that no document has is nowhere."""
    assert leaf.frequency(RANKED, term) == 0
    assert leaf.documents("title", term) == []
    assert leaf.postings(term) == ([], b"")
    assert leaf.dense(term) is None
    assert stands(leaf, term, [0, 1]) == {}


def test_columns(leaf: Leaf, stock: IndexReader) -> None:
    """Numbers are those of Whoosh, one by one and as a whole."""
    for name in NUMBERS:
        column = stock.column_reader(name)
        expected = [column[document] for document in range(leaf.count)]
        assert [leaf.number(name, document) for document in range(leaf.count)] == expected
        assert list(leaf.numbers(name)) == expected
        assert leaf.number(name, 3) == expected[3]
        assert list(leaf.numbers_in(name, [3, 1])) == [expected[3], expected[1]]


def test_commits(leaf: Leaf) -> None:
    """The commits are those that were put in, whatever is in them."""
    assert [leaf.commit(document) for document in range(leaf.count)] == list(COMMITS)
    assert [leaf.text(document) for document in range(leaf.count)] == [
        commit.message for commit in COMMITS
    ]


def test_find(leaf: Leaf) -> None:
    """A commit is found by its id, whatever the length of that, and by nothing else."""
    ids = {commit.id: document for document, commit in enumerate(COMMITS)}
    assert {name: leaf.find(name) for name in ids} == ids
    assert [leaf.name(document) for document in range(leaf.count)] == list(ids)
    for name in ("", "0" * 40, "f" * 64, COMMITS[0].id[:-1], COMMITS[0].id[:-2], "no id", "é" * 40):
        assert leaf.find(name) is None


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 40])
def test_ids(leaf: Leaf, length: int) -> None:
    """The ids that begin with some digits come in order, of all lengths."""
    known = sorted((commit.id, document) for document, commit in enumerate(COMMITS))
    for name, _ in known[:5]:
        prefix = name[:length]
        assert list(leaf.ids(prefix)) == [one for one in known if one[0].startswith(prefix)]
    for prefix in ("no id", "A", " "):
        assert list(leaf.ids(prefix)) == []


def test_deleted(tmp_path: Path) -> None:
    """What is deleted is not found by its id, and is in no bitset of what lives."""
    leaf = leaf_of(tmp_path, COMMITS[:5], deleted=0b10010)
    assert leaf.live == 0b01101
    found = {commit.id: leaf.find(commit.id) for commit in COMMITS[:5]}
    assert list(found.values()) == [0, None, 2, 3, None]
    live = {name: document for name, document in found.items() if document is not None}
    assert dict(leaf.ids("")) == live


def test_dense(large: Leaf) -> None:
    """Of a term that many documents have there is a bitset, and its codes by document."""
    assert large.count >= DENSE_FROM
    for term in ("common", "even1"):
        documents, codes = large.postings(term_of(term))
        dense = large.dense(term_of(term))
        assert dense is not None
        assert dense.bits == sum(1 << document for document in documents)
        assert bytes(dense.weights[document] for document in documents) == codes
        assert dense.weights.count(0) == large.count - len(documents)
    assert large.dense(term_of("rare7")) is None


def term_of(word: str) -> str:
    """Return the term of a word."""
    return next(terms(word))


def test_stands_in_few(large: Leaf) -> None:
    """Where a term stands is told of the documents wanted alone, however often it is asked for."""
    common, even = term_of("common"), term_of("even1")
    for wanted in ([0, 1023, 1024, 2500, 4999], [3], range(2000, 4000), [4999], (), [0]) * 20:
        assert stands(large, common, wanted) == ({1: [1 for _ in wanted]} if wanted else {})
        odd = [2 * (document % 2) for document in wanted]
        assert stands(large, even, wanted) == ({1: odd} if any(odd) else {})


def test_among(large: Leaf) -> None:
    """Of some documents those are told that have a term, few or many."""
    for field, word in (("title", "even1"), ("title", "common"), (RANKED, "rare7"), (RANKED, "no")):
        having = large.documents(field, term_of(word))
        for wanted in ([0, 1, 7, 1023, 1024, 2500, 4999, 5000], range(2000, 4000), ()):
            expected = [document for document in having if document in wanted]
            assert large.among(field, term_of(word), wanted) == expected


def test_series(tmp_path: Path) -> None:
    """What one author wrote comes in order of the dates it was written at."""
    commits = [made("three", day=3), made("one", day=1), made("other", author=BOB), made("two", 2)]
    leaf = leaf_of(tmp_path, commits)
    written = leaf.written_by(number_of(ANN.email))
    dates = leaf.numbers_in("author_date", written)
    assert list(written) == [1, 3, 0]
    assert list(leaf.written_by(0)) == []
    ann = number_of(ANN.email)
    asked = [(ann, dates[0], dates[2]), (ann, dates[0] + 1, dates[2] - 1), (ann, 1, 2), (0, 1, 2)]
    assert leaf.written_between(asked) == {0: list(written), 1: [3]}


def test_stretches(tmp_path: Path) -> None:
    """What one author wrote without a long gap comes together, once, in the order of its dates."""
    minutes = (0, 65, 30, 61, 91, 200)
    dated = [made(f"{one}", day=one / 1440) for one in minutes]
    leaf = leaf_of(tmp_path, [*dated, made("other", author=BOB)])
    assert leaf.stretches([4, 0, 1, 2]) == [[3, 1, 4], [0, 2]]
    assert leaf.stretches([6, 5]) == [[6], [5]]
    assert leaf.stretches([]) == []


def test_copies(tmp_path: Path) -> None:
    """Commits of one change are found by its key."""
    copies = [made("x86: Fix", id=digit * 40) for digit in "12"]
    leaf = leaf_of(tmp_path, [copies[0], made("other"), copies[1]])
    assert list(leaf.copies(leaf.number("change_key", 0))) == [0, 2]
    assert list(leaf.copies(leaf.number("change_key", 1))) == [1]
    assert list(leaf.copies(12345)) == []


def test_more_terms_than_are_kept(large: Leaf) -> None:
    """Asking where many terms stand forgets the first, and reads them again."""
    terms = list(large.expand(RANKED, ""))[:300]
    first = [large.standing(term, range(large.count)) for term in terms]
    assert [large.standing(term, range(large.count)) for term in terms] == first


def test_no_commits(tmp_path: Path) -> None:
    """A segment of no commits has nothing."""
    leaf = leaf_of(tmp_path, [])
    assert leaf.live == 0
    assert list(leaf.expand(RANKED, "")) == []
    assert list(leaf.ids("")) == []
    assert list(leaf.numbers("author_date")) == []


def test_build_names_no_two_alike(tmp_path: Path) -> None:
    """Segments of one index are files of their own."""
    manifest = build(tmp_path, [COMMITS[:2], COMMITS[2:4]])
    assert len({facts.id for facts in manifest.segments}) == 2
