"""One exchange of a request for an answer, with evidence of what left this machine.

    TransportError      has a code of `codes` and a reason without numbers
    ├── NothingSent     no byte of the request left: it may be sent again
    │   └── TurnPassed  because its time to leave had passed
    └── AnswerLost      the first byte may have left, and nothing came that proves anything

A `requests.Session` cannot give three things that the promises of this app rest on: whether the first byte went
out (its exceptions tell it only by guessing), a deadline for the whole exchange (its time-outs begin anew with
every byte that drips in), and silence (its pool logs every URL, and QuerySendDetails has a number in it). So the
request is `requests`' own prepared one, signed by its auth interface, and is put on one connection a thread,
kept alive, without redirects, retries, cookies or a look at the environment.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from requests import PreparedRequest
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util import make_headers, parse_url

from .. import failpoints
from .endpoint import Endpoint

# A connection that was idle for longer is closed: the other side may just be closing it, and a reset that meets
# a request which has begun to leave would be an unknown.
IDLE_SECONDS = 5.0

MayLeave = Callable[[], bool]


class TransportError(Exception):
    """An exchange without an answer."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class NothingSent(TransportError):
    """No byte of the request left this machine."""


class TurnPassed(NothingSent):
    """The caller did not let the request leave; its connection is as good as before."""

    def __init__(self) -> None:
        super().__init__("local.late")


class AnswerLost(TransportError):
    """The first byte may have left this machine, and no answer came that could be read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """What is known of one exchange while it runs: how far it came, and when it must end."""

    __slots__ = ("connect_by", "deadline", "read_timeout", "sent", "stage")

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self.connect_by = time.monotonic() + connect_timeout
        self.read_timeout = read_timeout
        self.deadline = 0.0  # set with the first byte
        self.sent = False
        self.stage = "build"

    def begin_sending(self) -> None:
        """Called before the first byte: from here on nothing is proof that it did not leave."""
        if not self.sent:
            failpoints.reach("wire.first_byte")
            self.deadline = time.monotonic() + self.read_timeout
            self.sent = True
            self.stage = "answer"

    @property
    def remaining(self) -> float:
        """Seconds to the deadline. Raises TimeoutError when there are none."""
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("The deadline has passed.")
        return remaining


class Transport:
    """Exchanges requests with one endpoint; any number of threads may call, each has its own connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._threads = threading.local()
        self._connections: weakref.WeakSet[_Watched] = weakref.WeakSet()
        self._lock = threading.Lock()

    def exchange(self, request: PreparedRequest, longest: int, may_leave: MayLeave | None = None) -> Reply:
        """Send and read the answer, of at most `longest` bytes, decompressed. Raises NothingSent, AnswerLost.

        `may_leave` is asked with the connection open and nothing sent: it may take its time; False is TurnPassed.
        """
        try:
            connection = self._connection()
        except Exception as error:
            raise NothingSent("local.build", type(error).__name__) from error
        connection.surplus = False
        try:
            self._make_ready(connection, may_leave)
            with connection.sock.in_one_piece():
                connection.request(
                    request.method or "POST",
                    request.path_url,
                    body=request.body,
                    headers=request.headers,
                    preload_content=False,
                    decode_content=False,
                )
            failpoints.reach("wire.body")
            response = connection.getresponse()
            reply = _read(response, connection.exchange, longest)
            failpoints.reach("wire.answer")
            if connection.surplus or not response.closed:
                connection.close()  # what is left must not be taken for the answer to the next request
        except TurnPassed:
            raise
        except BaseException as error:
            connection.close()
            if not isinstance(error, Exception):
                raise
            raise explained(error, connection.exchange, tunnelled=self._endpoint.proxy is not None) from error
        connection.used_at, connection.unused = time.monotonic(), False
        return reply

    def close(self) -> None:
        """Close every connection. For the end, when no thread calls any more."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def _make_ready(self, connection: _Watched, may_leave: MayLeave | None) -> None:
        """An open connection, at the moment at which the request may leave."""
        connection.exchange = self._new_exchange()
        if connection.sock is None:
            connection.open()
        if may_leave is None:
            return
        if not may_leave():
            raise TurnPassed
        if connection.is_stale:
            connection.close()
            connection.exchange = self._new_exchange()
            connection.open()
            if not may_leave():
                raise TurnPassed

    def _new_exchange(self) -> Exchange:
        return Exchange(self._endpoint.connect_timeout, self._endpoint.read_timeout)

    def _connection(self) -> _Watched:
        """The calling thread's connection, closed where it must not be used again."""
        connection: _Watched | None = getattr(self._threads, "connection", None)
        if connection is None or connection.process != os.getpid():
            # After a fork the socket belongs to two processes, and answers would go to either.
            connection = self._threads.connection = self._new_connection()
            with self._lock:
                self._connections.add(connection)
        elif connection.sock is not None and connection.is_stale:
            connection.close()
        return connection

    def _new_connection(self) -> _Watched:
        if self._endpoint.scheme == "http":
            return _PlainConnection(self._endpoint)
        return _SecureConnection(self._endpoint)


