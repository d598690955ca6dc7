"""What an old workbook (.xls) shows and calamine does not say, by xlrd. Run in the child, on a file that calamine reads.

Hidden rows and columns, merged and failed cells, and numbers with their formats. What a formula refers to is not to be
had from it: a link into another file is read by the value that was stored last.
"""

from __future__ import annotations

import io
from pathlib import Path

import xlrd
from xlrd.book import Book
from xlrd.sheet import Sheet

from ..file_refused import FileRefused
from .findings import MOST_COLUMNS, Findings
from .number_formats import form_of


def xls_findings_of(path: Path, name: str, last_row: int) -> Findings:
    """As ``findings.findings_of``. Raises FileRefused where xlrd cannot tell: what is hidden would be guessed."""
    try:
        # Its warnings are for whoever writes readers; stdout is a pipe with frames here.
        with xlrd.open_workbook(
            str(path),
            logfile=io.StringIO(),
            formatting_info=True,
            on_demand=True,
            ignore_workbook_corruption=True,
        ) as book:
            return _of_sheet(book, book.sheet_by_name(name), last_row)
    except (MemoryError, FileRefused):
        raise
    except Exception as broken:  # its own classes, and whatever a broken record makes of its arithmetic
        raise FileRefused("damaged") from broken


def _of_sheet(book: Book, sheet: Sheet, last_row: int) -> Findings:
    found = Findings(last_row=last_row)
    length = min(sheet.nrows, last_row)
    for row in range(length):
        said = sheet.rowinfo_map.get(row)
        if said.hidden if said else sheet.default_row_hidden:
            found.hidden_rows.append(row + 1)
    found.hidden_columns = [
        column for column, said in sorted(sheet.colinfo_map.items()) if said.hidden and column < MOST_COLUMNS
    ]
    forms = [
        form_of(style.format_key, book.format_map[style.format_key].format_str) for style in book.xf_list
    ]
    for row in range(length):
        values = sheet.row_values(row)
        for column, kind in enumerate(sheet.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                found.block(row + 1, column, "formula_error")
            elif kind == xlrd.XL_CELL_NUMBER and (form := forms[sheet.cell_xf_index(row, column)]):
                found.note_form(column, values[column], form)
    found.block_covered((top + 1, left, below, right - 1) for top, below, left, right in sheet.merged_cells)
    return found.only_differing()
