"""The rows that were not taken go back as a workbook, are mended in a real program, and join the same draft once."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from django_alisms.models import BatchSend, Recipient, RecipientImport

from .conftest import draft_of
from .doors import counts_agree, through_upload
from .made.programs import CSV, libreoffice
from .made.texts import text
from .made.workbooks import openpyxl as workbook

pytestmark = pytest.mark.django_db

HEADER = ["序号", "手机号", "name", "备注", "amount", "code"]
GOOD = ["1", "13800138000", "王芳", "", "268.00", "DD1"]
# The row as uploaded, what is mended in it (by column), and what must be sent then.
BAD: list[tuple[list[str], dict[int, str], tuple[str, ...]]] = [
    (
        ["2", "1.38E+10", "李伟", "贵宾", "9.90", "DD2"],
        {1: "13900139000"},
        ("13900139000", "李伟", "DD2", "9.90"),
    ),
    (
        ["3", "13700137000", "", "x", "1.00", "DD3"],
        {2: "张三"},
        ("13700137000", "张三", "DD3", "1.00"),
    ),
    (
        ["4", "010-62581234", "赵六😀", "", "", "DD4"],
        {1: "136 0013 6000", 2: "赵六", 4: "2.00"},
        ("13600136000", "赵六", "DD4", "2.00"),
    ),
    (
        ["5", "1380013", "=cmd|'/c calc'!A1", "=1+1", "+5", "-DD"],
        {1: "13500135000"},
        ("13500135000", "=cmd|'/c calc'!A1", "-DD", "+5"),
    ),
    (
        ["6", "x", "'=quoted", "", "007", "1e5"],
        {1: "13400134000"},
        ("13400134000", "=quoted", "1e5", "007"),
    ),
]
PEOPLE = {("13800138000", "王芳", "DD1", "268.00"), *(sent for _row, _mended, sent in BAD)}


def uploaded(staff: Client, language: str = "zh-hans") -> tuple[BatchSend, RecipientImport]:
    staff.cookies["django_language"] = language
    draft = draft_of("ORDER")
    content = workbook([HEADER, GOOD, *(row for row, _mended, _sent in BAD)])()
    _outcome, opened = through_upload(staff, draft, content, "名单.xlsx")
    assert (opened.good, opened.rejected) == (1, len(BAD))
    return draft, opened


def sent_back(staff: Client, opened: RecipientImport) -> bytes:
    page = staff.get(reverse("admin:django_alisms_batchsend_rejected", args=[opened.pk]))
    assert page.status_code == 200
    return b"".join(page.streaming_content)


def mended(content: bytes, change: Callable[[Any], None] | None = None) -> bytes:
    """The workbook as a person leaves it: opened by openpyxl, the wrong cells put right, saved."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for line, (_row, cells, _sent) in enumerate(BAD, 2):
        for column, value in cells.items():
            book.active.cell(line, column + 1).value = value
    if change:
        change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def everybody(draft: BatchSend) -> set[tuple[str, ...]]:
    people = list(Recipient.objects.of(draft.pk))
    found = {(person.phone, *person.values.values()) for person in people}
    assert len(found) == len(people)
    return found


@pytest.mark.parametrize(("language", "reason"), [("zh-hans", "原因"), ("en", "Reason")])
def test_it_has_the_own_columns_the_reasons_and_colours(staff: Client, language: str, reason: str) -> None:
    _draft, opened = uploaded(staff, language)

    sheet = openpyxl.load_workbook(io.BytesIO(sent_back(staff, opened))).active

    assert [cell.value for cell in sheet[1]] == [*HEADER, reason]
    for line, (row, cells, _sent) in enumerate(BAD, 2):
        written = [sheet.cell(line, column + 1) for column in range(len(HEADER))]
        coloured = {place for place, cell in enumerate(written) if cell.fill.fgColor.rgb == "FFFFC7CE"}
        assert coloured == set(cells)
        for cell, value in zip(written, row, strict=True):
            assert cell.data_type in ("s", "n")  # never a formula
            assert (cell.value or "") in (value, f"'{value}", value.removeprefix("'"), f"{value}")
        explained = str(sheet.cell(line, len(HEADER) + 1).value)
        assert str(line + 1) in explained
        assert len(explained.splitlines()) == len(cells)


