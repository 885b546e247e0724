import doctest
import re
from datetime import UTC, datetime
from pathlib import Path

from kvmsearch.fields import FIELDS
from kvmsearch.query import parse_query

DOCS = Path(__file__).parents[2] / "docs/query-language.md"
ROW = re.compile(r"\| `(.+)` \| `(.+)` \|")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_every_field_is_documented() -> None:
    """The page names each field with all its other names and its example."""
    text = DOCS.read_text("utf-8")
    for field in FIELDS:
        aliases = ", ".join(f"`{alias}`" for alias in field.aliases)
        row = next(line for line in text.splitlines() if line.startswith(f"| `{field.name}` "))
        assert [cell.strip() for cell in row.split("|")][2] == aliases
        # In a cell of a table a bar stands behind a backslash.
        assert f"`{field.example}`" in row.replace(r"\|", "|")


def test_queries_are_understood_as_documented() -> None:
    """The page's table of queries and what they are understood as holds."""
    rows = ROW.findall(DOCS.read_text("utf-8").partition("| understood as |")[2])
    assert len(rows) == 12
    assert {text: str(parse_query(text, now=NOW)) for text, _ in rows} == dict(rows)


def test_the_python_example_runs() -> None:
    """The page's example in Python prints what it says."""
    assert doctest.testfile(str(DOCS), module_relative=False) == (0, 2)
