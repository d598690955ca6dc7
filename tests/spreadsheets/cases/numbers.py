"""Cases 19 to 39: numbers. One file a case; each cell with what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from ..made import parts
from ..made.texts import text
from ..made.workbooks import openpyxl, xlsxwriter, xlwt
from ..verdicts import Asks, Case, Taken, Verdict

HEADER = ["手机号", "name"]


def taken(cells: Sequence[tuple[Any, str]], **more: Any) -> Taken:
    """A number is expected as dialled, anything else as the reason."""
    people = tuple(
        (row, expected, "王芳") for row, (_cell, expected) in enumerate(cells, 2) if expected.isdigit()
    )
    bad = {row: expected for row, (_cell, expected) in enumerate(cells, 2) if not expected.isdigit()}
    return Taken(people, bad, **more)


def sheet(cells: Sequence[tuple[Any, str]]) -> list[list[Any]]:
    return [HEADER, *([cell, "王芳"] for cell, _expected in cells)]


def both(number: int, title: str, cells: Sequence[tuple[str, str]], **more: Any) -> list[Case]:
    """The same cells as text of a workbook and, quoted, of a csv."""
    quoted = [HEADER, *(['"' + cell.replace('"', '""') + '"', "王芳"] for cell, _expected in cells)]
    return [
        Case(number, f"{title}, xlsx", openpyxl(sheet(cells)), taken(cells, **more)),
        Case(number, f"{title}, csv", text(quoted), taken(cells, **more), "名单.csv"),
    ]


def formatted(form: str, *values: Any) -> Callable[[], bytes]:
    """Numbers in a column of this format."""

    def change(book: Any, page: Any) -> None:
        for number in range(len(values)):
            page.cell(number + 2, 1).number_format = form

    return openpyxl([HEADER, *([value, "王芳"] for value in values)], change)


def values_of(form: str, value: Any, kind: str = "number") -> Callable[[], bytes]:
    """A variable's column in this format."""

    def change(book: Any, page: Any) -> None:
        for number in (2, 3):
            page.cell(number, 2).number_format = form

    rows = [
        ["手机号", "amount", "code", "date"],
        ["13800138000", value, "A1", "今天"],
        ["13900139000", value, "A2", "今天"],
    ]
    return openpyxl(rows, change)


def seen(amount: str) -> Verdict:
    return Taken(((2, "13800138000", "今天", amount, "A1"), (3, "13900139000", "今天", amount, "A2")))


FIVE = ["13800138000", "+86 138 0013 8000", "138-0013-8000", "１３８００１３８０００", "8613800138000"]

PERCENT = f'{parts.DECLARED}<styleSheet xmlns="{parts.MAIN}"><cellXfs count="2"><xf/><xf numFmtId="9"/></cellXfs></styleSheet>'

