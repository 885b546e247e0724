"""What is an option, what is a query, and what is neither."""

from pathlib import Path

import pytest

from kvmsearch.cli import COMMANDS, search_line
from kvmsearch.query import And, Author, On, Or, Phrase, Regex
from kvmsearch.registry import SourceSpec
from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import GUP


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where no file has the name of a word."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("args", "query"),
    [
        (["ABBA", "deadlock"], "ABBA deadlock"),
        (["ABBA deadlock"], "ABBA deadlock"),
        (["search", "ABBA"], "ABBA"),
        (["search", "search"], "search"),
        (["-EINVAL"], "-EINVAL"),
        (["-EINVAL", "-n", "5"], "-EINVAL"),
        (["returns", "-22"], "returns -22"),
        (["-5"], "-5"),
        (["-next"], "-next"),
        (["-n5x"], "-n5x"),
        (["-Wflex-array-member-not-at-end"], "-Wflex-array-member-not-at-end"),
        (["gcc", "-Wall", "-n5"], "gcc -Wall"),
        (["--no-merges"], "--no-merges"),
        (["--frob=1", "--all=1", "--al"], "--frob=1 --all=1 --al"),
        (["-"], "-"),
        (["-n 5"], "-n 5"),
        (["rebase", "-i", "--autosquash"], "rebase -i --autosquash"),
        (["rebase", "-i", "--", "--grep", "x"], "rebase -i --grep x"),
        (["--limit 5 of"], "--limit 5 of"),
        (["--", "--author", "x"], "--author x"),
        (["--", "show", "--", "-n5"], "show -- -n5"),
        (["a", "--", "--all"], "a --all"),
        (["search", "--", "--help"], "--help"),
        ([""], ""),
    ],
)
def test_what_is_no_option_is_query(
    run: Run, index: FakeIndex, args: list[str], query: str
) -> None:
    """An argument that is not exactly an option is text, wherever it stands; -- ends options."""
    assert run(*args).code in (0, 1)
    assert index.asked["query"] == query


@pytest.mark.parametrize("name", COMMANDS)
def test_query_in_one_argument_may_begin_with_a_command(
    run: Run, index: FakeIndex, name: str
) -> None:
    """One argument with a space is a query, also where its first word is a command's name."""
    run(f"{name} me the code")
    assert index.asked["query"] == f"{name} me the code"


@pytest.mark.parametrize("place", [["--index", "there"], ["--index=here", "--index=there"]])
def test_index_before_the_command(
    run: Run, index: FakeIndex, opened: list[str], place: list[str]
) -> None:
    """The index may be named before the command, as with `git -C`, also that of a nested one."""
    index.register(SourceSpec("kvm", "/x"))
    for start in ([], ["search"]):
        run(*place, *start, "ABBA", "show")
        assert index.asked["query"] == "ABBA show"
    assert run(*place, "show", GUP.id).out.startswith(f"commit {GUP.id}")
    assert run(*place, "sources").out
    assert run(*place, "sources", "remove", "kvm").out == "removed source kvm\n"
    assert run("sources", *place, "list").err.startswith("hint: there are no sources")
    assert opened == ["there"] * 6


