"""A loopback Aliyun that does nothing but answer OK after a delay, so that a benchmark measures its client.

``python -m benchmarks.server FOLDER DELAY``: TLS with the key pair in the folder; prints its port. ``GET /counts``
says what came since the last time it was asked: requests, bytes inside TLS, connections, the most in flight, different
batches.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

KEY, CERTIFICATE = "server.key", "server.pem"


class Counts:
    def __init__(self) -> None:
        self.requests = self.bytes = self.connections = self.in_flight = self.most_in_flight = 0
        self.out_ids: set[bytes] = set()
        self.first_numbers: set[bytes] = set()

    def facts(self) -> dict[str, int]:
        return {
            "requests": self.requests,
            "bytes": self.bytes,
            "connections": self.connections,
            "most_in_flight": self.most_in_flight,
            "out_ids": len(self.out_ids),
            "batches": len(self.first_numbers),
        }


class Gateway(asyncio.Protocol):
    """One connection. Requests come one after another, as HTTP clients do without pipelining."""

    counts = Counts()
    delay = 0.0

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_new = True

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        held = self._held
        held += data
        end = held.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(held[:end])
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(held) < end + 4 + length:
            return
        body = bytes(held[end + 4 : end + 4 + length])
        held.clear()
        if head.startswith(b"GET /counts"):
            facts = Gateway.counts.facts()
            Gateway.counts = Counts()
            self._answer(json.dumps(facts).encode())
            return
        self._count(head, body)
        answer = b'{"Code":"OK","Message":"OK","RequestId":"B-%d","BizId":"%d^0"}' % (
            self.counts.requests,
            self.counts.requests,
        )
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._end, answer)
        else:
            self._end(answer)

    def _count(self, head: bytes, body: bytes) -> None:
        counts = self.counts
        counts.requests += 1
        counts.bytes += len(head) + 4 + len(body)
        counts.connections += self._is_new
        self._is_new = False
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        line = head[: head.find(b"\r\n")]
        counts.out_ids.add(line[line.find(b"OutId=") :].split(b"&", 1)[0].split(b" ", 1)[0])
        at = body.find(b"PhoneNumberJson=")
        counts.first_numbers.add(body[at : at + 40])

    def _end(self, answer: bytes) -> None:
        self.counts.in_flight -= 1
        self._answer(answer)

    def _answer(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )


class GatewayProcess:
    """The server in a process of its own: ``with GatewayProcess(0.05) as gateway``."""

    def __init__(self, delay: float) -> None:
        self._delay = delay

    def __enter__(self) -> GatewayProcess:
        self._folder = tempfile.TemporaryDirectory()
        make_certificate(Path(self._folder.name))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", self._folder.name, str(self._delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate("")
        self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What points the project and the SDK at it."""
        return {
            "ALISMS_ENDPOINT": f"https://127.0.0.1:{self._port}",
            "ALISMS_CA_BUNDLE": str(Path(self._folder.name) / CERTIFICATE),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "benchmark",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "benchmark",
        }

    def counts(self) -> dict[str, int]:
        """Since the last time it was asked."""
        context = ssl.create_default_context(cafile=Path(self._folder.name) / CERTIFICATE)
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=context, timeout=30)
        connection.request("GET", "/counts")
        facts: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return facts


def make_certificate(folder: Path) -> None:
    """A key (RSA-2048, as Aliyun's) and a certificate of its own for 127.0.0.1, by the openssl program."""
    command = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        ["openssl", *command.split(), "-keyout", KEY, "-out", CERTIFICATE],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )


async def serve(folder: Path, delay: float) -> None:
    """Until stdin ends."""
    Gateway.delay = delay
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Gateway, "127.0.0.1", 0, ssl=tls, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
