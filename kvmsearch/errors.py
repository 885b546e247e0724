"""The errors that kvmsearch raises.

    KvmsearchError                   something a user can mend; one line that names the place
    ├── UsageError                   an argument that cannot be right
    ├── SourceError                  a feed, a server or a repository could not be read
    ├── StorageError                 the index cannot be opened, read or written
    │   ├── NoIndexError             there is no index at that place
    │   ├── UnsafeIndexError         another user's, or it holds what none of ours holds
    │   ├── LockedError              another process is writing to it
    │   └── OutdatedError            of another analysis; `kvmsearch reindex` mends it
    └── NotFoundError                a thing that was named is not there
        ├── UnknownCommitError       no commit has that id
        ├── AmbiguousCommitError     several commits begin with that abbreviated id
        ├── UnknownBranchError       no branch has that name
        └── UnknownSourceError       no source has that name

Errors of feedparser, urllib3, git and Whoosh are translated where they are met;
what is left is a bug and passes through.
"""

from collections.abc import Sequence


class KvmsearchError(Exception):
    """Base of all errors that a user can mend; `str()` is one line without a full stop."""


class UsageError(KvmsearchError):
    """An argument cannot be right."""


class SourceError(KvmsearchError):
    """A source could not be read, or not to its end."""


class StorageError(KvmsearchError):
    """The index cannot be opened, read or written."""


class NoIndexError(StorageError):
    """There is no index at the place named."""


class UnsafeIndexError(StorageError):
    """The index is not the user's own, or holds objects that no index of ours holds."""


class LockedError(StorageError):
    """Another process holds the write lock."""


class OutdatedError(StorageError):
    """The index was written by another analysis or layout of kvmsearch."""


class NotFoundError(KvmsearchError):
    """A thing that was named is not in the index."""


class UnknownCommitError(NotFoundError):
    """No commit of the index has this id."""


class AmbiguousCommitError(NotFoundError):
    """Several commits of the index begin with this abbreviated id; `candidates` are their ids."""

    def __init__(self, message: str, candidates: Sequence[str]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class UnknownBranchError(NotFoundError):
    """No branch of the index has this name."""


class UnknownSourceError(NotFoundError):
    """No source is registered under this name."""
