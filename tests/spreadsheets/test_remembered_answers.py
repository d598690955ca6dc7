"""What a person answered about a file is ticked when the next file of the template asks the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from django_alisms.services.importing import dry_running
from django_alisms.services.refusals import NotPossible

from .conftest import draft_of
from .doors import through_upload
from .made.workbooks import openpyxl

pytestmark = pytest.mark.django_db


def _workbook() -> bytes:
    def change(book: Any, sheet: Any) -> None:
        sheet["C2"].number_format = "0%"
        sheet.row_dimensions[3].hidden = True
        book.create_sheet("other").append(["x"])

    rows = [
        ["手机号", "date", "amount", "code"],
        ["13800138000", date(2026, 11, 23), 0.85, "A1"],
        ["13900139000", "today", "x", "A2"],
        ["13800138000", "today", "x", "A3"],
    ]
    return openpyxl(rows, change)()


ANSWERS = {
    "sheet": "名单",
    "hidden_rows": "all",
    "number_form.amount": "percent.0",
    "date_format": "slash",
    "same_number": "keep_all",
}


def test_the_next_file_comes_with_the_answers_ticked(staff: Client) -> None:
    draft = draft_of("WHEN")
    outcome, opened = through_upload(staff, draft, _workbook(), "a.xlsx", ANSWERS)
    assert (opened.status, opened.good) == ("done", 3)
    assert outcome.people[0][2:] == ("2026/11/23", "85%", "A1")
    draft.template.refresh_from_db()
    assert draft.template.remembered["answers"] == ANSWERS

    _outcome, again = through_upload(staff, draft_of("WHEN"), _workbook(), "b.xlsx")

    assert again.status == "asking"  # another file is asked about
    page = staff.get(f"/admin/django_alisms/batchsend/imports/{again.pk}/")
    assert [field.initial for field in page.context["questions"].fields.values()] == ["名单"]


def test_an_answer_that_does_not_exist_is_refused_in_words(tmp_path: Path) -> None:
    draft = draft_of("WHEN")
    path = tmp_path / "list.xlsx"
    path.write_bytes(_workbook())
    for key, value in (("date_format", "us"), ("number_form.amount", "x"), ("hidden_rows", "some")):
        with pytest.raises(NotPossible, match="is no answer to"):
            dry_running.dry_run(path, "a.xlsx", draft.sign_name, draft.template, {key: value}, limit=None)
