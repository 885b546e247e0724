import os
from pathlib import Path
from random import Random

import pytest

from kvmsearch.engines import Answer, Answers, Question
from kvmsearch.engines.whoosh.engine import WhooshEngine
from kvmsearch.engines.whoosh.ranker import candidates, changes, grep, page, scores, series
from kvmsearch.engines.whoosh.ranker.bits import bits_of, chosen, lanes_of, members
from kvmsearch.engines.whoosh.ranker.search import answer
from kvmsearch.errors import UsageError
from kvmsearch.hits import Part
from kvmsearch.query.tree import And, Named, Node, Not, Regex, Trailer, Word, Words
from tests.engines.made import BOB, made
from tests.engines.memory import MemorySnapshot
from tests.engines.ranker_questions import Asker, some_commits
from tests.engines.reference import Reference

QUESTIONS = int(os.environ.get("KVMSEARCH_TEST_QUESTIONS", "640"))
"""How many random questions are compared in all."""

KINDS = 8


@pytest.mark.parametrize("seed", range(KINDS))
def test_as_in_full(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Answers are those of an evaluation in full, however the commits lie in segments."""
    random = Random(seed)  # noqa: S311
    # Few documents are read in other ways than many.
    monkeypatch.setattr(candidates, "FEW", random.choice((0, 3, 512)))
    monkeypatch.setattr(candidates, "BATCH", random.choice((1, 64)))
    monkeypatch.setattr(scores, "GROUP", random.choice((2, 100)))
    monkeypatch.setattr(changes, "FEW", random.choice((0, 256)))
    monkeypatch.setattr(page, "SOME", random.choice((0, 1024)))
    monkeypatch.setattr(changes, "LOOKUP", random.choice((0, 100)))
    monkeypatch.setattr(series, "FEW", random.choice((0, 300)))
    commits = some_commits(random, 64)
    deleted = {one.id for one in random.sample(commits, random.choice((0, 0, 10)))}
    cuts = sorted(random.choices(range(len(commits)), k=seed % 4))
    segments = [commits[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    snapshot = MemorySnapshot(*segments, deleted=deleted)
    reference = Reference([one for one in commits if one.id not in deleted])
    asker = Asker(random, commits)
    for _ in range(QUESTIONS // KINDS):
        question = asker.question()
        check(answer(snapshot, question), reference, question)


@pytest.mark.parametrize("seed", range(2))
def test_as_in_full_on_disk(tmp_path: Path, seed: int) -> None:
    """The same of an index in files, written at several times, with commits removed and merged."""
    random = Random(seed)  # noqa: S311
    commits = some_commits(random, 64)
    engine = WhooshEngine(str(tmp_path / "index"), create=True)
    for start in range(0, len(commits), 20):
        with engine.transaction() as writing:
            for commit in commits[start : start + 20]:
                writing.put(commit, commit.refs)
    if seed:
        with engine.transaction() as writing:
            writing.prune()
    kept = [one for one in commits if one.refs or not seed]
    assert len(engine) == len(kept)
    reference, asker = Reference(kept), Asker(random, commits)
    for _ in range(QUESTIONS // KINDS):
        question = asker.question()
        check(engine.search(question), reference, question)


def check(found: Answers, reference: Reference, question: Question) -> None:
    """Compare an answer, and the parts of its scores, with those worked out in full."""
    page = [(one.commit.id, one.score, [c.id for c in one.copies]) for one in found.page]
    counts = found.total, found.with_all_words, found.total_commits
    assert (*counts, page) == reference.answer(question), question
    assert all(map(adds_up, found.page)) or question.sort != "relevance", question


def adds_up(one: Answer) -> bool:
    """Whether the parts of an explanation, if there is one, make up the score."""
    parts = one.explanation.parts if one.explanation else ()
    return not one.explanation or sum(part.gain for part in parts) == pytest.approx(one.score)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.3, 1.0])
def test_bits(share: float) -> None:
    """A set of documents gives its members, and what belongs to them, whatever it is like."""
    random = Random(1)  # noqa: S311
    documents = [one for one in range(1000) if random.random() < share]
    bits = bits_of(documents, 1000)
    assert members(bits) == documents
    assert list(chosen(bits, range(5, 1005))) == [one + 5 for one in documents]
    lanes = lanes_of(bits).to_bytes(1000, "little")
    assert [one for one, lane in enumerate(lanes) if lane == 255] == documents


SOME = MemorySnapshot(
    [
        made("KVM: Fix a Deadlock\n\nslots_lock deadlocks, relocations"),
        made("kvm: deadlocks again"),
        made("deadlines"),
        made("Relocation of the KVM network stack"),
    ]
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Words((Word("deadlok"),)), "deadlock"),
        (Words((Word("daedlock"), Word("KVM"))), "deadlock KVM"),
        (Words((Word("netwrok"), Word("xyzzy"))), "network xyzzy"),
        (Words((Word("relocatoin"),)), "relocation"),
        (Words((Word("daedlokc"),)), "deadlocks"),
        (And((Words((Word("netwrok", "title"),)), Word("fix"))), "title:network AND fix"),
        (Words((Word("deadlock"), Word("xyzzy"))), None),
        (Words((Word("kv"),)), None),
        (Words((Word('"deadlok'), Word("KVM"))), "deadlock KVM"),
        (Words((Word("[xyzzy"), Word("KVM"))), None),
        (Not(Words((Word("deadlok"),))), None),
        (Words((Word("kvm_netwrok"),)), None),
    ],
)
def test_suggestion(query: Node, expected: str | None) -> None:
    """A word that is in no commit is mended, where another is much alike, as people write it."""
    assert answer(SOME, Question(query)).suggestion == expected


def test_explanation() -> None:
    """Every part of a score is told, with the words as they were typed."""
    query = Words((Word("Deadlocked"), Word("again"), Named(title="kvm: deadlocks again")))
    found = answer(SOME, Question(query, explain=True)).page
    assert [one.commit.title for one in found][:1] == ["kvm: deadlocks again"]
    explanation = found[0].explanation
    assert explanation
    assert [part.label for part in explanation.parts] == [
        "Deadlocked",
        "again",
        "Deadlocked again side by side",
        "named by the query",
    ]
    assert answer(SOME, Question(query)).page[0].explanation is None


def test_explained_shares() -> None:
    """It is told what a short query loses by words that are not there, and a title gains."""
    short = explained("deadlines again", "deadlines")
    assert [part.label for part in short] == ["deadlines", "lacks some of the query"]
    assert short[1].gain < 0
    ((told, share),) = short[1].details
    assert told == "share that it has, by rarity and emphasis"
    assert 0 < float(share) < 1
    long = explained("the relocation of a network stack of deadlines", "Relocation of the KVM")
    assert long[-1].label == "says so much of its title"
    assert long[-1].details == (("words of its title that the query has", 3), ("of all", 6))
    assert long[-1].gain == pytest.approx(sum(part.gain for part in long[:-1]) * 0.5**2.5)


def explained(words: str, title: str) -> tuple[Part, ...]:
    """Return how the score comes about of the commit whose title begins so."""
    query = Words(tuple(map(Word, words.split())))
    found = answer(SOME, Question(query, match="any", explain=True)).page
    (explanation,) = (one.explanation for one in found if one.commit.title.startswith(title))
    assert explanation
    return explanation.parts


def test_copy_from_another_time() -> None:
    """A change is raised by the series of one copy from what it earns by another, told, copy."""
    best = made("deadlock deadlock: deadlock")
    member = made(f"one more\n\ndeadlock{' and this' * 400}\n", 0.01)
    copy = made(
        f"one more\n\ndeadlock{' and' * 30}\n\n(cherry picked from commit {member.id})\n", 5
    )
    other = made(f"another\n\ndeadlock{' and' * 10}\n", 9, BOB)
    commits = [best, member, copy, other, *(made(f"{number}") for number in range(9))]
    question = Question(Words((Word("deadlock"),)), limit=2)
    found = answer(MemorySnapshot(commits), question)
    assert [one.commit.id for one in found.page] == [best.id, member.id]
    check(found, Reference(commits), question)


def test_regex_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that would take forever ends in one error; one that is none, too."""
    monkeypatch.setattr(grep, "SECONDS", 1)
    endless = MemorySnapshot([made("a" * 40 + "!")])
    with pytest.raises(UsageError, match="gave up on this regular expression"):
        answer(endless, Question(Regex("(a|aa)+$")))
    with pytest.raises(UsageError, match="is no regular expression"):
        answer(endless, Question(Regex("(")))


@pytest.mark.parametrize("typed", ["2a62345b30", "2a62345b3052", "2a62345b30529e48"])
def test_an_id_in_a_trailer(typed: str) -> None:
    """A trailer that names a commit is found by any abbreviation of it, and by more of the id."""
    fix = made('fix it\n\nFixes: 2a62345b3052 ("KVM: foo")\n', 1)
    other = made("2a62345b3052 is named elsewhere\n\nCc: 2a62345b3052\n", 2)
    found = answer(MemorySnapshot([fix, other]), Question(Trailer("fixes", typed))).page
    assert [one.commit.id for one in found] == [fix.id]
