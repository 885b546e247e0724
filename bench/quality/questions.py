"""Questions with known answers, and the forms in which each is asked."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kvmsearch import KvmsearchError

FORMS = ("long", "short", "title", "slug")

SHORT = 3
"""Words of the short form."""

_WORD = re.compile(r"\w+")
_BRANCH_SPLIT = re.compile(r"[-_/.]+")


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question file; README.md says what each key is."""

    qid: str
    query: str
    relevant: frozenset[str]
    """Full ids of the commits that answer it."""

    title: str | None = None
    drop: str | None = None
    """The full id of the commit that asks."""


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, in order."""
    return _WORD.findall(text.lower())


def read_questions(path: Path) -> list[Question]:
    """Read a file of one JSON object a line.

    Raises:
        KvmsearchError: the file cannot be read, or a line of it is no question.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KvmsearchError(f"{path}: cannot be read ({error})") from error
    return [_question(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line]


def _question(line: str, place: str) -> Question:
    try:
        told: dict[str, Any] = json.loads(line)
        asked = [told["qid"], told["query"], *told["relevant"]]
        asked += [told[key] for key in ("title", "drop") if told.get(key) is not None]
        if not all(isinstance(text, str) for text in asked) or isinstance(told["relevant"], str):
            raise TypeError("relevant is a list of texts, the others are texts")  # noqa: TRY301
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KvmsearchError(
            f"{place}: not a JSON object with qid, query and relevant ({error})"
        ) from error
    qid, query, relevant = told["qid"], told["query"], frozenset(told["relevant"])
    return Question(qid, query, relevant, told.get("title"), told.get("drop"))


def sample(questions: Sequence[Question], size: int) -> list[Question]:
    """Return `size` of the questions, spread evenly over all; 0 means every one."""
    if not 0 < size < len(questions):
        return list(questions)
    return [questions[number * len(questions) // size] for number in range(size)]


def forms(question: Question, frequency: Callable[[str], int]) -> dict[str, str]:
    """Return the texts to ask, by the name of their form; `frequency` counts commits of a word."""
    asked = {"long": question.query, "short": _rarest(question.query, frequency)}
    if question.title:
        asked["title"] = question.title
    elif not question.drop:
        # Neither a subject nor a commit that asks: the question names a topic branch.
        asked["slug"] = _slug(question.qid)
    return {form: text for form, text in asked.items() if text.strip()}


def _rarest(text: str, frequency: Callable[[str], int]) -> str:
    """Return the known words of fewest commits, in the order of the text."""
    known = [word for word in dict.fromkeys(words(text)) if frequency(word)]
    rarest = set(islice(sorted(known, key=frequency), SHORT))  # stable: ties go to the first
    return " ".join(word for word in known if word in rarest)


def _slug(qid: str) -> str:
    branch = qid.split("@", 1)[0]
    return " ".join(_BRANCH_SPLIT.split(branch.split("/", 1)[-1]))


def answered(questions: Iterable[Question], ids: frozenset[str]) -> list[Question]:
    """Return the questions that commits of these ids answer, without answers that are not there."""
    found = (
        Question(q.qid, q.query, q.relevant & ids, q.title, q.drop)
        for q in questions
        if q.relevant & ids
    )
    return list(found)
