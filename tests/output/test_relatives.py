import json
import re
from pathlib import Path

from kvmsearch.commit import Ref
from kvmsearch.link import Link
from kvmsearch.output import schema
from kvmsearch.output.machine import IdPrinter, JsonLinesPrinter, JsonPrinter
from kvmsearch.output.text import TextPrinter
from kvmsearch.record import replace
from kvmsearch.relatives import MissingFix, MissingFixes, Related, Relation
from tests.output.commits import GMEM_MERGE, GUP, STABLE, SYNC_MMU

DOCS = Path(__file__).parent.parent.parent / "docs" / "relations.md"

COPY = replace(SYNC_MMU, id="c0ffee" + SYNC_MMU.id[6:], refs=(STABLE,))
EVIL = replace(SYNC_MMU, id="e" * 40, message="\x1b[31mred\n title")
RELATED = Related(
    GUP,
    (
        Relation("fixed-by", SYNC_MMU, GUP.id, (COPY,)),
        Relation("fixed-by", GMEM_MERGE, SYNC_MMU.id),
        Relation("series", GMEM_MERGE, GUP.id),
        Relation("mentioned-by", EVIL, GUP.id),
    ),
    (Link("fixes", "123456789abc"),),
)
MISSING = MissingFixes(STABLE, complete=True, fixes=(MissingFix(SYNC_MMU, (GUP, EVIL), (COPY,)),))

RELATED_TEXT = f"""\
2a62345b3052 2026-01-15 Michael Roth (kvm/next)
    KVM: guest_memfd: GUP source pages prior to populating guest memory

fixed by:
  {SYNC_MMU.id[:12]} {SYNC_MMU.date.date()} {SYNC_MMU.author.name} (kvm/next)
      {SYNC_MMU.title}
      also {COPY.id[:12]} (stable/linux-7.0.y)
  {GMEM_MERGE.id[:12]} {GMEM_MERGE.date.date()} {GMEM_MERGE.author.name} (kvm/next)
      {GMEM_MERGE.title}
      fixes {SYNC_MMU.id[:12]}

written in one series with:
  {GMEM_MERGE.id[:12]} {GMEM_MERGE.date.date()} {GMEM_MERGE.author.name} (kvm/next)
      {GMEM_MERGE.title}

mentioned by:
  eeeeeeeeeeee {SYNC_MMU.date.date()} {SYNC_MMU.author.name} (kvm/next)
      ^[[31mred title

not in this index:
  fixes 123456789abc
"""

MISSING_TEXT = f"""\
{SYNC_MMU.id[:12]} {SYNC_MMU.date.date()} {SYNC_MMU.author.name} (kvm/next)
    {SYNC_MMU.title}
    also {COPY.id[:12]} (stable/linux-7.0.y)
    fixes 2a62345b3052 KVM: guest_memfd: GUP source pages prior to populating guest memory
    fixes eeeeeeeeeeee ^[[31mred title

1 fix missing on stable/linux-7.0.y
"""


def test_related_for_people() -> None:
    """Each kind of relation has a heading; a fix of a fix says which; nothing is obeyed."""
    assert "\n".join(TextPrinter().related(RELATED)) + "\n" == RELATED_TEXT


def test_missing_for_people() -> None:
    """A missing fix is told with what it fixes and its copies, and how many there are."""
    assert "\n".join(TextPrinter().missing(MISSING)) + "\n" == MISSING_TEXT
    assert list(TextPrinter().missing(replace(MISSING, fixes=()))) == []
    doubtful = replace(MISSING, complete=False, fixes=MISSING.fixes * 2)
    assert [*TextPrinter().missing(doubtful)][-1] == "2 fixes perhaps missing on stable/linux-7.0.y"


def test_color_and_width() -> None:
    """Ids and refs have git's colours, and lines are cut to the terminal."""
    lines = [*TextPrinter(color=True, width=40).related(RELATED)]
    assert lines[0].startswith("\x1b[33m2a62345b3052\x1b[m ")
    assert all(len(re.sub("\x1b[^m]*m", "", line)) <= 40 for line in lines)
    evil = replace(MISSING, branch=Ref("\x1b]0;x", "next"))
    assert "\x1b" not in "".join(TextPrinter().missing(evil))


def test_ids() -> None:
    """Ids are full, one a line, each once."""
    assert list(IdPrinter().related(RELATED)) == [SYNC_MMU.id, GMEM_MERGE.id, EVIL.id]
    assert list(IdPrinter().missing(MISSING)) == [SYNC_MMU.id]


def test_json() -> None:
    """JSON is one object, or a line for each relation and fix; a fix tells its state."""
    [text] = JsonPrinter().related(RELATED)
    value = json.loads(text)
    lines = [json.loads(line) for line in JsonLinesPrinter().related(RELATED)]
    assert value["relations"] == lines
    assert [(one["relation"], one["of"], one["id"]) for one in lines[:2]] == [
        ("fixed-by", GUP.id, SYNC_MMU.id),
        ("fixed-by", SYNC_MMU.id, GMEM_MERGE.id),
    ]
    assert (value["commit"]["id"], value["unknown"]) == (
        GUP.id,
        [{"kind": "fixes", "value": "123456789abc"}],
    )
    [text] = JsonPrinter().missing(MISSING)
    value = json.loads(text)
    assert value["fixes"] == [json.loads(line) for line in JsonLinesPrinter().missing(MISSING)]
    assert (value["branch"], value["complete"]) == (
        {"source": "stable", "branch": "linux-7.0.y"},
        True,
    )
    [fix] = value["fixes"]
    assert (fix["state"], [one["id"] for one in fix["fixes"]]) == ("missing", [GUP.id, EVIL.id])
    [line] = JsonLinesPrinter().missing(replace(MISSING, complete=False))
    assert json.loads(line)["state"] == "unknown"


def test_every_key_is_documented() -> None:
    """The page on relations names every key of its own, in the order in which it is printed."""
    text = DOCS.read_text(encoding="utf-8")
    named = [
        name
        for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        for name in re.findall(r"`([\w-]+)`", row)
    ]
    commit = {*schema.commit_value(GUP), "schema_version"}
    printed = [
        *schema.related_value(RELATED),
        *schema.relation_value(RELATED.relations[0]),
        *schema.missing_value(MISSING),
        *schema.fix_value(MISSING.fixes[0], complete=True),
    ]
    kinds = "fixes fixed-by reverts reverted-by copy series same-link mentions mentioned-by".split()
    assert named == [*kinds, *(name for name in printed if name not in commit)]
