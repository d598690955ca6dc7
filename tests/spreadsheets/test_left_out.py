"""What is hidden in a workbook and not read is named on the report."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from .conftest import draft_of
from .doors import through_upload
from .made.workbooks import openpyxl

pytestmark = pytest.mark.django_db

ROWS = [["手机号", "name"], ["13800138000", "王芳"], ["13900139000", "李伟"]]


def hide(book: Any, sheet: Any) -> None:
    for name, state in (("旧名单", "hidden"), ("<b>参数</b>", "veryHidden")):
        other = book.create_sheet("x")
        other._WorkbookChild__title = name  # what openpyxl would not let anybody write
        other.sheet_state = state
        other.append(["13700137000"])
    sheet.row_dimensions[3].hidden = True


@pytest.mark.parametrize(("language", "sheets", "comma", "rows"), [
    ("zh-hans", "未读取的隐藏工作表", "，", "略过的隐藏行"),
    ("en", "Hidden sheets, not read", ", ", "Hidden rows, left out"),
])  # fmt: skip
def test_the_report_names_what_was_not_read(
    staff: Client, language: str, sheets: str, comma: str, rows: str
) -> None:
    staff.cookies["django_language"] = language
    content = openpyxl(ROWS, hide)()

    outcome, opened = through_upload(
        staff, draft_of("NAME"), content, "名单.xlsx", {"hidden_rows": "visible"}
    )

    assert outcome.people == ((2, "13800138000", "王芳"),)
    page = staff.get(reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk]))
    shown = page.content.decode()
    assert f"<dt>{sheets}</dt><dd>旧名单{comma}&lt;b&gt;参数&lt;/b&gt;</dd>" in shown
    assert f"<dt>{rows}</dt><dd>1</dd>" in shown


def test_it_says_nothing_where_nothing_is_hidden(staff: Client) -> None:
    _outcome, opened = through_upload(staff, draft_of("NAME"), openpyxl(ROWS)(), "名单.xlsx")

    page = staff.get(reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk]))
    assert "<dt>Hidden" not in page.content.decode()