class _Watched(HTTPConnection):
    """What a connection of urllib3 learns here: to keep the deadline and to note the first byte."""

    exchange: Exchange
    sock: Any = None
    surplus = False  # more came than the answer
    used_at = 0.0
    unused = True
    auto_open = 0  # never connect by itself in the middle of sending

    def _watch(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.process = os.getpid()

    def __del__(self) -> None:
        # A thread ends and takes its connection with it.
        if self.sock is not None:
            self.close()

    @property
    def is_stale(self) -> bool:
        """Open, and not to be used again.

        An unused one is not looked into: what a TLS server says after the handshake would be taken for its end.
        """
        idle = time.monotonic() - self.used_at >= IDLE_SECONDS
        return idle or not (self.unused or self.is_connected)

    def open(self) -> None:
        """Connect, and let nothing be sent if that took longer than it may."""
        failpoints.reach("wire.connect")
        self.connect()
        if time.monotonic() > self.exchange.connect_by:
            raise TimeoutError("The connection came about too late.")
        self.sock = _DeadlineSocket(self.sock, self)
        self.used_at, self.unused = time.monotonic(), True

    def _new_conn(self) -> socket.socket:
        """A connected socket. The time to connect is shared out among the addresses that the name has."""
        exchange = self.exchange
        exchange.stage = "resolve"
        addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        exchange.stage = "connect"
        failure: OSError = OSError("The name has no address.")
        for tried, (family, kind, protocol, _name, address) in enumerate(addresses):
            patience = (exchange.connect_by - time.monotonic()) / (len(addresses) - tried)
            if patience <= 0:
                raise TimeoutError("No time was left to connect.")
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(patience)
                sock.connect(address)
                sock.settimeout(max(exchange.connect_by - time.monotonic(), 0.001))
            except OSError as error:
                sock.close()
                failure = error
            except BaseException:
                sock.close()
                raise
            else:
                exchange.stage = "secure"
                return sock
        raise failure

    def send(self, data: Any) -> None:
        # What goes out before the socket keeps the deadline is the request to a proxy for a tunnel.
        if isinstance(self.sock, _DeadlineSocket):
            self.exchange.begin_sending()
        super().send(data)


class _PlainConnection(_Watched):
    """For loopback."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint.host, endpoint.port)
        self._watch(endpoint)


class _SecureConnection(_Watched, HTTPSConnection):
    """TLS, directly or through a proxy's tunnel."""

    def __init__(self, endpoint: Endpoint) -> None:
        to = endpoint.proxy or endpoint
        super().__init__(
            to.host,
            to.port,
            ssl_context=endpoint.tls_context,
            proxy=parse_url(endpoint.proxy.url) if endpoint.proxy else None,
        )
        self._watch(endpoint)

    def connect(self) -> None:
        proxy = self.endpoint.proxy
        if proxy:
            headers = make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password}") if proxy.user else None
            self.set_tunnel(self.endpoint.host, self.endpoint.port, headers)
        super().connect()


