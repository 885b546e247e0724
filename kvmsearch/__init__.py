"""Full-text search over git commit messages.

    import kvmsearch

    with kvmsearch.open("index") as index:
        for hit in index.search("ABBA deadlock").hits:
            print(hit.commit.id[:12], hit.commit.title)

`kvmsearch.query` has the nodes of the query tree, to build queries without text.
"""

from importlib import import_module

TYPE_CHECKING = False
"""As typing has it, which is not imported until __main__ has settled how garbage is looked for."""

if TYPE_CHECKING:
    from kvmsearch import query
    from kvmsearch.commit import Commit, Completeness, Person, Ref
    from kvmsearch.errors import KvmsearchError
    from kvmsearch.hits import Explanation, Hit, Part, Results, Snippet
    from kvmsearch.index import Index
    from kvmsearch.index import open_index as open  # noqa: A004 - reads as kvmsearch.open
    from kvmsearch.message import Trailer
    from kvmsearch.places import default_location
    from kvmsearch.query import Author, Committer
    from kvmsearch.registry import Outcome, Progress, SourceSpec, SourceStatus
    from kvmsearch.relatives import MissingFix, MissingFixes, Related, Relation
    from kvmsearch.sources.locate import read

__all__ = [
    "Author",
    "Commit",
    "Committer",
    "Completeness",
    "Explanation",
    "Hit",
    "Index",
    "KvmsearchError",
    "MissingFix",
    "MissingFixes",
    "Outcome",
    "Part",
    "Person",
    "Progress",
    "Ref",
    "Related",
    "Relation",
    "Results",
    "Snippet",
    "SourceSpec",
    "SourceStatus",
    "Trailer",
    "default_location",
    "open",
    "query",
    "read",
]

_HOMES = {
    "Author": "kvmsearch.query:Author",
    "Commit": "kvmsearch.commit:Commit",
    "Committer": "kvmsearch.query:Committer",
    "Completeness": "kvmsearch.commit:Completeness",
    "Explanation": "kvmsearch.hits:Explanation",
    "Hit": "kvmsearch.hits:Hit",
    "Index": "kvmsearch.index:Index",
    "KvmsearchError": "kvmsearch.errors:KvmsearchError",
    "MissingFix": "kvmsearch.relatives:MissingFix",
    "MissingFixes": "kvmsearch.relatives:MissingFixes",
    "Outcome": "kvmsearch.registry:Outcome",
    "Part": "kvmsearch.hits:Part",
    "Person": "kvmsearch.commit:Person",
    "Progress": "kvmsearch.registry:Progress",
    "Ref": "kvmsearch.commit:Ref",
    "Related": "kvmsearch.relatives:Related",
    "Relation": "kvmsearch.relatives:Relation",
    "Results": "kvmsearch.hits:Results",
    "Snippet": "kvmsearch.hits:Snippet",
    "SourceSpec": "kvmsearch.registry:SourceSpec",
    "SourceStatus": "kvmsearch.registry:SourceStatus",
    "Trailer": "kvmsearch.message:Trailer",
    "default_location": "kvmsearch.places:default_location",
    "open": "kvmsearch.index:open_index",
    "query": "kvmsearch.query",
    "read": "kvmsearch.sources.locate:read",
}
"""Where each name lives. It is imported when it is first used, so that no part of kvmsearch waits
for another that it does not need."""

# Type checkers see the imports above instead, so that an unknown name is an error to them.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'kvmsearch' has no attribute {name!r}", name=name)
        module, _, attribute = _HOMES[name].partition(":")
        home = import_module(module)
        globals()[name] = getattr(home, attribute) if attribute else home
        return globals()[name]

    def __dir__() -> list[str]:
        return __all__
