"""What judging a number costs: a row of a list that is as it should be, which most rows are."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.board import Board
from django_alisms.recipients.phone_numbers import GoodPhone, judge_phone

GOAL = 1.0
"""Microseconds a row."""


def compare(board: Board, rows: int, rounds: int) -> None:
    """Texts of eleven digits, as most cells are."""
    numbers = [f"1{second}{n:08d}" for n in range(rows // 2) for second in (39, 58)]
    board.title(f"judging {len(numbers):,} mainland mobile numbers (median of {rounds} rounds)")
    board.at_most(
        "judging a mobile number, the common case, a row",
        median(_run(numbers) for _ in range(rounds)),
        GOAL,
        " µs",
    )


def _run(numbers: list[str]) -> float:
    """CPU microseconds a number."""
    assert all(type(judge_phone(number)) is GoodPhone for number in numbers)
    began = time.process_time()
    for number in numbers:
        judge_phone(number)
    return (time.process_time() - began) / len(numbers) * 1e6
