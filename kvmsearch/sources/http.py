"""Fetch one document over HTTP, within bounds of time and size, and politely.

urllib3 carries the request. Redirects, retries and decompression are done here,
because each of them must keep to the same deadline, the same bound on size and
the rule that a host sees one request of ours at a time.
"""

import contextlib
import email.utils
import functools
import importlib.metadata
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from kvmsearch.errors import SourceError
from kvmsearch.record import Record
from kvmsearch.sources.location import one_line, shown

_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {429, 500, 502, 503, 504}
"""Statuses that may be gone at the next attempt."""

_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1"
_CHUNK = 2**16
_WINDOWS = {
    "gzip": (zlib.MAX_WBITS | 16,),
    "x-gzip": (zlib.MAX_WBITS | 16,),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),  # Some servers leave out zlib's header.
}


class Limits(Record):
    """How long and how much; times in seconds."""

    connect: float = 10.0
    read: float = 30.0
    """The longest silence."""

    total: float = 180.0
    """For all attempts at one server together, not counting the wait for our turn."""

    attempts: int = 3
    backoff: float = 1.0
    """Before the second attempt; doubled before each further one."""

    longest_wait: float = 60.0
    """A server that asks to be left alone for longer is not asked again."""

    redirects: int = 5
    size: int = 64 * 2**20
    """Bytes of the body, before and after decompression."""


DEFAULT_LIMITS = Limits()


class Response(Record):
    """The last answer of the last server asked, whatever its status."""

    status: int
    body: bytes
    """Decompressed."""

    url: str
    """Where the answer came from after redirects, without user name and password."""

    location: str | None = None
    retry_after: float | None = None
    """Seconds the server asks to be left alone for."""

    broken: bool = False
    """The connection broke, at the last attempt too, when this much of the body was here."""


class _PassingError(SourceError):
    """An attempt failed in a way that the next one may not; the text is the reason."""


def fetch(url: str, limits: Limits = DEFAULT_LIMITS) -> Response:
    """GET a URL, whose user name and password, if any, go to its own server alone.

    Raises:
        SourceError: no answer came, or it is larger than allowed.
    """
    try:
        return _follow(url, limits)
    except SourceError as error:
        raise SourceError(f"{shown(url)}: {error}") from error.__cause__


def _follow(url: str, limits: Limits) -> Response:
    bare, login = _split_login(url)
    for _ in range(limits.redirects + 1):
        response = _visit(bare, login, limits)
        if response.status not in _REDIRECTS or response.location is None:
            return response
        target, _ = _split_login(_joined(bare, response.location))
        if _origin(target) != _origin(bare):
            login = None
        bare = target
    raise SourceError(f"more than {limits.redirects} redirects")


