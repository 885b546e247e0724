import os
from random import Random

import pytest

from kvmsearch.engines.whoosh.ranker import candidates, changes
from kvmsearch.engines.whoosh.ranker.search import answer
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
    monkeypatch.setattr(changes, "FEW", random.choice((0, 256)))
    commits = some_commits(random, 64)
    deleted = {one.id for one in random.sample(commits, random.choice((0, 0, 10)))}
    cuts = sorted(random.choices(range(len(commits)), k=seed % 4))
    segments = [commits[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    snapshot = MemorySnapshot(*segments, deleted=deleted)
    reference = Reference([one for one in commits if one.id not in deleted])
    asker = Asker(random, commits)
    for _ in range(QUESTIONS // KINDS):
        question = asker.question()
        found = answer(snapshot, question)
        page = [(one.commit.id, one.score, [c.id for c in one.copies]) for one in found.page]
        expected = reference.answer(question)
        counts = found.total, found.with_all_words, found.total_commits
        assert (*counts, page) == expected, question
