import json
from math import log2
from pathlib import Path

import pytest

from bench.quality.measures import counted, interval, ndcg, recall, reciprocal_rank
from bench.quality.questions import Question, answered, forms, read_questions, sample
from bench.quality.series import series
from kvmsearch import KvmsearchError


def ranking(*answers: str) -> list[frozenset[str]]:
    """Return a ranking of answers, each the ids of its commits, split at spaces."""
    return [frozenset(answer.split()) for answer in answers]


def test_ndcg_of_two_right_answers_at_ranks_one_and_three() -> None:
    """The gain at rank r is 1 / log2(r + 1), over that of all right answers at the top."""
    expected = (1 + 1 / 2) / (1 + 1 / log2(3))
    assert ndcg(ranking("a", "x", "b"), {"a", "b"}) == pytest.approx(expected)


def test_ndcg_looks_at_ten_answers() -> None:
    """An answer at rank 11 gains nothing, and more than ten right ones are not asked for."""
    eleven = [str(number) for number in range(11)]
    assert ndcg(ranking(*eleven), {"10"}) == 0
    assert ndcg(ranking(*eleven), set(eleven)) == 1


def test_a_change_is_one_answer_whichever_copy_is_right() -> None:
    """Copies take one rank and gain once; all of them are found."""
    found = ranking("x", "a b")
    assert ndcg(found, {"b"}) == pytest.approx(1 / log2(3))
    assert recall(found, {"a", "b", "c"}) == pytest.approx(2 / 3)


def test_reciprocal_rank_is_that_of_the_first_right_answer() -> None:
    """Second is 1/2, later than tenth is 0."""
    assert reciprocal_rank(ranking("x", "a", "b"), {"a", "b"}) == 1 / 2
    assert reciprocal_rank(ranking(*"0123456789", "a"), {"a"}) == 0


def test_recall_looks_at_a_hundred_answers() -> None:
    """A right answer at rank 101 is not found."""
    many = [str(number) for number in range(101)]
    assert recall(ranking(*many), {"0", "99", "100", "none"}) == 2 / 4


def test_who_asks_and_its_series_are_no_answers_unless_right() -> None:
    """Excluded commits leave the ranking, and the others move up; right ones stay."""
    found = ranking("asks", "sibling", "a", "x")
    excluded = frozenset({"asks", "sibling"})
    assert counted(found, frozenset({"a"}), excluded) == ranking("a", "x")
    assert counted(found, frozenset({"sibling"}), excluded) == ranking("sibling", "a", "x")


def test_a_series_is_chained_by_author_and_half_hours() -> None:
    """Thirty minutes join, a second more parts, and another author is another series."""
    dates = [("me", 0, "a"), ("me", 3600, "c"), ("me", 1800, "b"), ("me", 5401, "d"), ("u", 0, "e")]
    assert list(series(dates)) == [["a", "b", "c"], ["d"], ["e"]]


def test_the_forms_of_a_question() -> None:
    """Short is its three rarest known words in their order; the first wins among equals."""
    frequency = {"the": 9, "lock": 2, "of": 8, "mmu": 1, "page": 2, "cache": 2}
    question = Question("ab/mmu-page_cache@12", "The lock of MMU, page cache kvmx", frozenset("a"))
    assert forms(question, lambda word: frequency.get(word, 0)) == {
        "long": "The lock of MMU, page cache kvmx",
        "short": "lock mmu page",
        "slug": "mmu page cache",
    }


def test_only_topics_have_a_branch_name() -> None:
    """A question with a subject is asked by it too; one with an asking commit has no slug."""
    titled = Question("cites@1", "why", frozenset("a"), title="mm: Why", drop="b")
    assert forms(titled, lambda _: 1) == {"long": "why", "short": "why", "title": "mm: Why"}
    revert = Question("reverts@1", "why", frozenset("a"), drop="b")
    assert forms(revert, lambda _: 1) == {"long": "why", "short": "why"}


def test_a_sample_is_spread_evenly_and_the_same_each_time() -> None:
    """Of seven questions, three are the first, third and fifth; 0 means all."""
    questions = [Question(str(number), "q", frozenset("a")) for number in range(7)]
    assert [question.qid for question in sample(questions, 3)] == ["0", "2", "4"]
    assert sample(questions, 0) == sample(questions, 9) == questions


def test_questions_about_other_repositories_are_left_out() -> None:
    """A question is asked where one of its answers is, and only that one is looked for."""
    here = Question("here", "q", frozenset({"a", "gone"}))
    other = Question("other", "q", frozenset({"z"}))
    assert answered([here, other], frozenset({"a", "b"})) == [Question("here", "q", frozenset("a"))]


def test_the_interval_of_equal_differences_has_no_width() -> None:
    """Where every question differs by the same, the mean is sure; else its interval holds it."""
    assert interval([2.0] * 5) == (2, 2)
    low, high = interval([0.0, 1.0] * 50)
    assert 0.35 < low < 0.5 < high < 0.65


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"qid": "a", "query": "q"}',
        '{"qid": 1, "query": "q", "relevant": []}',
        '{"qid": "a", "query": "q", "relevant": "b"}',
        '{"qid": "a", "query": "q", "relevant": ["b"], "drop": 1}',
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    """The error says the file and the line, and what a question is."""
    path = tmp_path / "made.jsonl"
    whole = {"qid": "a", "query": "q", "relevant": ["b"], "title": "t", "drop": "c", "corpus": "x"}
    path.write_text(json.dumps(whole) + "\n")
    assert read_questions(path) == [Question("a", "q", frozenset("b"), "t", "c")]
    path.write_text(json.dumps(whole) + "\n" + line + "\n")
    with pytest.raises(KvmsearchError, match=r"made\.jsonl:2: not a JSON object with qid"):
        read_questions(path)
