"""What a spreadsheet program shows and the reader does not say: hidden rows and columns, merged cells, formulas
without a value, failed ones, and those that look into another file. Run in the child, on an archive that was examined.

The words that matter are looked for first, which costs next to nothing; only a piece that has one is taken apart.
Known of xlsx and xlsm, and the hidden rows and columns of ods; an xls says nothing here (docs/spreadsheets.md).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from .guard import column_number, pieces

MOST_COLUMNS = 256
_ROW = re.compile(rb"<row\b([^>]*)>")
_COLUMN = re.compile(rb"<col\b([^>]*)>")
_MERGED = re.compile(rb'<mergeCell\b[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_NUMBER = {name: re.compile(rb"\b" + name + rb'="([0-9]{1,7})"') for name in (b"r", b"min", b"max")}
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb"<f\b[^>]*>(.*?)</f>", re.DOTALL)
_OTHER_FILE = re.compile(rb"\[[^\[\]]+\][^\[\]!]*!")

Span = tuple[int, int, int, int]


@dataclass
class Findings:
    """Rows as the program numbers them, columns from 0. ``blocked``: {row: {column: code of a Reason}}.

    ``last_row``: the last one that has anything; 0 where it is not known.
    """

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    blocked: dict[int, dict[int, str]] = field(default_factory=dict)
    last_row: int = 0

    def block(self, row: int, column: int, reason: str) -> None:
        if 0 <= column < MOST_COLUMNS:
            self.blocked.setdefault(row, {})[column] = reason


def findings_of(path: Path, kind: str, sheet: str, last_row: int, plain: Container[str] = ()) -> Findings:
    """What is to be known of a sheet. ``last_row``: what lies below it is no row of the list.

    ``plain``: entries that the guard has looked through and found none of TELLING_WORDS in.
    """
    if kind == "ods":
        return _of_ods(path, sheet, last_row)
    part = _part_of(path, sheet) if kind in ("xlsx", "xlsm") else None
    found = Findings(last_row=last_row)
    merged: list[Span] = []
    for piece in pieces(path, part) if part and part not in plain else ():
        if b"hidden=" in piece:
            _note_hidden(piece, found)
        if b"<mergeCell " in piece:
            merged += [_span(one) for one in _MERGED.findall(piece)]
        if b"<f" in piece or b't="e"' in piece:
            _note_formulas(piece, found)
    for first, left, last, right in merged:
        for row in range(first, min(last, last_row) + 1):
            for column in range(left, min(right, MOST_COLUMNS - 1) + 1):
                if (row, column) != (first, left):
                    found.block(row, column, "covered_by_merge")
    return found


def _part_of(path: Path, sheet: str) -> str | None:
    """The archive's entry of a sheet, by the workbook and its relations."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  (examined: no declarations)
        relations = "xl/_rels/workbook.xml.rels"
        targets = {
            one.get("Id"): one.get("Target", "")
            for one in (ElementTree.fromstring(archive.read(relations)) if relations in names else ())  # noqa: S314
        }
    for one in workbook.iter():
        if one.tag.rsplit("}", 1)[-1] == "sheet" and one.get("name") == sheet:
            relation = next((value for key, value in one.items() if key.rsplit("}", 1)[-1] == "id"), None)
            target = targets.get(relation, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in names else None
    return None


def _span(found: tuple[bytes, bytes, bytes, bytes]) -> Span:
    left, first, right, last = found
    return int(first), column_number(left.decode()) - 1, int(last), column_number(right.decode()) - 1


def _note_hidden(piece: bytes, found: Findings) -> None:
    for row in _ROW.finditer(piece):
        if _HIDDEN.search(row[1]) and (number := _NUMBER[b"r"].search(row[1])):
            found.hidden_rows.append(int(number[1]))
    for column in _COLUMN.finditer(piece):
        first, last = _NUMBER[b"min"].search(column[1]), _NUMBER[b"max"].search(column[1])
        if _HIDDEN.search(column[1]) and first and last:
            found.hidden_columns += range(int(first[1]) - 1, min(int(last[1]), MOST_COLUMNS))


def _note_formulas(piece: bytes, found: Findings) -> None:
    for cell in _CELL.finditer(piece):
        attributes, body = cell[1], cell[2] or b""
        failed = b't="e"' in attributes
        if not failed and b"<f" not in body:
            continue
        place = _PLACE.search(attributes)
        if place is None:
            continue
        formula = _FORMULA.search(body)
        if formula and _OTHER_FILE.search(formula[1]):
            reason = "external_link"
        elif failed:
            reason = "formula_error"
        elif b"<v" not in body and b"<is" not in body:
            reason = "formula_without_value"
        else:
            continue
        found.block(int(place[2]), column_number(place[1].decode()) - 1, reason)


def _of_ods(path: Path, sheet: str, last_row: int) -> Findings:
    """Hidden and filtered rows, hidden columns; repeated ones count as often as they say."""
    found = Findings(last_row=last_row)
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
        row = column = 0
        inside = False
        for event, element in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314  (examined)
            tag = element.tag.rsplit("}", 1)[-1]
            said = {key.rsplit("}", 1)[-1]: value for key, value in element.items()}
            if tag == "table":
                inside = event == "start" and said.get("name") == sheet
                row = column = 0
            elif event == "end" and tag == "table-row":
                element.clear()
            elif event == "start" and inside and tag in ("table-row", "table-column"):
                hidden = said.get("visibility") in ("collapse", "filter")
                if tag == "table-row":
                    times = min(int(said.get("number-rows-repeated", 1)), last_row - row)
                    found.hidden_rows += range(row + 1, row + times + 1) if hidden else ()
                    row += max(times, 0)
                else:
                    times = min(int(said.get("number-columns-repeated", 1)), MOST_COLUMNS - column)
                    found.hidden_columns += range(column, column + times) if hidden else ()
                    column += max(times, 0)
    return found
