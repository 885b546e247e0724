"""The command line: a skin over the public API.

Here is the group, and what becomes of errors: one line and an exit code.
0: done, or hits; 1: no hits; 2: an error; 3: done in part; 130: interrupted.
"""

import sys
from collections.abc import Sequence

import click

from kvmsearch.cli.parsing import DefaultGroup, split_index
from kvmsearch.cli.stdio import emit, make_robust, tell
from kvmsearch.errors import KvmsearchError

COMMANDS = (
    "search",
    "show",
    "related",
    "missing",
    "index",
    "update",
    "sources",
    "prune",
    "reindex",
)

ERROR = 2
INTERRUPTED = 130


def print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and end; a checkout that is not installed has none."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib import metadata  # noqa: PLC0415 - slow to import, and rarely needed

    try:
        version = metadata.version("kvmsearch")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    emit([f"kvmsearch {version}"])
    ctx.exit()


@click.group(
    cls=DefaultGroup,
    modules={name: f"kvmsearch.cli.{name}" for name in COMMANDS},
    default="search",
    bare="--help",
    options_metavar="",
    subcommand_metavar="[search] QUERY... | COMMAND [ARGS]...",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Search git commit messages.

    Arguments that begin with no command's name are a query: kvmsearch QUERY... is
    kvmsearch search QUERY...
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    given = list(sys.argv[1:] if args is None else args)
    make_robust()
    try:
        code = cli.main(
            given, prog_name="kvmsearch", standalone_mode=False, windows_expand_args=False
        )
    except click.UsageError as error:
        _refuse(error, given)
    except click.ClickException as error:
        tell("fatal", error.format_message())
    except KvmsearchError as error:
        tell("fatal", str(error))
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    else:
        return int(code or 0)
    return ERROR


def _refuse(error: click.UsageError, args: list[str]) -> None:
    """Say what is wrong with the arguments, and how to search for them where that may be meant."""
    tell("fatal", error.format_message())
    command = error.ctx.command_path if error.ctx else "kvmsearch"
    tell("hint", f"see '{command} --help'")
    places, words = split_index(args)
    if words and words[0] in COMMANDS and words[0] != "search":
        tell("hint", f"to search for these words: {search_line(words, places)}")


def search_line(words: Sequence[str], options: Sequence[str] = ()) -> str:
    """Return the command that searches for what was taken for another command."""
    import shlex  # noqa: PLC0415 - for who was misunderstood alone

    end_of_options = ["--"] if any(word.startswith("-") for word in words) else []
    return shlex.join(["kvmsearch", "search", *options, *end_of_options, *words])
