r"""Commits from a branch feed of cgit or gitweb, Atom or RSS.

What the two write, seen in their sources (cgit ui-atom.c, gitweb's git_feed):

    cgit     the title is the subject's first line, the content (type text) what follows it
             and the line feeds after it; `published` is the author date, `updated` the
             committer date; the committer is not named; the e-mail may be missing
             (`noplainemail`). The id is the commit's, bare in older versions, after
             `urn:sha1:` in newer ones. Older versions give the content twice.
    gitweb   the content is HTML whose <pre> holds the whole message, control characters
             written as <span class="cntrl">\e</span>; both dates are the author date;
             the Atom feed names the committer as `contributor`; the id is in a link.

feedparser reads them; `wellformed` keeps it from harm and from harming the text.
"""

import calendar
import html
import http
import io
import re
import sys
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from kvmsearch.commit import Commit, Completeness, Person
from kvmsearch.errors import SourceError
from kvmsearch.message import SPACE
from kvmsearch.record import Record
from kvmsearch.sources import RefUpdate, SourceSpec
from kvmsearch.sources.location import one_line, shown
from kvmsearch.sources.wellformed import (
    NotAFeedError,
    decoded,
    is_html,
    restored,
    well_formed,
)

_MAX_SIZE = 64 * 2**20
_SUCCESS = range(200, 300)

_ID = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")
_NAME = r"[^\s\x00-\x1f\x7f]+"  # What git allows in a ref's name, and more.
_CGIT_BRANCH = re.compile(rf", branch ({_NAME})$")
_GITWEB_BRANCH = re.compile(rf" - '({_NAME})'(?: :: .*)? (?:branch log|history)$", re.DOTALL)
_QUERY_BRANCH = re.compile(r"[?;&]h=([^;&#]+)")
_ERROR_BOX = re.compile(r"<div class=['\"](?:error|page_body)['\"]>(.{0,500}?)</div>", re.DOTALL)
_PRE = re.compile(r"<pre\b[^<>]*>\n?")
_TAG = re.compile(r"<[^<>]*>")
_CONTROL = re.compile(r'<span class="cntrl">\\([^<>]{1,2})</span>')
_CONTROLS = dict(zip("trfbaev0", "\t\r\f\b\a\x1b\v\0", strict=True))


class _Document(Record):
    """What stands at a location."""

    body: bytes
    url: str
    """Where it came from after redirects; empty if not from the network."""

    broken: bool = False
    """The connection broke before all of it was here."""


class _UnusableError(Exception):
    """An entry is no commit; the text says what it lacks."""