class _DeadlineSocket:
    """A connected socket, plain or TLS, on which every wait ends with the exchange's deadline.

    A socket's own time-out begins anew with each call, so an answer that drips in would never end.
    """

    def __init__(self, sock: Any, connection: _Watched) -> None:
        self._sock = sock
        # Weak: the connection owns the socket, and a circle would leave both to the garbage collector.
        self._connection = weakref.ref(connection)
        self._held: list[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing: the deadline decides."""

    def keep_deadline(self) -> None:
        connection = self._connection()
        if connection is None:
            raise TimeoutError("The exchange is over.")
        self._sock.settimeout(connection.exchange.remaining)

    @contextmanager
    def in_one_piece(self) -> Iterator[None]:
        """What is sent inside goes out at its end: head and body of a request in one record, by one call."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
        self.sendall(b"".join(held))

    def sendall(self, data: Any) -> None:
        if self._held is not None:
            self._held.append(data)
            return
        view = memoryview(data).cast("B")
        while view:
            self.keep_deadline()
            view = view[self._sock.send(view) :]

    def makefile(self, mode: str = "rb", *args: Any, **options: Any) -> io.BufferedReader:
        return _AnswerReader(_DeadlineReader(self._sock.makefile("rb", buffering=0), self))

    def note_surplus(self) -> None:
        connection = self._connection()
        if connection is not None:
            connection.surplus = True


class _DeadlineReader(io.RawIOBase):
    """The reading side of a deadline socket; it holds the socket open as long as an answer is read."""

    def __init__(self, raw: io.RawIOBase, sock: _DeadlineSocket) -> None:
        self._raw = raw
        self.deadline_socket = sock
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.ended:
            return 0
        self.deadline_socket.keep_deadline()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _AnswerReader(io.BufferedReader):
    """Reads ahead, so what it holds at the end of an answer is something that nobody asked for."""

    def close(self) -> None:
        if not self.closed:
            reader: Any = self.raw
            reader.ended = True  # so that a look into the buffer does not wait for more
            if self.peek(1):
                reader.deadline_socket.note_surplus()
        super().close()


def _read(response: HTTPResponse, exchange: Exchange, longest: int) -> Reply:
    """Status, headers and the whole body, or AnswerLost. Reads no more than `longest` bytes and one."""
    exchange.stage = "body"
    headers = {name.lower(): value for name, value in response.headers.items()}
    length = _announced(response, headers)
    if length is not None and length > longest:
        raise AnswerLost("wire.too_large", f"{length} bytes under HTTP {response.status}")
    body = response.read(longest + 1, decode_content=False)
    if len(body) > longest:
        raise AnswerLost("wire.too_large", f"HTTP {response.status}")
    # Reading up to a size, neither urllib3 nor http.client minds a stream that ends early.
    if length is not None and len(body) < length:
        raise AnswerLost("wire.half_answer", f"{len(body)} of {length} bytes under HTTP {response.status}")
    return Reply(response.status, headers, _decompressed(body, headers.get("content-encoding", ""), longest))


def _announced(response: HTTPResponse, headers: Mapping[str, str]) -> int | None:
    """How many bytes the answer says it has; None where it does not say."""
    if "chunked" in headers.get("transfer-encoding", "").lower() or response.status in (204, 304):
        return None
    length = headers.get("content-length")
    if length is None:
        return None
    if not (length.isascii() and length.isdecimal() and len(length) < 20):
        raise AnswerLost("wire.not_http", "Content-Length")
    return int(length)


def _decompressed(body: bytes, encoding: str, longest: int) -> bytes:
    """We ask for no compression; a proxy may do it all the same. Never makes more than `longest` bytes."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise AnswerLost("wire.encoding", encoding[:40])
    try:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
        text = decompressor.decompress(body, longest + 1)
    except zlib.error:
        raise AnswerLost("wire.encoding", encoding) from None
    if len(text) > longest:
        raise AnswerLost("wire.too_large", encoding)
    if not decompressor.eof:
        raise AnswerLost("wire.half_answer", encoding)
    return text


def explained(error: Exception, exchange: Exchange, *, tunnelled: bool = False) -> TransportError:
    """The error's class by evidence (did the first byte leave?), its code by what went wrong at which stage."""
    if isinstance(error, TransportError):
        return error
    if exchange.sent:
        return AnswerLost(_after_the_first_byte(error, exchange.stage), _reason(error))
    return NothingSent(_before_the_first_byte(error, exchange.stage, tunnelled), _reason(error))


def _before_the_first_byte(error: Exception, stage: str, tunnelled: bool) -> str:
    if stage == "resolve":
        return "local.dns"
    if stage == "build" or not isinstance(error, OSError | http.client.HTTPException):
        return "local.build"
    if isinstance(error, TimeoutError):
        return "local.connect_timeout"
    if stage == "connect":
        return (
            "local.connect_refused" if isinstance(error, ConnectionRefusedError) else "local.connect_failed"
        )
    if tunnelled and not isinstance(error, ssl.SSLError):
        return "local.proxy"
    return "local.tls"


def _after_the_first_byte(error: Exception, stage: str) -> str:
    if isinstance(error, TimeoutError | ReadTimeoutError):
        return "wire.read_timeout"
    if isinstance(error, ProtocolError | http.client.IncompleteRead) and stage == "body":
        return "wire.half_answer"
    if isinstance(error, OSError):  # http.client.RemoteDisconnected is one too
        return "wire.half_answer" if stage == "body" else "wire.reset"
    if isinstance(error, http.client.HTTPException | HTTPError | ValueError):
        return "wire.not_http"
    return "wire.error"


def _reason(error: Exception) -> str:
    """What the system says of it. Other errors may repeat what they were given, a header say: only their name."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or type(error).__name__
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return type(error).__name__
