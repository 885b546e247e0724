"""What a text is cut into does not depend on how its words are kept and numbered."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.analysis import tokenize
from kvmsearch.engines.whoosh.layout import TEXT_GAP
from kvmsearch.engines.whoosh.writer import lexicon
from kvmsearch.engines.whoosh.writer.documents import Notes, Texts
from kvmsearch.engines.whoosh.writer.lexicon import PART_BITS, Lexicon, Numbered
from kvmsearch.message import Message, Trailer

TEXT = st.text(st.sampled_from("aAbBzZ09_-./@:> \n\t\u00a0\u2028éß\u0301,(\x1c"), max_size=30)
TRAILERS = st.lists(
    st.builds(
        Trailer,
        st.sampled_from(["Fixes", "fixes", "Cc", "k" * 300]),
        TEXT.map(lambda text: text.replace("\n", " ")),  # as it is unfolded
    ),
    max_size=3,
)
MESSAGES = st.builds(Message, TEXT, st.just(""), TRAILERS.map(tuple), TEXT)

Occurrence = tuple[str, int, int]


def occurrences(found: Lexicon, words: Sequence[int]) -> tuple[list[Occurrence], int]:
    """Return (term, position, parts) of words one behind the other, and how many positions."""
    terms = list(found.terms)
    position, all_ = 0, []
    run_ends = [0, *accumulate(found.run_sizes)]
    word_ends = [0, *(at for at, run in enumerate(found.words, 1) if run == found.end)]
    for word in words:
        for run in found.words[word_ends[word] : word_ends[word + 1]]:
            for at in range(run_ends[run], run_ends[run + 1]):
                shift = found.shifts[at]
                offset, parts = shift >> PART_BITS, (shift & (1 << PART_BITS) - 1) + 1
                all_.append((terms[found.numbers[at]], position + offset, parts))
            position += found.widths[run]
    return all_, position


def placed(text: str, begin: int) -> tuple[list[Occurrence], int]:
    """Return the same of a text by the analysis alone."""
    tokens = list(tokenize(text))
    parts = sum(1 for token in tokens if token.width == 1)
    return [(token.term, begin + token.position, token.width) for token in tokens], begin + parts


def expected(message: Message) -> tuple[list[Occurrence], int]:
    """Return the occurrences of a message, worked out slowly."""
    all_, position = placed(message.title, 0)
    found, position = placed(message.prose, position + TEXT_GAP)
    all_ += found
    position += TEXT_GAP
    for trailer in message.trailers:
        all_ += [(":", position, 1), (f":{trailer.key.lower()}", position, 1)]
        found, position = placed(trailer.value, position)
        all_ += found
        position += TEXT_GAP
    return all_, position


@given(st.lists(MESSAGES, max_size=5), st.booleans())
def test_messages(messages: list[Message], kept: bool) -> None:
    """Words and trailers that were met before give the terms and positions that they gave then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexicon, "_LONGEST_KEPT", 200 if kept else 0)
        texts = Texts()
        for message in messages:
            texts.post(message, may_name=True)
    found = texts.lexicon()
    begin = 0
    for counts, message in zip(zip(*texts.counts, strict=True), messages, strict=True):
        words = texts.words[begin : begin + sum(counts)]
        begin += sum(counts)
        all_, end = occurrences(found, words)
        wanted, behind = expected(message)
        assert (Counter(all_), end) == (Counter(wanted), behind)
        assert counts[2] == len(message.trailers)


@given(st.lists(MESSAGES, max_size=5))
def test_trailers(messages: list[Message]) -> None:
    """The field of trailers has each trailer's key and its words with the key, and nothing else."""
    texts = Texts()
    for message in messages:
        texts.post(message, may_name=True)
    found = texts.trailers()
    wanted = [
        {f":{trailer.key.lower()}"}
        | {f"{token.term}:{trailer.key.lower()}" for token in tokenize(trailer.value)}
        for message in messages
        for trailer in message.trailers
    ]
    told = [{term for term, *_ in occurrences(found, [word])[0]} for word in texts.words]
    assert [terms for terms in told if terms] == wanted


def test_notes() -> None:
    """A note has each of its terms once, whoever it is of."""
    notes = Notes(str.split)
    for document, text in enumerate(["a b a", "b", "a b a"]):
        notes.note(text, document)
    found = notes.lexicon()
    assert [occurrences(found, [word])[0] for word in notes.words] == [
        [("a", 0, 1), ("b", 0, 1)],
        [("b", 0, 1)],
        [("a", 0, 1), ("b", 0, 1)],
    ]
    assert list(notes.documents) == [0, 1, 2]


def test_giant_texts_are_not_kept() -> None:
    """A giant word has a number each time that it comes: to know it again would cost too much."""
    numbered = Numbered()
    assert [numbered["x" * 1000], numbered["y"], numbered["x" * 1000], numbered["y"]] == [
        0,
        1,
        2,
        1,
    ]
    assert list(numbered) == ["y"]
