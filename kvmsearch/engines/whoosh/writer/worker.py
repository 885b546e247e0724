"""Builds segments in a process of its own; started by `workers`.

A request on standard input is a batch of commits, or one of none to write what there is as one
segment. An answer on standard output is one byte (`.`, or `F` where the segment is full), or
a line of JSON: the segment's id, or in a list why there is none. What is not yet written is
let go of when the requests end.
"""

import gc
import io
import json
import os
import pickle
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from kvmsearch.engines.whoosh.writer.batches import read_batch
from kvmsearch.engines.whoosh.writer.builder import SegmentBuilder
from kvmsearch.engines.whoosh.writer.memory import give_back, set_large_apart


def main() -> None:
    """Answer requests until there are no more."""
    # Who is interrupted is our parent: then the requests end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    set_large_apart()
    folder, requests = Path(sys.argv[1]), sys.stdin.buffer
    # Unbuffered: what cannot be told because nobody is there is not tried again at the end.
    answers = os.fdopen(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
    while _serve_segment(folder, requests, answers):
        give_back()


def _serve_segment(folder: Path, requests: BinaryIO, answers: io.FileIO) -> bool:
    """Build one segment; return whether there may be another."""
    builder = None
    try:
        while commits := read_batch(requests):
            # Begun no sooner: what is in no generation is cleaned away between two segments.
            builder = builder or SegmentBuilder(folder)
            for commit in commits:
                builder.add(commit)
            answers.write(b"F" if builder.full else b".")
        assert builder
        _answer(answers, builder.finish().segment_id())
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):  # our parent is no more
        if builder:
            builder.abandon()
        return False
    except OSError as error:
        with suppress(BrokenPipeError):
            _answer(answers, [str(error)])
        return False
    return True


def _answer(answers: io.FileIO, reply: object) -> None:
    answers.write(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
