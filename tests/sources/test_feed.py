import io
import subprocess
import sys
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kvmsearch.commit import Commit, Completeness, Person
from kvmsearch.errors import SourceError
from kvmsearch.sources import SourceSpec
from kvmsearch.sources.feed import FeedSource
from tests.sources.loopback import respond, serving

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
ID = "94fe3e6515ddca2fd33ca1ec53d3635e54fbe456"
TWO_LINES = "31ae10d23ea32800509e181a758e7baaa3e40c27"
CRLF = "bfd9611f186b85d54b3f35458c08225480d403db"


def told(location: Path | str) -> tuple[str, list[Commit], str]:
    """Read a feed: its branch, its commits and what it ends with in complaint."""
    branch, commits, complaint = "", [], ""
    try:
        for update in FeedSource(SourceSpec("test", str(location))).read({}):
            assert (update.state, update.joined, update.complete) == ("", None, False)
            branch, commits = update.branch, list(update.commits)
    except SourceError as error:
        complaint = str(error)
    assert complaint.isprintable()
    return branch, commits, complaint


def told_of(body: bytes | str) -> tuple[str, list[Commit], str]:
    """Read a feed from standard input."""
    stdin = io.TextIOWrapper(io.BytesIO(body if isinstance(body, bytes) else body.encode()))
    with patch("sys.stdin", stdin):
        return told("-")


def by_id(name: str) -> dict[str, Commit]:
    """Read one of the files, which must be whole."""
    _, commits, complaint = told(FEEDS / name)
    assert not complaint
    return {commit.id: commit for commit in commits}


def xml(text: str) -> str:
    """Escape as cgit does (html_txt)."""
    return escape(text, quote=False)


def cgit_entry(title: str = "t", body: str = "b\n", id_: str = ID, author: str = "A") -> str:
    """Write an entry as cgit does."""
    return (
        f"<entry><title>{xml(title)}</title><updated>2026-03-11T17:01:55+00:00</updated>"
        f"<author><name>{xml(author)}</name></author>"
        f"<published>2026-03-10T17:01:55+00:00</published><id>urn:sha1:{id_}</id>"
        f"<content type='text'>\n{xml(body)}</content></entry>\n"
    )


def cgit_feed(*entries: str, title: str = "kvm.git, branch next", before: str = "") -> str:
    """Write a feed as cgit does."""
    head = f"{before}<feed xmlns='http://www.w3.org/2005/Atom'>\n<title>{title}</title>\n"
    return f"{head}{''.join(entries)}</feed>"


@pytest.mark.parametrize(
    ("name", "branch", "count"),
    [
        ("kvm-virt.atom", "v7.0-rc6", 10),
        ("cgit-u-boot-next.atom", "next", 10),
        ("cgit-u-boot-2023.07.y.atom", "u-boot-2023.07.y", 10),
        ("cgit-u-boot-master-drivers-clk.atom", "master", 10),
        ("cgit-odd-commits.atom", "main", 14),
        ("gitweb-odd-commits.atom", "main", 14),
        ("gitweb-odd-commits.rss", "main", 14),
    ],
)
def test_real_feeds(name: str, branch: str, count: int) -> None:
    """Feeds of real servers give their branch and all their commits, without complaint."""
    found, commits, complaint = told(FEEDS / name)
    assert (found, len(commits), complaint) == (branch, count, "")
    assert all(c.completeness is Completeness.FEED and c.parents is None for c in commits)


def test_older_cgit() -> None:
    """The bare id, one of the two contents and the rest of an older cgit's entry arrive."""
    commit = by_id("kvm-virt.atom")[ID]
    assert commit.title == (
        "Merge tag 'kvm-x86-generic-7.0-rc3' of https://github.com/kvm-x86/linux into HEAD"
    )
    assert commit.body.startswith(
        "KVM generic changes for 7.0\n\n - Remove a subtle pseudo-overlay"
    )
    assert commit.body.endswith("despite being\n   rather unintuitive.\n")
    assert "that vcpu->mutex is take" in commit.body
    assert commit.author == Person("Paolo Bonzini", "pbonzini@redhat.com")
    assert commit.committer is None
    assert commit.url == f"https://git.toradex.cn/cgit/linux-toradex.git/commit/?id={ID}"


