"""Reads the pickles in an index, without running or trusting anything in them.

An index may be a stranger's. A pickle can name any importable object and have it called, and
it can ask for a memo of 2**32 places, which takes the memory of the whole machine. So its
opcodes are gone through before it is read: they are those of plain data, and no name is looked
up. What is read has still to be checked. (The module pickle is slow to import; its part in C
does all that is needed.)
"""

import re
from _pickle import Unpickler
from io import BytesIO

from kvmsearch.errors import UnsafeIndexError

_HARMLESS = re.compile(
    rb"(?:h.|\x94|C(?:\x07.{7}|\x08.{8}|\x09.{9}|\x0a.{10}|\x0b.{11}|\x0c.{12})"
    rb"|[Kq\x80].|M..|[Jj]....|G.{8}|\x95.{8}|[()}\]NRtuse0a\x85\x86\x87\x88\x89\x93])*+",
    re.DOTALL,
)
"""Opcodes that are followed by a fixed number of bytes, and the commonest lengths of bytes objects.

What they do besides making data is to call what `find_class` gives: nothing.
"""

_COUNTED = dict.fromkeys(b"C\x8c\x8a", 1) | dict.fromkeys(b"BX", 4)
"""How wide the number is that follows an opcode, and says how many bytes follow that."""

_MOST_MEMO = 1 << 20
_MOST_SHOWN = 80

_FRAME = b"\x80\x04\x95"
_GLOBAL = ord("c")
_LONG_BINPUT = ord("r")
_STOP = ord(".")


class _Unpickler(Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> object:
        name = ascii(f"{module_name}.{global_name}"[:_MOST_SHOWN])
        raise UnsafeIndexError(f"holds {name}, which no index of kvmsearch does; do not use it")


def loads(data: bytes) -> object:
    """Read the pickle that some bytes begin with.

    Raises:
        UnsafeIndexError: it names an object.
        KeyError, ValueError: it does what no pickle of ours does.
    """
    _check(data)
    # All in one frame: of what is in none the unpickler reads a few bytes at a time.
    return _Unpickler(BytesIO(_FRAME + len(data).to_bytes(8, "little") + data)).load()


def _check(data: bytes) -> None:
    """Go through the opcodes up to the one that ends the pickle."""
    at = _behind_harmless(data, 0)
    while data[at] != _STOP:
        at = _behind_harmless(data, _behind(data, at))


def _behind_harmless(data: bytes, at: int) -> int:
    found = _HARMLESS.match(data, at)
    assert found
    return found.end()


def _behind(data: bytes, at: int) -> int:
    """Return where the opcode ends that is at a place, with all that belongs to it."""
    opcode = data[at]
    if opcode == _GLOBAL:
        return data.index(b"\n", data.index(b"\n", at) + 1) + 1
    if opcode == _LONG_BINPUT:
        if int.from_bytes(data[at + 1 : at + 5], "little") > _MOST_MEMO:
            raise ValueError("a pickle that asks for a large memo")
        return at + 5
    start = at + 1 + _COUNTED[opcode]
    return start + int.from_bytes(data[at + 1 : start], "little")
