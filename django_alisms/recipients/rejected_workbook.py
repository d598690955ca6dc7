"""The rows that were not taken, as a workbook to mend and upload again.

The uploader's own columns, in their order and as text, then one column with the reasons; wrong cells coloured.
Read back, the reason column is known as ours and is nobody's variable (``columns``), and the apostrophe that
keeps a text from being a formula is taken off again (``rows``), so that a mended row is what it would have been.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import BinaryIO, Self

import xlsxwriter

from .column_aliases import REASON_HEADERS
from .columns import PHONE
from .headers import column_letter, normal_header
from .judged_rows import Problem
from .reasons import explanation
from .spreadsheet_text import spreadsheet_text

ROWS_PER_SHEET = 1_048_575
"""What a sheet of a workbook holds, without the header."""

_WRONG = "#FFC7CE"
_SHEET_NAMES = {"zh": "未导入的行", "en": "Rows not imported"}


class RejectedWorkbook:
    """Writes row after row to ``file`` and keeps none of them; use it with ``with``.

    ``headers``: the uploader's; see ``headers_to_write`` for a file without any. ``used``: those of them that are
    the number or a variable. ``language``: ``zh-hans`` or another; the sentences are in the active translation.
    """

    def __init__(
        self, file: BinaryIO, headers: Sequence[str], *, used: Iterable[str] = (), language: str = "en"
    ) -> None:
        self._language = "zh" if language.lower().startswith("zh") else "en"
        self._used = {normal_header(header) for header in used}
        # A workbook of ours that came back and was refused again: its old reasons are not the uploader's column.
        last = max((place for place, header in enumerate(headers) if header), default=None)
        old = last if last is not None and self._is_ours(headers[last]) else None
        self._places = [place for place in range(len(headers)) if place != old]
        self._dropped = old
        self._headers = [headers[place] for place in self._places]
        self._width = len(headers)
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._text = self._book.add_format({"num_format": "@"})
        self._bold = self._book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        self._wrong = self._book.add_format({"num_format": "@", "bg_color": _WRONG})
        self._reason = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self._line = 0
        self._sheets = 0
        self.rows = 0
        self._add_sheet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def add(self, row: int, cells: Sequence[str], problems: Sequence[Problem]) -> None:
        """One refused row: its number in the uploader's file, its cells as text, all that is wrong with it."""
        if self._line == ROWS_PER_SHEET:
            self._add_sheet()
        self._line += 1
        wrong = {problem.place for problem in problems}
        for column, place in enumerate(self._places):
            text = spreadsheet_text(cells[place]) if place < len(cells) else ""
            self._write(column, text, self._wrong if place in wrong else self._text)
        reasons = [self._explained(row, problem) for problem in problems]
        self._write(len(self._places), spreadsheet_text("\n".join(reasons)), self._reason)
        for column, text in enumerate(cells[self._width :], len(self._places) + 1):
            self._write(column, spreadsheet_text(text), self._wrong if None in wrong else self._text)
        self.rows += 1

    def close(self) -> None:
        """Finish the file. The file object stays open."""
        self._book.close()

    def _explained(self, row: int, problem: Problem) -> str:
        header = problem.column
        if problem.place is not None:
            known = problem.place < self._width and problem.place != self._dropped
            header = self._headers[self._places.index(problem.place)] if known else ""
            header = header or column_letter(problem.place)
        return str(explanation(row, header, problem.reason, problem.facts))

    def _add_sheet(self) -> None:
        self._sheets += 1
        name = _SHEET_NAMES[self._language]
        self._sheet = self._book.add_worksheet(name if self._sheets == 1 else f"{name} {self._sheets}")
        self._sheet.set_column(0, len(self._places) - 1 if self._places else 0, 18, self._text)
        self._sheet.set_column(len(self._places), len(self._places), 64, self._text)
        self._sheet.freeze_panes(1, 0)
        self._line = 0
        for column, header in enumerate([*self._headers, self._reason_header()]):
            self._write(column, spreadsheet_text(header), self._bold)

    def _reason_header(self) -> str:
        taken = {normal_header(header) for header in self._headers}
        first, second = REASON_HEADERS[self._language]
        return second if normal_header(first) in taken else first

    def _is_ours(self, header: str) -> bool:
        ours = {normal_header(name) for names in REASON_HEADERS.values() for name in names}
        return normal_header(header) in ours - self._used

    def _write(self, column: int, text: str, form: object) -> None:
        if text:
            self._sheet.write_string(self._line, column, text, form)
        else:
            self._sheet.write_blank(self._line, column, None, form)


def headers_to_write(
    headers: Sequence[str], places: dict[str, int], width: int, language: str = "en"
) -> list[str]:
    """The header row for the way back: the uploader's own; where there was none, names that will be recognised.

    ``places``: index by variable, ``phone`` for the number. ``width``: columns of the file.
    """
    if headers:
        return list(headers)
    names = [column_letter(place) for place in range(width)]
    for column, place in places.items():
        names[place] = column
    if PHONE in places:
        names[places[PHONE]] = phone_header([column for column in places if column != PHONE], language)
    return names


def phone_header(variables: Iterable[str], language: str = "en") -> str:
    """A header for the number that no variable of the template has."""
    taken = {normal_header(variable) for variable in variables}
    names = (
        ("手机号", "手机号码", "手机")
        if language.lower().startswith("zh")
        else ("phone", "mobile", "phone number")
    )
    return next((name for name in names if normal_header(name) not in taken), names[0])
