"""Workbooks (xlsx, xlsm, xls, ods) through calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ..cells import Cell
from ..file_refused import FileRefused

Row = tuple[int, Sequence[Cell]]
MOST_COLUMNS = 256
MOST_ROWS = 1_048_576
# What stands between cells and rows on their way from the process that reads them: ASCII's own separators.
BETWEEN_CELLS, BETWEEN_ROWS = "\x1f", "\x1e"


@dataclass(frozen=True)
class SheetInfo:
    """A sheet by its name; hidden ones are reported and not read."""

    name: str
    visible: bool


class CalamineSheets:
    """The sheets of a workbook file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: CalamineWorkbook | None = None
        self._taken_apart: dict[str, CalamineSheet] = {}
        self.sheets = [
            SheetInfo(sheet.name, sheet.visible == SheetVisibleEnum.Visible)
            for sheet in self._workbook().sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]

    def rows(self, name: str) -> Iterator[Row]:
        """Rows from the first that is not blank; trailing blank ones are cut."""
        sheet = self._sheet(name)
        if sheet.width > MOST_COLUMNS and sheet.start is not None and sheet.end is not None:
            raise FileRefused("too_many_columns", columns=sheet.end[1] + 1, limit=MOST_COLUMNS)
        if sheet.start is None:
            return
        # iter_rows begins with row 1 of the program, but with the first column that is used.
        before: list[Cell] = [None] * sheet.start[1]
        for number, read in enumerate(sheet.iter_rows(), 1):
            cells: list[Cell] = [cell if cell != "" else None for cell in read] if "" in read else [*read]
            yield number, before + cells if before else cells

    def last_row(self, name: str) -> int:
        """The number of the last row that has anything."""
        end = self._sheet(name).end
        return end[0] + 1 if end is not None else 0

    def keep_only(self, name: str) -> None:
        """Let go of everything but this sheet: the texts of a million rows, which its cells hold again. Another sheet
        would have to open the workbook anew."""
        self._sheet(name)
        self.close()

    def _sheet(self, name: str) -> CalamineSheet:
        """Taken apart once, which is most of the work."""
        if name not in self._taken_apart:
            try:
                self._taken_apart = {name: self._workbook().get_sheet_by_name(name)}
            except CalamineError as broken:
                raise FileRefused("damaged") from broken
        return self._taken_apart[name]

    def _workbook(self) -> CalamineWorkbook:
        if self._opened is None:
            try:
                self._opened = CalamineWorkbook.from_path(str(self._path))
            except CalamineError as broken:
                raise FileRefused("damaged") from broken
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
