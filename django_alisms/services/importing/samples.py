"""A file's own rows, beside a question about them: short, and no number that could be dialled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...recipients.cells import Cell, cell_as_typed
from ...recipients.phone_numbers import counts_as_number, masked

SHOWN_ROWS = 5
SHOWN_CELLS = 6
SHOWN_CHARACTERS = 20


def sample(row: int, cells: Sequence[Cell]) -> str:
    """A row: its number in the file and its first cells."""
    return f"{row}: {cells_in_short(cells)}"


def samples(rows: Iterable[tuple[int, Sequence[Cell]]], most: int = SHOWN_ROWS) -> list[str]:
    """The first of these rows."""
    return [sample(number, cells) for (number, cells), _at in zip(rows, range(most), strict=False)]


def cells_in_short(cells: Sequence[Cell]) -> str:
    """The first cells beside each other."""
    return " | ".join(_shown(cell) for cell in cells[:SHOWN_CELLS])


def _shown(cell: Cell) -> str:
    text = cell_as_typed(cell, SHOWN_CHARACTERS)
    return masked(text) if counts_as_number(cell) else text
