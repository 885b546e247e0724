"""Where the index is when nobody says."""

import os
import sys
from collections.abc import Iterator

from kvmsearch.errors import UnsafeIndexError

ENVIRONMENT = "KVMSEARCH_INDEX"
_MARK = "kvmsearch_"
"""Begins the name of a JSON file in every index of ours, and hardly in any other folder."""


def default_location(explicit: str | None = None) -> str:
    """Return the location of the index to use.

    That is the one named, else the environment's KVMSEARCH_INDEX, else an `index/` in or
    above the current folder that kvmsearch made, else one in the user's data folder.

    Raises:
        UnsafeIndexError: the `index/` found belongs to somebody else.
    """
    named = explicit or os.environ.get(ENVIRONMENT)
    if named:
        return named
    for folder in _here_and_above():
        found = os.path.join(folder, "index")
        if _is_ours(found):
            _check_owner(found)
            return found
    return os.path.join(_data_folder(), "index")


def _here_and_above() -> Iterator[str]:
    """Yield the current folder and those above it; none if it was removed meanwhile."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        return
    yield folder
    while folder != (folder := os.path.dirname(folder)):
        yield folder


def _is_ours(folder: str) -> bool:
    """Whether a folder is an index that kvmsearch made."""
    try:
        return any(name.startswith(_MARK) and name.endswith(".json") for name in os.listdir(folder))
    except OSError:
        return False


def _check_owner(folder: str) -> None:
    """Refuse an index that somebody else may have laid in our way, as git's safe.directory does."""
    if not hasattr(os, "geteuid"):
        return
    user = os.geteuid()
    # Under sudo the checkout is still the caller's own.
    caller = os.environ.get("SUDO_UID") if user == 0 else None
    if str(os.stat(folder).st_uid) not in (str(user), caller):
        raise UnsafeIndexError(
            f"{folder}: found here, but it belongs to another user; name it with --index to use it"
        )


def _data_folder() -> str:
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "kvmsearch")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local"))
        return os.path.join(local, "kvmsearch")
    # https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
    named = os.environ.get("XDG_DATA_HOME", "")
    share = named if os.path.isabs(named) else os.path.join(home, ".local", "share")
    return os.path.join(share, "kvmsearch")
