"""Reads the pickles in an index, without running or trusting anything in them.

An index may be a stranger's. A pickle can name any importable object and have it called:
here two of `array` are allowed and no other. It can also ask for a memo of 2**32 places,
which takes the memory of the whole machine: such a pickle is found out before it is read.
What is read is plain data, and still to be checked. (The module pickle is slow to import;
its part in C does all that is needed.)
"""

import re
from _pickle import Unpickler
from io import BytesIO

from kvmsearch.errors import UnsafeIndexError

_ALLOWED = frozenset({("array", "array"), ("array", "_array_reconstructor")})

_LARGE_MEMO = re.compile(rb"r(?:..[\x10-\xff].|...[\x01-\xff])", re.DOTALL)
"""LONG_BINPUT with a number of 2**20 or more, or data that happen to look like it."""

_FIXED = (
    dict.fromkeys(b"(.)}]NRtuse0a\x85\x86\x87\x88\x89\x93\x94", 0)
    | dict.fromkeys(b"\x80Khq", 1)
    | dict.fromkeys(b"M", 2)
    | dict.fromkeys(b"Jjr", 4)
    | dict.fromkeys(b"G\x95", 8)
)
"""How many bytes follow an opcode. The pickles of an index have these, and those below."""

_COUNTED = dict.fromkeys(b"C\x8c\x8a", 1) | dict.fromkeys(b"BX", 4)
"""How wide the number is that follows an opcode, and says how many bytes follow that."""

_GLOBAL = ord("c")
_STOP = ord(".")


class _Unpickler(Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> object:
        if (module_name, global_name) not in _ALLOWED:
            raise UnsafeIndexError(
                f"the index holds a {module_name}.{global_name}, which no index of kvmsearch does; "
                "it was not opened"
            )
        return super().find_class(module_name, global_name)


def loads(data: bytes) -> object:
    """Read the pickle that some bytes begin with.

    Raises:
        UnsafeIndexError: it names an object that is not on the allow-list.
        ValueError: it asks for more memory than any of ours.
    """
    return load(BytesIO(data), data)


def load(stream: BytesIO, data: bytes) -> object:
    """Read the next pickle of a stream over some bytes; as `loads`."""
    _check_memo(data, stream.tell())
    return _Unpickler(stream).load()


def _check_memo(data: bytes, at: int) -> None:
    """Refuse a pickle that asks for a large memo; opcodes are looked at only up to a suspect."""
    while suspect := _LARGE_MEMO.search(data, at):
        while at < suspect.start():
            if data[at] == _STOP:
                return
            at = _behind(data, at)
        if at == suspect.start():
            raise ValueError("a pickle that asks for a large memo")


def _behind(data: bytes, at: int) -> int:
    """Return where the opcode ends that is at a place, with all that belongs to it."""
    opcode = data[at]
    if opcode in _FIXED:
        return at + 1 + _FIXED[opcode]
    if opcode == _GLOBAL:
        return data.index(b"\n", data.index(b"\n", at) + 1) + 1
    width = _COUNTED[opcode]
    start = at + 1 + width
    return start + int.from_bytes(data[at + 1 : start], "little")
