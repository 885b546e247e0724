"""Commits as git stores them, written into a repository by the pack.

https://git-scm.com/docs/gitformat-pack describes a pack: here, whole objects one after another.
"""

import hashlib
import subprocess
import zlib
from collections.abc import Iterable
from pathlib import Path

from bench.speed.text import Text
from kvmsearch import KvmsearchError

_COMMIT = 1
_TREE = 2
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def commit(text: Text, parents: Iterable[str]) -> bytes:
    """Return the content of a commit object without files."""
    lines = [
        f"tree {_EMPTY_TREE}",
        *(f"parent {parent}" for parent in parents),
        f"author {text.author} {text.written} +0000",
        f"committer {text.committer} {text.committed} +0000",
    ]
    message = "\n\n".join(filter(None, (text.title, text.body, text.trailers)))
    return ("\n".join(lines) + f"\n\n{message}\n").encode("utf-8", "replace")


def commit_id(content: bytes) -> str:
    """Return the id that git gives a commit of this content."""
    return hashlib.sha1(b"commit %d\0%b" % (len(content), content)).hexdigest()  # noqa: S324 - git's


def store(repository: Path, count: int, commits: Iterable[bytes]) -> str:
    """Put `count` commits into a repository, and return the id of the last one.

    Raises:
        KvmsearchError: git does not take them.
    """
    command = ["git", "-C", str(repository), "index-pack", "--stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        digest = hashlib.sha1()  # noqa: S324 - git's
        content = b""
        for piece in _pack(count, commits):
            digest.update(piece[1])
            process.stdin.write(piece[1])
            content = piece[0]
        process.stdin.write(digest.digest())
    if process.returncode:
        raise KvmsearchError(f"{repository}: git does not take what is to be measured")
    return commit_id(content)


def _pack(count: int, commits: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """Yield each content, and the bytes that stand for it in the pack."""
    yield b"", b"PACK" + (2).to_bytes(4, "big") + (count + 1).to_bytes(4, "big")
    yield b"", _packed(_TREE, b"")
    for content in commits:
        yield content, _packed(_COMMIT, content)


def _packed(kind: int, content: bytes) -> bytes:
    size = len(content)
    head = [kind << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 128
        head.append(size & 127)
        size >>= 7
    return bytes(head) + zlib.compress(content, 1)
