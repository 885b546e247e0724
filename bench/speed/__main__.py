"""The command line: `python -m bench.speed`."""

import pstats
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from os import cpu_count
from pathlib import Path

import click

from bench.speed.asked import written
from bench.speed.peers import MODULES, installed
from bench.speed.phases import PHASES
from bench.speed.picture import picture
from bench.speed.report import page, table
from bench.speed.runs import Run, merged, read, write
from bench.speed.setting import load, setting
from bench.speed.workshop import Plan, Workshop, opened
from kvmsearch import KvmsearchError

_FILE = click.Path(path_type=Path)
_JSON = "performance.json"
_LINES = 25
"""Functions that are listed of a profile."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--repo", type=_FILE, required=True, help="A git repository; its HEAD is measured.")
@click.option("--work", type=_FILE, required=True, help="Where histories and indexes are kept.")
@click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=1,
    help="How often the history is told; below 1: its oldest part.",
)
@click.option("--phase", "phases", type=click.Choice([*PHASES]), multiple=True, help="Only this.")
@click.option("--without", type=click.Choice([*MODULES]), multiple=True, help="A peer left out.")
@click.option("--jobs", type=click.IntRange(1), default=cpu_count() or 1, help="For --jobs.")
@click.option("--rounds", type=click.IntRange(1), default=7, help="How often all is asked.")
@click.option("--builds", type=click.IntRange(1), default=3, help="How often indexes are made.")
@click.option("--questions", type=_FILE, multiple=True, help="A file of long questions.")
@click.option("--ask", "more", multiple=True, help="Words to ask for besides those chosen.")
@click.option("--write", "target", type=_FILE, help="Where the page, picture and JSON go [WORK].")
@click.option(
    "--profile", "profiled", type=click.Choice([*PHASES]), help="Look where time goes instead."
)
def main(  # noqa: PLR0913 - click hands each option over as an argument
    *,
    repo: Path,
    work: Path,
    scale: float,
    phases: tuple[str, ...],
    without: tuple[str, ...],
    target: Path | None,
    profiled: str | None,
    jobs: int,
    rounds: int,
    builds: int,
    questions: tuple[Path, ...],
    more: tuple[str, ...],
) -> None:
    """Measure what kvmsearch needs, beside its peers on the same text.

    The table goes to standard output; performance.md, .svg and .json to a folder, where the
    JSON of earlier runs is kept and phases measured anew are replaced.
    """
    plan = Plan(_peers(without), jobs, rounds, builds, questions, more)
    try:
        with opened(repo, work, scale, _say) as shop:
            if profiled:
                _profile(shop, plan, profiled)
                return
            runs = _runs(shop, plan, phases or [*PHASES], target or work)
            click.echo(table([row for run in runs for row in run.rows]))
    except (KvmsearchError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _peers(without: Sequence[str]) -> list[str]:
    for module, library in MODULES.items():
        if module not in without and not installed(module):
            _say(f"{module}: left out, as Python's {library} is not installed")
    return [module for module in MODULES if module not in without and installed(module)]


def _runs(shop: Workshop, plan: Plan, phases: Sequence[str], folder: Path) -> Iterator[Run]:
    """Yield what each phase measured, once it is kept: the next one may fail."""
    known = read(folder / _JSON)
    asked = {name: [written(one)[0] for one in each] for name, each in shop.chosen.classes.items()}
    for name in phases:
        _say(f"phase {name}")
        begun = time.strftime("%Y-%m-%d %H:%M")
        turns = plan.builds if name == "index" else plan.rounds
        told = f"{begun}, load {load():.1f}, {turns} rounds"
        rows = [*PHASES[name](shop, plan)]
        run = Run(shop.name, shop.commits, asked, setting(plan.peers), {name: told}, rows)
        known = merged(known, run)
        _keep(folder, known)
        yield run


def _keep(folder: Path, runs: Sequence[Run]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / _JSON, runs)
    (folder / "performance.md").write_text(page(runs), encoding="utf-8")
    (folder / "performance.svg").write_text(picture(runs), encoding="utf-8")


def _profile(shop: Workshop, plan: Plan, phase: str) -> None:
    """Run what a phase has kvmsearch do under cProfile, once, and list what took most."""
    made: list[Path] = []
    alone = replace(plan, peers=(), jobs=1, rounds=1, builds=1)
    for _ in PHASES[phase](replace(shop, profiles=_places(shop.folder, phase, made)), alone):
        pass
    for path in made:
        if path.exists():
            click.echo(f"{path}:")
            pstats.Stats(str(path), stream=sys.stdout).sort_stats("tottime").print_stats(_LINES)


def _places(folder: Path, phase: str, made: list[Path]) -> Iterator[Path]:
    for number in count(1):
        made.append(folder / f"{phase}-{number}.prof")
        yield made[-1]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
