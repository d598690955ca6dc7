"""Parts of a send's people, taken away as files from its page."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from django_alisms.admin import rest_pages
from django_alisms.models import BatchSend
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:django_alisms_{name}", args=args)


@pytest.fixture
def boss(db: Any) -> Any:
    return client_of("superuser")


@pytest.fixture
def send(world: SimpleNamespace) -> BatchSend:
    """150 accepted, of whom 120 have it and 20 do not; a hundred each refused, unknown and absent."""
    factories.reported(world.finished, {"DELIVERED": 120, "MOBILE_IN_BLACK": 15, "MOBILE_SEND_LIMIT": 5})
    return world.finished


def test_the_page_offers_every_part_that_has_somebody(send: BatchSend, boss: Any) -> None:
    html = boss.get(url("batchsend_change", send.pk)).content.decode()
    for label in (
        "Undelivered, may be tried again · 5",
        "Undelivered · 20",
        "Undelivered, MOBILE_IN_BLACK · 15",
        "Waiting for receipt · 10",
        "Refused, isv.AMOUNT_NOT_ENOUGH · 100",
        "Unknown · 100",
        "everybody · 450",
        "With full numbers",
    ):
        assert label in html
    assert "Cancelled ·" not in html


def test_the_live_page_is_told_the_parts_as_they_are_now(world: SimpleNamespace, boss: Any) -> None:
    def parts() -> dict[str, str]:
        news = boss.get(url("batchsend_progress", world.finished.pk)).json()
        return {one["key"]: one["label"] for one in news["slices"]}

    assert "undelivered" not in parts()
    factories.reported(world.finished, {"DELIVERED": 120, "MOBILE_IN_BLACK": 15})
    assert parts()["undelivered"] == "Undelivered · 15"
    assert parts()["waiting"] == "Waiting for receipt · 15"
    html = boss.get(url("batchsend_change", world.finished.pk)).content.decode()
    assert "data-al-slices" in html


@pytest.mark.parametrize(("role", "offered"), [("viewer", False), ("full_viewer", True)])
def test_full_numbers_are_offered_to_those_with_the_right(role: str, offered: bool, send: BatchSend) -> None:
    html = client_of(role).get(url("batchsend_change", send.pk)).content.decode()
    assert ("With full numbers" in html) is offered
    assert ("do not have the right to see full ones" in html) is not offered


def lines_of(response: Any) -> list[list[str]]:
    if "csv" in response["Content-Type"]:
        return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode().lstrip("\ufeff"))))
    page = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in page]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_both_kinds_of_file_hold_the_same(kind: str, send: BatchSend, boss: Any) -> None:
    response = boss.post(
        url("batchsend_export", send.pk),
        {"slice": "undelivered:MOBILE_SEND_LIMIT", "format": kind, "full": "1"},
    )
    assert response["Content-Disposition"] == (
        f'attachment; filename="{send.pk}-undelivered-MOBILE_SEND_LIMIT.{kind}"'
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    header, *rows = lines_of(response)
    assert header[:5] == ["Row", "phone", "name", "code", "amount"]
    assert len(rows) == 5
    assert {row[header.index("Code")] for row in rows} == {"MOBILE_SEND_LIMIT"}
    assert all(row[1].startswith("139") and "*" not in row[1] for row in rows)


def test_the_chinese_reader_gets_chinese_words(send: BatchSend, boss: Any) -> None:
    response = boss.post(
        url("batchsend_export", send.pk),
        {"slice": "undelivered", "format": "csv"},
        headers={"accept-language": "zh-hans"},
    )
    header, first, *_rest = lines_of(response)
    assert "状态" in header
    assert first[header.index("状态")] == "未送达"
    assert "*" in first[1]


@pytest.mark.parametrize("key", ["", "nobody", "waiting:X"])
def test_no_such_part(key: str, send: BatchSend, boss: Any) -> None:
    response = boss.post(url("batchsend_export", send.pk), {"slice": key}, follow=True)
    assert "There is no such part of this send. Nothing was exported." in response.content.decode()
    assert not send.events.filter(kind="exported").exists()


def test_a_list_too_long_for_a_workbook_is_told_to_be_csv(
    send: BatchSend, boss: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rest_pages, "WORKBOOK_PEOPLE", 100)
    response = boss.post(url("batchsend_export", send.pk), {"slice": "all", "format": "xlsx"}, follow=True)
    assert "take csv" in response.content.decode()
    assert not send.events.filter(kind="exported").exists()
    assert (
        len(lines_of(boss.post(url("batchsend_export", send.pk), {"slice": "all", "format": "csv"}))) == 451
    )


def test_a_name_of_a_file_holds_nothing_of_the_carriers(send: BatchSend, boss: Any) -> None:
    response = boss.post(
        url("batchsend_export", send.pk), {"slice": 'undelivered:a"\r\nb/../c', "format": "csv"}
    )
    assert response["Content-Disposition"] == f'attachment; filename="{send.pk}-undelivered-a___b_.._c.csv"'


def test_the_history_says_what_was_taken(send: BatchSend, boss: Any) -> None:
    boss.post(url("batchsend_export", send.pk), {"slice": "refused", "format": "csv", "full": "1"})
    html = boss.get(url("batchsend_change", send.pk)).content.decode()
    assert "exported 100 people with full numbers: Refused" in html


# -- a new send from these --------------------------------------------------------------------------------------------


def test_the_button_leads_to_a_page_that_asks(send: BatchSend, boss: Any) -> None:
    response = boss.post(
        url("batchsend_follow", send.pk), {"slice": "undelivered:MOBILE_SEND_LIMIT", "ask": "1"}
    )
    assert response["Location"] == url("batchsend_follow", send.pk) + "?slice=undelivered%3AMOBILE_SEND_LIMIT"
    assert not BatchSend.objects.filter(source=send).exists()
    html = boss.get(response["Location"]).content.decode()
    assert "Make a draft for 5 people" in html
    assert "may get it twice" not in html


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Bad for good, stay out", "−15", "Make a draft for 5 people"]),
        ("zh-hans", ["永久无效，不进入", "为 5 人建草稿", "什么都不会发送"]),
    ],
)
def test_the_page_says_who_comes_along(language: str, words: list[str], send: BatchSend, boss: Any) -> None:
    html = boss.get(
        url("batchsend_follow", send.pk), {"slice": "undelivered"}, headers={"accept-language": language}
    ).content.decode()
    for word in words:
        assert word in html


def test_a_draft_is_made_and_both_know_of_each_other(send: BatchSend, boss: Any) -> None:
    response = boss.post(
        url("batchsend_follow", send.pk), {"slice": "undelivered", "title": "once more"}, follow=True
    )
    made = BatchSend.objects.get(source=send)
    assert response.redirect_chain[-1][0] == url("batchsend_import_report", made.imports.get().pk)
    report = response.content.decode()
    assert "Number is bad for good" in report
    assert "1390000" not in report
    assert url("batchsend_mend", made.imports.get().rejected_rows.first().pk) not in report
    assert (made.title, made.recipients_total) == ("once more", 5)
    assert "The people come from" in boss.get(url("batchsend_change", made.pk)).content.decode()
    page = boss.get(url("batchsend_change", send.pk)).content.decode()
    assert "New sends from this one" in page
    assert url("batchsend_change", made.pk) in page
    assert "made a new send from these people: Undelivered" in page


def test_those_who_may_have_it_take_a_tick_and_a_reason(send: BatchSend, boss: Any) -> None:
    asked = {"slice": "waiting", "title": "x"}
    html = boss.get(url("batchsend_follow", send.pk), asked).content.decode()
    assert "may have got the message, and may not have" in html
    assert "Yes, these people may get it twice" in html
    for given in ({}, {"sure": "1"}, {"reason": "called"}, {"sure": "1", "reason": "  "}):
        html = boss.post(url("batchsend_follow", send.pk), asked | given).content.decode()
        assert "Nothing was changed." in html
        assert not BatchSend.objects.filter(source=send).exists()
    boss.post(url("batchsend_follow", send.pk), asked | {"sure": "1", "reason": "called"})
    assert BatchSend.objects.get(source=send).recipients_total == 10


def test_the_importer_is_told_which_right_is_missing(send: BatchSend) -> None:
    html = client_of("importer").get(url("batchsend_follow", send.pk), {"slice": "unknown"}).content.decode()
    assert "takes the right “resend absent”" in html
    assert "Make a draft" not in html


@pytest.mark.parametrize("key", ["", "all", "delivered", "left_out", "nobody"])
def test_nothing_is_made_from_others(key: str, send: BatchSend, boss: Any) -> None:
    for response in (
        boss.get(url("batchsend_follow", send.pk), {"slice": key}, follow=True),
        boss.post(url("batchsend_follow", send.pk), {"slice": key, "title": "x"}, follow=True),
    ):
        assert "Nothing was changed." in response.content.decode()
    assert not BatchSend.objects.filter(source=send).exists()


def test_batches_that_went_on_are_not_offered_for_sending_again(send: BatchSend, boss: Any) -> None:
    page = url("batchsend_change", send.pk)
    assert url("batchsend_resend_refused", send.pk) in boss.get(page).content.decode()
    boss.post(url("batchsend_follow", send.pk), {"slice": "refused", "title": "x"})
    html = boss.get(page).content.decode()
    assert url("batchsend_resend_refused", send.pk) not in html
    assert "so this batch is not sent again here" in html


def test_a_long_list_is_left_to_a_worker(send: BatchSend, boss: Any, settings: Any) -> None:
    settings.ALISMS = settings.ALISMS | {"IMPORT_INLINE_ROWS": 10}
    boss.post(url("batchsend_follow", send.pk), {"slice": "refused", "title": "x"})
    made = BatchSend.objects.get(source=send)
    assert (made.recipients_total, made.open_imports, made.imports.get().status) == (0, 1, "waiting")
