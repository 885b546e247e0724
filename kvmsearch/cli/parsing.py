"""What click cannot do by itself: a default command, queries with dashes, paths behind `--`.

And help that is written as answers are.
"""

import importlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn, cast

import click

from kvmsearch.cli.stdio import emit


class Context(click.Context):
    """A context whose help is an answer like any other: to write it may fail."""

    def get_help(self) -> NoReturn:
        """Write the help, and end."""
        emit(super().get_help().splitlines())
        self.exit()


def _show_help(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        ctx.get_help()


_HELP = click.Option(
    ["-h", "--help"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this message and exit.",
)


class Command(click.Command):
    """A command whose help is written as answers are.

    click has its own option for that, and looks for a translation of its text each time that
    any command runs, which takes as long as a search.
    """

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option:  # noqa: ARG002 - click's
        """Return the option."""
        return _HELP


class DefaultGroup(Command, click.Group):
    """A group of commands, with one for arguments that begin with no command's name."""

    command_class = Command

    def __init__(
        self,
        *args: Any,
        default: str,
        bare: str,
        modules: Mapping[str, str] = MappingProxyType({}),
        **kwargs: Any,
    ) -> None:
        """Make a group.

        Args:
            default: the command put before arguments that begin with none.
            bare: what no argument at all stands for.
            modules: commands by name -> module that holds it as `command`; imported when
                it runs, so that no command pays for the imports of another.
        """
        super().__init__(*args, **kwargs)
        self._default = default
        self._bare = bare
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return [*self._modules, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name in self._modules:
            return cast("click.Command", importlib.import_module(self._modules[cmd_name]).command)
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before arguments that begin with none."""
        places, rest = split_index(args)
        if not args:
            args = [self._bare]
        elif rest and rest[0] in self.list_commands(ctx):
            args = [rest[0], *places, *rest[1:]]
        elif rest and rest[0] in _option_names(self.get_params(ctx)):
            args = rest
        else:
            args = [self._default, *args]
        return super().parse_args(ctx, args)


def split_index(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part `--index LOCATION` from the command behind it, whose option it is, as with `git -C`."""
    end = 0
    while end < len(args) and args[end].partition("=")[0] == "--index":
        end += 1 if "=" in args[end] else 2
    return list(args[:end]), list(args[end:])


class QueryCommand(Command):
    """A command whose arguments are a query: what is not exactly an option is text."""

    def __init__(
        self, *args: Any, beside: Mapping[str, str] = MappingProxyType({}), **kwargs: Any
    ) -> None:
        """Make a command.

        Args:
            beside: options by name -> the option without which each is text, as a query may
                have it: `git rebase -i`.
        """
        super().__init__(*args, **kwargs)
        self._beside = beside

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part options from words, wherever they stand."""
        params = self.get_params(ctx)
        given = {arg.partition("=")[0] for arg in itertools.takewhile("--".__ne__, args)}
        absent = {param.name for param in params if given.isdisjoint(param.opts)}
        counting = [one for one in params if self._beside.get(one.name or "") not in absent]
        options, words = split_query(args, counting)
        return super().parse_args(ctx, [*options, "--", *words])


def split_query(
    args: Sequence[str], params: Iterable[click.Parameter]
) -> tuple[list[str], list[str]]:
    """Part the options (with their values) of a command line from the words of the query.

    An option is `-n`, `-n5`, `--long` or `--long=value`, spelled in full; `--` ends options.

    Raises:
        click.UsageError: an option at the end lacks its value.
    """
    takes_value = {
        name: not param.is_flag
        for param in params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    }
    options: list[str] = []
    words: list[str] = []
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            words += rest
        elif takes_value.get(arg):
            options += _with_value(arg, itertools.islice(rest, 1))
        elif arg in takes_value or takes_value.get(_before_value(arg)):
            options.append(arg)
        else:
            words.append(arg)
    return options, words


def _with_value(option: str, values: Iterable[str]) -> list[str]:
    """Return an option and the argument behind it."""
    found = [option, *values]
    if len(found) == 1:
        raise click.UsageError(f"option '{option}' needs a value")
    return found


def _before_value(arg: str) -> str:
    """Return the option of `--long=value` or `-n5`; a letter with other than digits is text."""
    if arg.startswith("--"):
        return arg.partition("=")[0] if "=" in arg else ""
    return arg[:2] if arg[2:].isdecimal() else ""


def _option_names(params: Iterable[click.Parameter]) -> list[str]:
    return [name for param in params if isinstance(param, click.Option) for name in param.opts]


class PathsCommand(Command):
    """A command that takes `paths` behind `--`, apart from its other arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Cut the arguments at the first `--`."""
        end = args.index("--") if "--" in args else len(args)
        ctx.params["paths"] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show the paths in the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- PATH...]"]
