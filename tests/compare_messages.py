"""Compare `parse_message` with git itself, over all commits of a repository.

    python -m tests.compare_messages REPOSITORY

prints every commit whose `%s`, `%b` or `%(trailers:only,unfold)` differs, and then the count; the
exit status is 1 where there are any. `KVMSEARCH_CORPUS=REPOSITORY pytest tests/test_message.py`
does the same as a test.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kvmsearch.message import parse_message

FIELDS = "%H%x00%s%x00%b%x00%(trailers:only,unfold)%x00%B"
SETTINGS = ("core.commentChar=#", "trailer.separators=:", "i18n.logOutputEncoding=UTF-8")


class Printed(NamedTuple):
    """What git prints of one commit."""

    id: str
    title: str
    body: str
    trailers: str
    message: str


def git_command(repository: Path) -> list[str]:
    """Git on a repository, deaf to what its configuration says about messages."""
    return ["git", "-C", str(repository), *(part for text in SETTINGS for part in ("-c", text))]


def git_environment() -> dict[str, str]:
    """The environment without a user's git configuration and a hook's variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def write_commits(repository: Path, messages: Iterable[bytes]) -> None:
    """Make a bare repository of one commit a message, each stored byte for byte."""
    environment = git_environment()
    subprocess.run(
        ["git", "init", "--quiet", "--bare", str(repository)], env=environment, check=True
    )
    head = b"commit refs/heads/main\ncommitter A <a@example.org> 0 +0000\ndata %d\n%b\n"
    stream = b"".join(head % (len(message), message) for message in messages)
    command = [*git_command(repository), "fast-import", "--quiet"]
    subprocess.run(command, input=stream, env=environment, check=True)


def read_commits(repository: Path, encoding: str = "utf-8") -> Iterator[Printed]:
    """Stream all commits as git prints them.

    Raises:
        CalledProcessError: git cannot read them, or not to their end.
    """
    command = [*git_command(repository), "log", "--all", "-z", f"--format={FIELDS}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=git_environment()) as process:
        values: list[str] = []
        for value in _split(process):
            values.append(value.decode(encoding, "surrogateescape"))
            if len(values) == len(Printed._fields):
                yield Printed._make(values)
                values.clear()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _split(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield what each NUL of a process's output ends."""
    assert process.stdout
    rest = b""
    while chunk := process.stdout.read(1 << 20):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def parsed(commit: Printed) -> Printed:
    """Return the same commit as `parse_message` sees it."""
    parts = parse_message(commit.message)
    trailers = "".join(f"{trailer.key}: {trailer.value}\n" for trailer in parts.trailers)
    return commit._replace(title=parts.title, body=parts.body, trailers=trailers)


def differing(commits: Iterable[Printed]) -> Iterator[tuple[Printed, Printed]]:
    """Yield what git prints and what we make of it, where these differ."""
    return ((commit, ours) for commit in commits if (ours := parsed(commit)) != commit)


def main(repository: str) -> int:
    """Print the differences of a repository, and return the exit status."""
    counts = Counter[str]()
    for commit in read_commits(Path(repository)):
        counts["commits"] += 1
        for theirs, ours in differing([commit]):
            counts["differences"] += 1
            sys.stdout.write(f"git:  {theirs!r}\nours: {ours!r}\n\n")
    sys.stdout.write(f"{counts['commits']} commits, {counts['differences']} differences\n")
    return int(counts["differences"] > 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1]))
    except subprocess.CalledProcessError:
        sys.exit(f"git cannot read {sys.argv[1]}")
