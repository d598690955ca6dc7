"""Run things in turn, several times each, in processes of their own, and compare the medians."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One run: seconds on the clock, seconds of CPU (children included), peak memory in MB, what it says itself.

    ``peak``: that of the process and of the largest of its children added up, for they live at the same time.
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
    done = subprocess.run(
        [sys.executable, "-m", *case.arguments],
        cwd=ROOT,
        env=os.environ | case.environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(case.arguments)}: {done.stderr}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def report(work: Callable[[], dict[str, Any] | None]) -> None:
    """Do the work in this process and print one line of JSON about it."""
    began, before = time.perf_counter(), _cpu()
    said = work() or {}
    wall, cpu = time.perf_counter() - began, _cpu() - before
    peak = sum(
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "said": said}))


def median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
