"""Run things in turn, several times each, in processes of their own, and compare the medians."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.02
LOOKS_FOR_CHILDREN = 10


@dataclass(frozen=True)
class Run:
    """One run: seconds on the clock, seconds of CPU (children included), peak memory in MB, what it says itself.

    ``peak``: the most that the process and its children held at one time; where the system does not show that (no /proc),
    the peak of the process and that of the largest of its children added up.
    """

    wall: float
    cpu: float
    peak: float
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A command in a process of its own. ``after`` is asked when it has ended, and adds to what it said."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    after: Callable[[], dict[str, Any]] = dict


def interleaved(cases: dict[str, Case], rounds: int) -> dict[str, list[Run]]:
    """Every case once a round: A B C A B C …, so that a slow minute of the machine strikes all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _round in range(rounds):
        for name, case in cases.items():
            done = run(case)
            runs[name].append(Run(done.wall, done.cpu, done.peak, done.said | case.after()))
    return runs


def run(case: Case) -> Run:
    """One run. Raises RuntimeError with what the process said when it failed."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", *case.arguments],
            cwd=ROOT,
            env=os.environ | case.environment,
            stdout=out,
            stderr=err,
            text=True,
        )
        memory = Memory(process.pid)
        while process.poll() is None:
            memory.look()
            time.sleep(LOOK_SECONDS)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(case.arguments)}: {err.read()}")
        done = Run(**json.loads(out.read().splitlines()[-1]))
    return replace(done, peak=memory.peak or done.peak)


class Memory:
    """What a process and its children hold, looked at again and again. ``peak``: MB at one time, 0 where unknown.

    Between two looks the system's own high-water mark of each process counts, so that no short peak is missed. Pages that
    two processes share count twice.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._looks = 0
        self._highest: dict[int, float] = {pid: 0.0}
        self.peak = 0.0

    def look(self) -> None:
        if self._looks % LOOKS_FOR_CHILDREN == 0:
            self._highest |= {pid: 0.0 for pid in _children(self._pid) if pid not in self._highest}
        self._looks += 1
        self.peak = max(self.peak, sum(map(self._held, self._highest)))

    def _held(self, pid: int) -> float:
        """MB; none of one that has ended."""
        with contextlib.suppress(OSError, KeyError):
            lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            said = {words[0]: float(words[1]) / 1024 for words in lines if words[0] in ("VmHWM:", "VmRSS:")}
            highest, self._highest[pid] = self._highest[pid], said["VmHWM:"]
            return said["VmHWM:"] if said["VmHWM:"] > highest else said["VmRSS:"]
        return 0.0


def _children(pid: int) -> list[int]:
    """By everybody's parent, which the system always shows where it has /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def report(work: Callable[[], dict[str, Any] | None]) -> None:
    """Do the work in this process and print one line of JSON about it."""
    began, before = time.perf_counter(), cpu_seconds()
    said = work() or {}
    wall, cpu = time.perf_counter() - began, cpu_seconds() - before
    peak = sum(
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "said": said}))


def median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def cpu_seconds() -> float:
    """Of this process and its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
