from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.output.line import MATCH, PLAIN, Line, clip, columns, marked, render, split_lines


def text_of(line: Line) -> str:
    """Return a line without its colours."""
    return "".join(text for text, _ in line)


def test_matches_have_their_colour() -> None:
    """A text is cut at its matches, and only they are coloured, when colour is asked for."""
    line = marked("an ABBA deadlock", [(3, 7), (8, 16)])
    assert line == (("an ", PLAIN), ("ABBA", MATCH), (" ", PLAIN), ("deadlock", MATCH))
    assert render(line, color=True) == "an \x1b[1;31mABBA\x1b[m \x1b[1;31mdeadlock\x1b[m"
    assert render(line, color=False) == "an ABBA deadlock"


def test_offsets_count_before_escaping() -> None:
    """Text made harmless before a match does not move the match."""
    assert marked("\x1b\u202eABBA", [(2, 6)]) == (("^[<U+202E>", PLAIN), ("ABBA", MATCH))


def test_lines_are_split_within_matches() -> None:
    """A match over a line's end is marked on both lines; empty lines go."""
    line = marked("one AB\n\n  \nBA two", [(4, 13)])
    assert list(split_lines(line)) == [
        (("one ", PLAIN), ("AB", MATCH)),
        (("BA", MATCH), (" two", PLAIN)),
    ]


def test_short_lines_are_not_clipped() -> None:
    """A line that fits stays as it is."""
    line = marked("ABBA deadlock", [(0, 4)])
    assert clip(line, 13) == line


def test_clip_cuts_the_end() -> None:
    """A line that is too long ends in two dots at the last column."""
    assert text_of(clip(marked("0123456789", []), 8)) == "012345.."


def test_clip_keeps_the_first_match() -> None:
    """Where the first match is far behind, the beginning goes instead."""
    line = clip(marked("x" * 500 + "ABBA" + "y" * 500, [(500, 504)]), 40)
    assert ("ABBA", MATCH) in line
    assert text_of(line).startswith("..x")
    assert text_of(line).endswith("y..")


def test_clip_keeps_the_indent() -> None:
    """A line that loses its beginning keeps its indent, so that it stays below its title."""
    line = clip((("    ", PLAIN), *marked("x" * 90 + "ABBA", [(90, 94)])), 40)
    assert text_of(line).startswith("    ..x")
    assert text_of(line).endswith("xABBA")


def test_clip_keeps_a_match_that_fits() -> None:
    """A match at the end of what fits is no reason to cut the beginning."""
    line = marked("x" * 34 + "ABBA" + "y" * 9, [(34, 38)])
    assert text_of(clip(line, 40)) == "x" * 34 + "ABBA.."


def test_clip_counts_columns() -> None:
    """A wide character takes two columns, a combining one none, a tab up to eight."""
    assert text_of(clip(marked("日本語日本語", []), 8)) == "日本語.."
    assert text_of(clip(marked("e\u0301" * 8, []), 8)) == "e\u0301" * 8
    assert text_of(clip(marked("\tabc", []), 8)) == "      .."


@given(st.text(st.characters(codec="utf-8")), st.integers(8, 40), st.data())
def test_clipped_lines_fit(text: str, width: int, data: st.DataObject) -> None:
    """Whatever the text and the match, the line fits."""
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    for line in split_lines(marked(text, [(start, stop)])):
        assert sum(map(columns, text_of(clip(line, width)).expandtabs())) <= width
