"""Alibaba Cloud's own figures beside ours: equal where both saw the same, and where they differ by how much."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client as Browser
from django.urls import resolve, reverse

from django_alisms.aliyun.operations import day_counts
from django_alisms.aliyun.outcomes import Answer, Outcome
from django_alisms.models import Batch
from django_alisms.services import account, starting, statistics
from django_alisms.services.actors import Actor
from django_alisms.services.clock import BEIJING
from django_alisms.services.receiving import polling
from django_alisms.services.refusals import NotPossible
from django_alisms.services.sending import Sender
from tests import factories
from tests.admin.conftest import client_of
from tests.sandbox.process import SandboxProcess, batch, call

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]
SHELL = Actor("operator")


@pytest.fixture
def sandbox(settings):
    with SandboxProcess(None) as made:
        settings.ALISMS = {
            "ENDPOINT": made.url,
            "ACCESS_KEY_ID": made.key_id,
            "ACCESS_KEY_SECRET": made.secret,
            "MAX_REQUESTS_PER_SECOND": 100_000,
        }
        yield made


@pytest.fixture
def client(sandbox):
    made = account.client()
    yield made
    made.close()


def sent(client, people: int):
    send = starting.start(factories.draft(people), actor=SHELL)
    Sender(client, SHELL, only=send.pk).run()
    return send


def test_both_count_the_same_when_all_receipts_are_here(client):
    sent(client, 1000)
    polling.poll(client, SHELL, all_of_them=True)

    found = statistics.compare(client, 7, actor=SHELL)

    parts = sum(Batch.objects.values_list("parts", flat=True))
    delivered = sum(Batch.objects.values_list("billed_parts", flat=True))
    [day] = found.days
    assert day.day == datetime.now(BEIJING).date()
    assert (day.ours, day.differs) == (statistics.Count(parts, delivered), False)
    assert found.total.ours == day.ours
    theirs = found.total.theirs
    assert theirs.accepted == theirs.delivered + theirs.undelivered + theirs.waiting == parts > delivered > 0


def test_what_another_program_sends_with_the_account_is_a_difference(client, sandbox):
    sent(client, 3)
    other = batch(
        ["18040580000"], "短信迁移测试签名", "SMS_71175823", [{"code": "1", "product": "y"}], "theirs"
    )
    assert call(sandbox.url, "SendBatchSms", **other).code == "OK"

    found = statistics.compare(client, 7, actor=SHELL)

    assert (found.total.accepted_difference, found.total.ours.delivered) == (1, 0)
    assert found.total.delivered_difference == 4
    assert found.days[0].differs


def test_days_are_those_of_beijing(client):
    sent(client, 3)
    midnight = datetime.combine(datetime.now(BEIJING).date(), datetime.min.time(), BEIJING)
    Batch.objects.update(marked_at=midnight - timedelta(seconds=1))

    found = statistics.compare(client, 7, actor=SHELL)

    today, before = found.days
    assert (today.ours.accepted, before.ours.accepted) == (0, 3)
    assert (today.accepted_difference, before.accepted_difference) == (3, -3)


def test_nothing_at_all_is_no_difference(client):
    found = statistics.compare(client, 90, actor=SHELL)

    assert (found.days, found.total.differs) == ([], False)


def test_a_refusal_is_a_sentence(client, sandbox):
    sandbox.control(fault="refuse", code="isp.RAM_PERMISSION_DENY", operation="QuerySendStatistics")

    with pytest.raises(NotPossible, match="RAM_PERMISSION_DENY"):
        statistics.compare(client, 7, actor=SHELL)


GOOD = {
    "SendDate": "20260102",
    "TotalCount": 9,
    "RespondedSuccessCount": "6",
    "RespondedFailCount": 2,
    "NoRespondedCount": 1,
}


@pytest.mark.parametrize(
    "wrong",
    [{"SendDate": "2026-01-02"}, {"TotalCount": None}, {"NoRespondedCount": -1}, {"RespondedFailCount": 1.5}],
)
def test_what_cannot_be_read_is_left_out_so_that_it_is_seen(wrong):
    rows = [GOOD, GOOD | wrong]
    answer = Answer(Outcome.ACCEPTED, "OK", "OK", data={"Data": {"TotalSize": 2, "TargetList": rows}})

    total, days = day_counts(answer)

    assert total == 2
    assert [(day.day, day.accepted, day.delivered, day.undelivered, day.waiting) for day in days] == [
        (date(2026, 1, 2), 9, 6, 2, 1)
    ]


@pytest.mark.parametrize(
    "data", [{}, {"TotalSize": 2, "TargetList": [GOOD]}, {"TotalSize": 2, "TargetList": [GOOD, GOOD]}]
)
def test_half_an_answer_is_not_shown(data, client, monkeypatch):
    answer = Answer(Outcome.ACCEPTED, "OK", "OK", data={"Data": data})
    monkeypatch.setattr(type(client), "query_send_statistics", lambda *_arguments: answer)

    with pytest.raises(NotPossible, match="incomplete"):
        statistics.compare(client, 7, actor=SHELL)


@pytest.mark.parametrize(
    "changes",
    [{"StartDate": "2026-01-02"}, {"PageSize": "51"}, {"IsGlobe": "3"}, {"EndDate": "20200101"}],
)
def test_the_sandbox_refuses_what_alibaba_cloud_would(changes, sandbox):
    query = {
        "IsGlobe": "1",
        "StartDate": "20260101",
        "EndDate": "20260102",
        "PageIndex": "1",
        "PageSize": "50",
    }

    assert call(sandbox.url, "QuerySendStatistics", query).code == "OK"
    assert call(sandbox.url, "QuerySendStatistics", query | changes).code == "isv.INVALID_PARAMETERS"
    assert call(sandbox.url, "QuerySendStatistics", query | {"StartDate": ""}).code == "MissingStartDate"


# -- the page ---------------------------------------------------------------------------------------------------------

PAGE = "admin:django_alisms_batchsend_compare"


def test_the_page_shows_both_and_the_difference(client):
    sent(client, 3)
    Batch.objects.update(parts=1)

    page: Browser = client_of("superuser")
    answer = page.post(reverse(PAGE), {"days": "7"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Compared with Alibaba Cloud" in text
    assert "<b>+2</b>" in text


def test_without_an_answer_the_page_says_why_and_stays(settings, db):
    settings.ALISMS = {"ENDPOINT": "http://127.0.0.1:9", "ACCESS_KEY_ID": "a", "ACCESS_KEY_SECRET": "b"}

    answer = client_of("superuser").post(reverse(PAGE), {"days": "7"})

    assert answer.status_code == 200
    assert b"local.connect_refused" in answer.content


def test_alibaba_cloud_is_asked_outside_the_transaction_of_a_request():
    assert resolve(reverse(PAGE)).func._non_atomic_requests == {"default"}
