"""The shapes that words of a query have; the lexer reads by them, the tree prints by them."""

import re
from itertools import accumulate

OPERATORS = frozenset({"AND", "OR", "NOT"})

ESCAPE = "\\"
"""Before a word: it is text, whatever it looks like."""

# Git's characters for trailer keys. With `//` goes on a URL, with `:` a C++ name, with `\` a path.
_FIELD = r"([A-Za-z0-9][A-Za-z0-9-]*):(?=[^\s:(\\])(?!//)"
_EXCLUSION = r"-(?!rc\d)(?=\w\w)\w++(?:[-./:@>+]++\w++)*+(?:\*|~[12]?)?"
# No slips of the keyboard: `foo.c~` is a backup; `HEAD~2` and `2a62345b3052~2` are revisions.
_FUZZY = r"(?=\w*[^\W\d_])(?!(?:\w*_)?HEAD~|(?=[a-f]*\d)[0-9a-f]{7,}~)(\w{3,}+(?:-\w++)*+)~([12]?)"
_SLASH = r"(?s)\\?/|\\."
_NESTING = {"(": 1, ")": -1}


def has_letters(text: str) -> bool:
    """Whether there is a letter or digit to search for."""
    return any(map(str.isalnum, text))


def field_name(word: str) -> re.Match[str] | None:
    """Match the name of a field directly followed by a value, which a word begins with."""
    return re.match(_FIELD, word) if ":" in word else None


def is_prefix(word: str) -> bool:
    """Whether a word ends in a star that asks for all words that begin so."""
    return len(word) > 2 and word[-1] == "*" and (word[-2].isalnum() or word[-2] == "_")


def read_fuzzy(word: str) -> tuple[str, int] | None:
    """Return the word and the distance of `word~` or `word~2`; None where a word is neither."""
    match = re.fullmatch(_FUZZY, word) if "~" in word else None
    return (match[1], int(match[2] or 1)) if match else None


def fuzzy_text(text: str, distance: int) -> str:
    """Return what `read_fuzzy` reads."""
    return f"{text}~{distance if distance > 1 else ''}"


def quoted(text: str) -> str:
    """Put in quotes; a quote within cannot be written, and no word has one."""
    return '"' + text.replace('"', " ") + '"'


def regex_text(pattern: str, *, ignore_case: bool) -> str:
    """Write a regular expression as `re:/pattern/`, each slash in it behind a backslash."""
    escaped = re.sub(_SLASH, lambda found: r"\/" if "/" in found[0] else found[0], pattern)
    return f"re:/{escaped or '(?:)'}/{'i' if ignore_case else ''}"


def unescaped(pattern: str) -> str:
    """Return a pattern from between the slashes of `re:/.../`, without their backslashes."""
    return re.sub(_SLASH, lambda found: "/" if "/" in found[0] else found[0], pattern)


def is_exclusion(word: str) -> bool:
    """Whether a dash before a lower-case word leads: `-arm64`, but not `-p`, `-rc1`, `-ve,`."""
    may = word.startswith("-") and word[1:2].islower() and word.islower()
    return may and re.fullmatch(_EXCLUSION, word) is not None


def split_parentheses(chunk: str) -> tuple[int, str, int]:
    """Return how many parentheses open before a word, the word, and how many close behind it.

    Those that balance within the word are its own: `foo()`, `(void)foo()`.
    """
    if chunk.isalnum():
        return 0, chunk, 0
    excess = chunk.count("(") - chunk.count(")")
    opening = len(chunk) - len(chunk.lstrip("("))
    closing = len(chunk) - len(chunk.rstrip(")"))
    before, behind = min(opening, max(excess, 0)), min(closing, max(-excess, 0))
    around = _around(chunk[before : len(chunk) - behind])
    before, behind = before + around, behind + around
    return before, chunk[before : len(chunk) - behind], behind


def _around(word: str) -> int:
    """Return how many pairs of parentheses are around all of a word."""
    if not (word.startswith("(") and word.endswith(")")):
        return 0
    depths = list(accumulate(_NESTING.get(letter, 0) for letter in word))
    inner = depths[len(word) - len(word.lstrip("(")) - 1 : len(word.rstrip(")"))]
    return max(min(inner, default=0), 0)


def is_bare(word: str) -> bool:
    """Whether nothing about the beginning and the end of a word reads as syntax."""
    dashed = word[:1] == "-" and (word[1:2] == '"' or word[1:2].islower() or field_name(word[1:]))
    return not (
        dashed
        or word[:1] in (ESCAPE, '"')
        or word == "*"
        or field_name(word)
        or split_parentheses(word) != (0, word, 0)
    )


def is_plain(word: str) -> bool:
    """Whether a word is text wherever it stands, but for what it tells of a paste."""
    return not (is_prefix(word) or read_fuzzy(word)) and is_bare(word) and word not in OPERATORS


def is_sentence(word: str) -> bool:
    """Whether a word ends as prose does in front of the next: with a colon, comma or full stop."""
    return word.endswith((":", ",", ".", ";"))


def is_pasted(word: str) -> bool:
    """Whether a word could tell that the query around it was pasted."""
    return is_sentence(word) or any(sign in word for sign in ("()", "[", "]"))


def is_value(text: str) -> bool:
    """Whether a text can follow a field's colon without quotes."""
    if text == "*":
        return True
    return (
        has_letters(text)
        and field_name(f"x:{text}") is not None
        and not text.startswith('"')
        and not any(map(str.isspace, text))
        and split_parentheses(text)[2] == 0
    )
