"""Lists on their way out: rows into a workbook or into csv, none of them kept.

Every text goes through ``spreadsheet_text``, so nothing in it runs as a formula; in a workbook cells are typed as text.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import xlsxwriter

from .rejected_workbook import ROWS_PER_SHEET
from .spreadsheet_text import spreadsheet_text

Cell = str | int
"""A text, or a count that may be added up."""

_AT_ONCE = 500


def write_workbook(
    file: BinaryIO, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str
) -> None:
    """The rows below a header; a new sheet where one is full. The file object stays open."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    page, line, pages = None, 0, 0
    for row in rows:
        if page is None or line == ROWS_PER_SHEET:
            pages += 1
            page, line = _new_sheet(book, sheet if pages == 1 else f"{sheet} {pages}", headers, text, bold), 0
        line += 1
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(line, column, cell)
            elif cell:
                page.write_string(line, column, spreadsheet_text(cell), text)
    if page is None:
        _new_sheet(book, sheet, headers, text, bold)
    book.close()


def _new_sheet(
    book: xlsxwriter.Workbook, name: str, headers: Sequence[str], text: object, bold: object
) -> xlsxwriter.worksheet.Worksheet:
    page = book.add_worksheet(name)
    page.set_column(0, max(len(headers) - 1, 0), 18, text)
    page.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        page.write_string(0, column, spreadsheet_text(header), bold)
    return page


def csv_pieces(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same as csv, piece by piece: UTF-8 with a mark at its start, which spreadsheet programs want."""
    piece = io.StringIO()
    write = csv.writer(piece).writerow

    def take() -> bytes:
        found = piece.getvalue().encode()
        piece.seek(0)
        piece.truncate()
        return found

    piece.write("\ufeff")
    write([spreadsheet_text(header) for header in headers])
    for number, row in enumerate(rows, 1):
        write([cell if isinstance(cell, int) else spreadsheet_text(cell) for cell in row])
        if number % _AT_ONCE == 0:
            yield take()
    yield take()