CASES = [
    *both(19, "full-width digits", [("１３８００１３８０００", "13800138000"), ("＋８６１３９００１３９０００", "13900139000")], fixes=("full_width",)),
    *both(20, "superscript and circled digits", [
        ("1380013800⁰", "phone_superscript"), ("138001380⁰⁰", "phone_superscript"), ("1380013800①", "phone_superscript"),
        ("13800138000²", "phone_superscript"), ("¹13800138000", "phone_superscript"),
    ]),
    *both(21, "digits of other scripts", [
        ("١٣٨٠٠١٣٨٠٠٠", "phone_foreign_digits"), ("१३८००१३८०००", "phone_foreign_digits"), ("1380013800٠", "phone_foreign_digits"),
        ("𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "phone_foreign_digits"),
    ]),
    *both(22, "scientific notation as text", [
        ("1.38E+10", "phone_scientific"), ("1.38001E+10", "phone_scientific"), ("1.38e10", "phone_scientific"), ("1,38E+10", "phone_scientific"),
        ("1.3800138E+10", "phone_scientific"),
    ]),
    Case(23, "a number shown as 1.38E+10, stored in full", formatted("0.00E+00", 13800138000, 13900139001), taken([("", "13800138000"), ("", "13900139001")])),
    Case(24, "one number that ends in six zeros", openpyxl(sheet([(13800000000, ""), (13900139000, "")])), taken([("", "13800000000"), ("", "13900139000")], notices=("six_zeros",))),
    Case(24, "two numbers that end in six zeros", openpyxl(sheet([(13800000000, ""), (13900000000, ""), (13900139000, "")])),
         Asks("six_zeros", {"keep": taken([("", "13800000000"), ("", "13900000000"), ("", "13900139000")])})),
    Case(24, "text that ends in six zeros", openpyxl(sheet([("13800000000", ""), ("13900000000", "")])),
         Asks("six_zeros")),
    Case(25, "floats", xlsxwriter(sheet([(13800138000.0, ""), (13900138000.5, "")])), taken([("", "13800138000"), ("", "phone_fraction")])),
    Case(25, "floats of an xls", xlwt(sheet([(13800138000.0, ""), (13900138000.5, "")])), taken([("", "13800138000"), ("", "phone_fraction")]), "名单.xls"),
    *both(25, "decimals as text", [
        ("13800138000.0", "13800138000"), ("13900138000.00", "13900138000"), ("13800138000.5", "phone_fraction"), ("1380013800.0", "phone_too_short"),
    ], fixes=("decimal_zero",)),
    *both(26, "the country code", [
        ("+8613800138000", "13800138000"), ("8613800138001", "13800138001"), ("008613800138002", "13800138002"),
        ("+86-13800138003", "13800138003"), ("(+86)13800138004", "13800138004"), ("(+86) 138 0013 8005", "13800138005"),
        ("+86 13800138006", "13800138006"), ("（+86）13800138007", "13800138007"), ("86 138-0013-8008", "13800138008"),
    ], fixes=("country_code",)),
    *both(27, "spaces, dashes and dots", [
        ("138 0013 8000", "13800138000"), ("138\u00a00013\u00a08001", "13800138001"), ("138\u30000013\u30008002", "13800138002"),
        ("138-0013-8003", "13800138003"), ("138.0013.8004", "13800138004"), ("138–0013–8005", "13800138005"),
        (" 13800138006 ", "13800138006"), ("138—0013—8007", "13800138007"), ("138\u20090013\u20098008", "13800138008"),
    ], fixes=("separators",)),
    *both(28, "invisible marks", [
        ("\u202d13800138000\u202c", "13800138000"), ("138\u200b00138001", "13800138001"), ("\ufeff13800138002", "13800138002"),
        ("\u200e+86 138 0013 8003\u200f", "13800138003"), ("\u206613800138004\u2069", "13800138004"), ("13800138005\u00ad", "13800138005"),
    ], fixes=("invisible",)),
    *both(29, "an apostrophe or quotes", [
        ("'13800138000", "13800138000"), ("‘13800138001", "13800138001"), ('"13800138002"', "13800138002"), ("“13800138003”", "13800138003"),
        ("`13800138004", "13800138004"), ('="13800138005"', "13800138005"),
    ], fixes=("quotes",)),
    *both(30, "a zero before it", [("013800138000", "phone_leading_zero"), ("0138-0013-8000", "phone_leading_zero")]),
    *both(31, "two numbers in one cell", [
        ("13800138000/13900139000", "phone_several"), ("13800138000、13900139000", "phone_several"), ("13800138000\n13900139000", "phone_several"),
        ("13800138000 13900139000", "phone_several"), ("1380013800013900139000", "phone_several"), ("13800138000或13900139000", "phone_several"),
        ("13800138000-13900139000", "phone_several"), ("13800138000；13900139000", "phone_several"),
    ]),
    *both(32, "not a mobile number", [
        ("1380013800", "phone_too_short"), ("138001380001", "phone_too_long"), ("010-62345678", "phone_landline"), ("02162345678", "phone_landline"),
        ("400-800-1234", "phone_service"), ("95588", "phone_service"), ("10086", "phone_service"), ("11000000000", "phone_not_mobile"),
        ("12345678901", "phone_not_mobile"), ("14000000000", "phone_not_mobile"), ("15400000000", "phone_not_mobile"), ("62345678", "phone_landline"),
    ]),
    *both(33, "numbers abroad", [
        ("+85261234567", "phone_overseas"), ("+85361234567", "phone_overseas"), ("+886912345678", "phone_overseas"), ("+12025550123", "phone_overseas"),
        ("0085261234567", "phone_overseas"), ("+1 (202) 555-0123", "phone_overseas"), ("85261234567", "phone_overseas"),
    ]),
    Case(33, "numbers abroad by an international template", openpyxl(sheet([("+85261234567", ""), ("+12025550123", ""), ("13800138000", "")])),
         Taken(((2, "85261234567", "王芳"), (3, "12025550123", "王芳")), {4: "phone_domestic"}), template="ABROAD"),
    Case(34, "one number in five spellings", openpyxl(sheet([(one, "") for one in FIVE])), Taken(((2, "13800138000", "王芳"),), repeated=4)),
    Case(34, "one number in five spellings, csv", text(sheet([(one, "") for one in FIVE])), Taken(((2, "13800138000", "王芳"),), repeated=4), "名单.csv"),
    Case(35, "one number with different values", openpyxl([HEADER, ["13800138000", "王芳"], ["13900139000", "李伟"], ["13800138000", "王方"], ["138 0013 8000", "王芳"]]),
         Asks("same_number", {
             "keep_all": Taken(((2, "13800138000", "王芳"), (3, "13900139000", "李伟"), (4, "13800138000", "王方")), repeated=1),
             "keep_first": Taken(((2, "13800138000", "王芳"), (3, "13900139000", "李伟")), {4: "same_number_different_values"}, repeated=1),
             "drop_all": Taken(((3, "13900139000", "李伟"),), {2: "same_number_different_values", 4: "same_number_different_values"}, repeated=1),
         })),
    *both(36, "masked", [
        ("138****0000", "phone_masked"), ("138xxxx8000", "phone_masked"), ("138＊＊＊＊8000", "phone_masked"), ("1380013****", "phone_masked"),
        ("138…8000", "phone_masked"), ("138●●●●8000", "phone_masked"),
    ]),
    *both(37, "no number", [
        ("-", "phone_none"), ("无", "phone_none"), ("N/A", "phone_none"), ("None", "phone_none"), ("nan", "phone_none"), ("NULL", "phone_none"),
        ("—", "phone_none"), ("暂无", "phone_none"), ("", "phone_empty"), ("   ", "phone_empty"), ("\u3000", "phone_empty"),
    ]),
    *both(38, "a name in the column of numbers", [("13800138000", "13800138000"), ("李伟", "phone_text"), ("张三丰", "phone_text")]),
    Case(38, "columns swapped", openpyxl([HEADER, ["王芳", "13800138000"], ["李伟", "13900139000"]]), Asks("columns", column="phone")),
    Case(39, "the column of numbers as a date", formatted("yyyy-mm-dd", 13800138000, 13900139000), taken([("", "13800138000"), ("", "13900139000")])),
    Case(39, "the column of numbers as a currency", formatted('"¥"#,##0.00', 13800138000, 13900139000), taken([("", "13800138000"), ("", "13900139000")])),
    Case(39, "a real date in the column of numbers", formatted("yyyy-mm-dd", date(2026, 11, 23), 13900139000), taken([("", "phone_date"), ("", "13900139000")])),
    Case(39, "a percent", values_of("0%", 0.85), Asks("number_form", {"percent.0": seen("85%"), "stored": seen("0.85")}, column="amount"), template="WHEN"),
    Case(39, "a percent of ClosedXML, which writes a prefix", parts.prefixed(
        parts.row(1, "手机号", "name") + f'<row r="2">{parts.cell("A2", "13800138000")}<c r="B2" s="1"><v>0.85</v></c></row>', styles=PERCENT),
         Asks("number_form", {"percent.0": Taken(((2, "13800138000", "85%"),))}, column="name")),
    Case(39, "padded with zeros", values_of("000", 7), Asks("number_form", {"pad.3": seen("007"), "stored": seen("7")}, column="amount"), template="WHEN"),
    Case(39, "two decimals", values_of("0.00", 9.5), Asks("number_form", {"fixed.2": seen("9.50"), "stored": seen("9.5")}, column="amount"), template="WHEN"),
    Case(39, "a plain number", values_of("General", 268), seen("268"), template="WHEN"),
    Case(39, "a plain number of the format 0", values_of("0", 268), seen("268"), template="WHEN"),
]  # fmt: skip