def test_mended_by_openpyxl(staff: Client) -> None:
    draft, opened = uploaded(staff)

    outcome, second = through_upload(staff, draft, mended(sent_back(staff, opened)), "未导入.xlsx")

    assert not outcome.bad
    assert everybody(draft) == PEOPLE
    assert (second.good, second.duplicates, second.reading["unused"]) == (len(BAD), 0, ["序号", "备注"])


def test_sent_back_unmended_it_adds_nobody_and_has_one_reason_column(staff: Client) -> None:
    draft, opened = uploaded(staff)
    content = sent_back(staff, opened)

    for _time in range(2):
        outcome, again = through_upload(staff, draft, content, "未导入.xlsx")
        assert len(outcome.bad) == len(BAD)
        content = sent_back(staff, again)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert [cell.value for cell in sheet[1]] == [*HEADER, "原因"]

    through_upload(staff, draft, mended(content), "未导入.xlsx")
    assert everybody(draft) == PEOPLE


def test_mended_twice_and_together_with_the_first_file_it_doubles_nobody(staff: Client) -> None:
    draft, opened = uploaded(staff)
    content = mended(sent_back(staff, opened))

    through_upload(staff, draft, content, "一.xlsx")
    _outcome, second = through_upload(staff, draft, content, "二.xlsx")
    rows = [HEADER, GOOD, *(row for row, _mended, _sent in BAD)]
    _outcome, third = through_upload(staff, draft, workbook(rows)(), "名单.xlsx")

    assert (second.good, second.duplicates) == (0, len(BAD))
    assert (third.good, third.duplicates, third.rejected) == (0, 1, len(BAD))
    assert everybody(draft) == PEOPLE


def test_one_row_mended_on_the_page_and_all_of_them_in_the_workbook(staff: Client) -> None:
    draft, opened = uploaded(staff)
    content = mended(sent_back(staff, opened))
    row = opened.rejected_rows.get(row=3)
    staff.post(reverse("admin:django_alisms_batchsend_mend", args=[row.pk]), {"cell-1": "13900139000"})

    _outcome, second = through_upload(staff, draft, content, "未导入.xlsx")

    assert (second.good, second.duplicates) == (len(BAD) - 1, 1)
    assert everybody(draft) == PEOPLE
    draft.refresh_from_db()
    for one in (opened, second):
        one.refresh_from_db()
        counts_agree(draft, one)


def test_columns_in_another_order_and_rows_taken_out(staff: Client) -> None:
    draft, opened = uploaded(staff)

    def change(sheet: Any) -> None:
        sheet.move_range("B1:B6", cols=8)
        sheet.delete_cols(2)
        sheet.delete_rows(3)

    through_upload(staff, draft, mended(sent_back(staff, opened), change), "未导入.xlsx")

    assert everybody(draft) == PEOPLE - {BAD[1][2]}


def test_a_csv_without_header_and_with_lost_separators_comes_back_with_names(staff: Client) -> None:
    draft = draft_of("NAME")
    rows = [["13800138000", "王芳", "x"], ["1380013", "李伟", "y"], ["13700137000", "张三", "z", "多了"]]
    answers = {"header": "none", "columns": {"phone": "A", "name": "B"}}
    outcome, opened = through_upload(staff, draft, text(rows)(), "名单.csv", answers)
    assert outcome.bad == {2: "phone_too_short", 3: "ragged_row"}

    book = openpyxl.load_workbook(io.BytesIO(sent_back(staff, opened)))
    book.active["A2"].value = "13900139000"
    file = io.BytesIO()
    book.save(file)
    through_upload(staff, draft, file.getvalue(), "未导入.xlsx")

    assert everybody(draft) == {("13800138000", "王芳"), ("13900139000", "李伟"), ("13700137000", "张三")}


@pytest.mark.slow
@pytest.mark.xdist_group("spreadsheet_programs")
@pytest.mark.parametrize(
    "target", ["xlsx:Calc MS Excel 2007 XML", "ods", "xls", CSV.format(44, 76), CSV.format(9, 65535)]
)
def test_saved_by_libreoffice(staff: Client, tmp_path: Path, target: str) -> None:
    """Whatever the program makes of the text cells, the same people come out."""
    draft, opened = uploaded(staff)
    files = {"未导入.xlsx": mended(sent_back(staff, opened))}

    content = libreoffice(files, target, tmp_path / "soffice")["未导入.xlsx"]
    outcome, _second = through_upload(staff, draft, content, "未导入.xlsx")

    assert not outcome.bad
    assert everybody(draft) == PEOPLE
