"""Processes that end with their parent, however that ends.

Each child holds the reading end of a pipe as its standard input and the parent the only writing end: a parent that
is killed with -9 closes it too, and the child ends itself as if it had been sent SIGTERM. Children have a session
of their own, so Ctrl-C at the terminal reaches the parent alone, which ends them in order.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
MAKE_SECONDS = 1.0
STOP_SECONDS = 45
"""longer than the sender's read timeout: what is on the wire is finished"""


class ChildFailed(RuntimeError):
    """A child did not start, or ended when it should not have. The text says which and what it wrote last."""


class Child:
    """``python ARGUMENTS``, started at once; what it writes to stderr is in ``log``. ``gone`` is set when it ends."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self.gone = threading.Event()
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(environment),
                cwd=ROOT,
                start_new_session=True,
            )

    def wait_for(self, beginning: str) -> str:
        """The rest of the first line of stdout, which has to begin like that. Raises ChildFailed."""
        line = self._first_line()
        if not line.startswith(beginning):
            self.end(0)
            raise ChildFailed(" ".join([f"{self.name} did not start.", line, self.last_words()]).strip())
        return line.removeprefix(beginning).strip()

    def end(self, seconds: float = STOP_SECONDS) -> int:
        """SIGTERM, then after ``seconds`` SIGKILL; its exit code.

        The pipes are closed last: to a child that is ending, the end of its input would be a second SIGTERM.
        """
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.communicate()
        return code

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    break
                line += piece
        return line.decode(errors="replace").strip()


class Stopped(BaseException):
    """SIGTERM, SIGHUP or Ctrl-C reached the parent."""


class Family:
    """The parent's children, in the order in which they were started; they end in the opposite one."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._ended = threading.Event()

    def start(
        self, name: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> Child:
        child = Child(name, arguments, environment=environment, log=log)
        self.children.append(child)
        threading.Thread(target=self._watch, args=(child,), daemon=True).start()
        return child

    def run(
        self, name: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> tuple[int, str]:
        """A child that ends by itself: its exit code and what it wrote to stdout."""
        child = Child(name, arguments, environment=environment, log=log)
        try:
            assert child.process.stdout is not None
            text = child.process.stdout.read().decode(errors="replace")
            return child.process.wait(), text
        finally:
            child.end()

    def wait(self) -> None:
        """Until one child ends, which is a ChildFailed, or a signal comes (Stopped).

        Under make it is Stopped too when make is gone: nobody could end it from that terminal any more.
        """
        make = os.getppid() if "MAKELEVEL" in os.environ else None
        while not self._ended.wait(MAKE_SECONDS):
            if make is not None and os.getppid() != make:
                raise Stopped("make is gone")
        gone = next(child for child in self.children if child.process.poll() is not None)
        raise ChildFailed(f"{gone.name} ended by itself. {gone.last_words()}")

    def end(self) -> dict[str, int]:
        """End all, the last started first; their exit codes by name."""
        return {child.name: child.end() for child in reversed(self.children)}

    def _watch(self, child: Child) -> None:
        child.process.wait()
        child.gone.set()
        self._ended.set()


def raise_on_signals() -> None:
    """From now on SIGTERM, SIGHUP and Ctrl-C raise Stopped, once: the ending itself is not interrupted."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> Any:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for number in numbers:
        signal.signal(number, stop)


def end_with_parent() -> None:
    """In a child: SIGTERM to itself when standard input ends, that is when the parent is gone; then the hard way."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()
