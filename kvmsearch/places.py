"""Where the index is when nobody says."""

import os
import sys
from pathlib import Path

from kvmsearch.errors import UnsafeIndexError

ENVIRONMENT = "KVMSEARCH_INDEX"
_MARK = "kvmsearch_*.json"
"""A file that is in every folder index of ours, and hardly in any other."""


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
        found = folder / "index"
        if next(found.glob(_MARK), None) is not None:
            _check_owner(found)
            return str(found)
    return str(_data_folder() / "index")


def _here_and_above() -> tuple[Path, ...]:
    """Return the current folder and those above it; none if it was removed meanwhile."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return ()
    return here, *here.parents


def _check_owner(folder: Path) -> None:
    """Refuse an index that somebody else may have laid in our way, as git's safe.directory does."""
    if not hasattr(os, "geteuid"):
        return
    user = os.geteuid()
    # Under sudo the checkout is still the caller's own.
    caller = os.environ.get("SUDO_UID") if user == 0 else None
    if str(folder.stat().st_uid) not in (str(user), caller):
        raise UnsafeIndexError(
            f"{folder}: found here, but it belongs to another user; name it with --index to use it"
        )


def _data_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "kvmsearch"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "kvmsearch"
    # https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "share") / "kvmsearch"
