from datetime import datetime

from kvmsearch.output.sources import source_lines
from kvmsearch.registry import SourceSpec, SourceStatus
from tests.output.commits import GUP

UPDATED = datetime(2026, 3, 2, 10, 11).astimezone()

KVM = SourceStatus(
    SourceSpec("kvm", "https://git.example.org/kvm.git/atom"), ("next",), 12345, GUP, UPDATED, None
)
NEW = SourceStatus(SourceSpec("a-new-one", "/srv/linux.git"), (), 0, None, None, None)


def test_table() -> None:
    """A row tells name, commits, newest commit, last update and refs; below is the location."""
    assert list(source_lines([KVM, NEW])) == [
        "NAME       COMMITS  NEWEST      UPDATED           REFS",
        "kvm        12,345   2026-01-15  2026-03-02 10:11  next",
        "    https://git.example.org/kvm.git/atom",
        "a-new-one  0        -           never             -",
        "    /srv/linux.git",
    ]


def test_error_and_many_refs() -> None:
    """The last error is shown on a line of its own, and of many refs the first three."""
    refs = tuple(f"v7.{number}" for number in range(10))
    spec = SourceSpec("stable", "/srv/stable.git")
    status = SourceStatus(spec, refs, 7, GUP, UPDATED, "not a\nrepository\x1b")
    lines = list(source_lines([status]))
    assert lines[1].endswith("  v7.0, v7.1, v7.2 and 7 more")
    assert lines[-1] == "    error: not a repository^["
