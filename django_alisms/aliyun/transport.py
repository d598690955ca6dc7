"""One exchange of a request for an answer, with evidence of what left this machine.

A `requests.Session` cannot give three things that the promises of this app rest on: whether the first byte went
out (its exceptions tell it only by guessing), a deadline for the whole exchange (its time-outs begin anew with
every byte that drips in), and silence (its pool logs every URL, and QuerySendDetails has a number in it). So the
request is `requests`' own prepared one, signed by its auth interface, and is put on one connection a thread,
kept alive, without redirects, retries, cookies or a look at the environment.
"""

from __future__ import annotations

import io
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from requests import PreparedRequest
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers, parse_url

from .. import failpoints
from .endpoint import Endpoint
from .evidence import Exchange, NothingSent, TurnPassed, explained
from .replies import Reply, read_reply

# A connection that was idle for longer is closed: the other side may just be closing it, and a reset that meets
# a request which has begun to leave would be an unknown.
IDLE_SECONDS = 5.0

# A connection that was used a moment ago is looked into once, when the request may leave.
A_MOMENT = 1.0
# A wait may end with the deadline or by this part of it beside it. Each change of a socket's time-out is a call of the
# system, at which every other thread that waits for the interpreter gets in between.
NEAR_ENOUGH = 0.005

MayLeave = Callable[[], bool]

# What a line of a request's head may hold: nothing that could end it.
_ONE_LINE = re.compile(r"[\t -~]+")
_PATH = re.compile(r"/[!-~]*")


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
        method = request.method or "POST"
        try:
            connection, written = self._connection(may_leave is None), _as_written(request, method)
        except Exception as error:
            raise NothingSent("local.build", type(error).__name__) from error
        connection.surplus = False
        try:
            self._make_ready(connection, may_leave)
            connection.put(written)
            failpoints.reach("wire.body")
            reply, reusable = read_reply(connection.sock, method, connection.exchange, longest)
            failpoints.reach("wire.answer")
            if connection.surplus or not reusable:
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

    def _connection(self, at_once: bool) -> _Watched:
        """The calling thread's connection, closed where it must not be used again."""
        connection: _Watched | None = getattr(self._threads, "connection", None)
        if connection is None or connection.process != os.getpid():
            # After a fork the socket belongs to two processes, and answers would go to either.
            connection = self._threads.connection = self._new_connection()
            with self._lock:
                self._connections.add(connection)
        elif connection.sock is not None and (at_once or connection.idle > A_MOMENT) and connection.is_stale:
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

    def _watch(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.process = os.getpid()

    def __del__(self) -> None:
        # A thread ends and takes its connection with it.
        if self.sock is not None:
            self.close()

    @property
    def idle(self) -> float:
        """For how many seconds it was not used."""
        return time.monotonic() - self.used_at

    @property
    def is_stale(self) -> bool:
        """Open, and not to be used again.

        An unused one is not looked into: what a TLS server says after the handshake would be taken for its end.
        """
        return self.idle >= IDLE_SECONDS or not (self.unused or self.is_connected)

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

    def put(self, data: bytes) -> None:
        """Let a request go."""
        self.exchange.begin_sending()
        self.sock.sendall(data)


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing: the deadline decides."""

    def keep_deadline(self) -> None:
        connection = self._connection()
        if connection is None:
            raise TimeoutError("The exchange is over.")
        remaining = connection.exchange.remaining
        if abs((self._sock.gettimeout() or 0.0) - remaining) > remaining * NEAR_ENOUGH:
            self._sock.settimeout(remaining)

    def sendall(self, data: bytes) -> None:
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


def _as_written(request: PreparedRequest, method: str) -> bytes:
    """Head and body as one piece. Raises ValueError for what would not stay in its line."""
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    path = request.path_url
    if not _PATH.fullmatch(path):
        raise ValueError("the path")
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    if content or method in ("POST", "PUT"):
        head.append(f"content-length: {len(content)}")
    if not all(map(_ONE_LINE.fullmatch, head)):
        raise ValueError("a header")
    return "\r\n".join([*head, "", ""]).encode("ascii") + content
