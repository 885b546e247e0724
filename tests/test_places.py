import os
import sys
from pathlib import Path

import pytest

import kvmsearch
from kvmsearch.errors import UnsafeIndexError
from kvmsearch.places import ENVIRONMENT, default_location

STRANGER = 54321
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="the data folder is elsewhere")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder; no index is named and the data folder is below it."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    here = tmp_path / "project" / "src"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


def make_index(folder: Path) -> Path:
    """Make an index of ours in a folder, under the name that is looked for."""
    with kvmsearch.open(folder / "index", create=True):
        return folder / "index"


def test_the_one_named_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is named explicitly wins, then the environment, then what is found."""
    make_index(folder)
    monkeypatch.setenv(ENVIRONMENT, "/by/environment")
    assert default_location("/explicit") == "/explicit"
    assert default_location() == "/by/environment"
    monkeypatch.setenv(ENVIRONMENT, "")
    assert default_location() == str(folder / "index")


def test_the_nearest_above_is_found(folder: Path) -> None:
    """An index in the current folder or the nearest above it is used."""
    make_index(folder.parent.parent)
    assert default_location() == str(folder.parent.parent / "index")
    make_index(folder.parent)
    assert default_location() == str(folder.parent / "index")


@LINUX_ONLY
@pytest.mark.parametrize("name", ["README.md", "_MAIN_1.toc", "kvmsearch.json"])
def test_what_is_not_ours_is_passed_over(folder: Path, tmp_path: Path, name: str) -> None:
    """A folder named index that kvmsearch did not make is no index."""
    (folder / "index").mkdir()
    (folder / "index" / name).touch()
    (folder.parent / "index").touch()
    assert default_location() == str(tmp_path / "data" / "kvmsearch" / "index")


@LINUX_ONLY
@pytest.mark.parametrize("named", ["", "relative/folder"])
def test_data_folder_without_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """Where XDG_DATA_HOME is unset, empty or relative, the data folder is the one in the home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", named)
    in_home = str(tmp_path / ".local" / "share" / "kvmsearch" / "index")
    assert default_location() == in_home
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_location() == in_home


@LINUX_ONLY
def test_a_current_folder_that_is_gone(folder: Path, tmp_path: Path) -> None:
    """In a folder that was removed, the index is the user's own."""
    folder.rmdir()
    assert default_location() == str(tmp_path / "data" / "kvmsearch" / "index")


@ROOT_ONLY
def test_a_strangers_index_is_refused(folder: Path) -> None:
    """An index found by looking around must be the user's; one that is named need not."""
    index = make_index(folder.parent)
    os.chown(index, STRANGER, STRANGER)
    with pytest.raises(
        UnsafeIndexError, match=r"^/.*/index: .* belongs to another user; .*--index"
    ):
        default_location()
    assert default_location(str(index)) == str(index)


@ROOT_ONLY
def test_the_callers_index_under_sudo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under sudo an index of the user who called it is trusted, and nobody else's."""
    index = make_index(folder)
    os.chown(index, STRANGER, STRANGER)
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert default_location() == str(index)
    for other in (str(STRANGER + 1), "", "nobody"):
        monkeypatch.setenv("SUDO_UID", other)
        with pytest.raises(UnsafeIndexError):
            default_location()
