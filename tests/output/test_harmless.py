import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.output.harmless import harmless, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\x07", "^[[31mred^[]0;title^G"),
        ("a\rb\x7f\x00", "a^Mb^?^@"),
        ("\x9b2J", "<U+009B>2J"),
        ("if (admin\u202e \u2066// check\u2069)", "if (admin<U+202E> <U+2066>// check<U+2069>)"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("bad \udcff byte", "bad <U+DCFF> byte"),
        ("\tRadim Krčmář\n👩\u200d💻 日本語", "\tRadim Krčmář\n👩\u200d💻 日本語"),
    ],
)
def test_shows_what_a_terminal_would_obey(text: str, shown: str) -> None:
    """Escapes, controls and bidi overrides become visible; all other text stays."""
    assert harmless(text) == shown


@given(st.text(st.characters()))
def test_leaves_no_control(text: str) -> None:
    """Whatever the text, what is left can be encoded and holds no control but tab and newline."""
    shown = harmless(text)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]
    assert not {unicodedata.bidirectional(c) for c in shown} & {"RLO", "LRO", "RLE", "RLI", "FSI"}


def test_one_line_is_one_line() -> None:
    """Runs of white space become single spaces, so that no text fakes a line of ours."""
    assert one_line(" a\n\nfatal: b\t\x1bc\u2028d ") == "a fatal: b ^[c d"
