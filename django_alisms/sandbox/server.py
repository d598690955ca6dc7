"""HTTP/1.1 with kept-alive connections over asyncio: bytes in, :class:`Request` out, answers back in order.

Lean on purpose. Benchmarks measure their client against this server, so a request of 100 numbers must cost far
less here than in any client. Only what SMS clients send is understood: a request line, headers, and a body of
stated length.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Any

LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 4 * 1024 * 1024

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Request:
    """One HTTP request: ``headers`` by lower-case name, repeated ones sorted and joined by a comma."""

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        self.body = body


class Malformed(ValueError):
    """Not HTTP as we speak it; ``status`` is the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def parse_head(head: bytes) -> tuple[str, str, bool, dict[str, str]]:
    """Request line and headers → method, target, whether the version is 1.0, headers."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Malformed(400, "request line")
    headers: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed(400, "header line")
        name, value = name.lower(), value.strip()
        if name in headers:
            repeated.setdefault(name, [headers[name]]).append(value)
        else:
            headers[name] = value
    for name, values in repeated.items():
        if name in ("host", "content-length"):
            raise Malformed(400, f"repeated {name}")
        headers[name] = ",".join(sorted(values))
    return words[0], words[1], words[2] == "HTTP/1.0", headers


def body_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Malformed(411, "a body needs a Content-Length")
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise Malformed(400, "Content-Length")
    if len(text) > 12 or int(text) > LONGEST_BODY:
        raise Malformed(413, "body too long")
    return int(text)


class Connection(asyncio.Protocol):
    """One client. Requests on it are handled one after the other; the next waits in the buffer.

    The handler of a request calls exactly one of :meth:`answer`, :meth:`answer_slowly`, :meth:`answer_half`,
    :meth:`cut`, :meth:`reset` or (for ever silent) none.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = bytearray()
        self._head: tuple[str, str, dict[str, str], int] | None = None
        self._busy = False
        self._close_after = False
        self.transport: asyncio.Transport | None = None
        self.peer = ""

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        name = transport.get_extra_info("peername")
        self.peer = name[0] if name else ""
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.connections.add(self)
        self._server.opened += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > LONGEST_HEAD + 2 * LONGEST_BODY:
            self.cut()
        elif not self._busy:
            self._next_request()

    # one request after the other

    def _next_request(self) -> None:
        try:
            request = self._take_request()
        except Malformed as error:
            self._busy = self._close_after = True
            self.answer(error.status, f'{{"Code":"Invalid","Message":"{error}"}}'.encode(), {})
            return
        if request is not None:
            self._busy = True
            self._server.handler(request, self)

    def _take_request(self) -> Request | None:
        buffer = self._buffer
        if self._head is None:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(buffer) > LONGEST_HEAD:
                    raise Malformed(431, "header too long")
                return None
            method, target, old, headers = parse_head(bytes(buffer[:end]))
            length = body_length(headers)
            del buffer[: end + 4]
            words = headers.get("connection", "").lower()
            self._close_after = "close" in words or (old and "keep-alive" not in words)
            self._head = (method, target, headers, length)
            if headers.get("expect", "").lower() == "100-continue" and self.transport is not None:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        method, target, headers, length = self._head
        if len(buffer) < length:
            return None
        body = bytes(buffer[:length])
        del buffer[:length]
        self._head = None
        return Request(method, target, headers, body)

    # the handler's side

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """A whole answer; then the next request of this connection."""
        if self.transport is None:
            return
        self.transport.write(self._serialized(status, body, headers))
        if self._close_after:
            self.transport.close()
            return
        self._busy = False
        if self._buffer:
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if not self._busy and self.transport is not None:
            self._next_request()

    def answer_half(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """The head promises the whole body; half of it comes, then the connection ends."""
        if self.transport is not None:
            whole = self._serialized(status, body, headers)
            self.transport.write(whole[: len(whole) - (len(body) + 1) // 2])
            self.transport.close()

    def answer_slowly(self, status: int, body: bytes, headers: Mapping[str, str], interval: float) -> None:
        """The whole answer, one byte each ``interval`` seconds."""
        whole = self._serialized(status, body, headers)
        loop = asyncio.get_running_loop()

        def drip(position: int) -> None:
            if self.transport is None:
                return
            if position < len(whole):
                self.transport.write(whole[position : position + 1])
                loop.call_later(interval, drip, position + 1)
            else:
                self.transport.close()

        drip(0)

    def cut(self) -> None:
        """The connection ends in order, without an answer."""
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        """The connection is torn down (RST), without an answer."""
        if self.transport is not None:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def _serialized(self, status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}", f"Date: {self._server.date()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body)}")
        lines.append("Connection: close" if self._close_after else "Connection: keep-alive")
        return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


class Server:
    """The listening socket and its connections; ``handler(request, connection)`` is called for each request."""

    def __init__(self, handler: Callable[[Request, Connection], None]) -> None:
        self.handler = handler
        self.connections: set[Connection] = set()
        self.opened = 0
        self._listener: asyncio.Server | None = None
        self._date = (0, "")

    async def start(self, host: str, port: int, tls: Any = None) -> int:
        """Listen; the port in use. ``tls`` is an :class:`ssl.SSLContext`. OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self), host, port, ssl=tls, backlog=1024, reuse_address=True
        )
        return int(self._listener.sockets[0].getsockname()[1])

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()

    def date(self) -> str:
        now = int(time())
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]
