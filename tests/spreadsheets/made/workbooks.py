"""Workbooks by the libraries that people's systems use: openpyxl, xlsxwriter, xlwt, odfpy."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

Rows = Sequence[Sequence[Any]]
Build = Callable[[], bytes]


def openpyxl(rows: Rows, change: Callable[[Any, Any], None] | None = None) -> Build:
    """By openpyxl; ``change(workbook, sheet)`` afterwards."""

    def build() -> bytes:
        from openpyxl import Workbook

        book, file = Workbook(), io.BytesIO()
        sheet = book.active
        sheet.title = "名单"
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell is not None:
                    place = sheet.cell(number, column, cell)
                    if isinstance(cell, str):
                        place.data_type = "s"  # also what begins with =
        if change:
            change(book, sheet)
        book.save(file)
        return file.getvalue()

    return build


def xlsxwriter(rows: Rows, change: Callable[[Any, Any], None] | None = None, **options: Any) -> Build:
    """By xlsxwriter, which can write what formulas result in."""

    def build() -> bytes:
        import xlsxwriter as library

        file = io.BytesIO()
        book = library.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, **options})
        sheet = book.add_worksheet("名单")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
        if change:
            change(book, sheet)
        book.close()
        return file.getvalue()

    return build


def xlwt(rows: Rows, change: Callable[[Any, Any], None] | None = None) -> Build:
    """By xlwt, which writes xls; ``change(workbook, sheet)`` afterwards."""

    def build() -> bytes:
        import xlwt as library

        book, file = library.Workbook(), io.BytesIO()
        sheet = book.add_sheet("名单")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
        if change:
            change(book, sheet)
        book.save(file)
        return file.getvalue()

    return build


def odfpy(rows: Rows) -> Build:
    def build() -> bytes:
        from odf.opendocument import OpenDocumentSpreadsheet
        from odf.table import Table, TableCell, TableRow
        from odf.text import P

        book, file = OpenDocumentSpreadsheet(), io.BytesIO()
        table = Table(name="名单")
        for row in rows:
            line = TableRow()
            for cell in row:
                if isinstance(cell, int | float):
                    place = TableCell(valuetype="float", value=str(cell))
                else:
                    place = TableCell(valuetype="string")
                place.addElement(P(text=str(cell)))
                line.addElement(place)
            table.addElement(line)
        book.spreadsheet.addElement(table)
        book.save(file)
        return file.getvalue()

    return build
