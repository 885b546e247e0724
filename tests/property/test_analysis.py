import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kvmsearch.analysis import LONGEST_TERM, Token, runs, terms, tokenize

PIECES = st.sampled_from(
    [
        *(
            "kvm",
            "KVM",
            "Guest",
            "vCPU",
            "a",
            "B",
            "1",
            "0x1f",
            "é",
            "e\u0301",
            "ß",
            "修",
            "\ud800",
        ),
        *(
            "_",
            "__",
            "-",
            "--",
            ".",
            "/",
            "@",
            "->",
            "::",
            ":",
            ">",
            " ",
            "\n",
            "\0",
            "\x1b[m",
            "'",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join) | st.text()


@given(TEXTS)
@example("x" * 64 + "é")
def test_positions_and_offsets(text: str) -> None:
    """Parts stand one behind the other without overlap, and are numbered so."""
    parts = [token for token in tokenize(text) if token.width == 1]
    assert [token.position for token in parts] == list(range(len(parts)))
    offsets = [offset for token in parts for offset in (token.start, token.end)]
    assert offsets == sorted(offsets)
    assert all(0 <= token.start < token.end <= len(text) for token in parts)


@given(TEXTS)
def test_wholes_cover_parts(text: str) -> None:
    """A whole begins where its first part does, ends with its last, and spells them joined."""
    tokens = list(tokenize(text))
    parts = [token for token in tokens if token.width == 1]
    for whole in tokens:
        covered = parts[whole.position : whole.position + whole.width]
        assert len(covered) == whole.width
        assert (whole.start, whole.end) == (covered[0].start, covered[-1].end)


@given(TEXTS)
def test_offsets_give_the_term(text: str) -> None:
    """The piece of text that a token stands for, alone, gives that term over all of it."""
    for token in tokenize(text):
        piece = text[token.start : token.end]
        alone = [again for again in tokenize(piece) if again.term == token.term]
        assert (0, len(piece), 0, token.width) in [
            (again.start, again.end, again.position, again.width) for again in alone
        ]


@given(TEXTS)
def test_terms_agree(text: str) -> None:
    """Terms alone are those of the tokens, and those of one run after the other."""
    found = list(terms(text))
    assert found == [token.term for token in tokenize(text)]
    assert found == [term for run in runs(text) for term in terms(run)]


@given(TEXTS)
def test_terms(text: str) -> None:
    """Terms are short, never empty, free of white space, and the same in every run."""
    found = [token.term for token in tokenize(text)]
    assert all(0 < len(term) <= LONGEST_TERM and not set(term) & set(" \n:") for term in found)
    assert found == [token.term for token in tokenize(text)]


@given(TEXTS, TEXTS)
def test_texts_side_by_side(one: str, other: str) -> None:
    """What stands behind a line end does not change what stands before it, nor the reverse."""
    before, behind = list(tokenize(one)), list(tokenize(other))
    parts, offset = sum(token.width == 1 for token in before), len(one) + 1
    moved = [
        Token(term, start + offset, end + offset, position + parts, width)
        for term, start, end, position, width in behind
    ]
    assert list(tokenize(f"{one}\n{other}")) == before + moved


UNITS = ["a", "_", "-", "a-", "a_", "a->", "aB", "ABc", "é", "e\u0301", "\ud800", "1.", "::", "ﷺ"]


@pytest.mark.parametrize(
    "text",
    [*(unit * (100_000 // len(unit)) for unit in UNITS), " ".join(UNITS * 30_000)],
    ids=[*map(ascii, UNITS), "all of them"],
)
def test_giants(text: str) -> None:
    """Odd letters by the hundred thousand in one run, or by the million, are all taken.

    Work that grew with the square of their number would not end.
    """
    tokens = list(tokenize(text))
    parts = [token.position for token in tokens if token.width == 1]
    assert parts == list(range(len(parts)))
    assert len(list(terms(text))) == len(tokens)
