"""The geometry of the charts: a table of cases, no pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_alisms.admin import charts

START = datetime(2026, 11, 23, 9, 11, 55, tzinfo=ZoneInfo("Asia/Shanghai"))
EVENTS = st.lists(st.tuples(st.floats(0, 5000), st.integers(1, 1000)), max_size=200)


@given(events=EVENTS, end=st.floats(1, 5000))
def test_a_line_only_rises_and_ends_at_the_sum(events: list[charts.Point], end: float) -> None:
    points = charts.cumulative(events, end)

    assert points[-1][1] == sum(count for at, count in events if at <= end)
    assert points[-1][0] == pytest.approx(end)
    assert points[0][0] == 0
    assert len(points) <= 2 * 60 + 2
    for (at, value), (later, higher) in pairwise(points):
        assert at <= later
        assert value <= higher


@given(events=EVENTS, end=st.floats(1, 5000))
def test_a_line_is_never_ahead_of_what_happened(events: list[charts.Point], end: float) -> None:
    """At each of its points it shows what had happened by then, so nobody is shown as delivered to before."""
    for at, value in charts.cumulative(events, end):
        assert value <= sum(count for when, count in events if when <= at + 1e-6)


@pytest.mark.parametrize(
    ("known_to", "points"),
    [
        (0.0, [(0.0, 0), (90.0, 0), (100.0, 5)]),  # a step of one bucket
        (60.0, [(0.0, 0), (40.0, 0), (100.0, 5)]),  # somewhere in the minute
        (600.0, [(0.0, 0), (100.0, 5)]),  # the send is younger than that
    ],
)
def test_a_line_rises_over_the_time_in_which_it_happened(known_to: float, points: list[charts.Point]) -> None:
    assert charts.cumulative([(100.0, 5)], 100.0, buckets=10, known_to=known_to) == points


@pytest.mark.parametrize(
    ("settled", "verdicts", "elapsed", "end"),
    [
        (6.0, [], 10.0, 10.0),  # while it sends: up to now
        (6.0, [], 0.0, 1.0),  # never of no length
        (6.0, [(60.0, 990), (200_000.0, 10)], 250_000.0, 69.0),  # the last of a hundred come days later
        (6.0, [(60.0, 900), (3600.0, 100)], 4000.0, 4000.0),
        (6.0, [(60.0, 900), (3600.0, 100)], 90_000.0, 4140.0),
        (6.0, [], 90_000.0, 60.0),  # nothing ever came
    ],
)
def test_horizon(settled: float, verdicts: list[charts.Point], elapsed: float, end: float) -> None:
    assert charts.horizon(settled, verdicts, elapsed) == pytest.approx(end)


@pytest.mark.parametrize(
    ("top", "values"),
    [
        (0, [1]),
        (1, [1]),
        (4, [1, 2, 3, 4]),
        (5, [2, 4]),
        (12_100, [5_000, 10_000]),
        (8_000, [2_000, 4_000, 6_000, 8_000]),
        (1_000_000, [500_000, 1_000_000]),
    ],
)
def test_lines_of_the_grid_are_round(top: int, values: list[int]) -> None:
    most, found = charts.ceiling(top)
    assert most == max(top, 1)
    assert found == values


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (40, ["09:12:00", "09:12:10", "09:12:20", "09:12:30"]),
        (600, ["09:12", "09:14", "09:16", "09:18", "09:20"]),
        (1800, ["09:20", "09:30", "09:40"]),
        (3 * 86400, ["11-24", "11-25", "11-26"]),
    ],
)
def test_ticks_are_round_times_of_the_readers_clock(seconds: float, labels: list[str]) -> None:
    found = charts.ticks(START, seconds)
    assert [tick.label for tick in found][: len(labels)] == labels
    assert len(found) <= 6


@given(st.floats(1, 40 * 86400))
def test_ticks_stand_within_the_chart(seconds: float) -> None:
    found = charts.ticks(START, seconds)
    assert len(found) <= 6
    for tick in found:
        assert 0 <= float(tick.x.rstrip("%")) <= 100.01
        assert START <= tick.at <= START + timedelta(seconds=seconds + 1)


@given(st.lists(st.integers(0, 1_000_000), min_size=3, max_size=3))
def test_labels_of_lines_do_not_cover_each_other(ends: list[int]) -> None:
    series = {key: [(0.0, 0), (60.0, value)] for key, value in zip(("go", "ok", "miss"), ends, strict=True)}
    drawn = charts.line_chart(series, START, 60.0)
    places = sorted(float(line.label_y) for line in drawn.lines)
    assert all(below - above >= charts.LABEL_LINE - 0.11 for above, below in pairwise(places))
    assert places[0] > 0
    assert places[-1] <= drawn.axis_y


@pytest.mark.parametrize(
    ("ends", "sides"),
    [
        ((1000, 958, 42), ("over", "under", "over")),
        ((1000, 1000, 0), ("over", "under", "over")),
        ((1000, 600, 30), ("over", "over", "over")),
        ((1000, 920, 80), ("over", "over", "over")),
    ],
)
def test_no_label_is_struck_through_by_a_line(ends: tuple[int, ...], sides: tuple[str, ...]) -> None:
    series = {key: [(0.0, 0), (60.0, value)] for key, value in zip(("go", "ok", "miss"), ends, strict=True)}
    drawn = charts.line_chart(series, START, 60.0)

    ys = [drawn.top + drawn.plot * (1 - value / max(ends)) for value in ends]
    for line, y, side in zip(drawn.lines, ys, sides, strict=True):
        baseline = float(line.label_y)
        assert ("over" if baseline < y else "under") == side
        assert not any(baseline - 9 < other < baseline + 2 for other in ys)


def test_lines_are_drawn_in_their_box() -> None:
    drawn = charts.line_chart({"go": [(0.0, 0), (30.0, 50), (60.0, 100)], "ok": []}, START, 60.0)
    assert drawn.lines[0].path == "M0.0 100.00 L500.0 50.00 L1000.0 0.00"
    assert drawn.lines[0].area.endswith("L1000.0 100 L0 100 Z")
    assert (drawn.lines[1].path, drawn.lines[1].value) == ("", 0)


def test_columns_stand_upon_each_other_and_nothing_is_drawn_as_nothing() -> None:
    keys = ("delivered", "waiting", "undelivered")
    drawn = charts.column_chart(
        [("22", {"delivered": 999_999, "undelivered": 1}), ("23", {"waiting": 500_000}), ("24", {})], keys
    )
    first, second, third = drawn.columns
    assert [block.key for block in first.blocks] == ["delivered", "undelivered"]
    assert float(first.blocks[1].height) >= charts.SMALLEST_BLOCK
    assert float(first.blocks[0].y) == pytest.approx(
        float(first.blocks[1].y) + float(first.blocks[1].height), abs=0.11
    )
    assert float(second.blocks[0].height) == pytest.approx(80, abs=0.1)
    assert third.blocks == []
    assert sum(float(column.width.rstrip("%")) for column in drawn.columns) < 100