def test_newer_cgit() -> None:
    """The two dates of a newer cgit's entry are told apart, and its id is found."""
    commit = by_id("cgit-u-boot-next.atom")["90520326a78ceeeae31a4e569cf3f29d46ee97d5"]
    assert commit.author_date == datetime(2026, 8, 14, 21, 30, 29, tzinfo=UTC)
    assert commit.committer_date == datetime(2026, 8, 22, 0, 1, 2, tzinfo=UTC)
    assert commit.trailers[-1].value == "Mehmet Fide <mehmet.fide@screeningeagle.com>"


ESCAPES = """\
kvm: escape \x1b[31mred\x1b[0m and bell \a in the subject

Form feed \f here, vertical tab \v, backspace \b, and DEL \x7f.
\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\

Signed-off-by: Ada Example <ada@example.org>
"""
MARKUP = """\
kvm: cdata end ]]> and <script>alert(1)</script> &amp; &lt;

If a < b && c > d then include <linux/kvm.h> ]]> done.
"""
SCRIPTS = """\
kvm: emoji \U0001f41b and \u4e2d\u6587 and RTL \u202e override

Zero\u200bwidth, combining e\u0301.
"""


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        ("2a070b06cc249f1df700af54d3f2122205f5b5d8", ESCAPES),
        ("e0f0a66868a39fbbe60a79091fb3bcf2d8f6e03d", MARKUP),
        ("7e9144fdc9f9fd489085d45e17f29d387aa4ef8b", SCRIPTS),
        ("79092c558cb4af6a85209af2f9a6ec69665cd955", ""),
        ("e9fd82375eed5747dc0a601828a805daf78d740d", "init: first commit\n"),
    ],
)
@pytest.mark.parametrize(
    "name", ["cgit-odd-commits.atom", "gitweb-odd-commits.atom", "gitweb-odd-commits.rss"]
)
def test_odd_messages_are_exact(name: str, id_: str, message: str) -> None:
    """Escapes, markup, odd scripts and emptiness arrive as they stand in the commit."""
    assert by_id(name)[id_].message == message


def test_servers_agree() -> None:
    """Both servers tell the same messages, but for what each of them leaves out."""
    cgit = by_id("cgit-odd-commits.atom")
    atom = by_id("gitweb-odd-commits.atom")
    rss = by_id("gitweb-odd-commits.rss")
    assert {i: c.message for i, c in atom.items()} == {i: c.message for i, c in rss.items()}
    assert {i: c.author for i, c in atom.items()} == {i: c.author for i, c in rss.items()}
    differing = {i for i in cgit if cgit[i].message != atom[i].message}
    # cgit tells the first line of the subject only, gitweb no carriage returns.
    assert differing == {TWO_LINES, CRLF}
    assert cgit[CRLF].message.replace("\r\n", "\n") == atom[CRLF].message


def test_gitweb_people_and_dates() -> None:
    """An Atom feed of gitweb names the committer; its `updated` is no committer date."""
    commit = by_id("gitweb-odd-commits.atom")["c409d56352252d037308799c9f23f4e56edf961c"]
    assert commit.committer == Person("Ben Example", "ben@example.org")
    assert commit.author_date == datetime(2025, 10, 23, 8, 53, 20, tzinfo=UTC)
    assert commit.committer_date is None
    assert commit.url is not None
    assert commit.url.endswith(f";a=commitdiff;h={commit.id}")


def test_indented_body_keeps_its_indentation() -> None:
    """White space around a text, which feedparser takes off, is part of the message."""
    _, (commit,), _ = told_of(cgit_feed(cgit_entry(" t ", "   indented\n\n\n")))
    assert commit.message == " t \n\n   indented\n\n\n"


def test_hidden_address() -> None:
    """A site may hide e-mail addresses; the name is then all there is."""
    _, (commit,), _ = told_of(cgit_feed(cgit_entry(author="Ann O. <Nym>")))
    assert commit.author == Person("Ann O. <Nym>", "")


