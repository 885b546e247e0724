"""All that belongs to one generation of an index beside its documents, as one JSON file.

The file of generation n is written before Whoosh's table of contents of generation n is
put in place by one rename: that rename commits documents, membership and registry
together. A reader opens the newest table of contents and then the manifest of its number.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.membership import Files
from kvmsearch.engines.whoosh.schema import TEXT_FIELDS
from kvmsearch.errors import StorageError
from kvmsearch.record import Record
from kvmsearch.registry import Registry, from_json, to_json

FORMAT = 1


class SegmentFacts(Record):
    """What ranking and upkeep need to know of a segment."""

    analysis: int
    """The version of the analysis that made its terms."""

    statistics: Mapping[str, list[int]]
    """By ranked field: [commits that have it, parts in all]."""


class Manifest(Record):
    """One generation."""

    segments: Mapping[str, SegmentFacts] = MappingProxyType({})
    files: Files = MappingProxyType({})
    registry: Registry = MappingProxyType({})


def path_of(folder: Path, generation: int) -> Path:
    """Return where the manifest of a generation lies."""
    return folder / f"kvmsearch_{generation}.json"


def manifests(folder: Path) -> list[Path]:
    """Return the manifests of all generations that are still there."""
    return list(folder.glob("kvmsearch_*.json"))


def read_manifest(folder: Path, generation: int) -> Manifest:
    """Read the manifest of a generation.

    Raises:
        FileNotFoundError: that generation was cleaned away meanwhile.
        StorageError: it is damaged, or of a later version of kvmsearch.
    """
    path = path_of(folder, generation)
    try:
        values = json.loads(path.read_text())
        return _from_json(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StorageError(
            f"{path}: damaged, or written by a later kvmsearch ({type(error).__name__})"
        ) from error


def write_manifest(folder: Path, generation: int, manifest: Manifest) -> None:
    """Write the manifest of a generation that is about to be committed."""
    path = path_of(folder, generation)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(json.dumps(_to_json(manifest), separators=(",", ":")))
    scratch.replace(path)


def _to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "segments": {
            name: [facts.analysis, facts.statistics] for name, facts in manifest.segments.items()
        },
        "refs": [[ref.source, ref.branch, files] for ref, files in manifest.files.items()],
        "sources": to_json(manifest.registry),
    }


def _from_json(values: dict[str, Any]) -> Manifest:
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']}")
    return Manifest(
        {name: _facts(*facts) for name, facts in values["segments"].items()},
        {Ref(source, branch): files for source, branch, files in values["refs"]},
        from_json(values["sources"]),
    )


def _facts(analysis: int, statistics: dict[str, list[int]]) -> SegmentFacts:
    counts = {}
    for name in TEXT_FIELDS:
        having, parts = statistics[name]
        counts[name] = [int(having), int(parts)]
    return SegmentFacts(analysis, counts)
