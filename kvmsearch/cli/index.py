"""`kvmsearch index`: follow sources and read them for the first time."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

import kvmsearch
from kvmsearch.cli import outcomes
from kvmsearch.cli.options import index_option, jobs_option
from kvmsearch.cli.parsing import PathsCommand
from kvmsearch.cli.stdio import tell
from kvmsearch.errors import KvmsearchError
from kvmsearch.registry import SourceSpec
from kvmsearch.sources.config import read_sources
from kvmsearch.sources.locate import derive_name, is_feed, locate


class Limits(TypedDict):
    """What is followed of a source, as options and paths set it."""

    branches: tuple[str, ...]
    paths: tuple[str, ...]
    merges: bool


@click.command("index", cls=PathsCommand)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--name", help="What to call the source [default: derived from SOURCE].")
@click.option(
    "--branch",
    "branches",
    multiple=True,
    metavar="NAME",
    help="A branch or tag of a repository to follow, globs allowed; repeatable [default: HEAD].",
)
@click.option(
    "--no-merges",
    "merges",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Leave merge commits out.",
)
@click.option(
    "--from",
    "file",
    help="Also follow the sources that FILE lists in git's config format; see docs/sources.md.",
    metavar="FILE",
)
@jobs_option
@index_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    name: str | None,
    file: str | None,
    location: str | None,
    jobs: int | None,
    **limits: Unpack[Limits],
) -> int:
    """Follow each SOURCE and read its commits.

    A SOURCE is a feed (a URL, a file, or - for standard input) or a git repository (a
    path). Of a repository, only commits that touch a PATH, if any is given.
    """
    _check(ctx, sources, name, file)
    listed = read_sources(Path(file)) if file else []
    found, errors = _located(sources)
    if not found and not listed:
        raise click.UsageError("; ".join(errors), ctx)
    with kvmsearch.open(kvmsearch.default_location(location), create=True) as index:
        specs = [*listed, *_specs(index, found, name, limits)]
        names, more_errors = _registered(index, specs)
        for error in (*errors, *more_errors):
            tell("error", error)
        for spec in specs:
            if spec.name in names and _has_limits(spec) and is_feed(spec.location):
                tell("warning", f"{spec.name}: {_WITHOUT_EFFECT}")
        done = outcomes.update(index, names, jobs) if names else []
    return outcomes.exit_code(done, refused=len(errors) + len(more_errors))


_WITHOUT_EFFECT = (
    "a feed is read as it is; branches, paths and merges can be chosen of a repository only"
)


def _has_limits(spec: SourceSpec) -> bool:
    return bool(spec.branches or spec.paths or not spec.merges)


def _check(ctx: click.Context, sources: Sequence[str], name: str | None, file: str | None) -> None:
    """Refuse arguments that do not go together."""
    limits = [key for key in ("branches", "paths") if ctx.params[key]]
    if not sources and not file:
        message = "name a SOURCE, or a FILE with --from"
    elif not sources and (name or limits or not ctx.params["merges"]):
        message = "--name, --branch, --no-merges and paths are for SOURCE arguments; there is none"
    elif name and len(sources) > 1:
        message = "--name is for one SOURCE"
    elif "-" in sources and not name:
        message = "standard input (-) needs a --name"
    else:
        return
    raise click.UsageError(message, ctx)


def _located(sources: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the locations of the sources, and what is wrong with the others."""
    found = []
    errors = []
    for source in sources:
        try:
            found.append(locate(source))
        except KvmsearchError as error:
            errors.append(str(error))
    return found, errors


def _specs(
    index: kvmsearch.Index, locations: Iterable[str], name: str | None, limits: Limits
) -> Iterator[SourceSpec]:
    """Yield what to follow; a location that is followed already keeps its name."""
    names = {status.spec.location: status.spec.name for status in index.sources()}
    for location in locations:
        if name or location not in names:
            names[location] = name or derive_name(location, set(names.values()))
        yield SourceSpec(names[location], location, **limits)


def _registered(index: kvmsearch.Index, specs: Iterable[SourceSpec]) -> tuple[list[str], list[str]]:
    """Register sources; return the names of those, and what is wrong with the others."""
    names = []
    errors = []
    for spec in specs:
        try:
            index.register(spec)
        except KvmsearchError as error:
            errors.append(str(error))
        else:
            names.append(spec.name)
    return names, errors
