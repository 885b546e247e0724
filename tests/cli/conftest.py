from collections.abc import Callable
from dataclasses import dataclass

import pytest

import kvmsearch
from kvmsearch.cli import main
from tests.cli.fakeindex import FakeIndex
from tests.output.commits import COMMITS


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> FakeIndex:
    """Return the index that commands open, wherever it is said to be."""
    fake = FakeIndex(COMMITS)
    monkeypatch.setattr(kvmsearch, "open", lambda *_, **__: fake)
    return fake


@pytest.fixture
def run(index: FakeIndex, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line on that index."""
    assert index

    def run_with(*args: str) -> Done:
        code = main(args)
        return Done(code, *capsys.readouterr())

    return run_with
