"""Mending one refused row in the admin, with forms alone: from the report's table, and on the page of the row."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from django_alisms.models import Recipient, RecipientImport
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db

LIST = """手机号,name,code,amount,备注
13800138000,王芳,DD1,268.00,
1.38E+10,李伟,DD2,9.90,<b>贵宾</b>
x,,DD3,1.00,
13700137000,赵六
"""


@pytest.fixture
def staff() -> Client:
    return client_of("importer")


@pytest.fixture
def done(staff: Client) -> RecipientImport:
    draft = factories.draft()
    file = SimpleUploadedFile("名单.csv", LIST.encode())
    staff.post(reverse("admin:django_alisms_batchsend_import", args=[draft.pk]), {"import_file": file})
    return RecipientImport.objects.get()


def report(staff: Client, done: RecipientImport) -> str:
    page = staff.get(reverse("admin:django_alisms_batchsend_import_report", args=[done.pk]))
    return page.content.decode()


def mend(staff: Client, done: RecipientImport, row: int, **more: str) -> Any:
    pk = done.rejected_rows.get(row=row).pk
    data = {name.replace("_", "-", 1): value for name, value in more.items() if name != "send_both"}
    data |= {"send_both": "1"} if "send_both" in more else {}
    return staff.post(reverse("admin:django_alisms_batchsend_mend", args=[pk]), data, follow=True)


def test_the_report_has_a_form_for_a_row_with_one_wrong_cell_and_a_link_for_the_others(staff, done) -> None:
    content = report(staff, done)

    assert re.findall(r'name="cell-(\d+)" value="([^"]*)"', content) == [("0", "1.38E+10")]
    assert content.count("Mend this row</a>") == 2


def test_one_cell_in_the_table(staff, done) -> None:
    page = mend(staff, done, 3, cell_0="138 0013 8001")

    content = page.content.decode()
    assert "Row 3 was mended and is in the draft now. 2 rows of this file are not imported." in content
    assert Recipient.objects.filter(row=3, phone="13800138001").exists()
    done.refresh_from_db()
    assert (done.rows, done.good, done.rejected) == (4, 2, 2)
    history = staff.get(reverse("admin:django_alisms_event_changelist"))
    assert "Importer mended row 3 of “名单.csv”" in history.content.decode()


def test_what_is_still_wrong_is_said_beside_its_cell_and_what_was_typed_is_kept(staff, done) -> None:
    content = mend(staff, done, 4, cell_0="1380013", cell_1="孙七").content.decode()

    assert "The row is not right yet, so nothing was changed." in content
    assert 'value="1380013"' in content
    assert 'value="孙七"' in content
    assert "Only 7 digits" in content
    assert "Variable name is empty" not in content


def test_the_row_as_a_whole_is_shown_with_its_other_cells_escaped(staff, done) -> None:
    pk = done.rejected_rows.get(row=3).pk
    content = staff.get(reverse("admin:django_alisms_batchsend_mend", args=[pk])).content.decode()

    assert "&lt;b&gt;贵宾&lt;/b&gt;" in content
    assert "<b>贵宾" not in content
    assert re.findall(r'name="cell-(\d+)"', content) == ["0", "1", "2", "3"]


def test_a_row_with_lost_separators_can_be_completed(staff, done) -> None:
    mend(staff, done, 5, cell_0="13700137000", cell_1="赵六", cell_2="DD5", cell_3="5.00")

    assert Recipient.objects.get(row=5).values == {"name": "赵六", "code": "DD5", "amount": "5.00"}


def test_other_values_for_a_number_are_asked_about_with_a_box_to_tick(staff, done) -> None:
    asked = mend(staff, done, 3, cell_0="13800138000").content.decode()
    assert "This number is in the draft already, with other values." in asked
    assert 'name="send_both"' in asked
    assert Recipient.objects.count() == 1

    mend(staff, done, 3, cell_0="13800138000", send_both="1")
    assert Recipient.objects.filter(phone="13800138000").count() == 2


def test_a_row_that_somebody_else_mended_leads_back_to_the_report(staff, done) -> None:
    pk = done.rejected_rows.get(row=3).pk
    url = reverse("admin:django_alisms_batchsend_mend", args=[pk])
    data = {"import": str(done.pk), "cell-0": "13800138001"}
    staff.post(url, data)

    late = staff.post(url, data, follow=True)

    assert "This row was mended before" in late.content.decode()
    assert late.redirect_chain[-1][0].endswith(f"/imports/{done.pk}/")
    assert Recipient.objects.filter(row=3).count() == 1


def test_without_the_right_there_is_no_page(done) -> None:
    url = reverse("admin:django_alisms_batchsend_mend", args=[done.rejected_rows.get(row=3).pk])
    viewer = client_of("viewer")

    assert viewer.get(url).status_code == 403
    assert viewer.post(url, {"cell-0": "13800138001"}).status_code == 403
    assert Recipient.objects.count() == 1


# -- the same number again --------------------------------------------------------------------------------------

AGAIN = """手机号,name,code,amount
13800138000,王芳,DD1,268.00
138 0013 8000,王芳,DD1,268.00
13800138000,王芳,DD9,<b>9</b>
13700137000,李伟,DD2,1.00
"""


def upload(staff: Client, content: str) -> RecipientImport:
    draft = factories.draft()
    file = SimpleUploadedFile("名单.csv", content.encode())
    staff.post(reverse("admin:django_alisms_batchsend_import", args=[draft.pk]), {"import_file": file})
    return RecipientImport.objects.get()


def test_the_question_shows_the_rows_it_is_about_with_the_number_masked(staff) -> None:
    opened = upload(staff, AGAIN)

    content = report(staff, opened)

    table = content[content.index("The first of these numbers") :]
    table = table[: table.index("</table>")]
    rows = re.findall(r'<td class="num"[^>]*>(\d+)</td><td[^>]*>(.*?)</td>', table)
    assert rows == [("2", "王芳 · DD1 · 268.00"), ("4", "王芳 · DD9 · &lt;b&gt;9&lt;/b&gt;")]
    assert table.count("138****8000") == 1
    assert "13800138000" not in table
    assert "Rows in the file" not in content  # nothing was imported yet, so there is nothing to add up


def test_what_was_collapsed_is_listed_and_further_messages_are_counted(staff) -> None:
    opened = upload(staff, AGAIN)
    answer = reverse("admin:django_alisms_batchsend_answer", args=[opened.pk])
    staff.post(answer, {"q0": "keep_all"})

    content = report(staff, opened)

    listed = content[content.index("1 duplicate row") : content.index("</details>")]
    for word in ("138 0013 8000", "王芳 · DD1 · 268.00", "The same as row 2; it goes once"):
        assert word in listed
    assert "1 of them is a further message to a number" in content
    assert Recipient.objects.count() == 3
