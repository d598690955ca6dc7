"""A server on loopback that does to each connection what a test says, and counts what it got."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable

OK = {"RequestId": "6F9C3B52-0D1A-5E77-9A41-3C0A7B1E2D44", "Code": "OK", "Message": "OK", "BizId": "4129^0"}
OK_BODY = json.dumps(OK).encode()


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, server: LoopbackServer) -> None:
        self.sock = sock
        self.server = server
        self._buffer = b""

    def read(self, count: int) -> bytes:
        """That many bytes of what comes."""
        while len(self._buffer) < count:
            received = self.sock.recv(65536)
            if not received:
                raise EOFError
            self._buffer += received
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def head(self) -> bytes:
        """The next request up to its blank line."""
        taken = b""
        while not taken.endswith(b"\r\n\r\n"):
            taken += self.read(1)
        return taken

    def request(self) -> tuple[bytes, bytes]:
        """The next request whole: head and body."""
        head = self.head()
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        body = self.read(length)
        self.server.requests.append((head, body))
        return head, body

    def answer(self, body: bytes = OK_BODY, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """A whole answer with a length."""
        given = {"Content-Length": str(len(body)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.sock.sendall(f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + body)

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        """Close with a reset instead of an end of stream."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def stall(self) -> None:
        """Do nothing until the test is over."""
        self.server.over.wait(30)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """A byte at a time until the data, the other side or the test ends."""
        for position in range(len(data)):
            self.sock.sendall(data[position : position + 1])
            if self.server.over.wait(every):
                return


Behaviour = Callable[[Peer], None]


def serve_all(peer: Peer) -> None:
    """Answer every request of the connection with OK."""
    while True:
        peer.request()
        peer.answer()


class LoopbackServer:
    """Listens on 127.0.0.1, each connection in a thread of its own; a context manager."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.tls = tls
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.ended = threading.Semaphore(0)
        self.over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> LoopbackServer:
        self._start(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        # The client may be gone at any moment: that is what the tests are about.
        with contextlib.suppress(OSError, EOFError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._sockets.append(sock)
            with sock:
                self.behaviour(Peer(sock, self))
        with contextlib.suppress(OSError):
            sock.close()
        self.ended.release()
