import os
from pathlib import Path

import pytest

from kvmsearch.errors import SourceError
from kvmsearch.sources import SourceSpec
from kvmsearch.sources.config import read_sources


def written(folder: Path, text: str) -> Path:
    """Write a file of sources."""
    path = folder / "sources"
    path.write_text(text)
    return path


def test_all_keys(tmp_path: Path) -> None:
    """Sections become sources in their order, with every key; git's syntax holds in all of it."""
    path = written(
        tmp_path,
        """
        # a comment
        [source "kvm"]
            path = sub/../kvm.git ; another
            Branch = next
            branch = "v7.*"
            path-limit = virt/kvm
            path-limit = :!tools
            merges = off
        [source "Tora.dex"]
            url = "https://example.org/atom/?h=v7;a=b"
        """,
    )
    assert read_sources(path) == [
        SourceSpec(
            "kvm", f"{tmp_path}/kvm.git", ("next", "v7.*"), ("virt/kvm", ":!tools"), merges=False
        ),
        SourceSpec("Tora.dex", "https://example.org/atom/?h=v7;a=b"),
    ]


@pytest.mark.parametrize(
    ("value", "merges"), [("= true", True), ("", True), ("= NO", False), ("= 0", False)]
)
def test_merges(tmp_path: Path, value: str, merges: bool) -> None:
    """Merges are a boolean as git reads them: a key alone is true."""
    path = written(tmp_path, f'[source "a"]\npath = a\nmerges {value}\n')
    assert read_sources(path)[0].merges is merges


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the file, not to the current folder; `~` is the home folder."""
    (tmp_path / "elsewhere").mkdir()
    path = written(tmp_path, '[source "a"]\npath = a\n[source "b"]\npath = ~/b\n')
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("HOME", "/home/ann")
    expected = [f"{tmp_path}/a", "/home/ann/b"]
    assert [spec.location for spec in read_sources(path)] == expected
    assert [spec.location for spec in read_sources(Path("../sources"))] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no source"),
        ("[core]\nbare = true", "unknown key core.bare"),
        ("[source]\npath = x", "unknown key source.path"),
        ('[source "a"]\npath = x\nbrunch = y', "unknown key source.a.brunch"),
        ('[source "a"]\npath = x\npath = y', "source.a.path is given twice"),
        ('[source "a"]\nurl = https://a\n[source "a"]\nurl = https://b', "source.a.url is given"),
        ('[source "a"]\nbranch = x', "source.a: needs a url or a path"),
        ('[source "a"]\npath = x\nurl = https://a', "source.a: needs a url or a path"),
        ('[source "a"]\nurl = example.org', "source.a.url must begin with https://"),
        ('[source "a"]\nurl = https://a\nbranch = x', "source.a.branch is for repositories"),
        ('[source "a"]\npath = x\nbranch =', "source.a.branch is empty"),
        ('[source "a"]\npath = x\nmerges = maybe', "source.a.merges must be true or false"),
        ('[source "a/b"]\npath = x', "'a/b' cannot name a source"),
        ('[source "a"\npath = x', "git failed: bad config line"),
        ('[source "a"]\npath = "x', "git failed: bad config line 2 in file"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    """Every mistake is named with its file and key, in one line."""
    path = written(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        read_sources(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing, a folder, or no text is an error."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(SourceError, match=str(path)):
            read_sources(path)
    path = tmp_path / "latin"
    path.write_bytes(b'[source "a"]\npath = caf\xe9\n')
    with pytest.raises(SourceError, match="is not UTF-8"):
        read_sources(path)


def test_includes_are_left_alone(tmp_path: Path) -> None:
    """A file of sources includes no other: the key is refused, not followed."""
    other = tmp_path / "other"
    other.write_text('[source "b"]\npath = b\n')
    path = written(tmp_path, f'[include]\npath = {other}\n[source "a"]\npath = a\n')
    with pytest.raises(SourceError, match=r"unknown key include\.path"):
        read_sources(path)


def test_without_home_or_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder's repository, broken as it may be, has no part in it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("[broken\n")
    path = written(tmp_path, '[source "a"]\npath = a\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert os.fspath(tmp_path / "a") == read_sources(path)[0].location
