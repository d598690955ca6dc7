"""What a run of the benchmarks says: lines as they come, figures against their goals, and a record of both."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = (
    "django", "requests", "urllib3", "python-calamine", "psycopg", "django-import-export", "tablib", "openpyxl",
    "alibabacloud-dysmsapi20170525",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A ratio and its goal (a bound from above or from below)."""

    what: str
    value: float
    goal: float
    at_most: bool
    unit: str = "x"

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def cells(self) -> tuple[str, str, str, str]:
        sign = "≤" if self.at_most else "≥"
        return (
            self.what,
            f"{sign} {self.goal:,.4g}{self.unit}"
            if self.goal < 1000
            else f"{sign} {self.goal:,.0f}{self.unit}",
            f"{self.value:.3g}{self.unit}" if self.value < 1000 else f"{self.value:,.0f}{self.unit}",
            "met" if self.met else "**not met**",
        )


class Board:
    """Collects and prints."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._figures: list[Figure] = []

    def title(self, text: str) -> None:
        self.line("")
        self.line(text)

    def line(self, text: str) -> None:
        print(text, flush=True)
        self._lines.append(text)

    def at_most(self, what: str, value: float, goal: float, unit: str = "x") -> None:
        self._figures.append(Figure(what, value, goal, True, unit))

    def at_least(self, what: str, value: float, goal: float, unit: str = "x") -> None:
        self._figures.append(Figure(what, value, goal, False, unit))

    def table(self) -> list[str]:
        rows = [figure.cells() for figure in self._figures]
        return [
            "| figure | goal | measured | |",
            "|---|---|---|---|",
            *("| " + " | ".join(row) + " |" for row in rows),
        ]

    def end(self, *, keep: bool, how: str) -> None:
        """Print the figures against their goals; ``keep``: put all of it at the end of RESULTS.md."""
        print("\n" + "\n".join(self.table()), flush=True)
        if not keep:
            return
        head = [f"\n## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, `{how}`", "", machine(), "", versions(), ""]
        body = [*head, *self.table(), "", "```", *self._lines, "```", ""]
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write("\n".join(body))


def machine() -> str:
    """Processor, cores, memory, and how busy it is with other things."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
        return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB; load {os.getloadavg()[0]:.1f} at the end"
    except (OSError, ValueError):
        return name


def versions() -> str:
    return ", ".join([f"Python {platform.python_version()}", *(f"{part} {version(part)}" for part in PARTS)])
