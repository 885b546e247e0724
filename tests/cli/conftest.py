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
def opened() -> list[str]:
    """Return the list of where indexes were opened."""
    return []


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> FakeIndex:
    """Return the index that commands open, wherever it is said to be."""
    fake = FakeIndex(COMMITS)

    def open_fake(location: str, **_: bool) -> FakeIndex:
        opened.append(location)
        return fake

    monkeypatch.setattr(kvmsearch, "open", open_fake)
    return fake


@pytest.fixture
def run(index: FakeIndex, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line on that index."""
    assert index

    def run_with(*args: str) -> Done:
        code = main(args)
        return Done(code, *capsys.readouterr())

    return run_with
