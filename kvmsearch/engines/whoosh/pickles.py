"""Whoosh keeps parts of its files as pickles; this lets it read only what an index of ours holds.

A pickle can name any importable object and have it called: an index from a stranger
could run code. Whoosh reads pickles in a few modules by the names `load`, `loads` and
`pickle`; `restrict` puts readers in their place that know an allow-list. That holds for
all uses of Whoosh in the process, which is the safer side to err on.
"""

import io
import pickle
from importlib import import_module
from types import SimpleNamespace
from typing import IO

from kvmsearch.errors import UnsafeIndexError

READERS = (
    "whoosh.index",
    "whoosh.columns",
    "whoosh.formats",
    "whoosh.codec.whoosh3",
    "whoosh.filedb.compound",
    "whoosh.filedb.structfile",
)
"""The modules of Whoosh that read the files of an index."""

ALLOWED = frozenset(
    {
        ("builtins", "bytearray"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("__builtin__", "set"),
        ("_codecs", "encode"),
        ("array", "_array_reconstructor"),
        ("array", "array"),
        ("collections", "defaultdict"),
        ("builtins", "int"),
        ("__builtin__", "int"),
        ("copy_reg", "_reconstructor"),
        ("copyreg", "_reconstructor"),
        ("__builtin__", "object"),
        ("builtins", "object"),
        # Compiles a pattern; runs nothing.
        ("re", "_compile"),
        ("whoosh.analysis.analyzers", "IDAnalyzer"),
        ("whoosh.analysis.tokenizers", "IDTokenizer"),
        ("whoosh.analysis.tokenizers", "RegexTokenizer"),
        ("whoosh.columns", "NumericColumn"),
        ("whoosh.columns", "VarBytesColumn"),
        ("whoosh.columns", "CompressedBytesColumn"),
        ("whoosh.codec.whoosh3", "W3Codec"),
        ("whoosh.codec.whoosh3", "W3Segment"),
        ("whoosh.fields", "COLUMN"),
        ("whoosh.fields", "ID"),
        ("whoosh.fields", "STORED"),
        ("whoosh.fields", "Schema"),
        ("whoosh.fields", "TEXT"),
        ("whoosh.formats", "Existence"),
        ("whoosh.formats", "Positions"),
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> object:
        if (module_name, global_name) not in ALLOWED:
            raise UnsafeIndexError(
                f"the index holds a {module_name}.{global_name}, which no index of kvmsearch does; "
                "it was not opened"
            )
        return super().find_class(module_name, global_name)


def load(file: IO[bytes]) -> object:
    """Read one pickle from a file.

    Raises:
        UnsafeIndexError: it names an object that is not on the allow-list.
    """
    return _Unpickler(file).load()


def loads(data: bytes) -> object:
    """Read one pickle from bytes; as `load`."""
    return _Unpickler(io.BytesIO(data)).load()


def restrict() -> None:
    """Have Whoosh read pickles through the allow-list, from now on in this process."""
    safe = SimpleNamespace(
        load=load, loads=loads, dumps=pickle.dumps, PicklingError=pickle.PicklingError
    )
    for module in map(import_module, READERS):
        for name, reader in (("load", load), ("loads", loads), ("pickle", safe)):
            if hasattr(module, name):
                setattr(module, name, reader)
    # The loader of an older layout has an unpickler of its own, which imports what it is told.
    vars(import_module("whoosh.index"))["toc_loaders"] = {}
