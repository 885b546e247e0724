"""git's processes: the one module that starts them.

A repository may come from a stranger, so its configuration can neither run a program nor change
what is printed, and nothing is fetched over a network.
"""

import os
import selectors
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from kvmsearch.errors import SourceError
from kvmsearch.sources.location import one_line, shown

_CHUNK = 1 << 18
_COMPLAINTS = 1 << 13
"""How much of the end of git's error output is kept, in bytes."""

_OPTIONS = (
    "--no-pager",
    *("-c", "core.fsmonitor=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.follow=false"),
)
_SET = {
    "GIT_ALLOW_PROTOCOL": "none",  # before git 2.45 the one way to keep partial clones off the net
    "GIT_FLUSH": "0",  # else it writes each commit by itself
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_KEPT = ("GIT_CEILING_DIRECTORIES", "GIT_CONFIG_", "GIT_EXEC_PATH")
"""The variables (or beginnings) that say how git is installed and what its user trusts.

All others (GIT_DIR, GIT_INDEX_FILE, ... as hooks and aliases set them) would point git at another
repository than the one named.
"""


def run(folder: str, *arguments: str, given: Iterable[str] = ()) -> bytes:
    """Return all that git prints; for output known to be small. See `stream`."""
    return b"".join(stream(folder, *arguments, given=given))


def stream(folder: str, *arguments: str, given: Iterable[str] = ()) -> Generator[bytes, None, None]:
    """Run git in a folder, the lines of `given` on its standard input, and yield what it prints.

    git starts with the first chunk; it is killed and waited for when the generator is closed.

    Raises:
        SourceError: git is missing or failed; the text begins with the folder.
    """
    with _as_file(given) as stdin, _start(folder, arguments, stdin) as process:
        try:
            complaints = yield from _chunks(process)
            code = process.wait()
        finally:
            process.kill()
    if code:
        raise SourceError(f"{shown(folder)}: {_reason(code, complaints)}")


def beside(folder: str, *arguments: str, given: Iterable[str] = ()) -> Iterator[bytes | None]:
    """Run git beside other work, from when the first item is asked for until the last one is.

    Yield None until git has ended, then all that it printed, which is known to be small: nothing
    where it failed, as whoever needs to know why would wait for it.
    """
    with _as_file(given) as stdin, _start(folder, arguments, stdin) as process:
        try:
            while process.poll() is None:
                yield None
            assert process.stdout is not None
            yield process.stdout.read()
        finally:
            process.kill()


@contextmanager
def _as_file(lines: Iterable[str]) -> Generator[IO[bytes], None, None]:
    """Put lines into a nameless file: unlike a pipe it cannot leave both ends waiting."""
    with tempfile.TemporaryFile() as file:
        for line in lines:
            file.write(os.fsencode(line) + b"\n")
        file.seek(0)
        yield file


def _start(folder: str, arguments: Iterable[str], stdin: IO[bytes]) -> subprocess.Popen[bytes]:
    command = ["git", "-C", folder, *_OPTIONS, *arguments]
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        )
    except FileNotFoundError as error:
        raise SourceError(
            f"{shown(folder)}: needs git, which is not on PATH; install it"
        ) from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{shown(folder)}: git does not start: {error}") from error


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    return kept | _SET


def _chunks(process: subprocess.Popen[bytes]) -> Generator[bytes, None, bytes]:
    """Yield what git prints; return the end of what it complained about meanwhile."""
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = b""
    with selectors.DefaultSelector() as pipes:
        pipes.register(process.stdout, selectors.EVENT_READ)
        pipes.register(process.stderr, selectors.EVENT_READ)
        while pipes.get_map():
            for key, _ in pipes.select():
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    pipes.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    yield chunk
                else:
                    complaints = (complaints + chunk)[-_COMPLAINTS:]
    return complaints


def _reason(code: int, complaints: bytes) -> str:
    """Say in one line why git failed, in its own last words where they help."""
    text = complaints.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    last = one_line(lines[-1].removeprefix("fatal: ").removeprefix("error: "))
    if last.startswith("cannot change to"):
        return last.rpartition(": ")[2]
    if "not a git repository" in text:
        return "not a git repository"
    if "dubious ownership" in text:
        return f"belongs to another user; if you trust it, run: {last}"
    if code < 0:
        return f"git was killed by signal {-code}"
    if "promisor" in text or ("transport" in text and "not allowed" in text):
        return "a partial clone that lacks what is asked for; fetch the rest, or set no path limit"
    return f"git failed: {last or f'exit code {code}'}"
