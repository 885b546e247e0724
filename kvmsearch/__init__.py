"""Full-text search over git commit messages.

    import kvmsearch

    with kvmsearch.open("index") as index:
        for hit in index.search("ABBA deadlock").hits:
            print(hit.commit.id[:12], hit.commit.title)

`kvmsearch.query` has the nodes of the query tree, to build queries without text.
"""

from kvmsearch.commit import Commit, Completeness, Person, Ref
from kvmsearch.errors import KvmsearchError
from kvmsearch.hits import Hit, Results, Snippet
from kvmsearch.index import Index
from kvmsearch.index import open_index as open  # noqa: A004 - reads as kvmsearch.open
from kvmsearch.message import Trailer
from kvmsearch.places import default_location
from kvmsearch.query import Author, Committer
from kvmsearch.registry import Outcome, Progress, SourceSpec, SourceStatus

__all__ = [
    "Author",
    "Commit",
    "Committer",
    "Completeness",
    "Hit",
    "Index",
    "KvmsearchError",
    "Outcome",
    "Person",
    "Progress",
    "Ref",
    "Results",
    "Snippet",
    "SourceSpec",
    "SourceStatus",
    "Trailer",
    "default_location",
    "open",
]
