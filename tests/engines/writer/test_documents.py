"""What a text is cut into does not depend on what is kept of other texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.analysis import tokenize
from kvmsearch.engines.whoosh.writer import documents
from kvmsearch.engines.whoosh.writer.documents import Trailers, Words, entry_of
from kvmsearch.engines.whoosh.writer.postings import POSITION_BITS
from kvmsearch.message import Trailer

TEXT = st.text(st.sampled_from("aAbBzZ09_-./@:> \n\t\u00a0\u2028éß\u0301,("), max_size=30)
KEYS = st.sampled_from(["Fixes", "fixes", "Cc"])


@given(st.lists(TEXT, max_size=6))
def test_words(texts: list[str]) -> None:
    """Words that were met before give the terms and positions that they gave then."""
    words = Words()
    lengths = [words.post(text, number << POSITION_BITS) for number, text in enumerate(texts)]
    wanted: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        tokens = list(tokenize(text))
        assert lengths[number] == sum(1 for token in tokens if token.width == 1)
        for token in tokens:
            postings = wanted.setdefault(entry_of(token), [])
            postings.append(number << POSITION_BITS | token.position)
    assert {term: list(words.terms.get(term)) for term in words.terms} == {
        term: sorted(postings) for term, postings in wanted.items()
    }


@given(st.lists(st.lists(st.builds(Trailer, KEYS, TEXT), max_size=3), max_size=5), st.booleans())
def test_trailers(commits: list[list[Trailer]], early: bool) -> None:
    """A trailer gives the same terms whether it is noted as a whole or cut at once."""
    once, noted = Trailers(), Trailers()
    for number, trailers in enumerate(commits):
        one = Trailers()
        parts = one.post(tuple(trailers), number << POSITION_BITS)
        assert noted.post(tuple(trailers), number << POSITION_BITS) == parts
        if early:
            noted.cut()
        for term in one.terms:
            once.terms.many(term).extend(one.terms.get(term))
        for term in one.words:
            once.words.many(term).extend(one.words.get(term))
        one.cut()
    noted.cut()
    if not any(len(set(trailers)) < len(trailers) for trailers in commits):
        for found, wanted in ((noted.terms, once.terms), (noted.words, once.words)):
            assert {term: sorted(found.get(term)) for term in found} == {
                term: sorted(wanted.get(term)) for term in wanted
            }


def test_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many distinct words there are, what is kept of them stays bounded."""
    monkeypatch.setattr(documents, "_MOST_KEPT", 50)
    words = Words()
    for number in range(3):
        words.post(" ".join(f"word{one}" for one in range(200)), number << POSITION_BITS)
    assert len(words) <= 50
    assert all(len(words.terms.get(f"word{one}")) == 3 for one in range(200))
