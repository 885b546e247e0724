"""The layout tells the truth: imports go one way, and each library has few importers."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import kvmsearch

LAYERS = (
    {"__main__"},
    {"cli"},
    {"__init__"},
    {"output", "index"},
    {"ingest", "places", "tracing"},
    {"engines", "sources"},
    {"registry"},
    {"snippets"},
    {"query", "hits", "matching", "ranking", "relatives", "asides"},
    {"analysis", "fields", "dates", "relations"},
    {"commit", "link"},
    {"message"},
    {"errors", "kept", "record"},
)
"""The parts of kvmsearch, top to bottom: each sees those below, and never one of its own layer."""

SEEN_BY_OUTPUT = {"registry", "hits", "relatives", "commit", "link", "record"}
"""A format is told what was found or is followed, and nothing of how."""

IMPORTERS = {
    "click": ("kvmsearch.cli",),
    "feedparser": ("kvmsearch.sources.feed",),
    "numpy": ("kvmsearch.engines.whoosh.writer",),
    "Stemmer": ("kvmsearch.analysis",),
    "subprocess": (
        "kvmsearch.sources.git",
        "kvmsearch.engines.whoosh.ranker.grep",
        "kvmsearch.engines.whoosh.writer.workers",
    ),
    "urllib3": ("kvmsearch.sources.http",),
    "whoosh": ("kvmsearch.engines",),
}
"""Who may import a library (or start git's processes)."""

DEPTH = {part: depth for depth, layer in enumerate(LAYERS) for part in layer}
ROOT = Path(next(iter(kvmsearch.__path__)))
MODULES = {
    ".".join(("kvmsearch", *path.relative_to(ROOT).with_suffix("").parts)): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of all that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def part(name: str) -> str:
    """Return the part of kvmsearch that a dotted name is in; names of the API are in `__init__`."""
    first = name.split(".")[1:2]
    return first[0] if first and first[0] in DEPTH else "__init__"


def internal_imports() -> Iterator[tuple[str, str]]:
    """Yield each import from one part of kvmsearch into another: module and imported name."""
    for module, path in MODULES.items():
        for name in imports(path):
            if name.split(".")[0] == "kvmsearch" and part(name) != part(module):
                yield module, name


def external_imports() -> Iterator[tuple[str, str]]:
    """Yield each import of a library that has few importers, or that is not Python's own."""
    for module, path in MODULES.items():
        for library in {name.split(".")[0] for name in imports(path)} - {"kvmsearch"}:
            if library in IMPORTERS or library not in sys.stdlib_module_names:
                yield module, library


def test_every_module_has_a_place() -> None:
    """Every module and package at the top of kvmsearch is in the table of layers."""
    assert {module.split(".")[1] for module in MODULES} <= DEPTH.keys()


def test_imports_go_down() -> None:
    """No module imports from its own layer or one above."""
    assert [
        f"{module} imports {name}"
        for module, name in internal_imports()
        if DEPTH[part(name)] <= DEPTH[part(module)]
    ] == []


def test_output_sees_records_alone() -> None:
    """Output formats import records alone: no index, no engine, no source."""
    assert [
        f"{module} imports {name}"
        for module, name in internal_imports()
        if part(module) == "output" and part(name) not in SEEN_BY_OUTPUT
    ] == []


def test_libraries_have_few_importers() -> None:
    """A library is imported only where the table says, and none is that is not in it."""
    assert [
        f"{module} imports {library}"
        for module, library in external_imports()
        if not f"{module}.".startswith(tuple(f"{home}." for home in IMPORTERS.get(library, ())))
    ] == []
