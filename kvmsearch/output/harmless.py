"""Text of strangers made harmless for a terminal: what it would obey becomes visible."""

import re

_OBEYED = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls; tab and newline stay
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\ud800-\udfff]"  # lone surrogates cannot be encoded
)
"""Controls, and characters that reorder or hide text. Joiners stay: emoji and scripts need them."""


def harmless(text: str) -> str:
    """Return the text with control characters as less shows them: `^[`, `<U+202E>`.

    Newlines and tabs stay as they are.
    """
    # Most text is printable and has none; the regex takes as long to compile as a search.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return re.sub(_OBEYED, _visible, text)


def one_line(text: str) -> str:
    """Return the text harmless and on one line, every run of white space a single space."""
    return harmless(" ".join(text.split()))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    is_ascii = code < 0x80
    return f"^{chr(code ^ 0x40)}" if is_ascii else f"<U+{code:04X}>"
