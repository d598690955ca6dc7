"""The geometry of the charts: numbers in, positions out; a template writes the SVG. Nothing of Django is needed here.

Positions along the page are per cent, heights are pixels: a chart is as wide as its place and its text is never scaled.
Lines alone are drawn in a box of their own (1000 by 100) that is stretched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TOP = 8
"""Pixels above the columns, so that the uppermost label of the axis is whole."""
LINES_TOP = 20
"""Pixels above the lines: the name of the uppermost one stands over it."""
FOOT = 28
"""Pixels below it, for the labels of the time."""
LABEL_LINE = 15
"""Two labels at the right edge are at least this far apart."""
OVER, UNDER, TALL = 5, 13, 14
"""A label's baseline above its line, or below it; how far up from its line a label above it reaches."""
SMALLEST_BLOCK = 1.5
"""A part that is not zero is never drawn as nothing."""

Point = tuple[float, int]

_STEPS = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800)
_MOST_TICKS = 5


def cumulative(
    events: Iterable[Point], end: float, *, buckets: int = 60, known_to: float = 0.0
) -> list[Point]:
    """Events (seconds from the start, how many) as a line of sums from 0 to ``end``, at most ``buckets`` + 2 points.

    Events before the start count from it (clocks differ); those after ``end`` are not in it. ``known_to``: the event
    lies somewhere in so many seconds before its time, over which the line rises; before that it is flat.
    """
    width = end / buckets
    steps = [0] * (buckets + 1)
    for at, count in events:
        if at <= end:
            steps[min(max(math.ceil(at / width), 0), buckets) if width else 0] += count
    points: list[Point] = []
    total = 0
    for index, count in enumerate(steps):
        total += count
        if count or not points or index == buckets:
            flat = index * width - max(width, known_to)
            if points and points[-1][0] < flat and count:
                points.append((flat, total - count))
            points.append((index * width, total))
    return points


def horizon(settled: float, verdicts: Sequence[Point], elapsed: float) -> float:
    """How many seconds the chart covers: what has passed, or no more than shows 99 of 100 verdicts well.

    ``settled``: when the last batch was accepted. The few verdicts of the days after would press everything else
    to the left edge.
    """
    latest = settled
    total = sum(count for _at, count in verdicts)
    seen = 0
    for at, count in sorted(verdicts):
        seen += count
        latest = max(latest, at)
        if seen >= 0.99 * total:
            break
    wanted = max(latest * 1.15, 60.0)
    return max(elapsed, 1.0) if elapsed <= 2 * wanted else wanted


def ceiling(top: int, lines: int = 4) -> tuple[int, list[int]]:
    """The highest value of an axis, and the values at its lines: steps of 1, 2 or 5 times a power of ten."""
    top = max(top, 1)
    step = 1
    while top / step > lines:
        first = int(str(step)[0])
        step = step * 5 // 2 if first == 2 else step * 2
    return top, list(range(step, top + 1, step))


@dataclass(frozen=True)
class Tick:
    """A label below the plot; ``anchor`` keeps the outermost inside the picture."""

    x: str
    anchor: str
    at: datetime
    """The clock as the reader has it."""
    seconds: bool
    day: bool

    @property
    def label(self) -> str:
        if self.day:
            return f"{self.at:%m-%d}"
        return f"{self.at:%H:%M:%S}" if self.seconds else f"{self.at:%H:%M}"


def ticks(start: datetime, seconds: float) -> list[Tick]:
    """Round times between ``start`` (in the reader's zone) and so many seconds later, at most six."""
    step = next((step for step in _STEPS if seconds / step <= _MOST_TICKS), None) or 86400 * math.ceil(
        seconds / 86400 / _MOST_TICKS
    )
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    into = (start - midnight).total_seconds()
    first = math.ceil(into / step) * step
    found = []
    for number in range(_MOST_TICKS + 1):
        offset = first + number * step - into
        if offset > seconds:
            break
        share = 100 * offset / seconds if seconds else 0
        anchor = "start" if share < 3 else "end" if share > 97 else "middle"
        at = midnight + timedelta(seconds=first + number * step)
        found.append(Tick(f"{share:.2f}%", anchor, at, seconds=step < 60, day=step >= 86400))
    return found


@dataclass(frozen=True)
class Line:
    """One line; ``key`` is its style, ``value`` its last sum, ``label_y`` where that is written."""

    key: str
    value: int
    path: str
    area: str
    label_y: str


@dataclass(frozen=True)
class GridLine:
    y: str
    label_y: str
    value: int


