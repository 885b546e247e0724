"""Regular expressions over messages, with a bound on time.

A pattern can take longer than the universe lasts, and Python cannot be told to give up on one.
So patterns are matched in a process of their own (`grepper.py`), which the kernel ends when it
has used too much; that is one error then.
"""

import marshal
import os
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Self

from kvmsearch.errors import KvmsearchError, UsageError

if TYPE_CHECKING:
    from subprocess import Popen

SECONDS = 10
"""Of the CPU, for all patterns and messages of one search."""

MEMORY = 2 << 30
"""Bytes of address space."""

_BATCH = 256
"""Messages a request."""

_PROGRAM = os.path.join(os.path.dirname(__file__), "grepper.py")
_SIZE = 8
"""Bytes of the number that says how long a request is, little-endian."""

Texts = Iterable[tuple[int, str]]
"""Documents and their messages."""


class Grep:
    """Matches the patterns of one search, by a process that ends with the block."""

    def __init__(self) -> None:
        self._process = _start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def matching(self, pattern: str, *, ignore_case: bool, texts: Texts) -> Iterator[int]:
        """Yield the documents in whose texts a pattern is found; `^` and `$` match at each line.

        Raises:
            UsageError: the pattern takes too long or too much memory, or is none.
        """
        flags = re.MULTILINE | (re.IGNORECASE if ignore_case else re.NOFLAG)
        rest = iter(texts)
        while batch := list(islice(rest, _BATCH)):
            documents, messages = zip(*batch, strict=True)
            answer = self._ask((pattern, int(flags), messages))
            if len(answer) < len(batch):
                raise _refused(pattern, flags)
            yield from (number for number, found in zip(documents, answer, strict=True) if found)

    def _ask(self, request: tuple[str, int, tuple[str, ...]]) -> bytes:
        """Return the answer, cut short where the process ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            packed = marshal.dumps(request)
            stdin.write(len(packed).to_bytes(_SIZE, "little") + packed)
            stdin.flush()
        except BrokenPipeError:
            return b""
        return stdout.read(len(request[2]))


def _refused(pattern: str, flags: int) -> KvmsearchError:
    try:
        re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        return UsageError(f"{pattern!r} is no regular expression: {error}")
    return UsageError(
        f"{pattern!r}: gave up on this regular expression after {SECONDS} seconds (or out of "
        "memory); make it simpler, or ask for a word besides"
    )


def _start() -> "Popen[bytes]":
    # Few searches have a pattern, and the import takes as long as a search.
    from subprocess import DEVNULL, PIPE, Popen  # noqa: PLC0415

    arguments = [sys.executable, "-I", "-S", _PROGRAM, str(SECONDS), str(MEMORY)]
    return Popen(arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
