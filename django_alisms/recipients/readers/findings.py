"""What a spreadsheet program shows and the reader does not say: hidden rows and columns, merged cells, formulas
without a value, failed ones, and those that look into another file; number formats that show another text than the
number's own. Run in the child, on an archive that was examined.

The words that matter are looked for first, which costs next to nothing; only a piece that has one is taken apart.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from ..cells import is_error_value
from ..file_refused import FileRefused
from .guard import column_number, pieces
from .number_formats import OTHER, STORED, form_of, form_seen, shown

MOST_COLUMNS = 256
LONGEST_FORMAT = 4096
"""Characters of a number format; a person can type 255 into Excel."""
_ROW = re.compile(rb"<row\b([^>]*)>")
_COLUMN = re.compile(rb"<col\b([^>]*)>")
_MERGED = re.compile(rb'<mergeCell\b[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_NUMBER = {name: re.compile(rb"\b" + name + rb'="([0-9]{1,7})"') for name in (b"r", b"min", b"max")}
# Nothing of a row or column is seen that has no height or width either.
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"| (?:ht|width)="0(?:\.0+)?"')
_HIDING = (b"hidden=", b' ht="0', b' width="0')
_FORMULA = re.compile(rb"<f\b[^>]*>(.*?)</f>", re.DOTALL)
_STYLE = re.compile(rb'\bs="([0-9]{1,5})"')
_TYPE = re.compile(rb'\bt="([a-zA-Z]+)"')
_VALUE = re.compile(rb"<v>([^<]{1,40})</v>")
_OTHER_FILE = re.compile(rb"\[[^\[\]]+\][^\[\]!]*!")

Span = tuple[int, int, int, int]


@dataclass
class Findings:
    """Rows as the program numbers them, columns from 0. ``blocked``: {row: {column: code of a Reason}}.

    ``last_row``: the last one that has anything; 0 where it is not known.
    ``forms``: by column the forms of its numbers' formats, with the first number of each; only of columns in which
    at least one number is shown otherwise than it is stored. ``merged_from``: {row: {column: row}}, where the merged
    cell begins that covers this one; of ods it is not known.
    """

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    blocked: dict[int, dict[int, str]] = field(default_factory=dict)
    last_row: int = 0
    forms: dict[int, dict[str, float]] = field(default_factory=dict)
    merged_from: dict[int, dict[int, int]] = field(default_factory=dict)
    differ: set[int] = field(default_factory=set)

    def note_form(self, column: int, number: float, form: str) -> None:
        """A number in a column, and the form that its format has."""
        if 0 <= column < MOST_COLUMNS:
            self.forms.setdefault(column, {}).setdefault(form, number)
            if form == OTHER or (form != STORED and shown(number, form) != shown(number, STORED)):
                self.differ.add(column)

    def only_differing(self) -> Findings:
        """Without the columns whose numbers are all shown as they are stored."""
        self.forms = {column: forms for column, forms in self.forms.items() if column in self.differ}
        return self

    def block_covered(self, merged: Iterable[Span]) -> None:
        """All cells of merged ones but the first: first row, left column, last row, right column."""
        for first, left, last, right in merged:
            for row in range(first, min(last, self.last_row) + 1):
                for column in range(left, min(right, MOST_COLUMNS - 1) + 1):
                    if (row, column) != (first, left):
                        self.block(row, column, "covered_by_merge")
                        self.merged_from.setdefault(row, {})[column] = first

    def blocked_below(self, header: int) -> dict[int, dict[int, str]]:
        """The cells that are blocked in the rows below this one. A merged cell that begins in it, or above, is the
        header over two rows, and covers nothing of the list."""
        below = {}
        for row, cells in self.blocked.items():
            begun = self.merged_from.get(row, {})
            kept = {column: reason for column, reason in cells.items() if begun.get(column, row) > header}
            if row > header and kept:
                below[row] = kept
        return below

    def block(self, row: int, column: int, reason: str) -> None:
        if 0 <= column < MOST_COLUMNS:
            self.blocked.setdefault(row, {})[column] = reason


def findings_of(path: Path, kind: str, sheet: str, last_row: int, plain: Container[str] = ()) -> Findings:
    """What is to be known of a sheet; of xls, ``xls_findings``. ``last_row``: what lies below it is no row of the list.

    ``plain``: entries that the guard has looked through and found none of TELLING_WORDS in.
    """
    if kind == "ods":
        return _of_ods(path, sheet, last_row).only_differing()
    part = _part_of(path, sheet) if kind in ("xlsx", "xlsm") else None
    found = Findings(last_row=last_row)
    merged: list[Span] = []
    styles = _forms_of_styles(path) if part else []
    is_formatted = any(form not in ("", STORED) for form in styles)
    for piece in pieces(path, part) if part and (is_formatted or part not in plain) else ():
        if any(word in piece for word in _HIDING):
            _note_hidden(piece, found)
        if b"<mergeCell " in piece:
            merged += [_span(one) for one in _MERGED.findall(piece)]
        if b"<f" in piece or b't="e"' in piece:
            _note_formulas(piece, found)
        if is_formatted:
            _note_forms(piece, styles, found)
    found.block_covered(merged)
    return found.only_differing()


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


def _forms_of_styles(path: Path) -> list[str]:
    """The form of each cell style, in the order in which cells name them."""
    with zipfile.ZipFile(path) as archive:
        if "xl/styles.xml" not in archive.namelist():
            return []
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314  (examined: no declarations)
    codes: dict[int, str] = {}
    forms: list[str] = []
    for part in styles:
        tag = part.tag.rsplit("}", 1)[-1]
        if tag == "numFmts":
            for one in part:
                code = one.get("formatCode", "")
                if len(code) > LONGEST_FORMAT:
                    raise FileRefused("bomb")
                codes[_whole(one.get("numFmtId"))] = code
        elif tag == "cellXfs":
            identities = [_whole(one.get("numFmtId")) for one in part]
            forms = [form_of(identity, codes.get(identity, "")) for identity in identities]
    return forms


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _note_forms(piece: bytes, styles: list[str], found: Findings) -> None:
    """Numbers, and how their formats show them."""
    for cell in _CELL.finditer(piece):
        attributes, body = cell[1], cell[2] or b""
        kind, value = _TYPE.search(attributes), _VALUE.search(body)
        if value is None or (kind and kind[1] != b"n"):
            continue
        style = _STYLE.search(attributes)
        index = int(style[1]) if style else 0
        form = styles[index] if index < len(styles) else STORED
        if form and (number := _number(value[1].decode("ascii", "replace"))) is not None:
            place = _named(_PLACE.search(attributes))
            found.note_form(column_number(place[1].decode()) - 1, number, form)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _span(found: tuple[bytes, bytes, bytes, bytes]) -> Span:
    left, first, right, last = found
    return int(first), column_number(left.decode()) - 1, int(last), column_number(right.decode()) - 1


def _note_hidden(piece: bytes, found: Findings) -> None:
    for row in _ROW.finditer(piece):
        if _HIDDEN.search(row[1]):
            found.hidden_rows.append(int(_named(_NUMBER[b"r"].search(row[1]))[1]))
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
        formula = _FORMULA.search(body)
        if formula and _OTHER_FILE.search(formula[1]):
            reason = "external_link"
        elif failed:
            reason = "formula_error"
        elif b"<v" not in body and b"<is" not in body:
            reason = "formula_without_value"
        else:
            continue
        place = _named(_PLACE.search(attributes))
        found.block(int(place[2]), column_number(place[1].decode()) - 1, reason)


def _named(found: re.Match[bytes] | None) -> re.Match[bytes]:
    """Rows and cells need not say which they are; those that matter here must: what is hidden would be sent."""
    if found is None:
        raise FileRefused("damaged")
    return found


def _of_ods(path: Path, sheet: str, last_row: int) -> Findings:
    """Hidden and filtered rows, hidden columns, covered cells, formulas that failed, numbers with their formats;
    repeated ones count as often as they say."""
    found = Findings(last_row=last_row)
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
        row = column = 0
        inside = False
        for event, element in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314  (examined)
            tag = element.tag.rsplit("}", 1)[-1]
            if tag == "table":
                inside = event == "start" and _said(element).get("name") == sheet
                row = column = 0
            elif event == "end" and tag == "table-row":
                if inside:
                    times = min(_times(_said(element), "rows"), last_row - row)
                    if times > 0:
                        _note_ods_row(element, row, times, found)
                    row += max(times, 0)
                element.clear()
            elif event == "start" and inside and tag == "table-column":
                said = _said(element)
                times = min(_times(said, "columns"), MOST_COLUMNS - column)
                found.hidden_columns += range(column, column + times) if _is_hidden(said) else ()
                column += max(times, 0)
    return found


def _said(element: ElementTree.Element) -> dict[str, str]:
    """Attributes without their namespaces; LibreOffice's own kind of a value beside the standard's does not count."""
    return {key.rsplit("}", 1)[-1]: value for key, value in element.items() if "calcext" not in key}


def _times(said: dict[str, str], what: str) -> int:
    return max(_whole(said.get(f"number-{what}-repeated")), 1)


def _is_hidden(said: dict[str, str]) -> bool:
    return said.get("visibility") in ("collapse", "filter")


def _note_ods_row(element: ElementTree.Element, above: int, times: int, found: Findings) -> None:
    if _is_hidden(_said(element)):
        found.hidden_rows += range(above + 1, above + times + 1)
    column = 0
    for cell in element:
        said = _said(cell)
        repeated = min(_times(said, "columns"), MOST_COLUMNS - column)
        reason = _ods_reason(cell, said)
        for place in range(column, column + repeated):
            if reason:
                for number in range(above + 1, above + times + 1):
                    found.block(number, place, reason)
            elif said.get("value-type") in ("float", "percentage", "currency"):
                number_here = _number(said.get("value", ""))
                if number_here is not None:
                    found.note_form(place, number_here, form_seen(number_here, _ods_text(cell)))
        column += repeated


def _ods_reason(cell: ElementTree.Element, said: dict[str, str]) -> str:
    """Why the value of a cell is not to be taken, if so."""
    if cell.tag.endswith("}covered-table-cell"):
        return "covered_by_merge"
    formula = said.get("formula", "")
    if not formula:
        return ""
    if "'file:" in formula or "'http" in formula:
        return "external_link"
    text = _ods_text(cell)
    if is_error_value(text):
        return "formula_error"
    return "" if text or "value" in said else "formula_without_value"


def _ods_text(cell: ElementTree.Element) -> str:
    """What is seen in the cell."""
    return "\n".join("".join(part.itertext()) for part in cell if part.tag.endswith("}p"))
