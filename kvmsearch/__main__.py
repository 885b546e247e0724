"""The program: `kvmsearch`, or `python -m kvmsearch`."""

import gc
import os
import sys
from contextlib import suppress


def run() -> None:
    """Run the command line of this process, and end it.

    The two things done here that no module should do to who imports it are a fifth of a
    search's time: nothing is garbage while a program starts, so it is looked for less often;
    and what the process has used is not freed bit by bit before the kernel takes it all.
    """
    gc.set_threshold(50_000, 20, 20)
    from kvmsearch.cli import main  # noqa: PLC0415 - when it is settled how garbage is looked for

    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
