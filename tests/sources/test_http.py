import base64
import gzip
import re
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from kvmsearch.errors import SourceError
from kvmsearch.sources.http import Limits, fetch
from tests.sources.loopback import Answer, respond, serving

QUICK = Limits(connect=5, read=5, total=20, attempts=3, backoff=0, size=2**20)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(url: str, limits: Limits = QUICK) -> str:
    """Fetch in vain and return what the error says."""
    with pytest.raises(SourceError) as caught:
        fetch(url, limits)
    text = str(caught.value)
    assert "\n" not in text
    return text


def in_turn(*answers: Answer) -> Answer:
    """Answer the first request with the first function, and so on."""
    left = iter(answers)

    def answer(request: BaseHTTPRequestHandler) -> None:
        next(left)(request)

    return answer


def noting(seen: list[str | None], header: str | None, then: Answer) -> Answer:
    """Write down a header of each request, or its target, before it is answered."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers[header] if header else request.path)
        then(request)

    return answer


def ok(request: BaseHTTPRequestHandler) -> None:
    """Answer with a short text."""
    respond(request, body=b"fine")


def busy(request: BaseHTTPRequestHandler) -> None:
    """Answer that now is no good time."""
    respond(request, 503)


def test_returns_what_the_server_sends() -> None:
    """A plain answer comes back with body, type and URL."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        respond(request, body=b"<feed/>", Content_Type="text/xml; charset=utf-8")

    with serving(answer) as url:
        response = fetch(f"{url}/atom?h=next", QUICK)
    assert (response.status, response.body) == (200, b"<feed/>")
    assert response.url == f"{url}/atom?h=next"


def test_says_who_asks() -> None:
    """The User-Agent names the program, its version where that is known, and nothing else."""
    seen: list[str | None] = []
    with serving(noting(seen, "User-Agent", ok)) as url:
        fetch(url, QUICK)
    assert re.fullmatch(r"kvmsearch(/\S+)?", seen[0] or "")


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda text: zlib.compress(text, wbits=-15)),
        ("identity", bytes),
    ],
)
def test_decompresses(encoding: str, pack: type[bytes]) -> None:
    """Gzip and both forms of deflate arrive as the text they hold."""
    body = b"text " * 1000
    with serving(lambda r: respond(r, body=pack(body), Content_Encoding=encoding)) as url:
        assert fetch(url, QUICK).body == body


def test_gzip_bomb_is_refused() -> None:
    """A small answer that would unpack into a huge one ends in an error, not in memory."""
    bomb = gzip.compress(bytes(50 * 2**20))
    assert len(bomb) < QUICK.size
    with serving(lambda r: respond(r, body=bomb, Content_Encoding="gzip")) as url:
        assert failure(url) == f"{url}: larger than the 1 MiB that are read at most"


def test_double_compression_is_refused() -> None:
    """Compression in layers, which nobody asked for, is not unpacked."""
    body = gzip.compress(gzip.compress(b"x"))
    with serving(lambda r: respond(r, body=body, Content_Encoding="gzip, gzip")) as url:
        assert "encoding that was not asked for (gzip, gzip)" in failure(url)


def test_damaged_compression_is_an_error() -> None:
    """What is said to be gzip and is not is an error."""
    with serving(lambda r: respond(r, body=b"<feed/>", Content_Encoding="gzip")) as url:
        assert failure(url) == f"{url}: the compressed answer is damaged"


