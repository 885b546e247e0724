"""Start-up counts: what is slow to import is imported by the command that needs it."""

import subprocess
import sys
from pathlib import Path

import pytest

import kvmsearch

SLOW = {"click", "feedparser", "urllib3", "whoosh"}
NEEDED_TO_READ_SOURCES = {"feedparser", "urllib3", "subprocess", "concurrent.futures"}
NEEDED_TO_WRITE = {"whoosh", "pickle"}
LONGER_THAN_A_SEARCH = {"dataclasses", "locale", "pathlib", "shutil", "urllib.parse"}
FIELDS = {"kvmsearch.fields", "kvmsearch.query.filters"}
RARELY_NEEDED = {
    "heapq",
    "kvmsearch.dates",
    "kvmsearch.engines.whoosh.ranker.candidates",
    "kvmsearch.engines.whoosh.ranker.grep",
    "unicodedata",
    *FIELDS,
}
FEED = Path(__file__).parent / "data" / "feeds" / "kvm-virt.atom"

# What measures the coverage of a process imports some of it before.
RUN = """
import sys
before = set(sys.modules)
from kvmsearch.cli import main
main(sys.argv[1:])
print("loaded:", *set(sys.modules) - before)
"""


def loaded_by(*arguments: str) -> set[str]:
    """Run Python with these arguments and return the modules that its last line lists."""
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, check=True)
    return {*done.stdout.decode().splitlines()[-1].split()}


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
    assert SLOW & loaded_by("-c", f"import sys, {module}; print(*sys.modules)") <= allowed


def test_the_package_alone_loads_nothing() -> None:
    """Importing kvmsearch loads none of its modules: each comes with the first use of a name.

    Nor does it load much else before the program can settle how garbage is looked for.
    """
    program = "import sys; old = {*sys.modules}; import kvmsearch; print(*{*sys.modules} - old)"
    loaded = loaded_by("-c", program)
    assert [name for name in loaded if name.startswith("kvmsearch.") or name == "typing"] == []


def test_help_loads_no_index() -> None:
    """`kvmsearch --help` needs click, and nothing that opens an index or reads a source."""
    assert SLOW & loaded_by("-c", RUN, "--help") == {"click"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an index of a feed."""
    folder = tmp_path_factory.mktemp("lazy") / "index"
    with kvmsearch.open(folder, create=True) as made:
        made.register(kvmsearch.SourceSpec("kvm", str(FEED)))
        made.update()
    return str(folder)


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (("search", "ABBA deadlock"), set()),
        (("search", "--explain", '"ABBA deadlock" lock*', "-author:nobody"), FIELDS),
        (("search", "--format=json", "--author=bonzini", "deadlok~"), set()),
        (("search", "--since=2020-01-01", "lock"), {"kvmsearch.dates", "locale"}),
        (
            ("search", "--grep=dead.*lock"),
            {"kvmsearch.engines.whoosh.ranker.grep", "locale", "subprocess"},
        ),
        (("show", "2a62345b3052"), {"heapq"}),
        (("related", "2a62345b3052"), {"heapq"}),
        # Who compiles the name of a character looks it up.
        (("sources",), {"unicodedata"}),
    ],
)
def test_reading_loads_what_reads_the_index(
    index: str, command: tuple[str, ...], allowed: set[str]
) -> None:
    """It loads nothing that reads sources, or writes, and what is rarely asked for when it is."""
    name, *arguments = command
    loaded = loaded_by("-c", RUN, name, "--index", index, *arguments)
    unwanted = NEEDED_TO_READ_SOURCES | NEEDED_TO_WRITE | LONGER_THAN_A_SEARCH | RARELY_NEEDED
    assert unwanted & loaded <= allowed
