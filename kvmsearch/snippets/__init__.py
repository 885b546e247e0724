"""Which pieces of a commit show best why it matched, and where in them; pure.

A word is marked where all of it stands, in any spelling; only if it stands nowhere whole
are those of its parts marked that helped to find the commit. What is excluded is not
marked.
"""

from collections.abc import Callable
from typing import TypeAlias

from kvmsearch.commit import Commit
from kvmsearch.hits import Snippet
from kvmsearch.matching import Span, merged
from kvmsearch.query.tree import Node
from kvmsearch.snippets.marked import marked, texts
from kvmsearch.snippets.wanted import tokenizer, wanted
from kvmsearch.snippets.windows import AT_MOST, LONGEST, best_windows

__all__ = ["AT_MOST", "LONGEST", "Highlights", "highlighter"]

Highlights: TypeAlias = tuple[tuple[Span, ...], tuple[Snippet, ...]]
"""Where a query matches in the title, and the best snippets of the rest, best first.

Where only the title matches, the one snippet is the title.
"""


def highlighter(query: Node) -> Callable[[Commit], Highlights]:
    """Return what highlights a query in commits."""
    asked = [*wanted(query)]
    tokenize = tokenizer(asked)
    by_tokens = all(want.by_tokens for want in asked)

    def highlight(commit: Commit) -> Highlights:
        found = marked(asked, texts(commit, tokenize, by_tokens=by_tokens))
        title = [one for one in found[:1] if one[0].field == "title"]
        windows = best_windows(found[len(title) :]) or best_windows(title)[:1]
        spans = merged([span for _, matches in title for span, _ in matches])
        return spans, tuple([window.snippet() for window in windows])

    return highlight