def test_sha256() -> None:
    """The longer object names are ids too."""
    _, (commit,), _ = told_of(cgit_feed(cgit_entry(id_="ab" * 32)))
    assert commit.id == "ab" * 32


def test_line_ends_of_the_transfer() -> None:
    """A feed saved with CRLF throughout gives messages without carriage returns."""
    _, (commit,), _ = told_of(cgit_feed(cgit_entry("t", "a\nb\n")).replace("\n", "\r\n"))
    assert commit.message == "t\n\na\nb\n"


def test_declared_encoding() -> None:
    """A feed may say by a declaration or a byte order mark how it is encoded."""
    text = cgit_feed(cgit_entry("caf\xe9"), before="<?xml version='1.0' encoding='ISO-8859-1'?>\n")
    assert told_of(text.encode("latin-1"))[1][0].title == "caf\xe9"
    assert told_of(cgit_feed(cgit_entry("caf\xe9")).encode("utf-16"))[1][0].title == "caf\xe9"


def test_feed_of_an_unborn_path() -> None:
    """A feed without entries is a feed: the path has no commits yet."""
    assert told_of(cgit_feed()) == ("next", [], "")


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("kvm.git/virt, branch feature/x", "feature/x"),
        ("a, branch b, branch v7.0-rc6", "v7.0-rc6"),
        ("host - kvm.git/atom - 'refs/heads/next' branch log", "next"),
        ("host - kvm.git/atom - 'next' :: virt/kvm history", "next"),
        ("kvm.git", "HEAD"),
        ("kvm.git, branch \x1b[31mred", "HEAD"),
    ],
)
def test_branch_of_the_title(title: str, branch: str) -> None:
    """The branch is what the title says it is; without one it is HEAD."""
    assert told_of(cgit_feed(cgit_entry(), title=xml(title)))[0] == branch


def test_bad_links_are_left_out() -> None:
    """A link that is no web address is no URL of a commit."""
    link = "<link rel='alternate' type='text/html' href='{}'/></entry>"
    for href in ("javascript:alert(1)", "file:///etc/passwd", "http://[::1", "relative"):
        entry = cgit_entry().replace("</entry>", link.format(href))
        _, (commit,), _ = told_of(cgit_feed(entry))
        assert commit.url is None


def test_entries_that_are_no_commits() -> None:
    """What has no full id or no date is skipped, counted and complained of at the end."""
    undated = cgit_entry().replace("<updated>", "<x>").replace("</updated>", "</x>")
    undated = undated.replace("<published>", "<y>").replace("</published>", "</y>")
    branch, commits, complaint = told_of(
        cgit_feed(cgit_entry(id_="94fe3e6515dd"), cgit_entry(), cgit_entry(id_="x"), undated)
    )
    assert (branch, len(commits)) == ("next", 1)
    assert complaint == (
        "standard input: 3 of 4 entries skipped (2 without a full commit id, 1 without a date)"
    )


@pytest.mark.parametrize(
    "markup",
    ["<authors x='y'/>", "<content><content/></content>"],
)
def test_entries_that_make_no_sense(markup: str) -> None:
    """Elements that feedparser takes for results of its own cost their entry, not the feed."""
    bad = cgit_entry().replace("</entry>", f"{markup}</entry>")
    _, commits, complaint = told_of(cgit_feed(bad, cgit_entry()))
    assert len(commits) == 1
    assert complaint == "standard input: 1 of 2 entries skipped (1 without sense)"


def test_feed_of_something_else() -> None:
    """A feed none of whose entries is a commit is refused."""
    assert told_of(cgit_feed(cgit_entry(id_="1"), cgit_entry(id_="2"))) == (
        *("", []),
        "standard input: not a feed: none of its 2 entries is a commit",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b'{"entries": []}', "it is JSON"),
        (b"Not found", "it is no XML"),
        (b"\x7fELF\0\0\0", "it is binary data"),
        (b"\x1f\x8b\x08\0\0\0", "it is binary data"),
        (b"<!doctype HTML><p>Hello", "it is an HTML page"),
        (b"<?xml version='1.0'?>\n<html><body/></html>", "it is an HTML page"),
        (b"<svg/>", "it is XML of another kind (its root is <svg>)"),
        (b"<?xml version='1.0' encoding='rot13'?><feed/>", "it is written in an encoding"),
        (b"<feed>", "it breaks off before its first whole entry (no element found, line 1)"),
        (b"<feed>&nbsp;</feed>", "it breaks off before its first whole entry (undefined entity"),
        (b"<a:feed/>", "it breaks off before its first whole entry (unbound prefix, line 1)"),
    ],
)
def test_what_is_no_feed(body: bytes, reason: str) -> None:
    """Whatever is no feed is called so, with what it is instead."""
    branch, commits, complaint = told_of(body)
    assert (branch, commits) == ("", [])
    assert complaint.startswith(f"standard input: not a feed: {reason}")


