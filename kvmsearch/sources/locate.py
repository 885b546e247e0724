"""From what a user typed to a source: its location, its name, and who reads it."""

import os
import re
import stat
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from kvmsearch.commit import Commit
from kvmsearch.errors import SourceError, UsageError
from kvmsearch.sources import RefUpdate, Source, SourceSpec
from kvmsearch.sources.location import shown

STANDARD_INPUT = "-"

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_WEB = ("http", "https")
_ON_A_SERVER = re.compile(r"[\w.-]+@[\w.-]+:")
"""git's user@host:path."""

_ELSEWHERE = (
    "only feeds are read over a network, by http and https;"
    " of a repository make a clone (`git clone --bare`) and name its folder"
)

_NAME = re.compile(r"\w[\w.-]{0,99}")
_SUFFIX = re.compile(r"\.(git|atom|xml|rss)$", re.IGNORECASE)
_PAGES = frozenset({"atom", "rss", "log", "commits", "-"})
"""What follows the repository in the paths of feeds: cgit and gitea, GitHub, GitLab."""


def locate(argument: str) -> str:
    """Return the location that an argument means: a URL, an absolute path, or `-`.

    Raises:
        SourceError: there is nothing at that path.
    """
    scheme = _scheme(argument)
    if argument == STANDARD_INPUT or (scheme and scheme != "file"):
        return argument
    path = unquote(_split(argument).path) if scheme else os.path.expanduser(argument)  # noqa: PTH111
    absolute = os.path.abspath(path)  # noqa: PTH100 (resolve() would replace links, too)
    _mode(absolute, argument)
    return absolute


def read(
    location: str,
    *,
    branches: Collection[str] = (),
    paths: Collection[str] = (),
    merges: bool = True,
) -> Iterator[Commit]:
    """Yield the commits of a feed or a repository, for `Index.add` or for no index at all.

    Of a repository, `branches` (HEAD where none is named), `paths` and `merges` limit them.

    Raises:
        SourceError: it cannot be read, or not to its end; what there is comes first.
    """
    where = locate(location)
    spec = SourceSpec(derive_name(where, ()), where, tuple(branches), tuple(paths), merges)
    source = open_source(spec)
    source.prepare()
    for change in source.read({}):
        if isinstance(change, RefUpdate):
            yield from change.commits


def open_source(spec: SourceSpec) -> Source:
    """Return the source that reads a location.

    Raises:
        SourceError: nobody reads what is there.
    """
    return _feed(spec) if is_feed(spec.location) else _repository(spec)


def is_feed(location: str) -> bool:
    """Tell a feed from a repository.

    Raises:
        SourceError: there is neither.
    """
    scheme = _scheme(location)
    if scheme in _WEB or location == STANDARD_INPUT:
        return True
    if scheme:
        raise SourceError(f"{shown(location)}: {_ELSEWHERE}")
    mode = _mode(location, location)
    if stat.S_ISDIR(mode):
        return False
    if stat.S_ISREG(mode) or stat.S_ISFIFO(mode):
        return True
    raise SourceError(
        f"{shown(location)}: neither a feed nor a repository, but a device or a socket"
    )


def _feed(spec: SourceSpec) -> Source:
    from kvmsearch.sources.feed import FeedSource  # noqa: PLC0415 (slow)

    return FeedSource(spec)


def _repository(spec: SourceSpec) -> Source:
    from kvmsearch.sources.repository import RepositorySource  # noqa: PLC0415 (as above)

    return RepositorySource(spec)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise SourceError(f"{shown(url)}: no valid URL: {error}") from error


def _scheme(location: str) -> str:
    found = _SCHEME.match(location)
    return found[1].lower() if found else ""


def _mode(path: str, argument: str) -> int:
    """Return what kind of thing is at a path."""
    try:
        return Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        advice = f"; {_ELSEWHERE}" if _ON_A_SERVER.match(argument) else ""
        raise SourceError(f"{shown(argument)}: {reason}{advice}") from error


def check_name(name: str) -> str:
    """Return a name for a source if it can be one.

    Raises:
        UsageError: it is empty, longer than 100 characters, begins with `.` or `-`, or holds
            anything but letters, digits, `.`, `_` and `-`.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a source: use letters, digits, '.', '_' and '-'")
    return name


def derive_name(location: str, taken: Collection[str]) -> str:
    """Name a source after the repository at its location, as git names clones, else `-2`, `-3`.

    Raises:
        UsageError: nothing can be derived for standard input.
    """
    if location == STANDARD_INPUT:
        raise UsageError("standard input has no name: give one with --name")
    raw = _of_url(location) if _scheme(location) else _of_path(location.split("/"))
    name = re.sub(r"[^\w.-]+", "-", _SUFFIX.sub("", raw)).strip("-.")[:90] or "source"
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(new for new in numbered if new not in taken)


def _of_path(parts: list[str]) -> str:
    """Return the last part, of a repository's own folder (`linux/.git`) the one before."""
    named = [part for part in parts if part not in ("", ".git")]
    return named[-1] if named else ""


def _of_url(location: str) -> str:
    """Return the part of a feed's URL that names the repository."""
    url = _split(location)
    project = parse_qs(url.query.replace(";", "&")).get("p")  # gitweb: ?p=linux.git;a=atom
    if project:
        return _of_path(project[0].split("/"))
    parts = [unquote(part) for part in url.path.split("/") if part]
    repositories = [part for part in parts if part.endswith(".git")]
    if repositories:
        return repositories[-1]
    page = next((place for place, part in enumerate(parts) if place and part in _PAGES), None)
    return _of_path(parts[:page]) or (url.hostname or "")
