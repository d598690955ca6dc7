"""A workbook that a child process reads: the parent sees rows, or one clear refusal, whatever the file does.

The child's answers are unpickled without any class but those of moments, so that a child which a file has taken over
can say nothing but cells.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from operator import methodcaller
from pathlib import Path
from typing import IO, Any

from ..file_refused import FileRefused
from .findings import Findings
from .sheets import BETWEEN_CELLS, BETWEEN_ROWS, MOST_COLUMNS, MOST_ROWS, Row, SheetInfo

WALL_SECONDS = 120
# The frames that rows come in.
ROWS = ("rows", "texts")
PIPE_BYTES = 1 << 20
_CLASSES = {("datetime", name) for name in ("date", "datetime", "time", "timedelta")}


class IsolatedSheets:
    """As :class:`~.sheets.CalamineSheets`, at a safe distance. ``kind`` is known after the child has looked."""

    def __init__(self, path: Path, kind: str) -> None:
        self._path = path
        self._told_kind = kind
        self._children = [_Child(path, kind)]
        _word, self.kind, sheets = self._ask(self._children[0], "sheets")
        self.sheets = [SheetInfo(name, visible) for name, visible in sheets]

    def rows(self, name: str) -> Iterator[Row]:
        """Rows from the first that is not blank. Raises FileRefused where the child finds a fault, or dies."""
        return self._rows(f"rows {name}")

    def beginning(self, name: str) -> list[Row]:
        """The first five of them. Whoever leaves ``rows`` in the middle leaves a child behind, one for each sheet."""
        return list(self._rows(f"beginning {name}"))

    def _rows(self, question: str) -> Iterator[Row]:
        child = self._idle_child()
        frame = self._ask(child, question)
        while frame[0] in ROWS:
            yield from frame[1] if frame[0] == "rows" else _unpacked(*frame[1:])
            frame = child.next_frame()

    def findings(self, name: str) -> Findings:
        """What a program shows of the sheet and its cells do not say."""
        answer = self._ask(self._idle_child(), f"findings {name}")
        _word, rows, columns, blocked, last, forms, merged_from = answer
        return Findings(rows, columns, blocked, min(last, MOST_ROWS), forms, merged_from)

    def _ask(self, child: _Child, question: str) -> tuple[Any, ...]:
        try:
            return child.ask(question)
        except FileRefused as refused:
            raise self._explained(refused) from refused

    def _explained(self, refused: FileRefused) -> FileRefused:
        """Most files that ask for too much memory have one cell far out."""
        if refused.code != "bomb" or self._told_kind != "zip":
            return refused
        child = _Child(self._path, self._told_kind)
        try:
            _word, columns = child.ask("width")
        except FileRefused as again:
            return again
        finally:
            child.end()
        if columns > MOST_COLUMNS:
            return FileRefused("too_many_columns", columns=columns, limit=MOST_COLUMNS)
        return refused

    def _idle_child(self) -> _Child:
        """One that is in the middle of nothing; two passes over a file at once are two children."""
        for child in self._children:
            if not child.is_busy:
                return child
        self._children.append(_Child(self._path, self._told_kind))
        return self._children[-1]

    def close(self) -> None:
        for child in self._children:
            child.end()


class _Child:
    def __init__(self, path: Path, kind: str) -> None:
        self.is_busy = False
        self._too_late = False
        self._process = subprocess.Popen(
            [_python(), "-m", "django_alisms.recipients.readers.child", str(path), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=PIPE_BYTES,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.environ.get("PATH", "")},
        )
        self._waited = 0.0
        self._waits_since: float | None = None
        self._ended = False
        self._watch_for(WALL_SECONDS)

    def ask(self, question: str) -> tuple[Any, ...]:
        """The first frame of the answer."""
        assert self._process.stdin is not None
        self.is_busy = True
        try:
            self._process.stdin.write(question.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died or refused already; its last frame says which
        return self.next_frame()

    def next_frame(self) -> tuple[Any, ...]:
        assert self._process.stdout is not None
        self._waits_since = time.monotonic()
        try:
            frame = self._read_frame(self._process.stdout)
        finally:
            self._waited += time.monotonic() - self._waits_since
            self._waits_since = None
        if frame[0] == "refused":
            self.end()
            raise FileRefused(frame[1], **frame[2])
        if frame[0] not in ROWS:
            self.is_busy = False
        return frame

    def _read_frame(self, out: IO[bytes]) -> tuple[Any, ...]:
        head = out.read(4)
        body = out.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
        if len(head) < 4 or len(body) < struct.unpack(">I", head)[0]:
            raise self._death()
        frame: tuple[Any, ...] = _Cells(io.BytesIO(body)).load()
        return frame

    def end(self) -> None:
        self._ended = True
        self._clock.cancel()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _watch_for(self, seconds: float) -> None:
        self._clock = threading.Timer(seconds, self._stop_late)
        self._clock.daemon = True
        self._clock.start()

    def _stop_late(self) -> None:
        """Only what is waited for counts: a slow database on our side is no fault of the file's."""
        since = self._waits_since
        waited = self._waited + (time.monotonic() - since if since is not None else 0)
        if self._ended:
            return
        if waited < WALL_SECONDS:
            self._watch_for(max(WALL_SECONDS - waited, 0.1))
            return
        self._too_late = True
        self._process.kill()

    def _death(self) -> FileRefused:
        """Why it ended without a word: too long, too much memory (the reader aborts), or a fault of the reader's."""
        code = self._process.wait()
        self.end()
        if self._too_late or code == -signal.SIGXCPU or code == -signal.SIGKILL:
            return FileRefused("took_too_long")
        return FileRefused("bomb" if code in (-signal.SIGABRT, -signal.SIGSEGV) else "damaged")


_cells_of = methodcaller("split", BETWEEN_CELLS)


def _unpacked(first: int, text: str) -> Iterator[Row]:
    return enumerate(map(_cells_of, text.split(BETWEEN_ROWS)), first)


class _Cells(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"a cell is no {module}.{name}")
        return super().find_class(module, name)


def _python() -> str:
    """The interpreter; servers that embed one call themselves sys.executable."""
    if "python" in os.path.basename(sys.executable or ""):
        return sys.executable
    return os.path.join(sys.prefix, "bin", "python3")
