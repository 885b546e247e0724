"""Raw bytes of a feed -> well-formed XML that keeps its text through feedparser; pure.

A feed cannot be trusted. Commit messages hold control characters, which cgit copies
and XML forbids, transfers break off, and a hostile server may send an XML bomb.
feedparser, left alone with such input, guesses; and even from good input it strips
the white space around a text (a body may begin with an indented line), turns some
letters into others (its cure for a common error of encoding) and carriage returns
into line feeds. So here

- characters that would not survive are exchanged for stand-ins, which `restored`
  turns back, and each text is put between two guards;
- a feed that is not well-formed is cut after its last whole entry;
- a DOCTYPE is refused, and with it all entities; depth and number of elements are bounded.
"""

import codecs
import re
from xml.parsers import expat

from kvmsearch.record import Record

_MAX_DEPTH = 100
_MAX_ELEMENTS = 100_000
"""Some 10,000 commits of cgit; feedparser takes 0.2 ms for each element."""
_MAX_ATTRIBUTES = 100

_CONTROLS = [chr(c) for c in (*range(9), *range(11, 32), *range(0x80, 0xA0))]
_NONCHARACTERS = [chr(c) for c in range(0xFDD0, 0xFDF0)] + [
    chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF)
]
"""Unicode sets these aside for use inside a program (23.7); XML allows them."""

_GUARD = _NONCHARACTERS[-1]
_STAND_INS = dict(zip(_CONTROLS, _NONCHARACTERS[:-1], strict=False))
_HIDDEN = dict.fromkeys([*_NONCHARACTERS, "\ufffe", "\uffff"], "\ufffd") | _STAND_INS
_RESTORED = {mark: control for control, mark in _STAND_INS.items()} | {_GUARD: ""}
# Expressions, as str.translate takes a hundred times as long.
_HIDE = re.compile(f"[{''.join(_HIDDEN)}]")
_RESTORE = re.compile(f"[{''.join(_RESTORED)}]")

_LONG_WORD = re.compile(r"[A-Za-z0-9_.+-]{80}")
"""feedparser looks for an address in a name, in time that grows as the square of such a word."""

