"""Start-up counts: what is slow to import is imported by the command that needs it."""

import subprocess
import sys

import pytest

SLOW = {"click", "feedparser", "urllib3", "whoosh"}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("kvmsearch", set()),
        ("kvmsearch.cli", {"click"}),
        ("kvmsearch.sources", set()),
        ("kvmsearch.hits", set()),
    ],
)
def test_import_is_quick(module: str, allowed: set[str]) -> None:
    """Importing a part of kvmsearch loads no slow library but those that it cannot do without."""
    loads = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loads], stdout=subprocess.PIPE, check=True)
    assert SLOW & {*done.stdout.decode().split()} <= allowed