def _split_login(url: str) -> tuple[str, str | None]:
    """Take `user:password@` out of a URL, and decode it."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise SourceError("not a valid URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise SourceError(f"not an http or https URL ({shown(url)})")
    login, at, netloc = parts.netloc.rpartition("@")
    return parts._replace(netloc=netloc).geturl(), urllib.parse.unquote(login) if at else None


def _joined(url: str, location: str) -> str:
    try:
        return urllib.parse.urljoin(url, location)
    except ValueError as error:
        raise SourceError("redirected to what is not a valid URL") from error


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.lower()


_turns: dict[str, threading.Lock] = {}


def _turn(url: str) -> threading.Lock:
    """Give the lock to hold while a host is asked, and while it wants to be left alone."""
    return _turns.setdefault(urllib.parse.urlsplit(url).hostname or "", threading.Lock())


def _visit(url: str, login: str | None, limits: Limits) -> Response:
    """Ask one server, again where that may help."""
    with _turn(url):
        deadline = time.monotonic() + limits.total
        for attempt in range(limits.attempts - 1):
            pause = limits.backoff * 2**attempt
            try:
                response = _ask(url, login, limits, deadline)
            except _PassingError:
                if not _may_wait(pause, limits, deadline):
                    raise
            else:
                pause = pause if response.retry_after is None else response.retry_after
                settled = response.status not in _PASSING and not response.broken
                if settled or not _may_wait(pause, limits, deadline):
                    return response
            time.sleep(pause)
        return _ask(url, login, limits, deadline)


def _may_wait(pause: float, limits: Limits, deadline: float) -> bool:
    return pause <= limits.longest_wait and time.monotonic() + pause < deadline


def _ask(url: str, login: str | None, limits: Limits, deadline: float) -> Response:
    """One attempt."""
    try:
        with _manager(url, limits) as manager, _cut_off(manager, url, deadline):
            answer = manager.urlopen(
                "GET",
                url,
                headers=_headers(login),
                redirect=False,
                retries=False,
                preload_content=False,
            )
            with contextlib.closing(answer):
                return _response(answer, url, limits, deadline)
    except (HTTPError, OSError) as error:
        if time.monotonic() >= deadline:
            raise SourceError(_late(limits)) from error
        raise _translated(error, limits) from error


def _manager(url: str, limits: Limits) -> urllib3.PoolManager:
    """Make a client for one request, through the proxy that the environment names, if any."""
    timeout = urllib3.Timeout(connect=limits.connect, read=limits.read)
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, timeout=timeout)
    return urllib3.PoolManager(timeout=timeout)


@contextlib.contextmanager
def _cut_off(manager: urllib3.PoolManager, url: str, deadline: float) -> Iterator[None]:
    """Shut the connection at the deadline.

    A server that sends a byte now and then trips no read timeout, whether in its
    headers or in its body.
    """
    sockets: list[socket.socket] = []
    pool = manager.connection_from_url(url)
    plain = pool.ConnectionCls

    def connect(connection: urllib3.connection.HTTPConnection) -> None:
        plain.connect(connection)
        if connection.sock is not None:
            sockets.append(connection.sock)
        if time.monotonic() >= deadline:  # The timer may have found nothing to shut.
            _shut(sockets)

    pool.ConnectionCls = type("WatchedConnection", (plain,), {"connect": connect})
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, (sockets,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(sockets: list[socket.socket]) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            # Not the TLS socket's own shutdown, which first drops the state that a reader uses.
            socket.socket.shutdown(each, socket.SHUT_RDWR)


def _headers(login: str | None) -> dict[str, str]:
    headers = {
        "User-Agent": _user_agent(),
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, deflate",
    }
    return headers | (urllib3.make_headers(basic_auth=login) if login is not None else {})


@functools.cache
def _user_agent() -> str:
    try:
        return f"kvmsearch/{importlib.metadata.version('kvmsearch')}"
    except importlib.metadata.PackageNotFoundError:  # Run from a source tree.
        return "kvmsearch"


def _response(
    answer: urllib3.BaseHTTPResponse, url: str, limits: Limits, deadline: float
) -> Response:
    # What a redirect or a passing error says besides is of no use.
    wanted = answer.status not in _REDIRECTS | _PASSING
    body, broken = _body(answer, limits) if wanted else (b"", False)
    if time.monotonic() >= deadline:  # A connection that we shut looks like the end of the body.
        raise SourceError(_late(limits))
    return Response(
        status=answer.status,
        body=_decoded(body, answer.headers.get("Content-Encoding", ""), limits),
        url=url,
        location=answer.headers.get("Location"),
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
        broken=broken,
    )


def _body(answer: urllib3.BaseHTTPResponse, limits: Limits) -> tuple[bytes, bool]:
    """Read a body as sent, and say whether the connection broke before its end."""
    body = bytearray()
    try:
        while chunk := answer.read1(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > limits.size:
                raise SourceError(_too_large(limits))
    except (HTTPError, OSError):
        if not body:
            raise
        return bytes(body), True
    return bytes(body), False


def _decoded(body: bytes, encoding: str, limits: Limits) -> bytes:
    """Decompress, never past the bound on size; a body cut short as far as it goes."""
    encoding = encoding.strip().lower()
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in _WINDOWS:
        raise SourceError(f"sent in an encoding that was not asked for ({one_line(encoding)})")
    for wbits in _WINDOWS[encoding]:
        with contextlib.suppress(zlib.error):
            return _inflated(body, wbits, limits)
    raise SourceError("the compressed answer is damaged")


def _inflated(body: bytes, wbits: int, limits: Limits) -> bytes:
    plain = zlib.decompressobj(wbits).decompress(body, limits.size + 1)
    if len(plain) > limits.size:
        raise SourceError(_too_large(limits))
    return plain


def _seconds(retry_after: str) -> float | None:
    """`Retry-After` in seconds; it is a number of them or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        then = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _translated(error: Exception, limits: Limits) -> SourceError:
    """Say in our words what went wrong: urllib3 may quote the URL and what stands in it."""
    passing = _passing_reason(error, limits)
    return _PassingError(passing) if passing else SourceError(_lasting_reason(error))


def _passing_reason(error: Exception, limits: Limits) -> str | None:
    if isinstance(error, NameResolutionError):
        return None
    if isinstance(error, NewConnectionError):  # In some versions a ConnectTimeoutError too.
        return f"no connection ({_os_reason(error)})"
    if isinstance(error, ConnectTimeoutError):
        return f"no connection within {limits.connect:g} s"
    if isinstance(error, ReadTimeoutError):
        return f"the server was silent for {limits.read:g} s"
    if isinstance(error, (ProtocolError, OSError)):
        return "the connection broke before the whole answer was here"
    return None


def _lasting_reason(error: Exception) -> str:
    if isinstance(error, NameResolutionError):
        return "the name of the host is not known"
    if isinstance(error, SSLError):
        return f"no safe connection ({one_line(str(error))})"
    return f"cannot be fetched ({type(error).__name__})"


def _os_reason(error: Exception) -> str:
    cause = error.__cause__
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else "failed"


def _late(limits: Limits) -> str:
    return f"no whole answer within {limits.total:g} s"


def _too_large(limits: Limits) -> str:
    return f"larger than the {limits.size // 2**20} MiB that are read at most"
