"""What the page of a send shows of its receipts."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_alisms.models import AccountState, BatchSend, OptOut, Recipient, Reply
from django_alisms.services import slices
from tests import factories

from .conftest import client_of, started

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:django_alisms_{name}", args=args)


@pytest.fixture
def boss(db: Any) -> Any:
    return client_of("superuser")


@pytest.fixture
def reported(world: SimpleNamespace) -> BatchSend:
    """The finished send of the world: 150 accepted, of whom 120 have it and 20 do not."""
    factories.reported(
        world.finished,
        {"DELIVERED": 120, "MOBILE_IN_BLACK": 15, "MOBILE_SEND_LIMIT": 4, "KL:28": 1},
        minutes=3,
    )
    return world.finished


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Delivered 120; Undelivered 20; Waiting for receipt 10",
                "20 people undelivered, by reason",
                "The number is on a black list of the carrier or the platform, mostly after an opt-out.",
                "not again",
                "may be tried",
                "The chart as a table",
                "Confirmed by receipts",
                "10 of 150 people have no receipt yet (6.7%)",
            ],
        ),
        (
            "zh-hans",
            [
                "已送达 120; 未送达 20; 等待回执 10",
                "未送达的 20 人，按原因",
                "不再发",
                "可再试",
                "回执确认",
                "用表格看这张图",
            ],
        ),
    ],
)
def test_the_picture_of_a_finished_send(
    language: str, expected: list[str], reported: BatchSend, boss: Any
) -> None:
    html = boss.get(
        url("batchsend_change", reported.pk), headers={"accept-language": language}
    ).content.decode()
    for words in expected:
        assert words in html
    assert '<title id="al-chart-title">' in html
    assert 'aria-labelledby="al-chart-title al-chart-words"' in html
    assert "KL:28" in html


def test_nothing_accepted_no_picture(boss: Any) -> None:
    made = started(100, "finished", ["refused"])
    html = boss.get(url("batchsend_change", made.pk)).content.decode()
    assert "al-chart" not in html
    assert 'id="receipts"' not in html


def test_the_finished_page_follows_while_receipts_may_come(reported: BatchSend, boss: Any) -> None:
    page = url("batchsend_change", reported.pk)
    assert "data-al-live" in boss.get(page).content.decode()
    news = boss.get(url("batchsend_progress", reported.pk)).json()
    assert (news["over"], news["follows"], news["wait"]) == (True, True, 5000)
    assert "Delivered 120" in news["picture"]
    assert news["figures"]["receipts"].startswith("10 of 150 people")

    factories.reported(reported, {"DELIVERED": 10})
    assert "data-al-live" not in boss.get(page).content.decode()
    news = boss.get(url("batchsend_progress", reported.pk)).json()
    assert (news["follows"], news["figures"]["receipts"]) == (False, "")


def test_after_three_days_nobody_waits_in_front_of_the_page(reported: BatchSend, boss: Any) -> None:
    BatchSend.objects.filter(pk=reported.pk).update(active_at=timezone.now() - timedelta(hours=73))
    assert "data-al-live" not in boss.get(url("batchsend_change", reported.pk)).content.decode()


def test_a_finished_page_is_not_loaded_anew_when_a_worker_comes_or_goes(
    reported: BatchSend, boss: Any
) -> None:
    """A person may be typing a reason there."""
    versions = set()
    for seen in (timezone.now(), None):
        AccountState.objects.update(worker_seen_at=seen)
        versions.add(boss.get(url("batchsend_progress", reported.pk)).json()["version"])
    assert len(versions) == 1


def test_the_page_does_not_ask_more_of_a_longer_send(boss: Any) -> None:
    asked = []
    for people in (300, 900):
        made = started(people, "finished", ["accepted"] * (people // 100), finished_at=timezone.now())
        factories.reported(made, {"DELIVERED": people - 50, "MOBILE_IN_BLACK": 10}, minutes=5)
        boss.get(url("batchsend_change", made.pk))
        with CaptureQueriesContext(connection) as queries:
            boss.get(url("batchsend_change", made.pk))
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[0] <= 30


# -- the people ---------------------------------------------------------------------------------------------------------


def people(boss: Any, send: BatchSend, part: str = "", **more: str) -> Any:
    asked = {"batch__batch_send__id__exact": send.pk, **({"part": part} if part else {}), **more}
    return boss.get(url("recipient_changelist"), asked)


@pytest.mark.parametrize(
    ("part", "count"),
    [
        ("delivered", 120),
        ("undelivered", 20),
        ("undelivered:MOBILE_IN_BLACK", 15),
        ("undelivered:KL:28", 1),
        ("waiting", 10),
        ("refused", 100),
        ("left_out", 0),
        ("nobody", 0),
    ],
)
def test_people_are_filtered_by_what_became_of_them(
    part: str, count: int, reported: BatchSend, boss: Any
) -> None:
    assert people(boss, reported, part).context["cl"].result_count == count


def test_the_filter_is_offered_beside_a_send_only(
    reported: BatchSend, world: SimpleNamespace, boss: Any
) -> None:
    html = people(boss, reported).content.decode()
    assert "Undelivered, MOBILE_IN_BLACK · 15" in html
    for page in (people(boss, world.draft), boss.get(url("recipient_changelist"))):
        assert "what became of them" not in page.content.decode()


@pytest.mark.parametrize(
    ("part", "language", "words"),
    [
        (
            "undelivered:MOBILE_IN_BLACK",
            "en",
            ["Undelivered", "The number is on a black list", "MOBILE_IN_BLACK"],
        ),
        ("undelivered:MOBILE_IN_BLACK", "zh-hans", ["未送达", "黑名单", "MOBILE_IN_BLACK"]),
        ("refused", "en", ["Refused", "isv.AMOUNT_NOT_ENOUGH"]),
        ("waiting", "en", ["Waiting for receipt"]),
    ],
)
def test_a_person_shows_the_receipt_with_its_explanation(
    part: str, language: str, words: list[str], reported: BatchSend, boss: Any
) -> None:
    page = people(boss, reported, part)
    person = page.context["cl"].result_list[0]
    headers = {"accept-language": language}
    for html in (
        boss.get(page.wsgi_request.get_full_path(), headers=headers).content.decode(),
        boss.get(url("recipient_change", person.pk), headers=headers).content.decode(),
    ):
        for word in words:
            assert word in html


def test_figures_lead_to_their_people(reported: BatchSend, boss: Any) -> None:
    html = boss.get(url("batchsend_change", reported.pk)).content.decode()
    for part in ("delivered", "undelivered", "waiting", "undelivered:KL%3A28"):
        link = f"{url('recipient_changelist')}?batch__batch_send__id__exact={reported.pk}&amp;part={part}"
        assert link in html
        assert boss.get(link.replace("&amp;", "&")).status_code == 200


# -- replies ------------------------------------------------------------------------------------------------------------


def test_replies_stand_under_the_send_they_answer(reported: BatchSend, boss: Any) -> None:
    first, second = Recipient.objects.of(reported.pk).order_by("pk")[:2]
    for number, (person, text) in enumerate(((first, "收到，谢谢"), (second, "<b>TD</b>"))):
        Reply.objects.create(
            phone=person.phone,
            content=text,
            sequence_id=f"r{number}",
            batch_send=reported,
            sent_at="2026-11-23 09:20:00",
        )
    OptOut.objects.create(phone=second.phone)
    html = boss.get(url("batchsend_change", reported.pk)).content.decode()
    assert "收到，谢谢" in html
    assert "&lt;b&gt;TD&lt;/b&gt;" in html
    assert html.count("has opted out") == 1
    assert first.phone not in html
    listed = boss.get(url("reply_changelist"), {"batch_send__id__exact": reported.pk}).content.decode()
    assert "收到，谢谢" in listed
    assert first.phone not in listed


def test_replies_are_for_those_who_may_see_them(reported: BatchSend) -> None:
    Reply.objects.create(phone="13900000001", content="谢谢你们", sequence_id="r", batch_send=reported)
    client = client_of("viewer")
    assert "谢谢你们" in client.get(url("batchsend_change", reported.pk)).content.decode()
    get_user_model().objects.get(username="viewer").user_permissions.remove(
        Permission.objects.get(codename="view_reply")
    )
    assert "谢谢你们" not in client.get(url("batchsend_change", reported.pk)).content.decode()


def test_only_the_newest_replies_are_on_the_page(reported: BatchSend, boss: Any) -> None:
    for number in range(30):
        Reply.objects.create(
            phone="13900000001", content=f"reply {number:02}", sequence_id=f"n{number}", batch_send=reported
        )
    html = boss.get(url("batchsend_change", reported.pk)).content.decode()
    assert "reply 29" in html
    assert "reply 19" not in html
    assert "All replies to this send" in html


@pytest.mark.parametrize(
    "part", ["", "delivered", "undelivered", "undelivered:MOBILE_IN_BLACK", "retriable", "refused"]
)
def test_paging_through_a_part_shows_everybody_once(part: str, boss: Any) -> None:
    made = started(600, "finished", ["accepted"] * 4 + ["refused", "accepted"], finished_at=timezone.now())
    factories.reported(made, {"DELIVERED": 130, "MOBILE_IN_BLACK": 120, "MOBILE_SEND_LIMIT": 110})
    seen: list[int] = []
    page = people(boss, made, part)
    pages = page.context["cl"].paginator.num_pages
    for number in range(1, pages + 1):
        shown = people(boss, made, part, p=str(number)).context["cl"].result_list
        seen += [person.pk for person in shown]
    expected = slices.recipients(made, slices.Slice.parse(part or "all")).order_by("pk")
    assert seen == list(expected.values_list("pk", flat=True))
    assert page.context["cl"].result_count == len(seen)


def test_a_search_within_a_part(reported: BatchSend, boss: Any) -> None:
    person = Recipient.objects.of(reported.pk).filter(delivery="undelivered").last()
    assert people(boss, reported, "undelivered", q=person.phone).context["cl"].result_count == 1
    assert people(boss, reported, "delivered", q=person.phone).context["cl"].result_count == 0