def test_index_before_words_that_no_command_takes(run: Run) -> None:
    """The line that searches for the words of another command keeps the index."""
    done = run("--index", "a b", "show", "stopper", "-x")
    line = "kvmsearch search --index 'a b' -- show stopper -x"
    assert done.err.endswith(f"hint: to search for these words: {line}\n")
    assert run("--index", "x", "--help").out.startswith("Usage: kvmsearch ")
    assert run("--index").err.startswith("fatal: option '--index' needs a value\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_search_takes_every_word(run: Run, index: FakeIndex, name: str) -> None:
    """Behind `search` and behind `--` a command's name is a word."""
    for start in (["search"], ["--"], ["search", "--"]):
        run(*start, name, "corruption")
        assert index.asked["query"] == f"{name} corruption"


@pytest.mark.parametrize(
    "words",
    [
        "show stopper bug",
        "show stopper",
        "show dead beef",
        "show",
        "related work",
        "related",
        "missing null check",
        "missing",
        "index corruption",
        "index of corruption",
        "index",
        "update the docs",
        "update --all docs",
        "sources of entropy",
        "sources remove dead code",
        "sources remove entropy",
        "prune stale pages",
        "prune -x",
        "reindex -next",
        "reindex all",
    ],
)
def test_error_shows_the_line_that_searches(run: Run, index: FakeIndex, words: str) -> None:
    """Words behind a command's name that it cannot take: the error shows how to search for them."""
    args = words.split()
    done = run(*args)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("fatal: ")
    assert done.err.endswith(f"hint: to search for these words: {search_line(args)}\n")
    run(*search_line(args).split()[1:])
    assert index.asked["query"] == words


def test_every_command_is_tried_with_words() -> None:
    """The table above has every command but search, which takes all words."""
    [table] = [
        mark.args[1]
        for mark in test_error_shows_the_line_that_searches.pytestmark  # type: ignore[attr-defined]
    ]
    assert {words.split()[0] for words in table} == {*COMMANDS} - {"search"}


def test_line_that_searches_is_quoted() -> None:
    """The line can be pasted into a shell."""
    assert search_line(["show", "a b", "$x"]) == "kvmsearch search show 'a b' '$x'"
    assert search_line(["index", "-x"]) == "kvmsearch search -- index -x"


def test_options_reach_the_index(run: Run, index: FakeIndex) -> None:
    """Each option of search is an argument of Index.search, before, between and behind words."""
    run("--skip", "3", "ABBA", "-n5", "--sort=newest", "lock", "--all", "--no-group", "--explain")
    assert index.asked == {
        "query": "ABBA lock",
        "limit": 5,
        "skip": 3,
        "match": "all",
        "sort": "newest",
        "group": False,
        "explain": True,
    }


def test_defaults(run: Run, index: FakeIndex) -> None:
    """Without options the first ten changes are asked for, best first."""
    run("ABBA")
    assert index.asked == {
        "query": "ABBA",
        "limit": 10,
        "skip": 0,
        "match": "auto",
        "sort": "relevance",
        "group": True,
        "explain": False,
    }


def test_filters_join_the_query(run: Run, index: FakeIndex) -> None:
    """Filters are nodes that must match beside the query; several branches are any of them."""
    run("ABBA", "--author=Sean Christopherson", "--branch", "next", "--branch", "stable/v7.*")
    assert index.asked["query"] == And(
        (
            Phrase("ABBA"),
            Author("Sean Christopherson"),
            Or((On("next"), On("stable/v7.*"))),
        )
    )


def test_grep(run: Run, index: FakeIndex) -> None:
    """Patterns are any of them; -i, which is text without them, ignores case in all."""
    run("-i", "ABBA", "--grep", "a|b", "--grep=c d")
    either = Or((Regex("a|b", ignore_case=True), Regex("c d", ignore_case=True)))
    assert index.asked["query"] == And((Phrase("ABBA"), either))
    run("--grep", "-x")
    assert index.asked["query"] == Regex("-x")


def test_filter_without_query(run: Run, index: FakeIndex) -> None:
    """A filter alone is enough."""
    run("--author", "-dash-")
    assert index.asked["query"] == Author("-dash-")


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["-n"], "option '-n' needs a value"),
        (["x", "--author"], "option '--author' needs a value"),
        (["x", "-n", "five"], "'five' is not a valid integer"),
        (["x", "-n0"], "0 is not in the range"),
        (["x", "--sort=best"], "'best' is not one of"),
        (["x", "--format", "xml"], "'xml' is not one of"),
        (["x", "--since", "whenever it was"], "whenever it was"),
        (["x", "--grep", "lock("], "'lock(' is no regular expression: missing )"),
        (["x", "--grep", "x" * 501], "more than 500 characters"),
        (["x", "--grep", "a{99999999999}"], "is no regular expression"),
    ],
)
def test_options_can_be_wrong(run: Run, args: list[str], reason: str) -> None:
    """An option with a wrong value is an error of one line, with the place to look."""
    done = run(*args)
    assert done.code == 2
    [fatal, hint] = done.err.splitlines()
    assert fatal.startswith("fatal: ")
    assert reason in fatal
    assert hint.startswith("hint: see 'kvmsearch")