def test_page_for_an_unknown_branch() -> None:
    """The page that cgit has for an unknown branch is known, and its words are passed on."""
    name = FEEDS / "cgit-unknown-branch.html"
    complaint = "it is an HTML page: Invalid branch: master: the branch probably does not exist"
    assert told(name) == ("", [], f"{name}: not a feed: {complaint}")


def test_feed_cut_short() -> None:
    """A feed cut short gives its whole entries, then an error that says where it ends."""
    name = FEEDS / "truncated.atom"
    branch, commits, complaint = told(name)
    assert (branch, len(commits)) == ("next", 3)
    assert [c.message for c in commits] == [
        c.message for c in list(by_id("cgit-u-boot-next.atom").values())[:3]
    ]
    assert complaint == (
        f"{name}: cut short or damaged (no element found, line 131), 3 commits before that read"
    )


def test_every_cut_is_noticed() -> None:
    """Wherever a transfer breaks off, the entries before are read and the loss is told."""
    whole = (FEEDS / "cgit-u-boot-next.atom").read_bytes().rstrip()
    for end in range(100, len(whole), 997):
        _, commits, complaint = told_of(whole[:end])
        assert len(commits) == whole[:end].count(b"</entry>")
        assert complaint


def test_damage_in_the_middle() -> None:
    """Markup that does not fit ends the reading there, not the whole feed."""
    feed = cgit_feed(cgit_entry(), cgit_entry().replace("<title>", "<title><b>"), cgit_entry())
    _, commits, complaint = told_of(feed)
    assert len(commits) == 1
    assert "damaged (mismatched tag, line 6), 1 commits before" in complaint


LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))


@pytest.mark.parametrize(
    "before",
    [
        f"<!DOCTYPE feed [<!ENTITY a0 'ha'>{LAUGHS}]>",
        "<!DOCTYPE feed [<!ENTITY a11 SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE feed SYSTEM 'http://127.0.0.1/x.dtd'>",
    ],
)
def test_entities_are_refused(before: str) -> None:
    """Nothing that a DOCTYPE can do, from billion laughs to reading files, is done."""
    feed = cgit_feed(cgit_entry().replace("<title>t", "<title>&a11;"), before=before)
    _, commits, complaint = told_of(feed)
    assert not commits
    assert "it has a DOCTYPE" in complaint


@pytest.mark.parametrize("markup", ["<a>" * 200_000, "<a/>" * 200_000, "<a " + "b='' " * 200_000])
def test_masses_of_markup_are_cut(markup: str) -> None:
    """Deep nesting and masses of elements or attributes end the reading; what came before stays."""
    _, commits, complaint = told_of(cgit_feed(cgit_entry(), markup))
    assert len(commits) == 1
    assert "cut short or damaged" in complaint


def test_long_names_take_no_long_time() -> None:
    """A name of a megabyte, on which feedparser's search for addresses would hang, is read."""
    item = (
        f"<item><guid>{ID}</guid><pubDate>Thu, 23 Oct 2025 08:53:20 +0000</pubDate>"
        f"<author>{'a' * 2**20} &lt;a@localhost&gt;</author></item>"
    )
    _, (commit,), _ = told_of(f"<rss version='2.0'><channel>{item}</channel></rss>")
    assert commit.author == Person("a" * 2**20, "a@localhost")


