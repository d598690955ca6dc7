"""Pushes: JSON arrays by HTTP POST to an address of this machine, repeated after 1, 5 and 10 minutes, then dropped.

An answer counts when it has HTTP status 200 and a JSON body whose ``code`` is a number, within ``push_timeout``
seconds (Alibaba Cloud's page says 700 ms). ``push_speed`` makes the waits shorter.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django_alisms.sandbox.answers import encoded
from django_alisms.sandbox.weather import Settings

REPEATS = (60.0, 300.0, 600.0)
GATHERED_FOR = 0.1
AT_ONCE = 4
LONGEST_ANSWER = 64 * 1024


class Pusher:
    """Gathers what is to be pushed for a moment, so that receipts come by the dozen as they do in earnest."""

    def __init__(self, settings_of: Callable[[], Settings]) -> None:
        self._settings_of = settings_of
        self._gathered: dict[str, list[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, items: list[dict[str, Any]]) -> None:
        if not items:
            return
        if kind not in self._gathered:
            self._gathered[kind] = []
            asyncio.get_running_loop().call_later(GATHERED_FOR, self._flush, kind)
        self._gathered[kind].extend(items)

    async def now(self, kind: str, items: list[dict[str, Any]]) -> None:
        """Push these and wait for the answer; what is not taken is repeated later."""
        body = encoded(items).encode()
        if not await self._attempt(kind, body):
            self.start(self._repeat(kind, body))

    def forget(self) -> None:
        """Nothing gathered or waiting leaves any more."""
        self._gathered = {}
        for task in self._tasks:
            task.cancel()

    def report(self) -> dict[str, int]:
        return {
            "items": self.counts["items"],
            "pushes": self.counts["pushes"],
            "taken": self.counts["taken"],
            "dropped": self.counts["dropped"],
            "waiting": len(self._tasks) + sum(map(len, self._gathered.values())),
        }

    def _flush(self, kind: str) -> None:
        items = self._gathered.pop(kind, [])
        size = max(self._settings_of().push_size, 1)
        for at in range(0, len(items), size):
            self.counts["items"] += len(items[at : at + size])
            self.start(self._push(kind, encoded(items[at : at + size]).encode()))

    def start(self, pushing: Any) -> None:
        """Run it until it ends, or all is forgotten."""
        task = asyncio.ensure_future(pushing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _push(self, kind: str, body: bytes) -> None:
        if not await self._attempt(kind, body):
            await self._repeat(kind, body)

    async def _repeat(self, kind: str, body: bytes) -> None:
        for wait in REPEATS:
            await asyncio.sleep(wait / self._settings_of().push_speed)
            if await self._attempt(kind, body):
                return
        self.counts["dropped"] += 1

    async def _attempt(self, kind: str, body: bytes) -> bool:
        settings = self._settings_of()
        url = settings.push_receipts if kind == "SmsReport" else settings.push_replies
        if not url:
            return False
        async with self._slots:
            self.counts["pushes"] += 1
            try:
                async with asyncio.timeout(settings.push_timeout):
                    taken = await post(urlsplit(url), body)
            except (OSError, TimeoutError, ValueError):
                taken = False
        self.counts["taken"] += taken
        return taken


async def post(url: SplitResult, body: bytes) -> bool:
    """Whether the answer is what the service wants. OSError, ValueError where there is none that can be read."""
    tls = ssl._create_unverified_context() if url.scheme == "https" else None  # noqa: S323  (this machine)
    reader, writer = await asyncio.open_connection(
        url.hostname, url.port or (443 if tls else 80), ssl=tls, limit=LONGEST_ANSWER
    )
    try:
        head = (
            f"POST {url.path or '/'} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json;charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\nUser-Agent: alicom-sandbox\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        answer = await reader.read(LONGEST_ANSWER)
        while not reader.at_eof() and len(answer) < LONGEST_ANSWER:
            answer += await reader.read(LONGEST_ANSWER)
    finally:
        writer.close()
    head_of, _, content = answer.partition(b"\r\n\r\n")
    words = head_of.split(b" ", 2)
    if len(words) < 2 or words[1] != b"200":
        return False
    if b"transfer-encoding: chunked" in head_of.lower():
        content = b"".join(content.split(b"\r\n")[1::2])
    found = json.loads(content)
    return isinstance(found, dict) and type(found.get("code")) in (int, float)
