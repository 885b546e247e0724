"""The command line: `python -m bench.quality`."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from bench.quality.evaluation import PRODUCT, Case, cases, corpus_of, each, worths
from bench.quality.peers import PEERS
from bench.quality.questions import FORMS
from bench.quality.report import gathered, rows, table
from bench.quality.workshop import prepared
from kvmsearch import KvmsearchError

T = TypeVar("T")

_FILE = click.Path(path_type=Path)
_SAY_EVERY = 30
"""Seconds between two lines of progress."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repo", type=_FILE, required=True, help="A git repository; its HEAD is indexed.")
@click.option("--questions", type=_FILE, multiple=True, help="A file of questions; repeatable.")
@click.option("--work", type=_FILE, required=True, help="Where indexes are made and kept.")
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Questions of a file; 0: all.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--form", "only", type=click.Choice(FORMS), multiple=True, help="This form only; repeatable."
)
@click.option("--json", "target", type=_FILE, help="Write the figures to this file as well.")
@click.argument("more", nargs=-1, type=_FILE, metavar="[QUESTIONS]...")
def main(
    *,
    repo: Path,
    questions: tuple[Path, ...],
    more: tuple[Path, ...],
    work: Path,
    sample: int,
    jobs: int,
    only: tuple[str, ...],
    target: Path | None,
) -> None:
    """Measure how well kvmsearch ranks, on questions whose answers are known.

    The Markdown of what was measured goes to standard output.
    """
    try:
        folder = prepared(repo, work, _say)
        asked = _cases(folder, (*questions, *more), sample, only)
        _tell_missing()
        measured = gathered(_told(each(worths, folder, asked, jobs), asked))
        if target:
            found = [asdict(row) for row in rows(measured, PRODUCT)]
            target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except (KvmsearchError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(rows(measured, PRODUCT)))


def _cases(folder: Path, files: Sequence[Path], size: int, only: tuple[str, ...]) -> list[Case]:
    with corpus_of(folder) as corpus:
        asked = [case for case in cases(corpus, files, size) if not only or case.form in only]
    if not asked:
        raise KvmsearchError("no question of these files has an answer in this repository")
    return asked


def _tell_missing() -> None:
    for peer in PEERS:
        if not peer.installed:
            _say(f"{peer.name}: left out, as Python's {peer.library} is not installed")


def _told(measured: Iterator[T], asked: Sequence[Case]) -> Iterator[T]:
    """Hand measurements through, telling now and then how far they are."""
    said = time.monotonic()
    for done, one in enumerate(measured, 1):
        if time.monotonic() - said > _SAY_EVERY:
            said = time.monotonic()
            _say(f"{done} of {len(asked)}")
        yield one


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
