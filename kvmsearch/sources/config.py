"""Lists of sources in git's configuration format, as `--from FILE` takes them.

    [source "kvm"]
        path = ../kvm.git
        branch = next
        branch = v7.*
        path-limit = virt/kvm
        merges = false
    [source "toradex"]
        url = https://git.toradex.com/cgit/linux-toradex.git/atom/virt/?h=v7.0-rc6

Format: git-config(1), "Syntax"; read by git itself.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from kvmsearch.errors import SourceError, UsageError
from kvmsearch.sources import SourceSpec, git
from kvmsearch.sources.locate import check_name

_ONCE = ("url", "path", "merges")
_REPEATABLE = ("branch", "path-limit")
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")

_ADVICE = f'a source is [source "NAME"] with {", ".join((*_ONCE, *_REPEATABLE))}'

_Values = dict[str, list[str]]


def read_sources(path: Path) -> list[SourceSpec]:
    """Read the sources of a file, in its order; relative paths in it are relative to its folder.

    Raises:
        SourceError: git cannot read the file, or a section or key is unknown, missing, given twice
            or has a value that cannot be right. The text names the file and the key.
    """
    sections: dict[str, _Values] = {}
    for key, value in _entries(path):
        section, name, variable = _split(key)
        if section != "source" or not name or variable not in (*_ONCE, *_REPEATABLE):
            raise SourceError(f"{path}: unknown key {key}; {_ADVICE}")
        sections.setdefault(name, {}).setdefault(variable, []).append(value)
    if not sections:
        raise SourceError(f"{path}: names no source; {_ADVICE}")
    return [_spec(path, name, values) for name, values in sections.items()]


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Yield keys (`source.NAME.variable`) and values; a key without a value means true to git."""
    command = ("config", "--file", str(path.absolute()), "--no-includes", "--list", "-z")
    try:
        listing = git.run("/", *command).decode("utf-8")
    except SourceError as error:
        raise SourceError(f"{path}: {str(error).removeprefix('/: ')}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8") from error
    for entry in listing.split("\0")[:-1]:
        key, newline, value = entry.partition("\n")
        yield key, value if newline else "true"


def _split(key: str) -> tuple[str, str, str]:
    section, _, rest = key.partition(".")
    name, _, variable = rest.rpartition(".")
    return section, name, variable


def _spec(path: Path, name: str, values: _Values) -> SourceSpec:
    place = f"{path}: source.{name}"
    for key in _ONCE:
        if len(values.get(key, ())) > 1:
            raise SourceError(f"{place}.{key} is given twice")
    for key, given in values.items():
        if "" in given:
            raise SourceError(f"{place}.{key} is empty")
    try:
        check_name(name)
    except UsageError as error:
        raise SourceError(f"{path}: {error}") from error
    return SourceSpec(
        name,
        _location(path, place, values),
        branches=tuple(values.get("branch", ())),
        paths=tuple(values.get("path-limit", ())),
        merges=_merges(place, values.get("merges", ["true"])[0]),
    )


def _location(path: Path, place: str, values: _Values) -> str:
    """Return the URL or the path; whether anything is there is found out when it is read."""
    if ("url" in values) == ("path" in values):
        raise SourceError(f"{place}: needs a url or a path, and not both")
    if "path" in values:
        expanded = os.path.expanduser(values["path"][0])  # noqa: PTH111 (never fails)
        return os.path.abspath(path.parent / expanded)  # noqa: PTH100 (resolve() replaces links)
    url = values["url"][0]
    if not url.startswith(("http://", "https://")):
        raise SourceError(f"{place}.url must begin with https:// or http://; files go under path")
    alien = next((key for key in values if key != "url"), None)
    if alien:
        raise SourceError(f"{place}.{alien} is for repositories, and this is a feed")
    return url


def _merges(place: str, value: str) -> bool:
    if value.lower() not in (*_TRUE, *_FALSE):
        raise SourceError(f"{place}.merges must be true or false")
    return value.lower() in _TRUE
