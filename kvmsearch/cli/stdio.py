"""What the commands write: answers to standard output, all else to standard error."""

import io
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

import click

from kvmsearch.errors import KvmsearchError
from kvmsearch.output.harmless import one_line

CLOSED_PIPE = 141
"""The exit code of a program that SIGPIPE ends, which git and others are."""


def make_robust() -> None:
    """Let no text of a commit or an argument fail to encode, and no stream be closed.

    As after `>&-`: the index must not get its file descriptor. To write an answer there
    fails, as it should; what else there is to say is lost.
    """
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit(lines: Iterable[str]) -> None:
    """Write lines to standard output; a reader that went away ends the command quietly.

    Raises:
        KvmsearchError: they cannot be written, as on a full disk.
    """
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_the_rest()
        raise click.exceptions.Exit(CLOSED_PIPE) from None
    except OSError as error:
        _discard_the_rest()
        raise KvmsearchError(f"cannot write the answer: {error.strerror}") from error


def _discard_the_rest() -> None:
    """Send what is still buffered nowhere; Python writes it at exit and would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(word: str, message: str) -> None:
    """Write one line to standard error, begun by git's word: `hint`, `error`, `fatal`."""
    sys.stderr.write(f"{word}: {one_line(message)}\n")


def wants_color(when: str, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Decide on colour as git's color.ui does; NO_COLOR counts where `when` is auto."""
    if when != "auto":
        return when == "always"
    dumb = environ.get("TERM", "dumb") == "dumb"
    return stream.isatty() and not dumb and not environ.get("NO_COLOR")
