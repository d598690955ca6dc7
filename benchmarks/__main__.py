"""``make bench``: the figures side by side, as ratios of medians, against their goals; kept in RESULTS.md.

All of it takes about half an hour on two cores. ``make bench SMOKE=1``: small, to see that it runs; kept nowhere.
``make bench ONLY=importing,sending``: parts of it. ``ROUNDS=5``: so many interleaved runs instead of three. ``ROWS=…``: the
rows of ``importing``; above 100,000 without django-import-export (PEERS=1: with it, minutes for each of its runs).
"""

from __future__ import annotations

import os
import time

from benchmarks import (
    end_to_end,
    importing,
    pages,
    phone_numbers,
    processes,
    receipts,
    sending,
    uploads,
)
from benchmarks.board import Board

SMOKE = os.environ.get("SMOKE") == "1"
ROUNDS = int(os.environ.get("ROUNDS") or (1 if SMOKE else 3))
ROWS = int(os.environ.get("ROWS") or (2_000 if SMOKE else 100_000))
MILLION = 3_000 if SMOKE else 1_000_000
PEERS = os.environ.get("PEERS") == "1" or ROWS <= 100_000
PARTS = {
    "importing": lambda board: importing.compare(board, ROWS, ROUNDS, peers=PEERS),
    "million": lambda board: importing.compare(board, MILLION, ROUNDS, peers=False),
    "uploads": lambda board: uploads.compare(board, 3_000 if SMOKE else 600_000, ROUNDS),
    "numbers": lambda board: phone_numbers.compare(board, 10_000 if SMOKE else 1_000_000, ROUNDS),
    "sending": lambda board: sending.compare(
        board, *((5, 20, 50) if SMOKE else (100, 800, 2_000)), rounds=ROUNDS
    ),
    "cpu": lambda board: sending.compare_cpu(board, 20 if SMOKE else 1_000, ROUNDS),
    "processes": lambda board: processes.compare(
        board, (1, 2) if SMOKE else (1, 2, 4, 8), 1 if SMOKE else 12, ROUNDS
    ),
    "end_to_end": lambda board: end_to_end.compare(board, MILLION),
    "pages": lambda board: pages.compare(board, 5_000 if SMOKE else 1_000_000, ROUNDS),
    "receipts": lambda board: receipts.compare(
        board, 20 if SMOKE else 1_000, 2_000 if SMOKE else 1_000_000, ROUNDS
    ),
}


def main() -> None:
    told = [name for name in os.environ.get("ONLY", "").split(",") if name]
    board = Board()
    # Small, the million is what importing is.
    for name in told or [name for name in PARTS if not (SMOKE and name == "million")]:
        began = time.monotonic()
        PARTS[name](board)
        board.line(f"  ({name}: {time.monotonic() - began:.0f} s)")
    words = " ".join(
        f"{name}={os.environ[name]}" for name in ("ONLY", "ROWS", "PEERS", "ROUNDS") if os.environ.get(name)
    )
    board.end(keep=not SMOKE, how=f"make bench {words}".strip())


if __name__ == "__main__":
    main()