@pytest.mark.parametrize(
    ("location", "reason"),
    [("/nonexistent/x.atom", "No such file or directory"), ("/", "Is a directory"), ("\0", "null")],
)
def test_unreadable_files(location: str, reason: str) -> None:
    """A file that cannot be read is named with the reason."""
    assert reason in told(location)[2]


def test_endless_file() -> None:
    """Input is read up to a bound."""
    assert told("/dev/zero")[2] == "/dev/zero: larger than the 64 MiB that are read at most"


def test_prepare_reads_ahead_and_keeps_errors(tmp_path: Path) -> None:
    """After `prepare` the place itself is needed no more; its errors come when it is read."""
    place = tmp_path / "x.atom"
    missing = FeedSource(SourceSpec("x", str(place)))
    missing.prepare()
    place.write_text(cgit_feed(cgit_entry()))
    with pytest.raises(SourceError, match="No such file"):
        next(iter(missing.read({})))
    there = FeedSource(SourceSpec("x", str(place)))
    there.prepare()
    place.unlink()
    assert [len(list(update.commits)) for update in there.read({})] == [1]


def test_over_http() -> None:
    """A URL is fetched; its `h=` names the branch where the title does not."""
    body = cgit_feed(cgit_entry(), title="kvm.git").encode()
    with serving(lambda r: respond(r, body=body)) as url:
        assert told(f"{url}/atom?h=v7.0%2Dx&id=1")[0] == "v7.0-x"


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (404, "the server answers 404 Not Found: Invalid branch: master: the branch probably does"),
        (403, "the server answers 403 Forbidden: Invalid branch: master"),
        (299, "not a feed: it is an HTML page: Invalid branch"),
        (499, "the server answers 499: Invalid branch"),
    ],
)
def test_error_pages(status: int, complaint: str) -> None:
    """An answer that is an error is told with the words of its page."""
    page = (FEEDS / "cgit-unknown-branch.html").read_bytes()
    with serving(lambda r: respond(r, status, page)) as url:
        assert told(f"{url}/?token=secret")[2].startswith(f"{url}/?token=***: {complaint}")


def test_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before a connection broke is read, and the break is told."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    body = (FEEDS / "truncated.atom").read_bytes()
    with serving(lambda r: respond(r, body=body, Content_Length="99999")) as url:
        branch, commits, complaint = told(url)
    assert (branch, len(commits)) == ("next", 3)
    assert complaint == (
        f"{url}: cut short or damaged (the connection broke), 3 commits before that read"
    )


def test_busy_server() -> None:
    """A server that wants to be left alone is named with the time that it asks for."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        respond(request, 503, Retry_After="900")

    with serving(answer) as url:
        assert told(url)[2] == (
            f"{url}: the server answers 503 Service Unavailable (try again in 900 s)"
        )


def test_imports_wait_until_needed() -> None:
    """Naming the module loads neither feedparser nor urllib3, which are slow."""
    code = (
        "import sys, kvmsearch.sources.feed;"
        "sys.exit(bool({'feedparser', 'urllib3'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


BODIES = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t[0] != "\n")
NONCHARACTERS = {chr(c) for c in range(0xFDD0, 0xFDF0)} | {
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
}


@given(body=BODIES)
@example(body="\xc3\xa9 caf\xc3\xa9 \x85 \x80\n")
@example(body="  a\r\nb\r")
@example(body="x" * 200 + "@example.org</title><title>")
def test_any_message_survives(body: str) -> None:
    """What cgit writes of a message is read back as it was, noncharacters excepted."""
    _, (commit,), _ = told_of(cgit_feed(cgit_entry("t", body)))
    expected = "".join("\ufffd" if c in NONCHARACTERS else c for c in body)
    blank = not body.partition("\n")[0].strip(" \t\r")
    assert commit.message == ("t\n" if blank else "t\n\n") + expected


@given(data=st.data())
def test_damaged_feeds_end_in_one_line(data: st.DataObject) -> None:
    """Whatever befalls the bytes of a feed, reading ends with commits or one line of complaint."""
    name = data.draw(st.sampled_from(["truncated.atom", "kvm-virt.atom"]))
    feed = bytearray((FEEDS / name).read_bytes()[:6000])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(feed)))
        feed[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    told_of(bytes(feed))
