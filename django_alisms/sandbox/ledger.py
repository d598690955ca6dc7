"""The ledger: an append-only file of JSON lines, on the disk before the answer leaves.

Whoever checks a sender compares its database with this file, so the file is whole after ``kill -9`` and after a
power cut: a line is written and synchronized before its request is answered, and a torn last line (of a request
that was never answered) is cut off when the file is opened again.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from django_alisms.sandbox.answers import compact

Settled = Callable[[OSError | None], None]


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a ledger; a torn last one is left out. ValueError where a line is no entry."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


class Ledger:
    """Opened for appending. OSError where that cannot be.

    One thread writes and synchronizes. Lines that come in while the disk is busy go together in the next turn,
    so that many connections share a synchronization as databases do.
    """

    def __init__(self, path: Path, durable: bool = True) -> None:
        self._durable = durable
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._length = self._cut_torn_line()
        self._waiting: SimpleQueue[tuple[bytes, Settled] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="ledger", daemon=True)
        self._thread.start()

    def append(self, entry: dict[str, Any], settled: Settled) -> None:
        """Write one entry; ``settled(None)`` is called from the writing thread once it is safe, or with the error."""
        self._waiting.put((compact(entry) + b"\n", settled))

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        os.close(self._file)

    def _write_all(self) -> None:
        while True:
            turn = [self._waiting.get()]
            while not self._waiting.empty():
                turn.append(self._waiting.get())
            lines = [item for item in turn if item is not None]
            error = self._write(b"".join(line for line, _ in lines)) if lines else None
            for _, settled in lines:
                settled(error)
            if None in turn:
                return

    def _write(self, data: bytes) -> OSError | None:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if self._durable:
                os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._length)
            return error
        self._length += len(data)
        return None

    def _cut_torn_line(self) -> int:
        length = os.fstat(self._file).st_size
        whole = length
        while whole:
            start = max(0, whole - 65536)
            found = os.pread(self._file, whole - start, start).rfind(b"\n")
            if found >= 0:
                whole = start + found + 1
                break
            whole = start
        if whole != length:
            os.ftruncate(self._file, whole)
        return whole
