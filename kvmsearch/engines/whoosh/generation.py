"""All that belongs to one generation of an index, as one JSON file: its manifest.

The manifest of generation n is written before Whoosh's table of contents of generation n is
put in place by one rename: that rename commits documents, membership and registry together.
A reader takes the newest number from the names of the tables of contents, and all else from
the manifest of that number.
"""

import json
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.layout import INDEX_NAME, MOST_DOCUMENTS
from kvmsearch.errors import StorageError
from kvmsearch.record import Record
from kvmsearch.registry import Registry, from_json, to_json

FORMAT = 4

_TOC, _SUFFIX = f"_{INDEX_NAME}_", ".toc"
_MOST_DIGITS = 18


class SegmentFacts(Record):
    """What is known of a segment beside its own file."""

    id: str
    count: int
    """Its documents, deleted ones included."""

    analysis: int
    """The version of the analysis that made its terms."""

    deleted: str | None = None
    """The file of the bitmap of its deleted documents, where there are any."""


class Manifest(Record):
    """One generation."""

    generation: int
    segments: tuple[SegmentFacts, ...] = ()
    """In order: the documents of the first are numbered from 0, and so on."""

    bitmaps: Mapping[Ref, Mapping[str, str]] = MappingProxyType({})
    """By ref and segment id: which documents are on the ref.

    Either the name of a file that holds the bitmap, or `=` and the bitmap itself in hexadecimal
    digits: a small segment needs no file beside its own.
    """

    aliases: tuple[tuple[int, int], ...] = ()
    """Pairs of change keys that stand for one change, as a message says."""

    registry: Registry = MappingProxyType({})


Folder: TypeAlias = str | os.PathLike[str]


def file_in(folder: Folder, name: str) -> str:
    """Return the path of a file; pathlib would take longer to import than most searches take."""
    return os.path.join(folder, name)


def newest_generation(folder: Folder) -> int:
    """Return the number of the last commit, -1 where there is no index.

    Raises:
        StorageError: the folder cannot be read.
    """
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    except OSError as error:
        raise StorageError(f"{folder}: the index cannot be read ({error.strerror})") from error
    found = [
        name[len(_TOC) : -len(_SUFFIX)]
        for name in names
        if name.endswith(_SUFFIX) and name.startswith(_TOC)
    ]
    return max([int(digits) for digits in found if _is_number(digits)], default=-1)


def _is_number(digits: str) -> bool:
    return digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS


def is_newest(folder: Folder, generation: int) -> bool:
    """Tell whether nothing was committed since a generation, without listing the folder.

    Of two generations that a killed writer left the older one is taken away first.
    """
    numbers = generation, generation + 1
    here, beyond = (file_in(folder, f"{_TOC}{number}{_SUFFIX}") for number in numbers)
    return os.access(here, os.F_OK) and not os.access(beyond, os.F_OK)


def path_of(folder: Folder, generation: int) -> str:
    """Return where the manifest of a generation lies."""
    return file_in(folder, f"kvmsearch_{generation}.json")


def read_manifest(folder: Folder, generation: int) -> Manifest:
    """Read the manifest of a generation.

    Raises:
        FileNotFoundError: that generation was cleaned away meanwhile.
        StorageError: it is damaged, or of a later version of kvmsearch.
    """
    path = path_of(folder, generation)
    try:
        with open(path, "rb") as file:
            return _from_json(generation, json.load(file))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StorageError(
            f"{path}: damaged, or written by another kvmsearch ({type(error).__name__}); "
            "remove the index and index its sources anew"
        ) from error


def write_manifest(folder: Folder, manifest: Manifest) -> None:
    """Write the manifest of a generation that is about to be committed; it is on the disk then."""
    path = path_of(folder, manifest.generation)
    scratch = f"{path}.{os.getpid()}.tmp"
    with open(scratch, "w", encoding="ascii") as file:
        json.dump(_to_json(manifest), file, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(scratch, path)


def _to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "segments": [
            [segment.id, segment.count, segment.analysis, segment.deleted]
            for segment in manifest.segments
        ],
        "refs": [[ref.source, ref.branch, dict(found)] for ref, found in manifest.bitmaps.items()],
        "aliases": manifest.aliases,
        "sources": to_json(manifest.registry),
    }


def _from_json(generation: int, values: dict[str, Any]) -> Manifest:
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']}")
    return Manifest(
        generation=generation,
        segments=tuple(_segment(*segment) for segment in values["segments"]),
        bitmaps={_ref(*ref): _bitmaps(found) for *ref, found in values["refs"]},
        aliases=tuple((_key(one), _key(other)) for one, other in values["aliases"]),
        registry=from_json(values["sources"]),
    )


def _segment(name: str, count: object, analysis: object, deleted: str | None) -> SegmentFacts:
    return SegmentFacts(
        _safe(name),
        _whole(count, 1, MOST_DOCUMENTS),
        _whole(analysis, 0, 1 << 32),
        None if deleted is None else _safe(deleted),
    )


def _ref(source: object, branch: object) -> Ref:
    if not isinstance(source, str) or not isinstance(branch, str):
        raise TypeError("no name of a branch")
    return Ref(source, branch)


def _bitmaps(found: dict[str, str]) -> dict[str, str]:
    return {segment: _safe(bitmap) for segment, bitmap in found.items()}


def _key(number: object) -> int:
    return _whole(number, -1 << 63, 1 << 63)


def _whole(number: object, least: int, behind: int) -> int:
    if not isinstance(number, int) or not least <= number < behind:
        raise ValueError("no such number")
    return number


def _safe(name: str) -> str:
    """Return what can only name a file in the folder, and shows as it is on a terminal."""
    bare = name.removeprefix("=")
    is_word = bare.isascii() and f"_{bare.replace('.', '_')}".isidentifier()
    if not is_word or bare[:1] in ("", "."):
        raise ValueError("no name of a file")
    return name
