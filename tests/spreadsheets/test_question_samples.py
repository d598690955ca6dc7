"""Beside a question stand the file's own rows, short, escaped, and with no number that could be dialled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_alisms.recipients.readers.isolation import IsolatedSheets

from .cases import structure
from .conftest import draft_of
from .doors import through_upload
from .made.workbooks import openpyxl

ROWS: list[list[Any]] = [
    ["手机号", "name"],
    ["13800138000", "王芳"],
    [13900139000, "<b>李伟</b>"],
    ["13700137000", "张三"],
]


def _two_sheets(book: Any, sheet: Any) -> None:
    other = book.create_sheet("退货")
    other.append(["电话", "说明"])
    other.append([13600136000, "赵六"])


def _hidden(book: Any, sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


CASES: dict[str, tuple[bytes, str, list[str]]] = {
    "which sheet": (
        openpyxl(ROWS[:2], _two_sheets)(),
        "sheet",
        [
            "名单 1: 手机号 | name",
            "名单 2: 138****8000 | 王芳",
            "退货 1: 电话 | 说明",
            "退货 2: 136****6000 | 赵六",
        ],
    ),
    "hidden rows": (openpyxl(ROWS, _hidden)(), "hidden_rows", ["3: 139****9000 | <b>李伟</b>"]),
    "a hidden column": (
        openpyxl(ROWS, structure.hide("B"))(),
        "hidden_columns",
        ["2: 王芳", "3: <b>李伟</b>", "4: 张三"],
    ),
    "which column": (
        openpyxl([["手机号", "收件人", "联系人"], ["13800138000", "王芳", "张三"]])(),
        "columns",
        ["2: 138****8000 | 王芳 | 张三"],
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "key", "lines"), CASES.values(), ids=CASES)
def test_the_rows_that_a_question_is_about(staff: Client, content: bytes, key: str, lines: list[str]) -> None:
    _outcome, opened = through_upload(staff, draft_of("NAME"), content, "名单.xlsx")

    (question,) = opened.questions
    assert (question["key"], question["facts"]["samples"]) == (key, lines)
    page = staff.get(
        reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk])
    ).content.decode()
    for line in lines:
        assert f"<li>{line.replace('<', '&lt;').replace('>', '&gt;')}</li>" in page


@pytest.mark.django_db
def test_the_rows_to_choose_the_header_from_have_no_whole_number(staff: Client) -> None:
    content = openpyxl([[13800138000, "王芳"], ["13900139000", "李伟"]])()

    _outcome, opened = through_upload(staff, draft_of("NAME"), content, "名单.xlsx")

    (question,) = opened.questions
    assert [one.get("label") for one in question["choices"]] == [
        "138****8000 | 王芳",
        "139****9000 | 李伟",
        None,
    ]


def test_a_workbook_of_many_sheets_is_looked_through_by_one_child(tmp_path: Path) -> None:
    def change(book: Any, sheet: Any) -> None:
        for number in range(50):
            book.create_sheet(f"表{number}").append(["手机号", "name"])

    path = tmp_path / "list.xlsx"
    path.write_bytes(openpyxl(ROWS, change)())
    sheets = IsolatedSheets(path, "zip")

    beginnings = [sheets.beginning(one.name) for one in sheets.sheets]

    assert [len(rows) for rows in beginnings] == [4, *[1] * 50]
    assert len(sheets._children) == 1
    sheets.close()
