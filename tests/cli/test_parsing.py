import click
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.cli.parsing import split_query
from kvmsearch.cli.search import command

ARGUMENTS = st.lists(
    st.sampled_from(["-n5", "-n", "--all", "--sort=newest", "--author", "--", "-x", "--x", "-"])
    | st.text(),
    max_size=8,
)


@given(ARGUMENTS)
def test_nothing_is_lost(args: list[str]) -> None:
    """Whatever the arguments, each is an option, a value or a word, in the order given."""
    try:
        options, words = split_query(args, command.params)
    except click.UsageError:
        assert args[-1] in {"-n", "--author"}
        return
    for part in (options, words):
        rest = iter(args)
        assert all(arg in rest for arg in part)
    assert len(options) + len(words) in {len(args), len(args) - 1}


@given(ARGUMENTS)
def test_all_behind_two_dashes_is_query(args: list[str]) -> None:
    """Behind -- there are words only."""
    assert split_query(["--all", "--", *args], command.params) == (["--all"], args)
