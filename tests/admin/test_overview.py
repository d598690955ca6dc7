"""The overview: what became of everything sent in the last days, read from counters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_alisms.models import AccountState, Batch, BatchSend, SignName, Template
from django_alisms.services.overview import SHOWN, Tally, overview
from tests import factories

from .conftest import client_of, started

pytestmark = [pytest.mark.django_db]
# Ten in the morning of a day in Shanghai, and at night the day before in Greenwich.
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PAGE = "admin:django_alisms_batchsend_overview"


def sent(at: datetime, people: int, batches: list[str], verdicts: dict[str, int], **facts: Any) -> BatchSend:
    template = Template.objects.filter(code=factories.TEMPLATE).first() or factories.template()
    sign_name = SignName.objects.filter(name=factories.SIGN).first() or factories.sign_name()
    made = started(
        people,
        "finished",
        batches,
        **{"started_at": at, "active_at": at, "template": template, "sign_name": sign_name} | facts,
    )
    Batch.objects.filter(batch_send=made).update(marked_at=at)
    factories.reported(made, verdicts)
    return made


@pytest.fixture
def sends(db: Any) -> list[BatchSend]:
    other = {
        "template": factories.template("SMS_2", name="积分到期提醒"),
        "sign_name": factories.sign_name("某某商城会员"),
    }
    return [
        sent(NOW - timedelta(hours=1), 300, ["accepted"] * 3, {"DELIVERED": 200, "MOBILE_IN_BLACK": 10}),
        sent(
            NOW.replace(hour=0, minute=5), 250, ["accepted", "refused", "unknown"], {"MOBILE_SEND_LIMIT": 20}
        ),
        sent(
            NOW - timedelta(days=3),
            400,
            ["accepted", "absent", "cancelled", "pending"],
            {"DELIVERED": 90},
            **other,
        ),
        sent(NOW - timedelta(days=30), 100, ["accepted"], {"DELIVERED": 100}),
    ]


def test_days_are_the_readers_and_add_up(sends: list[BatchSend]) -> None:
    found = overview(7, now=NOW)
    days = {f"{day:%m-%d}": tally for day, tally in found.days}
    assert list(days) == ["11-17", "11-18", "11-19", "11-20", "11-21", "11-22", "11-23"]
    # Five past midnight in Shanghai is the day before in Greenwich; it is today's.
    today = days["11-23"]
    assert (today.sends, today.accepted, today.delivered, today.undelivered) == (2, 400, 200, 30)
    assert (today.waiting, today.not_accepted) == (170, 150)
    assert (days["11-20"].accepted, days["11-20"].delivered, days["11-20"].not_accepted) == (100, 90, 100)
    assert days["11-22"] == Tally()
    assert (found.total.sends, found.total.accepted) == (3, 500)
    assert sum(tally.accepted for _day, tally in found.days) == found.total.accepted


def test_by_template_and_sign_name_with_the_most_frequent_reason(sends: list[BatchSend]) -> None:
    found = overview(7, now=NOW)
    assert [(one.name, one.tally.accepted) for one in found.templates] == [
        ("发货通知", 400),
        ("积分到期提醒", 100),
    ]
    assert [one.name for one in found.sign_names] == [factories.SIGN, "某某商城会员"]
    assert [one.tally.top_reason for one in found.templates] == ["MOBILE_SEND_LIMIT", ""]
    assert dict(found.templates[0].tally.reasons) == {"MOBILE_SEND_LIMIT": 20, "MOBILE_IN_BLACK": 10}


def test_ages_of_what_is_missing_add_up(sends: list[BatchSend]) -> None:
    found = overview(90, now=NOW)
    assert [one.people for one in found.ages] == [0, 0, 170, 0, 10]
    assert sum(one.people for one in found.ages) == found.total.waiting


def test_many_templates_are_ten_and_all_others(db: Any) -> None:
    for number in range(SHOWN + 3):
        sent(
            NOW,
            10 + number,
            ["accepted"],
            {"DELIVERED": 5},
            template=factories.template(f"SMS_{number}", name=f"T{number}"),
        )
    found = overview(7, now=NOW)
    assert len(found.templates) == SHOWN + 1
    assert [one.name for one in found.templates[:2]] == ["T12", "T11"]
    assert found.templates[-1].pk is None
    assert found.templates[-1].tally.accepted == 10 + 11 + 12
    assert sum(one.tally.accepted for one in found.templates) == found.total.accepted


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Overview and receipts",
                "Are receipts coming in?",
                "By template",
                "The last 14 days",
                "Delivered of accepted",
            ],
        ),
        ("zh-hans", ["概览与回执", "回执是否正常", "按模板", "近 14 天", "送达率", "最多的未送达原因"]),
    ],
)
def test_the_page_in_both_languages(language: str, words: list[str], db: Any) -> None:
    sent(timezone.now(), 300, ["accepted"] * 3, {"DELIVERED": 200, "MOBILE_IN_BLACK": 10})
    html = client_of("viewer").get(reverse(PAGE), headers={"accept-language": language}).content.decode()
    for word in words:
        assert word in html
    assert 'aria-labelledby="al-days-title al-days-words"' in html
    assert "1390000" not in html
    assert len(html) < 100_000


def test_the_page_before_anything_was_sent(db: Any) -> None:
    html = client_of("viewer").get(reverse(PAGE)).content.decode()
    assert "Nothing was sent in these days." in html
    assert "No message of the last 72 hours waits for a receipt." in html


@pytest.mark.parametrize(
    ("asked", "days"), [("7", 7), ("90", 90), ("", 14), ("99999999", 14), ("x", 14), ("-1", 14)]
)
def test_the_period_is_one_of_a_few(asked: str, days: int, db: Any) -> None:
    response = client_of("viewer").get(reverse(PAGE), {"days": asked})
    assert response.context["days"] == days
    assert len(response.context["chart"]["columns"]) == days


def test_it_warns_when_pushes_have_stopped(db: Any, settings: Any) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": "0123456789abcdef0123456789abcdef"}
    now = timezone.now()
    AccountState.objects.current()
    AccountState.objects.update(receipts_pushed_at=now - timedelta(minutes=40))
    sent(now - timedelta(minutes=30), 100, ["accepted"], {})
    html = client_of("viewer").get(reverse(PAGE)).content.decode()
    assert "Receipt pushes have stopped: the last came 40 minutes ago" in html
    assert "al-say bad" in html


def test_it_does_not_ask_more_of_longer_or_more_sends(db: Any) -> None:
    client = client_of("viewer")
    asked = []
    for people in (300, 900, 900):
        sent(timezone.now(), people, ["accepted"] * 9, {"DELIVERED": people - 50, "MOBILE_IN_BLACK": 10})
        client.get(reverse(PAGE))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(PAGE))
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2]
    assert not [query for query in queries if "alisms_recipient" in query["sql"]]


@pytest.mark.parametrize(("role", "linked"), [("viewer", True), ("staff", False)])
def test_it_is_linked_from_the_index_and_the_list(role: str, linked: bool, db: Any) -> None:
    client = client_of(role)
    response = client.get(reverse("admin:app_list", args=["django_alisms"]))
    assert (reverse(PAGE) in response.content.decode()) is linked
    if linked:
        page = client.get(reverse("admin:django_alisms_batchsend_changelist"))
        assert reverse(PAGE) in page.content.decode()
