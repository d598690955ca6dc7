"""A line between workers and the sandbox that notes when each request left: a proxy that reads the kernel's time stamps.

What a request waits for afterwards, in a proxy or a server that a busy machine does not let run, is not the sender's
doing; so neither their clocks nor the ledger's order of arrival can judge a rate limit.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time

from tests.reliability.proxy import Proxy

# Linux's SO_TIMESTAMPNS and SCM_TIMESTAMPNS on 64 bits; Python has no name for them.
TIMESTAMP = 35
STAMP = struct.Struct("qq")


class Tap(Proxy):
    """``left``: when each request left, in seconds of the wall clock."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.left: list[float] = []
        super().__init__(target)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        if sys.platform == "linux":
            source.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        with contextlib.suppress(OSError):
            while True:
                data, beside, _flags, _address = source.recvmsg(65536, 128)
                if not data:
                    break
                # Head and body of a request go out in one piece.
                if data.startswith(b"POST "):
                    self.left.append(_stamp(beside))
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _stamp(beside: list[tuple[int, int, bytes]]) -> float:
    """When the kernel got it from the sender; on loopback that is within the sender's own call."""
    for level, kind, value in beside:
        if (level, kind) == (socket.SOL_SOCKET, TIMESTAMP):
            seconds, nanoseconds = STAMP.unpack(value)
            return seconds + nanoseconds / 1e9
    return time.time()
