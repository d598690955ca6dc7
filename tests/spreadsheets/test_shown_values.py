"""Cases 86, 96, 97, 100, 101 and 102: what stands in a file is shown as text everywhere, and sent byte for byte."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import django
import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.log import AdminEmailHandler

from django_alisms.models import Recipient
from django_alisms.services.importing import mending
from django_alisms.templatetags.alisms import seen
from tests.sandbox.process import SandboxProcess

from .conftest import SIGN, code_of, draft_of
from .doors import through_upload
from .made.texts import text
from .made.workbooks import openpyxl as workbook

MARKUP = ["<img src=x onerror=alert(1)>", "javascript:alert(1)//", "{{ 7*'7' }}", "{% now 'Y' %}"]
BREAKERS = [
    'say "hi"',
    "a\\b",
    "</script>",
    '{"a":1}',
    '\\"',
    "${code}",
    "${name}",
    "100%",
    "%(x)s",
    "=1+1",
    "a&b=c",
]
RAW = re.compile(r"<img src=x|7777777|<script>alert")


def names(*values: str, bad: bool = False) -> list[list[str]]:
    phone = "x" if bad else "1390013{:04d}"
    return [["手机号", "name"], *([phone.format(number), value] for number, value in enumerate(values))]


@pytest.mark.django_db
def test_markup_is_text_on_every_page(staff: Client) -> None:
    draft = draft_of("NAME")
    title = "<img src=x onerror=alert(2)>.xlsx"
    rows = [*names(*MARKUP), *names(*MARKUP, bad=True)[1:], *names(*MARKUP)[1:]]

    _outcome, opened = through_upload(staff, draft, workbook(rows)(), title)

    assert (opened.good, opened.duplicates, opened.rejected) == (4, 4, 4)
    person = Recipient.objects.of(draft.pk).order_by("row").first()
    row = opened.rejected_rows.filter(duplicate=False).first()
    pages = {
        "report": ("batchsend_import_report", [opened.pk]),
        "mend": ("batchsend_mend", [row.pk]),
        "people": ("recipient_changelist", []),
        "person": ("recipient_change", [person.pk]),
        "draft": ("batchsend_change", [draft.pk]),
        "confirm": ("batchsend_confirm", [draft.pk]),
        "history": ("event_changelist", []),
        "list": ("batchsend_changelist", []),
    }
    for name, (url, arguments) in pages.items():
        content = staff.get(reverse(f"admin:django_alisms_{url}", args=arguments)).content.decode()
        assert not RAW.search(content), name
        if name in ("report", "mend", "people", "person", "confirm"):
            assert "&lt;img src=x onerror=alert(1)&gt;" in content, name
        if name in ("report", "history"):
            assert "&lt;img src=x onerror=alert(2)&gt;.xlsx" in content, name


@pytest.mark.django_db
def test_markup_is_text_in_messages(staff: Client) -> None:
    draft = draft_of("NAME")
    _outcome, opened = through_upload(staff, draft, text(names("王芳"))(), "<img src=x onerror=alert(1)>.csv")

    discard = reverse("admin:django_alisms_batchsend_discard", args=[opened.pk])
    content = staff.post(discard, follow=True).content.decode()

    assert "&lt;img src=x onerror=alert(1)&gt;.csv” was discarded" in content
    assert not RAW.search(content)


# Pairs until Django 5.2, addresses after it.
ADMINS = ["a@example.com"] if django.VERSION >= (6, 0) else [("a", "a@example.com")]


@pytest.mark.django_db
@override_settings(ADMINS=ADMINS, DEBUG=False)
def test_markup_is_text_in_a_mail_to_the_admins(
    staff: Client, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    """A fault of ours on the page of a row: Django mails the frames with what stood in them."""
    _outcome, opened = through_upload(staff, draft_of("NAME"), text(names(*MARKUP, bad=True))(), "名单.csv")

    def breaks(row: Any, *_arguments: Any) -> None:
        shown = row.cells
        raise RuntimeError(f"broken on purpose at {shown}")

    monkeypatch.setattr(mending, "fields_of", breaks)
    logger, handler = logging.getLogger("django.request"), AdminEmailHandler(include_html=True)
    logger.addHandler(handler)
    staff.raise_request_exception = False
    try:
        row = opened.rejected_rows.get(row=2)
        page = staff.get(reverse("admin:django_alisms_batchsend_mend", args=[row.pk]))
    finally:
        logger.removeHandler(handler)

    assert page.status_code == 500
    (html,) = [str(body) for mail in mailoutbox for body, _kind in mail.alternatives]
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert not RAW.search(html)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("王芳", "王芳"),
        ("<b>", "&lt;b&gt;"),
        ("王\u202e芳<", '王<mark class="al-odd" title="Invisible character">U+202E</mark>芳&lt;'),
        ("a\u200b", 'a<mark class="al-odd" title="Invisible character">U+200B</mark>'),
        ("Ελένη", "Ελένη"),
        (
            "Аnn",
            '<mark class="al-odd" title="Letters of another script that look alike: U+0410">А</mark>nn',
        ),
        ("", ""),
    ],
)
def test_what_deceives_the_eye_has_a_marker(value: str, shown: str) -> None:
    assert seen(value) == shown


@pytest.mark.django_db
def test_the_marker_stands_where_people_and_messages_are_shown(staff: Client) -> None:
    draft = draft_of("NAME")
    _outcome, opened = through_upload(
        staff, draft, text(names("王\u202e芳", "x" * 30 + "Аа" * 9))(), "名单.csv"
    )

    for url, arguments in (
        ("recipient_changelist", []),
        ("batchsend_confirm", [draft.pk]),
        ("batchsend_import_report", [opened.pk]),
    ):
        content = staff.get(reverse(f"admin:django_alisms_{url}", args=arguments)).content.decode()
        assert 'class="al-odd"' in content, url
        assert "\u202e" not in content, url


@pytest.mark.django_db
def test_what_could_be_a_formula_leaves_as_text(staff: Client) -> None:
    formulas = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "＝1+1", "\t=1"]
    _outcome, opened = through_upload(
        staff, draft_of("NAME"), workbook(names(*formulas, bad=True))(), "名单.xlsx"
    )

    page = staff.get(reverse("admin:django_alisms_batchsend_rejected", args=[opened.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(page.streaming_content))).active

    for line, value in enumerate(formulas, 2):
        cell = sheet.cell(line, 2)
        assert (cell.data_type, cell.value) == ("s", f"'{value}")


@pytest.mark.django_db(transaction=True)
def test_values_arrive_byte_for_byte(tmp_path: Any, configured: SandboxProcess) -> None:
    path = tmp_path / "list.xlsx"
    values = [*BREAKERS, *MARKUP, "王芳 O'Neill", "陳麗華", "\u4dae", "𠮷野"]
    path.write_bytes(workbook(names(*values))())
    before = len(configured.ledger())

    call_command(
        "alisms_send", str(path), f"--sign-name={SIGN}", f"--template={code_of('NAME')}", verbosity=0
    )

    entries = configured.ledger()[before:]
    params = [one for entry in entries for one in entry["params"]]
    texts = [one for entry in entries for one in entry["texts"]]
    assert [one["name"] for one in params] == values
    assert json.loads(json.dumps(params)) == params
    # ${code} in a value is those characters: never expanded a second time.
    assert f"【{SIGN}】${{code}}您好，您的快递已到达，请及时领取。" in texts
