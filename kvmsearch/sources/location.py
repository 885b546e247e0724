"""How a location is named in messages: on one line, harmless on a terminal, free of secrets."""

import re

_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
_SECRET = re.compile(
    r"([?&;][\w.-]*(?:token|secret|passw(?:or)?d|key|auth|sig)[\w.-]*=)[^&;#]*", re.IGNORECASE
)
_LONGEST = 300


def shown(location: str) -> str:
    """Write a location as messages name it: without user name, password and tokens."""
    if location == "-":
        return "standard input"
    return one_line(_SECRET.sub(r"\1***", _USERINFO.sub(r"\1", location)))


def one_line(text: str) -> str:
    """Make foreign text fit for a message: what could move a terminal's cursor is replaced."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _joined(text))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _joined(text: str) -> str:
    return " ".join(text[: 2 * _LONGEST].split())
