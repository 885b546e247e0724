"""Which pieces of a commit show best why it matched, and where in them; pure.

A word is marked where all of it stands, in any spelling; only if it stands nowhere whole
are those of its parts marked that helped to find the commit. What is excluded is not
marked.
"""

from kvmsearch.commit import Commit
from kvmsearch.hits import Snippet
from kvmsearch.matching import Span, merged
from kvmsearch.query.tree import Node
from kvmsearch.snippets.wanted import matches, texts, wanted
from kvmsearch.snippets.windows import AT_MOST, LONGEST, Marked, best_windows

__all__ = ["AT_MOST", "LONGEST", "highlight"]


def highlight(commit: Commit, query: Node) -> tuple[tuple[Span, ...], tuple[Snippet, ...]]:
    """Return where a query matches in the title, and the best snippets of the rest, best first.

    Where only the title matches, the one snippet is the title.
    """
    asked = [*wanted(query, commit)]
    looked_into = [*texts(commit, asked)]
    found = matches(asked, looked_into)
    title, *others = map(Marked, looked_into, found)
    windows = best_windows(others) or best_windows([title])[:1]
    spans = merged(span for span, _ in title.matches)
    return spans, tuple(window.snippet() for window in windows)
