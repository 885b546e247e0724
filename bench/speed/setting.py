"""Where it was measured: the machine, and the versions of all that took part."""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path


def setting(peers: Sequence[str]) -> dict[str, str]:
    """Return what to know of figures made here, by what it is."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "git": _git(),
        **{name: version for module in peers for name, version in [_peer(module)]},
    }


def load() -> float:
    """Return how many processes ran or waited in the last minute, on average."""
    return os.getloadavg()[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _git() -> str:
    told = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.strip().removeprefix("git version ")


def _peer(module: str) -> tuple[str, str]:
    if module == "fts5":
        return "SQLite", sqlite3.sqlite_version
    if module == "tantivy":
        return "tantivy (Python)", metadata.version("tantivy")
    from bench.speed.peers.xapian import xapian  # noqa: PLC0415 - not everybody has it

    return "Xapian", str(xapian.version_string())