_TEXT = r"(?:[\w.-]+:)?(?:title|content|encoded|summary|description)"
_TEXT_START = re.compile(rf"(<{_TEXT}\b[^<>]*(?<!/)>)")
_TEXT_END = re.compile(rf"(</{_TEXT}\s*>)")
_DECLARATION = re.compile(r"<\?xml\b[^<>]*\?>")
_ENCODING = re.compile(rb"<\?xml\b[^<>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CODECS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
_HTML = re.compile(r"\s*(?:<\?xml\b[^<>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_ROOTS = {"feed", "rss", "RDF"}
_ENTRIES = {"entry", "item"}
_ENTRY_DEPTH = 2
"""Elements around an entry: <feed>, or <rss> and <channel>."""


class NotAFeedError(Exception):
    """No entry can be had from the document; the text is the reason."""


class Markup(Record):
    """A feed as far as it is well-formed."""

    xml: bytes
    """UTF-8, without declaration and DOCTYPE; the root element encloses whole entries."""

    damage: str | None
    """Why and where it was cut; None where it is whole."""


def decoded(body: bytes) -> str:
    """Turn a document into text by its byte order mark or XML declaration, else as UTF-8.

    Raises:
        NotAFeedError: it is not even markup, or an HTML page.
    """
    if not body.strip():
        raise NotAFeedError("it is empty")
    text = _text(body)
    start = text.lstrip()[:1000]
    if start.startswith("<"):
        return text
    if "\0" in start:
        raise NotAFeedError("it is binary data")
    raise NotAFeedError("it is JSON" if start.startswith(("{", "[")) else "it is no XML")


def is_html(text: str) -> bool:
    """Whether a document says of itself that it is an HTML page."""
    return _HTML.match(text) is not None


def _text(body: bytes) -> str:
    for mark, codec in _MARKS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    declared = _ENCODING.match(body)
    return body.decode(_codec(declared[1].decode()) if declared else "utf-8", "replace")


def _codec(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if codec not in _CODECS:
        raise NotAFeedError(f"it is written in an encoding that is not read here ({name})")
    return codec


def well_formed(text: str) -> Markup:
    """Make a feed's text safe for feedparser; apply `restored` to what comes out of that.

    Raises:
        NotAFeedError: no whole entry can be had from it, or it may be meant to do harm.
    """
    text = text.lstrip()
    if text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")  # Line ends of the transfer, not of the messages.
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() if declaration else 0 :]
    text = _HIDE.sub(lambda found: _HIDDEN[found[0]], text)
    text = _LONG_WORD.sub(rf"\g<0>{_GUARD}", text)
    text = _TEXT_END.sub(rf"{_GUARD}\1", _TEXT_START.sub(rf"\1{_GUARD}", text))
    return _Scan(text.encode()).markup()


def restored(text: str) -> str:
    """Turn stand-ins back into the characters that they stand for."""
    return _RESTORE.sub(lambda found: _RESTORED[found[0]], text)


class _TooMuchError(Exception):
    """The document passes a bound; the text says which."""


class _Scan:
    """One pass over a feed that notes where its entries end."""

    def __init__(self, xml: bytes) -> None:
        self._xml = xml
        self._start = 0
        """Where the root element begins."""
        self._end = 0
        """Where the last whole entry ends; 0 before there is one."""
        self._around: tuple[str, ...] = ()
        """The elements that enclose it."""
        self._open: list[str] = []
        self._elements = 0

    def markup(self) -> Markup:
        """Scan, and cut where that must be."""
        damage = self._damage()
        if damage is None:
            return Markup(self._xml[self._start :], None)
        if not self._end:
            raise NotAFeedError(f"it breaks off before its first whole entry ({damage})")
        closing = "".join(f"</{name}>" for name in reversed(self._around))
        return Markup(self._xml[self._start : self._end] + closing.encode(), damage)

    def _damage(self) -> str | None:
        # Names come as "URI name prefix"; to expat as to feedparser an unbound prefix is an error.
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.namespace_prefixes = True
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start_element
        self._parser.EndElementHandler = self._end_element
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            self._parser.Parse(self._xml, True)  # noqa: FBT003 - positional in expat
        except expat.ExpatError as error:
            return f"{expat.errors.messages[error.code]}, line {error.lineno}"
        except _TooMuchError as error:
            return str(error)
        return None

    def _start_element(self, name: str, attributes: list[str]) -> None:
        if not self._open:
            self._start = self._parser.CurrentByteIndex
            _check_root(_local(name))
        self._open.append(name)
        self._elements += 1
        if (
            len(self._open) > _MAX_DEPTH
            or self._elements > _MAX_ELEMENTS
            or len(attributes) > 2 * _MAX_ATTRIBUTES
        ):
            raise _TooMuchError(f"too much markup, line {self._parser.CurrentLineNumber}")

    def _end_element(self, name: str) -> None:
        self._open.pop()
        if _local(name) in _ENTRIES and len(self._open) <= _ENTRY_DEPTH:
            self._end = self._xml.index(b">", self._parser.CurrentByteIndex) + 1
            self._around = tuple(_qualified(each) for each in self._open)


def _refuse_doctype(*_: object) -> None:
    raise NotAFeedError("it has a DOCTYPE, which no feed of commits needs and which may do harm")


def _check_root(name: str) -> None:
    if name not in _ROOTS:
        raise NotAFeedError(f"it is XML of another kind (its root is <{name}>)")


def _local(name: str) -> str:
    return name.split(" ")[1] if " " in name else name


def _qualified(name: str) -> str:
    """Name an element as its tag does."""
    parts = name.split(" ")
    return f"{parts[2]}:{parts[1]}" if len(parts) > 2 else _local(name)
