"""Which refs of a repository are followed, and the commits they point to."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from kvmsearch.sources import git
from kvmsearch.sources.location import one_line

HEAD = "HEAD"

_FOLDERS = ("refs/tags/", "refs/heads/", "refs/remotes/")
"""Where tags and branches are, in the order in which git looks a short name up."""


def follow(folder: str, patterns: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the followed refs (short name -> id of the commit) and what is wrong with patterns.

    A pattern is `HEAD` (the branch that it points to now), or the name or a glob (`*` matches `/`
    too) of branches, tags and remote-tracking branches, short or in full (`refs/heads/v7.*`). No
    glob matches what is no commit or only stands for another ref (`origin/HEAD`).

    Raises:
        SourceError: the repository cannot be read.
    """
    names = _list(folder)
    tips: dict[str, str] = {}
    wrong = []
    for pattern in patterns:
        matched = _match(folder, pattern, names)
        found = resolve(folder, matched)
        if not found:
            wrong.append(_why_nothing(pattern, matched, names))
        tips |= {branch: tip for branch, tip in found.items() if branch not in tips}
    return tips, wrong


def resolve(folder: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of the commits that the values name; those that name none are left out."""
    given = (f"{name}^{{commit}}" for name in names.values())
    answers = git.run(folder, "cat-file", "--batch-check", given=given).splitlines()
    words = (answer.decode("utf-8", "replace").split(" ") for answer in answers)
    return {
        key: answer[0]
        for key, answer in zip(names, words, strict=True)
        if answer[1:2] == ["commit"]
    }


def _list(folder: str) -> list[tuple[str, bool]]:
    """Return the full names of all refs, tags first as git prefers them, and which are symbolic."""
    listing = git.run(folder, "for-each-ref", "--format=%(refname) %(symref)")
    lines = listing.decode("utf-8", "surrogateescape").splitlines()
    refs = [(line.split(" ")[0], not line.endswith(" ")) for line in lines]
    return sorted(refs, key=lambda ref: not ref[0].startswith(_FOLDERS[0]))


def _match(folder: str, pattern: str, refs: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """Return short names, each with the full name of what a pattern means by it."""
    if pattern == HEAD:
        branch = git.run(folder, "branch", "--show-current").decode("utf-8", "replace").strip()
        return {branch or HEAD: HEAD}
    if _is_glob(pattern):
        found = [name for name, symbolic in refs if not symbolic and _fits(name, pattern)]
    else:
        places = [pattern, f"refs/{pattern}", *(place + pattern for place in _FOLDERS)]
        existing = {name for name, _ in refs}
        found = [name for name in places if name in existing]
    matched: dict[str, str] = {}
    for name in found:
        matched.setdefault(_short(name), name)
    return matched


def _is_glob(pattern: str) -> bool:
    return any(char in pattern for char in "*?[")  # git allows none of them in the name of a ref


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("refs/"):
        return fnmatchcase(name, pattern)
    return name.startswith(_FOLDERS) and fnmatchcase(_short(name), pattern)


def _short(name: str) -> str:
    """Shorten a full name as git prints it; bytes that are no UTF-8 become U+FFFD."""
    place = next((place for place in _FOLDERS if name.startswith(place)), "refs/")
    return name.removeprefix(place).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why_nothing(pattern: str, matched: Mapping[str, str], refs: Iterable[tuple[str, bool]]) -> str:
    if pattern == HEAD:
        return f"no commits yet on {next(iter(matched))!r}; nothing to index"
    if matched:
        return f"{pattern!r} names no commit"
    near = get_close_matches(pattern, [_short(name) for name, _ in refs], cutoff=0.5)
    advice = f"; there is {', '.join(near)}" if near else "; `git branch -a` and `git tag` list all"
    return one_line(f"no branch or tag {pattern!r}{advice}")
