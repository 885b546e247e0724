"""Feeds of a real cgit, run as CGI by a small web server, against what git says.

What a feed of cgit cannot tell, so that it is not compared or differs:

- the committer's name, parents and time zones (dates are compared as moments);
- the e-mail address, where the site hides it (`noplainemail`);
- a subject of several lines: cgit's title is its first line, the rest begins the body;
- blank lines before the subject, and how many follow it;
- whether a message without a body ends with a line feed;
- history beyond the newest `max-atom-items` commits (10 unless the site sets it);
- what stands after a NUL, and bytes that are no UTF-8.
"""

import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kvmsearch.commit import Commit, Person
from kvmsearch.errors import SourceError
from kvmsearch.sources import SourceSpec
from kvmsearch.sources.feed import FeedSource
from tests.sources.loopback import Answer, serving
from tests.sources.repositories import Repository

CGIT = Path("/usr/lib/cgit/cgit.cgi")
FORMAT = "--format=%H%x01%s%x01%b%x01%an%x01%ae%x01%aI%x01%cI%x02"
PLAIN = "Fix a race\n\nTwo CPUs.\n\n    indented code\n\nSigned-off-by: Ann <ann@example.org>\n"
ODD = {
    "escapes": "kvm: \x1b[31mred\x1b[0m \a\n\nForm feed \f, backspace \b, DEL \x7f, C1 \x85\x9b.\n",
    "markup": "kvm: ]]> <script>&amp;&lt;</script>\n\n<pre>a < b && c > d</pre> ]]>\n</content>\n",
    "indented": "kvm: begins indented\n\n    code first\n  then text\n",
    "mojibake": "kvm: caf\xc3\xa9 as written\n\n\xc3\xa9\xc3\xa8\n",
    "scripts": "kvm: \U0001f41b \u4e2d\u6587 \u202e rtl\n\ne\u0301 zero\u200bwidth\n",
    "crlf": "kvm: CRLF\r\n\r\nline one\r\nline two\r\n",
    "long": "kvm: long\n\n" + "".join(f"line {n}: vmx_vcpu_run+0x{n:x}\n" for n in range(1500)),
    "blank lines": "kvm: blank lines inside and at the end\n\na\n\n\nb\n",
    "empty": "",
    "subject only": "kvm: nothing more to say\n",
}

pytestmark = pytest.mark.skipif(
    not CGIT.exists(), reason=f"no {CGIT}: install Debian's package cgit"
)


@pytest.fixture
def server(repository: Repository, tmp_path: Path) -> Iterator[str]:
    """Serve the repository as `kvm.git`."""
    config = tmp_path / "cgitrc"
    git_dir = repository.path / ".git"
    config.write_text(f"virtual-root=/\nmax-atom-items=50\nrepo.url=kvm.git\nrepo.path={git_dir}\n")
    with serving(cgi(config)) as url:
        yield url


def cgi(config: Path) -> Answer:
    """Run cgit for each request, as RFC 3875 has it."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        environment = {
            "CGIT_CONFIG": str(config),
            "PATH": os.defpath,
            "HTTP_HOST": request.headers["Host"],
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
        }
        made = subprocess.run([CGIT], env=environment, capture_output=True, check=True).stdout
        head, _, body = made.partition(b"\n\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        request.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def read(url: str) -> tuple[str, list[Commit]]:
    """Read a feed that must be whole."""
    (update,) = FeedSource(SourceSpec("test", url)).read({})
    return update.branch, list(update.commits)


def git_log(repository: Repository, *arguments: str) -> list[list[str]]:
    """Ask git for id, subject, body, author's name and address, and both dates."""
    command = ["git", "-C", str(repository.path), "log", FORMAT, *arguments]
    out = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [record.lstrip("\n").split("\x01") for record in out.split("\x02")[:-1]]


def as_logged(commit: Commit) -> list[object]:
    """Write a commit as `expected` does."""
    assert commit.committer_date is not None
    return [
        *(commit.id, commit.title, commit.body),
        *(commit.author, commit.author_date, commit.committer_date),
    ]


def expected(record: list[str]) -> list[object]:
    """Read a record of git's log."""
    id_, subject, body, name, email, *dates = record
    return [id_, subject, body, Person(name, email), *map(datetime.fromisoformat, dates)]


