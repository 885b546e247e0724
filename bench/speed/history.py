"""The text that every peer is given: `git log`, as lightly parsed as its user would."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bench.speed.text import Text
from kvmsearch import KvmsearchError

BRANCH = "main"
"""The branch of the repositories that are measured."""

_FORMAT = "--format=%H%n%an <%ae>%n%cn <%ce>%n%at%n%ct%n%P%n%B"
_CHUNK = 1 << 18
_TRAILER = re.compile(r"[A-Za-z][\w-]*: \S")


def texts(repository: Path, *revisions: str) -> Iterator[Text]:
    """Read commits as `git log` lists them, one process for all."""
    command = ["git", "-C", str(repository), "log", "-z", _FORMAT, "--encoding=UTF-8", *revisions]
    with subprocess.Popen([*command, "--"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield from map(_parsed, _records(process.stdout))


def _records(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (record.decode("utf-8", "replace") for record in whole)
    if rest:
        yield rest.decode("utf-8", "replace")


def _parsed(record: str) -> Text:
    object_id, author, committer, written, committed, parents, message = record.split("\n", 6)
    title, _, body = message.strip().partition("\n\n")
    body, gap, last = body.rpartition("\n\n")
    if not _TRAILER.match(last):
        body, last = f"{body}{gap}{last}", ""
    dates = int(written or 0), int(committed or 0)
    return Text(object_id, author, committer, *dates, parents, title.replace("\n", " "), body, last)


def git(repository: Path, *arguments: str, given: str | None = None) -> str:
    """Run git and return what it prints, without the white space around.

    Raises:
        KvmsearchError: it fails, or is not there.
    """
    command = ["git", "-C", str(repository), *arguments]
    try:
        ran = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise KvmsearchError("git is missing: install the package git") from error
    except subprocess.CalledProcessError as error:
        raise KvmsearchError(f"{repository}: {error.stderr.strip()}") from error
    return ran.stdout.strip()