class FeedSource:
    """A feed at an http or https URL, in a file, or on standard input (`-`)."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self._loaded: _Document | SourceError | None = None

    def check(self) -> None:
        """Do nothing: a feed names its own branch, and is found wanting when it is read."""

    def prepare(self) -> None:
        """Fetch the feed, or keep the error for `read`."""
        self._loaded = _attempt(self.spec.location)

    def read(self, states: Mapping[str, str]) -> Iterator[RefUpdate]:  # noqa: ARG002
        """Yield the feed's one branch, then complain of what was lost; a feed has no state.

        Raises:
            SourceError: it is no feed, was cut short, or has entries that are no commits.
        """
        loaded = self._loaded or _attempt(self.spec.location)
        if isinstance(loaded, SourceError):
            raise loaded
        where = shown(self.spec.location)
        try:
            update, complaint = _parse(loaded, self.spec.location)
        except NotAFeedError as error:
            raise SourceError(f"{where}: not a feed: {one_line(str(error))}") from error
        yield update
        if complaint:
            raise SourceError(f"{where}: {complaint}")


def _attempt(location: str) -> _Document | SourceError:
    try:
        return _load(location)
    except SourceError as error:
        return error


def _load(location: str) -> _Document:
    if location == "-":
        return _Document(_bounded(sys.stdin.buffer, location), "")
    if re.match(r"https?://", location, re.IGNORECASE):
        return _download(location)
    try:
        with Path(location).open("rb") as file:
            return _Document(_bounded(file, location), "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{shown(location)}: cannot be read ({reason})") from error


def _bounded(stream: BinaryIO, location: str) -> bytes:
    body = stream.read(_MAX_SIZE + 1)
    if len(body) > _MAX_SIZE:
        raise SourceError(f"{shown(location)}: larger than the 64 MiB that are read at most")
    return body


def _download(location: str) -> _Document:
    from kvmsearch.sources.http import fetch  # noqa: PLC0415 - slow, and files do without

    response = fetch(location)
    if response.status in _SUCCESS:
        return _Document(response.body, response.url, response.broken)
    answer = f"the server answers {response.status} {_phrase(response.status)}".rstrip()
    said = _page_error(response.body.decode("utf-8", "replace"))
    wait = f" (try again in {response.retry_after:.0f} s)" if response.retry_after else ""
    raise SourceError(f"{shown(location)}: {answer}{wait}{said}")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _page_error(page: str) -> str:
    """Find what a page of cgit or gitweb complains of, and what that means."""
    box = _ERROR_BOX.search(page[:100_000])
    words = one_line(html.unescape(_TAG.sub(" ", box[1]))).strip() if box else ""
    if "branch" in words or "commit object" in words:
        return f": {words}: the branch probably does not exist"
    return f": {words}" if words else ""


def _parse(document: _Document, location: str) -> tuple[RefUpdate, str]:
    """Read a feed: its branch with commits, and a complaint or an empty text."""
    text = decoded(document.body)
    if is_html(text):
        raise NotAFeedError(f"it is an HTML page{_page_error(text)}")
    markup = well_formed(text)
    feed = _feedparser(markup.xml)
    commits, complaint = _commits(feed, document.url)
    damage = "the connection broke" if document.broken else markup.damage
    if damage:
        damage = f"cut short or damaged ({damage}), {len(commits)} commits before that read"
        complaint = "; ".join(filter(None, (damage, complaint)))
    branch = _branch(restored(feed.feed.get("title", "")), location)
    return RefUpdate(branch=branch, state="", commits=commits, joined=None), complaint


def _feedparser(xml: bytes) -> Any:  # noqa: ANN401 - feedparser has no types
    import feedparser  # noqa: PLC0415 - slow, and most commands read no feed

    try:
        # Of a stream: feedparser would take other input for a URL or a file to open.
        feed = feedparser.parse(io.BytesIO(xml), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # It raises what it happens to on hostile, well-formed input.
        raise NotAFeedError(f"feedparser fails on it ({type(error).__name__})") from error
    if feed.bozo:
        raise NotAFeedError(f"feedparser refuses it ({feed.bozo_exception})")
    return feed


def _branch(title: str, location: str) -> str:
    for found in (_CGIT_BRANCH.search(title), _GITWEB_BRANCH.search(title)):
        if found:
            return found[1].removeprefix("refs/heads/")
    asked = _QUERY_BRANCH.search(location)
    return one_line(urllib.parse.unquote(asked[1])) if asked else "HEAD"


def _commits(feed: Any, base: str) -> tuple[tuple[Commit, ...], str]:  # noqa: ANN401
    commits = []
    skipped: Counter[str] = Counter()
    for entry in feed.entries:
        try:
            commits.append(_commit(entry, feed, base))
        except _UnusableError as error:
            skipped[str(error)] += 1
        except (AttributeError, LookupError, TypeError, ValueError):
            # feedparser keeps unknown elements under their names, next to what it makes itself:
            # <authors x=""> or nested contents leave other types there than it says.
            skipped["sense"] += 1
    if skipped and not commits:
        raise NotAFeedError(f"none of its {skipped.total()} entries is a commit")
    return tuple(commits), _complaint(skipped, len(feed.entries))


def _complaint(skipped: Counter[str], total: int) -> str:
    if not skipped:
        return ""
    reasons = ", ".join(f"{count} without {what}" for what, count in skipped.items())
    return f"{skipped.total()} of {total} entries skipped ({reasons})"


def _commit(entry: Any, feed: Any, base: str) -> Commit:  # noqa: ANN401
    rss = feed.version.startswith("rss")
    gitweb = feed.feed.get("generator", "").startswith("gitweb")
    updated = _date(entry, "updated_parsed")
    author_date = _date(entry, "published_parsed") or updated
    if author_date is None:
        raise _UnusableError("a date")
    return Commit(
        id=_id(entry),
        message=_message(entry),
        author=_rss_author(entry) if rss else _person(entry, "authors"),
        author_date=author_date,
        committer=_person(entry, "contributors") if gitweb and not rss else None,
        committer_date=None if rss or gitweb else updated,
        url=_url(entry, base),
        completeness=Completeness.FEED,
    )


def _id(entry: Any) -> str:  # noqa: ANN401
    for place in ("id", "link"):
        found = _ID.search(restored(entry.get(place, "")).lower())
        if found:
            return found[0]
    raise _UnusableError("a full commit id")


def _date(entry: Any, key: str) -> datetime | None:  # noqa: ANN401
    if key not in entry or entry[key] is None:  # `get` would take one date for the other.
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(entry[key]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _url(entry: Any, base: str) -> str | None:  # noqa: ANN401
    link = restored(entry.get("link", ""))
    try:
        url = urllib.parse.urljoin(base, link)
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return None
    fit = parts.scheme in ("http", "https") and url.isprintable() and " " not in url
    return url if fit else None


def _person(entry: Any, key: str) -> Person:  # noqa: ANN401
    person = (entry.get(key) or [{}])[0]
    return Person(restored(person.get("name", "")), restored(person.get("email", "")))


def _rss_author(entry: Any) -> Person:  # noqa: ANN401
    """Split `Name <address>` here: feedparser knows only some addresses."""
    name, _, address = restored(entry.get("author", "")).partition("<")
    return Person(name.strip(), address.removesuffix(">").strip())


def _message(entry: Any) -> str:  # noqa: ANN401
    title = restored(entry.get("title", ""))
    contents = {part["type"]: restored(part["value"]) for part in entry.get("content", ())}
    if "text/plain" in contents:
        return _joined(title, contents["text/plain"].removeprefix("\n"))
    for content in contents.values():
        start = _PRE.search(content)
        if start:
            return _plain(content[start.end() :].partition("</pre>")[0])
    return _joined(title, "")


def _joined(title: str, body: str) -> str:
    """Put back the blank line that cgit leaves out, unless it kept it (it does with CRLF)."""
    if not body:
        return f"{title}\n" if title else ""
    blank = not body.partition("\n")[0].strip(SPACE)
    return f"{title}\n{body}" if blank else f"{title}\n\n{body}"


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", _CONTROL.sub(_control, markup)))


def _control(span: re.Match[str]) -> str:
    """Undo gitweb's quot_cec: a C escape, else the code in hexadecimal."""
    code = span[1]
    if code in _CONTROLS:
        return _CONTROLS[code]
    try:
        return chr(int(code, 16))
    except ValueError:
        return span[0]
