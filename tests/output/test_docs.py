import re
from pathlib import Path

from kvmsearch.output.schema import commit_value, hit_value, results_value
from tests.output.commits import ABBA, page

DOCS = Path(__file__).parent.parent.parent / "docs" / "output.md"


def test_every_key_is_documented() -> None:
    """The page on output names every key, and in the order in which it is printed."""
    text = DOCS.read_text(encoding="utf-8")
    named = [
        name
        for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    ]
    assert named == [*results_value(page()), *hit_value(ABBA)]


def test_a_commit_has_the_first_eight_rows() -> None:
    """What the page says of `show --format json` is so."""
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)[len(results_value(page())) :]
    named = [name for row in rows[:8] for name in re.findall(r"`(\w+)`", row)]
    assert named == [*commit_value(ABBA.commit)]