def add(repository: Repository, message: str, file: str = "file") -> str:
    """Commit a message exactly as it is."""
    repository.commit("placeholder", file)
    tree = repository.git("write-tree")
    parents = repository.git("rev-list", "--parents", "-1", "HEAD").split()[1:]
    options = [option for parent in parents for option in ("-p", parent)]
    dates = {
        "GIT_AUTHOR_DATE": f"{repository.clock} +0530",
        "GIT_COMMITTER_DATE": f"{repository.clock + 30} -0800",
    }
    made = repository.git("commit-tree", tree, *options, stdin=message.encode(), env=dates)
    repository.git("reset", "-q", "--soft", made)
    return made


def test_branch_feed(repository: Repository, server: str) -> None:
    """The feed of a branch gives its commits as git logs them, newest first."""
    for n in range(3):
        add(repository, f"{n}: {PLAIN}")
    repository.git("checkout", "-q", "-b", "stable/v7.0")
    add(repository, "Stable only\n\nBody.\n")
    branch, commits = read(f"{server}/kvm.git/atom/?h=stable/v7.0")
    assert branch == "stable/v7.0"
    assert [as_logged(c) for c in commits] == [expected(r) for r in git_log(repository)]
    assert {c.committer for c in commits} == {None}
    assert commits[0].url == f"{server}/kvm.git/commit/?id={commits[0].id}"
    assert read(f"{server}/kvm.git/atom/?h=master")[0] == "master"


def test_path_limited_feed(repository: Repository, server: str) -> None:
    """A feed limited to a path gives the commits that touch it."""
    inside = add(repository, PLAIN, "virt/kvm/main.c")
    add(repository, "Elsewhere\n", "other.c")
    branch, commits = read(f"{server}/kvm.git/atom/virt/?h=master")
    assert (branch, [c.id for c in commits]) == ("master", [inside])
    assert [as_logged(c) for c in commits] == [
        expected(r) for r in git_log(repository, "--", "virt")
    ]


@pytest.mark.parametrize("message", ODD.values(), ids=ODD.keys())
def test_odd_commits(repository: Repository, server: str, message: str) -> None:
    """An odd message arrives to the letter, and its parts are git's."""
    add(repository, message)
    add(repository, PLAIN)
    _, (plain, odd) = read(f"{server}/kvm.git/atom/?h=master")
    assert (odd.message, plain.message) == (message, PLAIN)
    assert [as_logged(c) for c in (plain, odd)] == [expected(r) for r in git_log(repository)]


def test_subject_of_two_lines(repository: Repository, server: str) -> None:
    """Of a subject of two lines cgit tells the first; the other is found in the body."""
    add(repository, "\n\nkvm: one\ntwo\n\nBody.\n")
    _, (commit,) = read(f"{server}/kvm.git/atom/?h=master")
    assert (commit.title, commit.body) == ("kvm: one", "two\n\nBody.\n")


def test_named_encoding(repository: Repository, server: str) -> None:
    """A message in an encoding that the commit names is converted."""
    content = b"author A <a@b.c> 1700000000 +0000\ncommitter A <a@b.c> 1700000000 +0000\n"
    repository.raw_commit(content + b"encoding ISO-8859-1\n\ncaf\xe9\n\nna\xefve\n")
    _, (commit,) = read(f"{server}/kvm.git/atom/?h=master")
    assert commit.message == "caf\xe9\n\nna\xefve\n"


def test_hidden_addresses(repository: Repository, server: str, tmp_path: Path) -> None:
    """Where the site hides addresses, the author has a name alone."""
    add(repository, PLAIN)
    config = tmp_path / "cgitrc"
    config.write_text(f"noplainemail=1\n{config.read_text()}")
    _, (commit,) = read(f"{server}/kvm.git/atom/?h=master")
    assert commit.author == Person("Ann", "")


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("kvm.git/atom/?h=nope", "Invalid branch: nope: the branch probably does not exist"),
        ("nope.git/atom/", "No repositories found"),
    ],
)
def test_unknown_names(repository: Repository, server: str, path: str, complaint: str) -> None:
    """The page that cgit sends for a branch or repository that it lacks is passed on."""
    add(repository, PLAIN)
    with pytest.raises(SourceError) as caught:
        read(f"{server}/{path}")
    assert str(caught.value) == f"{server}/{path}: the server answers 404 Not Found: {complaint}"
