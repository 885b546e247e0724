import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.errors import SourceError, UsageError
from kvmsearch.sources import SourceSpec
from kvmsearch.sources.feed import FeedSource
from kvmsearch.sources.locate import check_name, derive_name, locate, open_source, read
from kvmsearch.sources.repository import RepositorySource
from tests.sources.repositories import Repository


@pytest.mark.parametrize(
    "argument",
    ["-", "https://example.org/x.atom", "HTTP://example.org/x", "ssh://example.org/x.git"],
)
def test_what_stays(argument: str) -> None:
    """URLs and `-` are locations already."""
    assert locate(argument) == argument


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths become absolute: relative ones, those of the home folder and those of file URLs."""
    place = tmp_path / "a b.atom"
    place.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for argument in ("a b.atom", "./x/../a b.atom", "~/a b.atom", f"file://{tmp_path}/a%20b.atom"):
        assert locate(argument) == str(place)


def test_links_stay(tmp_path: Path) -> None:
    """A symbolic link is followed when it is read, not when it is named."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert locate(str(tmp_path / "link")) == str(tmp_path / "link")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("no/such", "no/such: No such file or directory"),
        ("file:///no/such", "file:///no/such: No such file or directory"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x: No such file or directory"),
        ("x" * 5000, "File name too long"),
        ("nul\0", "embedded null"),
        ("file://[", "file://[: no valid URL"),
        (
            "git@example.org:x/y.git",
            "No such file or directory; only feeds are read over a network",
        ),
    ],
)
def test_nothing_there(argument: str, message: str) -> None:
    """What is not there is named in one line, with advice where it is on a server."""
    with pytest.raises(SourceError) as caught:
        locate(argument)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def opened(location: str | Path) -> type:
    """Return the kind of source that reads a location."""
    return type(open_source(SourceSpec("test", str(location))))


def test_who_reads_what(tmp_path: Path) -> None:
    """Files, pipes, web pages and standard input are feeds, folders are repositories."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for feed in ("https://example.org/x", "HTTP://h/", "-", tmp_path / "file", tmp_path / "pipe"):
        assert opened(feed) is FeedSource
    assert opened(tmp_path) is RepositorySource


def test_what_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repositories on a server are to be cloned first; devices and sockets are refused."""
    for url in ("git://example.org/x.git", "ssh://example.org/x.git", "ftp://example.org/x"):
        with pytest.raises(SourceError, match=r"git clone --bare"):
            opened(url)
    monkeypatch.chdir(tmp_path)  # names of sockets may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        for thing in ("socket", "/dev/null"):
            with pytest.raises(SourceError, match="a device or a socket"):
                opened(thing)
    with pytest.raises(SourceError, match="No such file or directory"):
        opened(tmp_path / "none")


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/srv/git/linux.git", "linux"),
        ("/home/ann/linux/.git", "linux"),
        ("/home/ann/linux/", "linux"),
        ("/srv/kvm-virt.atom", "kvm-virt"),
        ("/srv/a b (c).xml", "a-b-c"),
        ("/srv/Büro.git", "Büro"),
        ("/srv/-dash", "dash"),
        ("/", "source"),
        ("https://h/cgit/linux-toradex.git/atom/virt/?h=v7.0-rc6", "linux-toradex"),
        ("https://git.kernel.org/pub/scm/virt/kvm/kvm.git/atom/?h=next", "kvm"),
        ("https://h/cgit/linux/atom/virt/kvm?h=master", "linux"),
        ("https://h/?p=linux.git;a=atom;h=refs/heads/x", "linux"),
        ("https://h/gitweb.cgi?a=rss&p=pub/scm/git.git", "git"),
        ("https://github.com/torvalds/linux/commits/master.atom", "linux"),
        ("https://gitlab.com/group/project/-/commits/main?format=atom", "project"),
        ("https://codeberg.org/ann/tool/rss/branch/main", "tool"),
        ("https://h/atom/atom", "atom"),
        ("https://h/feeds/all%20news.rss", "all-news"),
        ("https://user:secret@example.org", "example.org"),
    ],
)
def test_derived_names(location: str, name: str) -> None:
    """A source is named after its repository."""
    assert derive_name(location, ()) == name


def test_taken_names() -> None:
    """A name that is taken gets a number."""
    assert derive_name("/srv/linux.git", {"linux"}) == "linux-2"
    assert derive_name("/srv/linux.git", {"linux", "linux-2", "linux-3"}) == "linux-4"


def test_standard_input_has_no_name() -> None:
    """Standard input needs a name from the user."""
    with pytest.raises(UsageError, match="--name"):
        derive_name("-", ())


@given(st.text(), st.sampled_from(["/", "https://example.org/", "https://"]))
def test_derived_names_are_names(text: str, before: str) -> None:
    """Whatever the location, what is derived can be a name, or the location is no URL."""
    try:
        name = derive_name(before + text, ())
    except SourceError:
        return
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["kvm", "linux-6.6.y", "v7_x", "Büro", "a" * 100])
def test_good_names(name: str) -> None:
    """Names have letters, digits, `.`, `_` and `-`."""
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "a/b", "-x", ".x", "a b", "a\n", "a:b", "a*", "a" * 101])
def test_bad_names(name: str) -> None:
    """What would read as an option, a branch, a glob or several words is no name."""
    with pytest.raises(UsageError, match="cannot name a source"):
        check_name(name)


def test_read_feed() -> None:
    """The commits of a feed can be had without any index."""
    feed = Path(__file__).parents[1] / "data" / "feeds" / "kvm-virt.atom"
    commits = list(read(str(feed)))
    assert len(commits) == 10
    assert commits[0].id == "94fe3e6515ddca2fd33ca1ec53d3635e54fbe456"


def test_read_repository(repository: Repository) -> None:
    """The commits of a repository can be limited as git log's."""
    first = repository.commit("first", "a")
    second = repository.commit("second", "b")
    where = str(repository.path)
    assert [commit.id for commit in read(where)] == [second, first]
    assert [commit.id for commit in read(where, paths=["a"])] == [first]


def test_read_what_breaks_off() -> None:
    """What a source has comes before its error."""
    feed = Path(__file__).parents[1] / "data" / "feeds" / "truncated.atom"
    commits: list[object] = []
    with pytest.raises(SourceError, match="truncated"):
        commits.extend(read(str(feed)))
    assert commits
