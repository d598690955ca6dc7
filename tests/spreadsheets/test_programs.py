"""The same list out of real programs, in every format they write; and what only they do to a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from .conftest import SIGN, code_of, draft_of
from .doors import through_command, through_upload
from .made.programs import CSV, libreoffice, sheetjs
from .made.workbooks import openpyxl
from .verdicts import Asks, Refused, Taken, Verdict, check

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("spreadsheet_programs")]

ROWS: list[list[Any]] = [
    ["手机号", "name"],
    ["13800138000", "王芳"],
    [13900139000, "李伟"],
    ["1.38E+10", "张三"],
]
LIST = Taken(((2, "13800138000", "王芳"), (3, "13900139000", "李伟")), {4: "phone_scientific"})
PLAIN = ((2, "13800138000", "王芳"), (3, "13900139000", "李伟"), (4, "13700137000", "张三"))


def _changed(change: Any) -> bytes:
    rows = [*ROWS[:3], ["13700137000", "张三"]]
    return openpyxl(rows, change)()


def _hide_row(book: Any, sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def _hide_column(book: Any, sheet: Any) -> None:
    sheet.column_dimensions["B"].hidden = True


def _merge(book: Any, sheet: Any) -> None:
    sheet["A3"].value = None
    sheet.merge_cells("A2:A3")


def _formula(book: Any, sheet: Any) -> None:
    sheet["A2"] = "=13800138000+0"
    sheet["B2"] = '=CONCATENATE("王","芳")'
    for place in ("A2", "B2"):
        sheet[place].data_type = "f"


def _failed(book: Any, sheet: Any) -> None:
    sheet["B2"] = "=1/0"
    sheet["B2"].data_type = "f"


def _sheets(book: Any, sheet: Any) -> None:
    book.create_sheet("退货").append(["手机号", "name"])
    book["退货"].append(["13600136000", "赵六"])


def _hidden_sheet(book: Any, sheet: Any) -> None:
    _sheets(book, sheet)
    book["退货"].sheet_state = "hidden"


def _percent(book: Any, sheet: Any) -> None:
    sheet["B2"], sheet["B2"].number_format = 0.85, "0%"


def _date(book: Any, sheet: Any) -> None:
    sheet["B2"] = date(2026, 11, 23)
    sheet["B2"].number_format = "yyyy-mm-dd"


def _scientific(book: Any, sheet: Any) -> None:
    sheet["A3"].number_format = "0.00E+00"


SOURCES: dict[str, bytes] = {
    "list": openpyxl(ROWS)(),
    "hidden_row": _changed(_hide_row),
    "hidden_column": _changed(_hide_column),
    "merged": _changed(_merge),
    "formula": _changed(_formula),
    "failed": _changed(_failed),
    "sheets": _changed(_sheets),
    "hidden_sheet": _changed(_hidden_sheet),
    "percent": _changed(_percent),
    "date": _changed(_date),
    "scientific": _changed(_scientific),
}
VERDICTS: dict[str, Verdict] = {
    "list": LIST,
    "hidden_row": Asks("hidden_rows"),
    "hidden_column": Asks("hidden_columns"),
    "merged": Taken((PLAIN[0], PLAIN[2]), {3: "covered_by_merge"}),
    "formula": Taken(PLAIN),
    "failed": Taken(PLAIN[1:], {2: "formula_error"}),
    "sheets": Asks("sheet"),
    "hidden_sheet": Taken(PLAIN),
    "percent": Asks("number_form", column="name"),
    "date": Asks("date_format"),
    "scientific": Taken(PLAIN),
}
# What the program writes as it is seen: a text file has no formats, nothing hidden, and one sheet.
TEXT = {
    "list": LIST,
    "formula": Taken(PLAIN),
    "failed": Taken(PLAIN[1:], {2: "formula_error"}),
    "percent": Taken(((2, "13800138000", "85%"), *PLAIN[1:])),
    "date": Taken(((2, "13800138000", "2026-11-23"), *PLAIN[1:])),
    "scientific": Taken((PLAIN[0], PLAIN[2]), {3: "phone_scientific"}),
}


@pytest.fixture(scope="module")
def by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """Every source in every format, one run of the program a format."""
    found = {}
    targets = {
        "xls": "xls",
        "ods": "ods",
        "xlsx": "xlsx:Calc MS Excel 2007 XML",
        "csv": CSV.format(44, 76),
        "csv in GB18030": CSV.format(44, 85),
        "tab-separated UTF-16": CSV.format(9, 65535),
        "fods": "fods",
        "html": "html",
        "slk": "slk",
        "dif": "dif",
        "pdf": "pdf",
    }
    for target, convert_to in targets.items():
        wanted = {
            name: content
            for name, content in SOURCES.items()
            if target in ("xls", "ods", "xlsx") or name in TEXT
        }
        files = {f"{name}.xlsx": content for name, content in wanted.items()}
        made = libreoffice(files, convert_to, tmp_path_factory.mktemp("soffice"))
        found |= {(target, Path(name).stem): content for name, content in made.items()}
    return found


def _at_both_doors(
    content: bytes, verdict: Verdict, staff: Client, tmp_path: Path, name: str = "名单.xlsx"
) -> None:
    uploaded, _opened = through_upload(staff, draft_of("NAME"), content, name)
    check(uploaded, verdict)
    path = tmp_path / "list"
    path.write_bytes(content)
    check(through_command(path, SIGN, code_of("NAME")), verdict)


def _workbooks() -> list[Any]:
    return [
        pytest.param(target, name, id=f"{name} as {target}")
        for target in ("xlsx", "xls", "ods")
        for name in VERDICTS
    ]


@pytest.mark.parametrize(("target", "name"), _workbooks())
def test_workbooks_of_libreoffice(
    target: str, name: str, by_libreoffice: Any, staff: Client, tmp_path: Path, configured: Any
) -> None:
    _at_both_doors(by_libreoffice[target, name], VERDICTS[name], staff, tmp_path)


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("target", ["csv", "csv in GB18030", "tab-separated UTF-16"])
def test_text_files_of_libreoffice(
    target: str, name: str, by_libreoffice: Any, staff: Client, tmp_path: Path, configured: Any
) -> None:
    _at_both_doors(by_libreoffice[target, name], TEXT[name], staff, tmp_path, "名单.csv")


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ("fods", Refused("html_or_xml", (".xlsx",))),
        ("html", Refused("html_or_xml", (".xlsx",))),
        ("slk", Refused("not_a_list", ("slk", ".xlsx"))),
        ("dif", Refused("not_a_list", ("dif", ".xlsx"))),
        ("pdf", Refused("not_a_list", ("pdf", ".xlsx"))),
    ],
)
def test_other_formats_of_libreoffice(
    target: str, verdict: Verdict, by_libreoffice: Any, staff: Client, tmp_path: Path, configured: Any
) -> None:
    _at_both_doors(by_libreoffice[target, "list"], verdict, staff, tmp_path, "名单.xls")


SHEETJS: dict[str, tuple[str, Verdict]] = {
    "xlsx": ("xlsx", LIST),
    "xlsm": ("xlsm", LIST),
    "xls, BIFF8": ("biff8", LIST),
    # SheetJS puts an underscore for every Chinese character here; the file itself has no other header.
    "xls, BIFF5": ("biff5", Asks("columns", column="phone")),
    # calamine takes the white space that SheetJS writes between the cells for something else.
    "ods": ("ods", Refused("unreadable_ods", (".ods", ".xlsx"))),
    "csv": ("csv", LIST),
    "txt": ("txt", LIST),
    "xlsb": ("xlsb", Refused("not_a_list", ("xlsb", ".xlsx"))),
    "XML of 2003": ("xlml", Refused("html_or_xml", (".xlsx",))),
    "html": ("html", Refused("html_or_xml", (".xlsx",))),
    "flat ods": ("fods", Refused("html_or_xml", (".xlsx",))),
    "slk": ("sylk", Refused("not_a_list", ("slk", ".xlsx"))),
    "dif": ("dif", Refused("not_a_list", ("dif", ".xlsx"))),
    "rtf": ("rtf", Refused("not_a_list", ("rtf", ".xlsx"))),
}


@pytest.fixture(scope="module")
def by_sheetjs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    formats = {name: kind for name, (kind, _verdict) in SHEETJS.items()}
    return sheetjs(ROWS, formats, tmp_path_factory.mktemp("sheetjs"))


@pytest.mark.parametrize("name", SHEETJS)
def test_files_of_sheetjs(name: str, by_sheetjs: Any, staff: Client, tmp_path: Path, configured: Any) -> None:
    _at_both_doors(by_sheetjs[name], SHEETJS[name][1], staff, tmp_path)