@dataclass(frozen=True)
class LineChart:
    height: int
    plot: int
    axis_y: int
    grid: list[GridLine]
    ticks: list[Tick]
    lines: list[Line]
    top: int = LINES_TOP


def line_chart(
    series: Mapping[str, Sequence[Point]], start: datetime, seconds: float, *, plot: int = 190
) -> LineChart:
    """Sums over time. ``series``: key → points (seconds from ``start``, sum); ``plot``: height in pixels."""
    highest = max((value for points in series.values() for _at, value in points), default=0)
    most, values = ceiling(highest)

    def y_of(value: int) -> float:
        return LINES_TOP + plot * (1 - value / most)

    ends = {key: points[-1][1] if points else 0 for key, points in series.items()}
    places = _apart({key: y_of(value) for key, value in ends.items()}, lowest=LINES_TOP + plot - 6)
    return LineChart(
        height=LINES_TOP + plot + FOOT,
        plot=plot,
        axis_y=LINES_TOP + plot,
        grid=[GridLine(f"{y_of(value):.1f}", f"{y_of(value) + 4:.1f}", value) for value in values],
        ticks=ticks(start, seconds),
        lines=[
            Line(
                key,
                ends[key],
                _path(points, seconds, most),
                _area(points, seconds, most),
                f"{places[key]:.1f}",
            )
            for key, points in series.items()
        ],
    )


def _path(points: Sequence[Point], seconds: float, most: int) -> str:
    """In the box of 1000 by 100."""
    return (
        "M"
        + " L".join(
            f"{1000 * at / seconds if seconds else 0:.1f} {100 * (1 - value / most):.2f}"
            for at, value in points
        )
        if points
        else ""
    )


def _area(points: Sequence[Point], seconds: float, most: int) -> str:
    if not points:
        return ""
    last = 1000 * points[-1][0] / seconds if seconds else 0
    return f"{_path(points, seconds, most)} L{last:.1f} 100 L0 100 Z"


def _apart(ends: Mapping[str, float], *, lowest: float) -> dict[str, float]:
    """Baselines of the labels by where their lines end: each above its line, or below it where the line before is in
    the way; each a line of text below the one before, and none below ``lowest``."""
    order = sorted(ends, key=lambda key: ends[key])
    placed: dict[str, float] = {}
    at = line_before = -math.inf
    for key in order:
        end = ends[key]
        above = end - TALL >= line_before and end - OVER >= at + LABEL_LINE
        at = max(end - OVER if above else end + UNDER, at + LABEL_LINE)
        placed[key], line_before = at, end
    limit = lowest
    for key in reversed(order):
        placed[key] = min(placed[key], limit)
        limit = placed[key] - LABEL_LINE
    return placed


@dataclass(frozen=True)
class Block:
    """A part of a column; ``key`` is its style."""

    key: str
    value: int
    y: str
    height: str


@dataclass(frozen=True)
class Column:
    name: str
    x: str
    width: str
    middle: str
    labelled: bool
    values: Mapping[str, int]
    blocks: list[Block]


@dataclass(frozen=True)
class ColumnChart:
    height: int
    axis_y: int
    grid: list[GridLine]
    columns: list[Column]


def column_chart(
    columns: Sequence[tuple[str, Mapping[str, int]]], keys: Sequence[str], *, plot: int = 160
) -> ColumnChart:
    """Columns of parts one upon the other, the first key lowest. ``columns``: name → value of each key."""
    most, values = ceiling(max((sum(parts.values()) for _name, parts in columns), default=0), lines=3)

    def y_of(value: float) -> float:
        return TOP + plot * (1 - value / most)

    pitch = 100 / max(len(columns), 1)
    every = math.ceil(len(columns) / 10)
    drawn = []
    for number, (name, parts) in enumerate(columns):
        blocks, bottom = [], float(TOP + plot)
        for key in keys:
            if parts.get(key):
                height = max(plot * parts[key] / most, SMALLEST_BLOCK)
                bottom -= height
                blocks.append(Block(key, parts[key], f"{bottom:.1f}", f"{height:.1f}"))
        x = number * pitch
        drawn.append(
            Column(
                name=name,
                x=f"{x + pitch * 0.17:.2f}%",
                width=f"{pitch * 0.66:.2f}%",
                middle=f"{x + pitch / 2:.2f}%",
                labelled=number % every == 0,
                values=parts,
                blocks=blocks,
            )
        )
    return ColumnChart(
        height=TOP + plot + FOOT,
        axis_y=TOP + plot,
        grid=[GridLine(f"{y_of(value):.1f}", f"{y_of(value) + 4:.1f}", value) for value in values],
        columns=drawn,
    )
