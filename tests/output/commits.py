"""Real commits, as a feed told them, and hits upon them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from kvmsearch.commit import Commit, Completeness, Person, Ref
from kvmsearch.hits import Hit, Results, Snippet
from kvmsearch.record import replace

DATA = Path(__file__).parent.parent / "data"

NEXT = Ref("kvm", "next")
STABLE = Ref("stable", "linux-7.0.y")


def _commit(value: dict[str, Any]) -> Commit:
    return Commit(
        id=value["id"],
        message=value["message"],
        author=Person(*value["author"]),
        author_date=datetime.fromisoformat(value["author_date"]),
        committer_date=datetime.fromisoformat(value["committer_date"]),
        url=value["url"],
        completeness=Completeness.FEED,
        refs=(NEXT,),
    )


COMMITS = tuple(
    _commit(value) for value in json.loads((DATA / "commits.json").read_text(encoding="utf-8"))
)
SYNC_MMU, GMEM_MERGE, GUP = COMMITS


def marks(text: str, *words: str) -> tuple[tuple[int, int], ...]:
    """Return where each word stands first in the text."""
    return tuple((text.index(word), text.index(word) + len(word)) for word in words)


def hit_on(commit: Commit, *pieces: tuple[str, str]) -> Hit:
    """Return a hit with snippets of the body, each a text and its matching word."""
    snippets = (Snippet("body", text, marks(text, word)) for text, word in pieces)
    return Hit(commit, 1.5, (), tuple(snippets))


def page(
    *hits: Hit, total: int | None = None, copies: int = 0, suggestion: str | None = None
) -> Results:
    """Return a page with these hits."""
    count = len(hits) if total is None else total
    return Results("ABBA deadlock", count, count + copies, 1, suggestion, hits)


ABBA = replace(
    hit_on(
        GUP,
        ("lock while holding the mm->mmap_lock, leading to a potential ABBA\ndeadlock.", "ABBA"),
    ),
    title_matches=marks(GUP.title, "guest"),
    copies=(replace(GUP, id="c0ffee" + GUP.id[6:], refs=(STABLE,)),),
)