def test_endless_body_is_refused() -> None:
    """A body without an end is read up to the bound on size only."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(bytes(2**16))

    with serving(answer) as url:
        assert "larger than the 1 MiB" in failure(url)


def test_follows_redirects_to_another_server() -> None:
    """A redirect is followed, and the answer says where it came from."""
    with serving(ok) as target:
        url = f"{target}/new"
        with serving(lambda r: respond(r, 301, Location=url)) as start:
            response = fetch(f"{start}/old", QUICK)
    assert (response.body, response.url) == (b"fine", url)


def test_follows_relative_redirects() -> None:
    """A redirect may name a path only."""
    answer = in_turn(lambda r: respond(r, 302, Location="../b?h=next"), ok)
    with serving(answer) as url:
        assert fetch(f"{url}/a/a", QUICK).url == f"{url}/b?h=next"


def test_redirect_loop_ends() -> None:
    """A loop of redirects ends in an error after five of them."""
    seen: list[str | None] = []
    with serving(noting(seen, None, lambda r: respond(r, 302, Location="/"))) as url:
        assert failure(url) == f"{url}: more than 5 redirects"
    assert len(seen) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "//[::1"])
def test_redirects_to_http_only(target: str) -> None:
    """A redirect cannot make us read a local file or speak another protocol."""
    with serving(lambda r: respond(r, 302, Location=target)) as url:
        assert re.search(r"not an http or https URL|not a valid URL", failure(url))


def test_retries_what_may_pass() -> None:
    """A server error, an overload and a broken connection are asked again."""

    def hang_up(request: BaseHTTPRequestHandler) -> None:
        request.connection.shutdown(socket.SHUT_RDWR)

    with serving(in_turn(busy, hang_up, ok)) as url:
        assert fetch(url, QUICK).body == b"fine"


def test_gives_up_after_the_last_attempt() -> None:
    """What does not pass is returned as it is; the bound on attempts holds."""
    seen: list[str | None] = []
    with serving(noting(seen, None, busy)) as url:
        assert fetch(url, QUICK).status == 503
    assert len(seen) == QUICK.attempts


def test_does_not_retry_what_will_not_pass() -> None:
    """A missing page is asked for once, and its text is kept: it may tell why."""
    with serving(in_turn(lambda r: respond(r, 404, body=b"no such branch"))) as url:
        response = fetch(url, QUICK)
    assert (response.status, response.body) == (404, b"no such branch")


def test_waits_as_long_as_the_server_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry-After in seconds sets the pause, not our own backoff."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    answer = in_turn(lambda r: respond(r, 429, Retry_After="7"), ok)
    with serving(answer) as url:
        fetch(url, QUICK)
    assert pauses == [7.0]


def test_backs_off_further_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word from the server the pause doubles."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with serving(busy) as url:
        fetch(url, Limits(attempts=4, backoff=0.5))
    assert pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("as_date", [False, True])
def test_does_not_wait_for_hours(*, as_date: bool) -> None:
    """A server that wants to be left alone for long is left alone, and the caller told how long."""
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    after = date if as_date else "3600"
    answer = in_turn(lambda r: respond(r, 503, Retry_After=after))
    with serving(answer) as url:
        response = fetch(url, QUICK)
    assert response.retry_after is not None
    assert 3500 < response.retry_after <= 3600


@pytest.mark.parametrize(
    "after", ["soon", "-5", "9" * 5000, "1e3", "Wed, 99 Foo 2020 25:00:00 GMT"]
)
def test_nonsense_in_retry_after_is_ignored(after: str) -> None:
    """A Retry-After that says nothing changes nothing."""
    answer = in_turn(lambda r: respond(r, 503, Retry_After=after), ok)
    with serving(answer) as url:
        assert fetch(url, QUICK).body == b"fine"


def test_silent_server_is_given_up() -> None:
    """A server that accepts and says nothing ends in an error that tells for how long."""
    done = threading.Event()

    def answer(_: BaseHTTPRequestHandler) -> None:
        done.wait(10)

    with serving(answer) as url:
        text = failure(url, Limits(read=0.1, attempts=2, backoff=0))
        done.set()
    assert text == f"{url}: the server was silent for 0.1 s"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_dripping_server_is_given_up(start: bytes) -> None:
    """Neither headers nor a body that come a byte at a time can hold us past the deadline."""
    stop = threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        while not stop.wait(0.02):
            request.wfile.write(b"x")

    with serving(answer) as url:
        text = failure(url, Limits(read=5, total=0.3, attempts=1))
        stop.set()
    assert text == f"{url}: no whole answer within 0.3 s"


def test_answer_cut_short() -> None:
    """A body shorter than announced is asked for again, and then not taken for the whole."""
    short: Answer = lambda r: respond(r, body=b"half", Content_Length="8")  # noqa: E731
    with serving(in_turn(short, ok)) as url:
        assert fetch(url, QUICK).body == b"fine"
    with serving(short) as url:
        response = fetch(url, QUICK)
    assert (response.body, response.broken) == (b"half", True)


def test_answer_without_a_body() -> None:
    """An announced body of which nothing comes is an error."""
    with serving(lambda r: respond(r, Content_Length="8")) as url:
        assert failure(url) == f"{url}: the connection broke before the whole answer was here"


def test_refused_connection() -> None:
    """Where no server listens the error says so in one line."""
    with serving(ok) as url:
        pass
    assert failure(url) == f"{url}: no connection (Connection refused)"


@pytest.mark.parametrize(
    "url", ["http://[::1/", "http://127.0.0.1:99999/", "http:///x", "http://a b/"]
)
def test_bad_urls(url: str) -> None:
    """A URL that cannot be right is an error that names it."""
    assert failure(url).startswith(url)


def test_login_goes_to_its_own_server_only() -> None:
    """User name and password are sent to the server they were given for, not where it points."""
    seen: list[str | None] = []
    with serving(noting(seen, "Authorization", ok)) as second:
        redirect = noting(seen, "Authorization", lambda r: respond(r, 302, Location=second))
        with serving(redirect) as first:
            response = fetch(first.replace("//", "//me:p%40ss@"), QUICK)
    assert seen == ["Basic " + base64.b64encode(b"me:p@ss").decode(), None]
    assert "ss@" not in response.url


def test_secrets_stay_out_of_messages() -> None:
    """An error names the URL without password and token."""
    text = failure("http://me:hunter2@nowhere.invalid/x.atom?private_token=hunter3&h=next")
    assert "hunter" not in text
    assert text.startswith("http://nowhere.invalid/x.atom?private_token=***&h=next: ")


def test_one_request_at_a_time_to_a_host() -> None:
    """However many threads ask, a host sees one request of ours at a time."""
    running, most = 0, 0

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.02)
        running -= 1
        ok(request)

    with serving(answer) as url, ThreadPoolExecutor(5) as pool:
        assert [r.status for r in pool.map(lambda _: fetch(url, QUICK), range(5))] == [200] * 5
    assert most == 1


def test_several_hosts_at_once() -> None:
    """A request to one host does not wait for another host's: both must be there to go on."""
    meeting = threading.Barrier(2, timeout=10)

    def answer(request: BaseHTTPRequestHandler) -> None:
        meeting.wait()
        ok(request)

    with (
        serving(answer, "127.0.0.1") as one,
        serving(answer, "127.0.0.2") as other,
        ThreadPoolExecutor(2) as pool,
    ):
        assert [r.body for r in pool.map(lambda u: fetch(u, QUICK), [one, other])] == [b"fine"] * 2


def test_uses_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a proxy, it is asked for the whole URL."""
    seen: list[str | None] = []
    with serving(noting(seen, None, ok)) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert fetch("http://nowhere.invalid/x.atom", QUICK).body == b"fine"
    assert seen == ["http://nowhere.invalid/x.atom"]
