"""Cases 40 to 62: how workbooks are built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from ..made import parts
from ..made.workbooks import openpyxl, xlsxwriter, xlwt
from ..verdicts import Asks, Case, Refused, Taken

ROWS: list[list[Any]] = [["手机号", "name"], ["13800138000", "王芳"], ["13900139000", "李伟"]]
PEOPLE = ((2, "13800138000", "王芳"), (3, "13900139000", "李伟"))
BOTH = Taken(PEOPLE)
THREE = [*ROWS, ["13700137000", "张三"]]


def sheets(*more: tuple[str, str, list[list[Any]]]) -> Callable[[], bytes]:
    """The list, and other sheets: name, state, rows."""

    def change(book: Any, sheet: Any) -> None:
        for name, state, content in more:
            other = book.create_sheet(name)
            other.sheet_state = state
            for line in content:
                other.append(line)

    return openpyxl(ROWS, change)


def filtered(book: Any, sheet: Any) -> None:
    sheet.auto_filter.ref = "A1:B4"
    sheet.auto_filter.add_filter_column(1, ["王芳", "李伟"])
    sheet.row_dimensions[4].hidden = True


HIDDEN_ROW = parts.rows(*parts.ROWS) + parts.row(4, "13700137000", "张三", more=' hidden="1"')
PREFIXED_FORMULAS = (
    parts.row(1, "手机号", "name")
    + f'<row r="2">{parts.cell("A2", "13800138000")}<c r="B2"><f>[1]x!A1</f><v>5</v></c></row>'
    + f'<row r="3">{parts.cell("A3", "13900139000")}<c r="B3"><f>1+1</f></c></row>'
)


def single_quoted(data: str) -> Callable[[], bytes]:
    """As programs write it that put attributes in apostrophes."""

    def build() -> bytes:
        content = parts.parts(data)
        part = str(content["xl/worksheets/sheet1.xml"]).replace('"', "'")
        return parts.packed(content | {"xl/worksheets/sheet1.xml": part})

    return build


def folded(book: Any, sheet: Any) -> None:
    sheet.row_dimensions.group(4, 4, hidden=True)


def double_header_of_xls(book: Any, sheet: Any) -> None:
    for column, header in enumerate(ROWS[0]):
        sheet.write_merge(0, 1, column, column, header)
        sheet.write(2, column, ROWS[1][column])


def hidden_row_of_xls(book: Any, sheet: Any) -> None:
    sheet.row(3).hidden = True


def hidden_column_of_xls(book: Any, sheet: Any) -> None:
    sheet.col(1).hidden = True


def failed_of_xls(book: Any, sheet: Any) -> None:
    sheet._cell_overwrite_ok = True
    sheet.row(2).set_cell_error(1, 0x2A)


def hide(column: str) -> Callable[[Any, Any], None]:
    def change(book: Any, sheet: Any) -> None:
        sheet.column_dimensions[column].hidden = True

    return change


def merge(*ranges: str) -> Callable[[Any, Any], None]:
    def change(book: Any, sheet: Any) -> None:
        for one in ranges:
            sheet.merge_cells(one)

    return change


def formulas(*cells: tuple[str, str, Any]) -> Callable[[], bytes]:
    """Formulas with the value that is stored beside them (None: none is), over the plain rows."""

    def change(book: Any, sheet: Any) -> None:
        for place, formula, value in cells:
            sheet.write_formula(place, formula, None, "" if value is None else value)

    def build() -> bytes:
        content = xlsxwriter(ROWS, change)()
        if any(value is None for _place, _formula, value in cells):
            content = parts.changed(
                content,
                lambda name, part: (
                    part.replace(b"<v></v>", b"").replace(b' t="str"', b"") if "sheet1" in name else part
                ),
            )
        return content

    return build


def blank_rows() -> bytes:
    """A million rows that have a format and nothing else, as formatting whole columns leaves them."""
    blank = "".join(
        f'<row r="{number}"><c r="A{number}" s="1"/><c r="B{number}" s="1"/></row>'
        for number in range(4, 1_000_004)
    )
    styles = (
        f'{parts.DECLARED}<styleSheet xmlns="{parts.MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="49"/></cellXfs></styleSheet>'
    )
    return parts.packed(parts.parts(parts.rows(*parts.ROWS) + blank, styles=styles), level=1)


def too_many_rows() -> bytes:
    return "手机号,name\n".encode() + b"13800138000,x\n" * 1_048_576


def wide(columns: int) -> Callable[[], bytes]:
    return openpyxl(
        [["手机号", "name", *(f"c{number}" for number in range(columns - 2))], ["13800138000", "王芳"]]
    )


def dated(moment: Any, form: str = "yyyy-mm-dd", epoch_1904: bool = False) -> Callable[[], bytes]:
    rows = [["手机号", "date", "amount", "code"], ["13800138000", None, "9.90", "A1"]]

    def change(book: Any, sheet: Any) -> None:
        sheet.write_datetime(1, 1, moment, book.add_format({"num_format": form}))

    return xlsxwriter(rows, change, date_1904=epoch_1904)


def when(*texts: str) -> dict[str, Taken]:
    names = ("iso", "slash", "chinese", "chinese_month_day")
    return {
        name: Taken(((2, "13800138000", text, "9.90", "A1"),))
        for name, text in zip(names, texts, strict=True)
    }


def typed(*rows: tuple[Any, Any]) -> list[list[Any]]:
    return [ROWS[0], *map(list, rows)]


RICH = (
    '<c r="B{0}" t="inlineStr"><is><r><rPr><b/></rPr><t>王</t></r><r><t xml:space="preserve">芳</t></r>'
    '<rPh sb="0" eb="1"><t>ワン</t></rPh></is></c>'
)

CASES = [
    Case(40, "merged numbers", openpyxl([*ROWS, [None, "张三"], [None, "赵六"], ["13700137000", "孙七"]], merge("A3:A5")),
         Taken((*PEOPLE, (6, "13700137000", "孙七")), {4: "covered_by_merge", 5: "covered_by_merge"})),
    Case(40, "merged values", openpyxl([*ROWS, ["13700137000", None]], merge("B3:B4")), Taken(PEOPLE, {4: "covered_by_merge"})),
    Case(40, "merged numbers of an xls", xlwt([*ROWS[:2]], lambda book, sheet: (sheet.write_merge(2, 4, 0, 0, "13900139000"), [sheet.write(row, 1, name) for row, name in ((2, "李伟"), (3, "张三"), (4, "赵六"))])),
         Taken(PEOPLE, {4: "covered_by_merge", 5: "covered_by_merge"}), "名单.xls"),
    Case(41, "a merged title above the header", openpyxl([["十一月发货名单", None], *ROWS], merge("A1:B1")),
         Asks("header", {"2": Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟")))})),
    Case(41, "a title and a blank row above", openpyxl([["十一月发货名单"], [], ["制表：行政部"], [], *ROWS]),
         Asks("header", {"5": Taken(((6, "13800138000", "王芳"), (7, "13900139000", "李伟")))})),
    Case(41, "blank rows above", openpyxl([[], [], *ROWS]), Taken(((4, "13800138000", "王芳"), (5, "13900139000", "李伟")))),
    Case(42, "no header", openpyxl(ROWS[1:]), Asks("header")),
    Case(42, "no header, told", openpyxl(ROWS[1:]), Taken(((1, "13800138000", "王芳"), (2, "13900139000", "李伟"))),
         answers={"header": "none", "columns": {"phone": "A", "name": "B"}}),
    Case(41, "a header over two rows, merged", openpyxl([ROWS[0], [None, None], *ROWS[1:]], merge("A1:A2", "B1:B2")),
         Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟")))),
    Case(41, "a header over two rows of an xls, merged", xlwt([], double_header_of_xls),
         Taken(((3, "13800138000", "王芳"),)), "名单.xls"),
    Case(41, "a header in Chinese and one in English", openpyxl([["手机号", "姓名"], ["phone", "name"], *ROWS[1:]]),
         Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟")), {2: "phone_text"})),
    Case(43, "two columns of one name", openpyxl([["手机号", "name", "name"], ["13800138000", "王芳", "李伟"]]), Refused("duplicate_headers", ("name",))),
    Case(43, "two columns of one name but for the case", openpyxl([["手机号", "name", " NAME"], ["13800138000", "王芳", "李伟"]]), Refused("duplicate_headers")),
    Case(44, "a header with spaces, a line break, in full width", openpyxl([["  手机\n号 ", "ｎａｍｅ"], *ROWS[1:]]), BOTH),
    Case(44, "a header with a star and (必填)", openpyxl([["*手机号（必填）", "NAME："], *ROWS[1:]]), BOTH),
    Case(45, "a hidden sheet", sheets(("旧名单", "hidden", [["手机号", "name"], ["13700137000", "旧"]])), BOTH),
    Case(45, "a very hidden sheet", sheets(("旧名单", "veryHidden", [["手机号", "name"], ["13700137000", "旧"]])), BOTH),
    Case(45, "a hidden sheet asked for", sheets(("旧名单", "hidden", [["手机号", "name"], ["13700137000", "旧"]])), Refused("unknown_sheet", ("旧名单", "名单")), answers={"sheet": "旧名单"}, at_upload=False),
    Case(46, "two visible sheets", sheets(("退货", "visible", [["手机号", "name"], ["13700137000", "张三"]])),
         Asks("sheet", {"名单": BOTH, "退货": Taken(((2, "13700137000", "张三"),))})),
    Case(46, "an empty second sheet", sheets(("Sheet2", "visible", [])), BOTH),
    Case(47, "rows hidden by a filter", openpyxl(THREE, filtered),
         Asks("hidden_rows", {"visible": BOTH, "all": Taken((*PEOPLE, (4, "13700137000", "张三")))})),
    Case(47, "a hidden row of ClosedXML, which writes a prefix", parts.prefixed(HIDDEN_ROW), Asks("hidden_rows", {"visible": BOTH})),
    Case(47, "a hidden row in single quotes", single_quoted(HIDDEN_ROW), Asks("hidden_rows", {"visible": BOTH})),
    Case(47, "a hidden row that does not say which it is", parts.workbook(HIDDEN_ROW.replace(' r="4"', "", 1)), Refused("damaged")),
    Case(47, "a row without height", parts.workbook(HIDDEN_ROW.replace('hidden="1"', 'ht="0" customHeight="1"')), Asks("hidden_rows", {"visible": BOTH})),
    Case(47, "rows of a group that is folded", openpyxl(THREE, folded), Asks("hidden_rows", {"visible": BOTH})),
    Case(47, "a hidden row of an xls", xlwt(THREE, hidden_row_of_xls),
         Asks("hidden_rows", {"visible": BOTH, "all": Taken((*PEOPLE, (4, "13700137000", "张三")))}), "名单.xls"),
    Case(48, "a hidden column of an xls", xlwt(ROWS, hidden_column_of_xls), Asks("hidden_columns", {"use": BOTH}), "名单.xls"),
    Case(48, "a hidden column that is a variable", openpyxl(ROWS, hide("B")), Asks("hidden_columns", {"use": BOTH})),
    Case(48, "a column without width", parts.workbook(before='<cols><col min="2" max="2" width="0" customWidth="1"/></cols>'), Asks("hidden_columns", {"use": BOTH})),
    Case(48, "a hidden column that nothing uses", openpyxl([["手机号", "name", "备注"], ["13800138000", "王芳", "x"], ["13900139000", "李伟", "y"]], hide("C")), BOTH),
    Case(49, "a formula with a stored value as number", formulas(("A2", "=13800138000+0", 13800138000)), BOTH),
    Case(50, "a formula with a stored value as variable", formulas(("B2", '=CONCATENATE("王","芳")', "王芳")), BOTH),
    Case(51, "a formula without a stored value, number", formulas(("A2", "=13800138000+0", None)), Taken(PEOPLE[1:], {2: "formula_without_value"})),
    Case(51, "a formula without a stored value, variable", formulas(("B2", '=CONCATENATE("王","芳")', None)), Taken(PEOPLE[1:], {2: "formula_without_value"})),
    Case(51, "formulas that failed", formulas(("A2", "=NA()", "#N/A"), ("B3", "=1/0", "#DIV/0!")), Taken((), {2: "formula_error", 3: "formula_error"})),
    Case(51, "a formula that lost its reference", formulas(("B2", "=#REF!", "#REF!")), Taken(PEOPLE[1:], {2: "formula_error"})),
    Case(51, "a formula of an xls that failed", xlwt(THREE[:3], failed_of_xls), Taken(PEOPLE[:1], {3: "formula_error"}), "名单.xls"),
    Case(52, "a formula into another file", formulas(("B2", "='[other.xlsx]Sheet1'!A1", "王芳")), Taken(PEOPLE[1:], {2: "external_link"})),
    Case(52, "a formula into another file without a value", formulas(("B2", "='[other.xlsx]Sheet1'!A1", None)), Taken(PEOPLE[1:], {2: "external_link"})),
    Case(52, "a formula of ClosedXML into another file, and one without a value", parts.prefixed(PREFIXED_FORMULAS), Taken((), {2: "external_link", 3: "formula_without_value"})),
    Case(53, "a million blank rows with a format", blank_rows, BOTH, slow=True, seconds=20),
    Case(54, "one cell at XFD1048576", parts.workbook(parts.rows(*parts.ROWS) + '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'),
         Refused("too_many_columns", ("16384",))),
    Case(54, "one cell at A1048576", parts.workbook(parts.rows(*parts.ROWS) + '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>13700137000</t></is></c></row>'),
         Taken(PEOPLE, {1048576: "value_empty"}), slow=True),
    Case(55, "a dimension that is too small", parts.workbook(before='<dimension ref="A1"/>'), BOTH),
    Case(55, "a dimension that is too large", parts.workbook(before='<dimension ref="A1:XFD1048576"/>'), BOTH),
    Case(56, "a date as a variable", dated(date(2026, 11, 23)),
         Asks("date_format", when("2026-11-23", "2026/11/23", "2026年11月23日", "11月23日")), template="WHEN"),
    Case(56, "a date of the 1904 system", dated(date(2026, 11, 23), epoch_1904=True),
         Asks("date_format", when("2026-11-23", "2026/11/23", "2026年11月23日", "11月23日")), template="WHEN"),
    Case(56, "a date with a time", dated(datetime(2026, 11, 23, 14, 30), "yyyy-mm-dd hh:mm"),
         Asks("date_format", when("2026-11-23 14:30", "2026/11/23 14:30", "2026年11月23日 14:30", "11月23日 14:30")), template="WHEN"),
    Case(57, "an identity number cut to 15 digits, a truth", openpyxl(typed(("13800138000", 110101199001011234), ("13900139000", True), ("13700137000", False))),
         Taken(((3, "13900139000", "TRUE"), (4, "13700137000", "FALSE")), {2: "value_long_number"})),
    Case(58, "more rows than the limit", too_many_rows, Refused("too_many_rows", ("1,048,577", "1,048,576")), "名单.csv", slow=True),
    Case(59, "16,384 columns", wide(16_384), Refused("too_many_columns", ("16384", "256"))),
    Case(59, "257 columns", wide(257), Refused("too_many_columns", ("257", "256"))),
    Case(59, "256 columns", wide(256), Taken(((2, "13800138000", "王芳"),))),
    Case(60, "rich text and phonetic text", parts.workbook(
        parts.row(1, "手机号", "name") + '<row r="2"><c r="A2" t="inlineStr"><is><t>13800138000</t></is></c>' + RICH.format(2) + "</row>"
        + parts.row(3, "13900139000", "李伟")), BOTH),
    Case(60, "shared strings, rich and phonetic", parts.workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row>'
        '<row r="3"><c r="A3"><v>13900139000</v></c><c r="B3" t="str"><v>李伟</v></c></row>',
        shared=parts.strings("<t>手机号</t>", "<t>name</t>", "<t>13800138000</t>", '<r><rPr><b/></rPr><t>王</t></r><r><t>芳</t></r><rPh sb="0" eb="1"><t>ワン</t></rPh>')), BOTH),
    Case(60, "rows and cells without references", parts.workbook(
        "".join("<row>" + "".join(f'<c t="inlineStr">{parts.inline(text)}</c>' for text in line) + "</row>" for line in parts.ROWS)), BOTH),
    Case(61, "only a header", openpyxl(ROWS[:1]), Refused("only_header")),
    Case(61, "an empty sheet", openpyxl([]), Refused("no_rows")),
    Case(62, "no bytes", lambda: b"", Refused("empty_file")),
]  # fmt: skip
