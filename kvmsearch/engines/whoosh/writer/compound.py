"""All files of a segment as one, in the form of whoosh.filedb.compound.

Where the directory is (i64) and its size (i32), both big-endian; the files one behind the
other; the directory, a pickled dict of name -> offset and length; a pickled empty dict.
"""

import os
import shutil
import struct
from pathlib import Path
from pickle import dumps
from typing import IO

_HEAD = struct.Struct("!qi")


class Compound:
    """A compound file that is written from front to end."""

    def __init__(self, folder: Path, segment: str) -> None:
        self._segment = segment
        self.path = folder / f"{segment}.seg"
        self._file = self.path.open("wb")
        self._file.write(bytes(_HEAD.size))
        self._directory: dict[str, dict[str, int]] = {}
        self._begun = self._file.tell()

    def write(self, data: bytes) -> int:
        """Write more of the file that is next named by `end`."""
        return self._file.write(data)

    def tell(self) -> int:
        """Return how much of that file is written."""
        return self._file.tell() - self._begun

    def end(self, suffix: str) -> None:
        """Name what was written since the last file ended."""
        name = f"{self._segment}{suffix}"
        self._directory[name] = {"offset": self._begun, "length": self.tell()}
        self._begun = self._file.tell()

    def add(self, suffix: str, data: bytes) -> None:
        """Write a whole file."""
        self._file.write(data)
        self.end(suffix)

    def copy(self, suffix: str, file: IO[bytes]) -> None:
        """Write what another file holds."""
        file.seek(0)
        shutil.copyfileobj(file, self._file, 1 << 20)
        self.end(suffix)

    def finish(self) -> None:
        """Write the directory and see that all is on the disk."""
        at = self._file.tell()
        size = self._file.write(dumps(self._directory, 2) + dumps({}, 2))
        self._file.seek(0)
        self._file.write(_HEAD.pack(at, size))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Take the file away."""
        self._file.close()
        self.path.unlink(missing_ok=True)
