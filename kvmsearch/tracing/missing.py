"""The fixes that a branch lacks.

A fix is missing on a branch when the commit that it fixes, or any copy of it, is there, no
copy of the fix is, and neither was reverted there. A revert that was itself reverted there
does not count.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.protocol import Known, Lineage
from kvmsearch.errors import UnknownBranchError, UsageError
from kvmsearch.link import title_key
from kvmsearch.relatives import MissingFix, MissingFixes
from kvmsearch.tracing.copies import Changes, Key, by_date


def missing(lineage: Lineage, in_branch: str, from_branch: str | None = None) -> MissingFixes:
    """Return the fixes that a branch lacks: of the whole index, or of another branch.

    A branch is `NAME` or `SOURCE/NAME`, globs allowed; `from_branch` may mean several.

    Raises:
        UnknownBranchError: no branch of the index has such a name.
        UsageError: `in_branch` may mean several.
    """
    refs = lineage.refs()
    ref = _one(refs, in_branch)
    others = None if from_branch is None else _some(refs, from_branch)
    wanted = None if others is None else {known.id for known in lineage.on(others)}
    branch = _Branch(lineage, ref)
    absent = _absent(branch, wanted)
    found = lineage.find({value for named in absent.values() for value, _ in named})
    fixes = [fix for item in absent.items() if (fix := _missing(branch, *item, found))]
    fixes.sort(key=lambda fix: (fix.commit.date, fix.commit.id))
    return MissingFixes(ref, _is_complete(lineage, ref), tuple(fixes))


def _one(refs: Sequence[Ref], name: str) -> Ref:
    found = [ref for ref in refs if name in (ref.branch, str(ref))] or _some(refs, name)
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise UsageError(f"{name}: may mean {names}; name one of them")
    return found[0]


def _some(refs: Iterable[Ref], name: str) -> list[Ref]:
    found = [ref for ref in refs if fnmatchcase(ref.branch, name) or fnmatchcase(str(ref), name)]
    if not found:
        raise UnknownBranchError(f"{name}: no branch of that name in this index")
    return found


def _is_complete(lineage: Lineage, ref: Ref) -> bool:
    source = lineage.registry().get(ref.source)
    state = source and source.refs.get(ref.branch)
    return bool(state and state.complete)


_DEEPEST = 100
"""Reverts of reverts that are followed."""


class _Branch:
    """The changes on a branch, and which of them were reverted there."""

    def __init__(self, lineage: Lineage, ref: Ref) -> None:
        self._reverted: dict[Key, bool] = {}
        self.lineage = lineage
        self.changes = Changes(lineage)
        known = list(lineage.on([ref]))
        self._here = {self.changes.key(one): one.id for one in known}
        self._again: dict[Key, list[str]] = defaultdict(list)
        if len(self._here) < len(known):
            for one in known:
                self._again[self.changes.key(one)].append(one.id)
        self._find_reverts({one.id for one in known})

    def _find_reverts(self, ids: Container[str]) -> None:
        """Note what the commits of the branch revert."""
        self._reverts: dict[Key, list[Known]] = defaultdict(list)
        named = [link for link in self.lineage.linked("reverts") if link[1].id in ids]
        found = self.lineage.find({value for value, _ in named})
        for value, revert in named:
            for key in self.changes.keys(value, found):
                self._reverts[key].append(revert)
        self._reverts_by_title: dict[str, list[Known]] = defaultdict(list)
        for title, revert in self.lineage.linked("reverts-title"):
            if revert.id in ids:
                self._reverts_by_title[title].append(revert)

    def has(self, key: Key) -> bool:
        """Tell whether a commit of the change is on the branch."""
        return key in self._here

    def standing(self, key: Key) -> Commit | None:
        """Return the last commit of the change on the branch, if it was not reverted there."""
        if key not in self._here:
            return None
        ids = self._again.get(key, [self._here[key]])
        commits = by_date(commit for one in ids if (commit := self.lineage.get(one)))
        return None if not commits or self.has_reverted(key, commits[-1]) else commits[-1]

    def has_reverted(self, key: Key, commit: Commit, depth: int = 0) -> bool:
        """Tell whether a change, as it is in a commit, was reverted on the branch after that."""
        if key not in self._reverted:
            # What reverts itself in a circle, as only hostile history does, was not reverted.
            self._reverted[key] = False
            self._reverted[key] = depth < _DEEPEST and any(
                not self.has_reverted(self.changes.key(known), revert, depth + 1)
                for known, revert in self._reverting(key, commit)
            )
        return self._reverted[key]

    def _reverting(self, key: Key, commit: Commit) -> Iterator[tuple[Known, Commit]]:
        """Yield the reverts of a change that came after a commit of it."""
        named = self._reverts.get(key, [])
        if self._reverts_by_title:
            named = [*named, *self._reverts_by_title.get(title_key(commit.title), ())]
        for known in named:
            revert = self.lineage.get(known.id)
            # What was reverted may have been picked again.
            if revert and revert.date >= commit.date:
                yield known, revert


Named = list[tuple[str, Known]]
"""The fixes of one change, each with an id that it fixes."""


def _absent(branch: _Branch, wanted: Container[str] | None) -> dict[Key, Named]:
    """Return the fixes that are on the branch in no copy, by their changes."""
    absent: dict[Key, Named] = defaultdict(list)
    for value, fix in branch.lineage.linked("fixes"):
        key = branch.changes.key(fix)
        if not branch.has(key) and (wanted is None or fix.id in wanted):
            absent[key].append((value, fix))
    return absent


def _missing(
    branch: _Branch, key: Key, named: Named, found: Mapping[str, Sequence[Known]]
) -> MissingFix | None:
    """Return what is missing of a fix that is not on the branch, if anything is."""
    fixed = {one for value, _ in named for one in branch.changes.keys(value, found)} - {key}
    there = [commit for one in fixed if (commit := branch.standing(one))]
    if not there:
        return None
    ids = dict.fromkeys(fix.id for _, fix in named)
    commits = by_date(commit for one in ids if (commit := branch.lineage.get(one)))
    if not commits or branch.has_reverted(key, commits[0]):
        return None
    return MissingFix(commits[0], tuple(by_date(there)), tuple(commits[1:]))
