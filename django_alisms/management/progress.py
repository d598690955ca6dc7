"""A progress bar on a terminal; silence where stderr is none."""

from __future__ import annotations

import time
from typing import Any, TextIO

from ..models import BatchSend
from ..services.status import counts_of

WIDTH = 32
EVERY_SECONDS = 0.2


class CountBar:
    """So many of so many, drawn by whoever does them; silence where the stream is no terminal."""

    def __init__(self, stream: TextIO, word: str) -> None:
        self._stream = stream
        self._word = word
        self._on = stream.isatty()
        self._begun = self._drawn = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if not self._on or (done < total and time.monotonic() - self._drawn < EVERY_SECONDS):
            return
        self._drawn = time.monotonic()
        filled = int(done / total * WIDTH) if total else WIDTH
        rate = done / max(self._drawn - self._begun, 0.001)
        end = "\n" if done >= total else ""
        self._stream.write(
            f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done:,}/{total:,} {self._word}  {rate:,.0f}/s\x1b[K{end}"
        )
        self._stream.flush()


class ProgressBar:
    """``turn`` may be called as often as one likes; it draws at most five times a second."""

    def __init__(self, batch_send: BatchSend, stream: TextIO) -> None:
        self._pk = batch_send.pk
        self._stream = stream
        self._on = stream.isatty()
        self._begun = self._drawn = time.monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._on:
            self._draw()
            self._stream.write("\n")

    def turn(self) -> None:
        if self._on and time.monotonic() - self._drawn >= EVERY_SECONDS:
            self._drawn = time.monotonic()
            self._draw()

    def _draw(self) -> None:
        counts = counts_of([self._pk])[self._pk]
        share = counts.done / counts.recipients if counts.recipients else 1.0
        filled = int(share * WIDTH)
        seconds = time.monotonic() - self._begun
        rate = counts.done / seconds if seconds > 0 else 0.0
        self._stream.write(
            f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {counts.done}/{counts.recipients}  {rate:,.0f}/s "
            f"ok {counts.accepted} refused {counts.refused} unknown {counts.unknown}\x1b[K"
        )
        self._stream.flush()
