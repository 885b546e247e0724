"""The program as a whole: streams, signals, help, start-up."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kvmsearch.cli import COMMANDS, cli, main, stdio
from kvmsearch.cli.stdio import wants_color
from tests.cli.conftest import Run
from tests.cli.fakeindex import FakeIndex
from tests.cli.test_progress import Terminal

ROOT = Path(__file__).parent.parent.parent

ON_FAKE = """
import sys, kvmsearch
from kvmsearch.cli import main
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import COMMITS
kvmsearch.open = lambda *_, **__: FakeIndex(COMMITS * 2000)
sys.exit(main())
"""


def program(*args: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a process that runs a command line on an index of many commits."""
    return subprocess.Popen(
        [sys.executable, "-c", ON_FAKE, *args],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_closed_pipe_is_quiet() -> None:
    """Like git, the program ends without a word when its reader goes away, as `head` does."""
    with program("KVM", "-n6000", "--format=jsonl") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_full_disk_is_an_error() -> None:
    """What cannot be written is said in one line."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip(f"no {full} on this system")
    for args in (["KVM"], ["--help"], ["show", "--help"], ["sources", "list", "-h"], ["--version"]):
        with full.open("wb") as out:
            command = [sys.executable, "-c", ON_FAKE, *args]
            done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=-1, check=False)
        assert done.returncode == 2
        assert done.stderr == b"fatal: cannot write the answer: No space left on device\n"


def test_closed_streams() -> None:
    """As with git, an answer that nobody can get is an error; that there is none is told by 1."""
    for word, code in (("KVM", 2), ("xyzzy", 1)):
        for closed in (">&-", ">&- 2>&-"):
            shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", ON_FAKE, word]
            done = subprocess.run(shell, cwd=ROOT, stderr=-1, check=False)
            assert done.returncode == code
            told = code == 2 and "2>" not in closed
            assert (b"fatal: cannot write the answer: Bad file" in done.stderr) is told


def test_any_locale() -> None:
    """Where the terminal knows ASCII alone, names are escaped, and JSON is the same as ever."""
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    out, err = program("\udcff‘KVM", **ascii_only).communicate()
    assert (out, err) == (b"", b"hint: nothing found\n")
    out, _ = program("KVM", "-n1", "--format=json", **ascii_only).communicate()
    assert json.loads(out)["hits"]


def test_interrupt(run: Run, index: FakeIndex) -> None:
    """Ctrl-C ends a command without a traceback."""
    index.interrupted = True
    done = run("ABBA")
    assert done.code == 130
    assert done.err.strip() == ""


@pytest.mark.parametrize("args", [["--help"], ["-h"], []])
def test_help_lists_every_command(run: Run, args: list[str]) -> None:
    """Help names every command; so does the program without arguments."""
    done = run(*args)
    assert done.code == 0
    assert all(f"\n  {name} " in done.out for name in COMMANDS)


def test_version(run: Run) -> None:
    """The version is told, also where the checkout is not installed."""
    done = run("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"kvmsearch (\d+\.\S+|\(not installed\))\n", done.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_index(run: Run, name: str) -> None:
    """Every command says what it does and takes --index."""
    leaf = ["list"] if name == "sources" else []
    done = run(name, *leaf, "--help")
    assert done.code == 0
    assert "--index LOCATION" in done.out
    assert f"Usage: kvmsearch {name}" in done.out


def test_every_option_has_help() -> None:
    """No option of any command is left unexplained."""
    with cli.make_context("kvmsearch", ["search", "x"]) as ctx:
        for name in COMMANDS:
            command = cli.get_command(ctx, name)
            assert command
            for param in command.to_info_dict(ctx)["params"]:
                assert param["param_type_name"] == "argument" or param["help"], param


def test_missing_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A search where there is no index is an error of one line."""
    code = main(["ABBA", "--index", str(tmp_path / "none")])
    assert code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("fatal: ")
    assert str(tmp_path) in line


@pytest.mark.parametrize(
    ("when", "environ", "colored"),
    [
        ("auto", {"TERM": "xterm"}, True),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {}, False),
        ("always", {"TERM": "dumb", "NO_COLOR": "1"}, True),
        ("never", {"TERM": "xterm"}, False),
    ],
)
def test_color_on_a_terminal(when: str, environ: dict[str, str], colored: bool) -> None:
    """--color counts more than NO_COLOR and TERM, which count more than the terminal."""
    assert wants_color(when, Terminal(), environ) is colored
    assert wants_color("auto", io.StringIO(), environ) is False


def test_messages_are_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An error that quotes a stranger's text stays one line and gives no orders."""
    stdio.tell("fatal", "a\nb\x1b[2J")
    assert capsys.readouterr().err == "fatal: a b^[[2J\n"
