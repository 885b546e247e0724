"""`python -m bench.speed.build PEER REPOSITORY FOLDER THREADS`: index a repository, one process."""

import sys
from pathlib import Path

from bench.speed.history import BRANCH, texts
from bench.speed.peers import peer


def main(module: str, repository: str, folder: str, threads: str) -> None:
    """Index the branch that is measured."""
    Path(folder).mkdir()
    peer(module).build(Path(folder), texts(Path(repository), BRANCH), int(threads))


if __name__ == "__main__":
    main(*sys.argv[1:])
