"""Matches regular expressions in a process of its own; started as a script, by `grep`.

A request on standard input is (pattern, flags, texts) behind its size, an answer on standard
output one byte a text, 1 where the pattern is found. The arguments are the seconds of CPU and
the bytes of memory after which the kernel ends this process.
"""

import marshal
import re
import resource
import sys
import warnings

SIZE = 8
"""Bytes of the number that says how long a request is, little-endian."""


def main() -> None:
    """Answer requests until there are no more."""
    seconds, memory = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := requests.read(SIZE):
        request = requests.read(int.from_bytes(size, "little"))
        pattern, flags, texts = marshal.loads(request)  # noqa: S302 - from our own parent
        search = re.compile(pattern, flags).search
        answers.write(bytes([search(text) is not None for text in texts]))
        answers.flush()


if __name__ == "__main__":
    main()
