"""Whether receipts come in: what is missing, and when a silence is a fault."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from django_alisms.models import AccountState, Batch, BatchSend
from django_alisms.services.receipt_health import GOOD, NEVER, STOPPED, WAITING, age, health, percent
from django_alisms.services.status import account_status, status_of
from tests import factories
from tests.admin.conftest import started

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef0123456789abcdef"
NOW = timezone.now().replace(microsecond=0)


def sent(ago: timedelta, people: int = 100) -> BatchSend:
    """A send accepted that long ago."""
    made = started(people, "finished", ["accepted"] * 10, started_at=NOW - ago, active_at=NOW - ago)
    Batch.objects.filter(batch_send=made).update(marked_at=NOW - ago, answered_at=NOW - ago)
    return made


def doors(**at: datetime | None) -> None:
    AccountState.objects.current()
    AccountState.objects.update(**at)


MINUTES = [timedelta(minutes=count) for count in range(61)]


@pytest.mark.parametrize(
    ("accepted", "pushed", "queue", "token", "verdict"),
    [
        (None, None, None, True, WAITING),
        (MINUTES[5], None, None, True, WAITING),  # the first push may still come
        (MINUTES[20], None, None, True, NEVER),
        (MINUTES[20], None, None, False, GOOD),  # nobody asked for pushes
        (MINUTES[20], None, MINUTES[1], True, GOOD),  # the queue is read instead
        (MINUTES[20], MINUTES[19], None, True, GOOD),  # a push has come since
        (MINUTES[20], MINUTES[26], None, True, STOPPED),
        (MINUTES[20], MINUTES[26], MINUTES[1], True, GOOD),
        (MINUTES[20], MINUTES[26], MINUTES[40], True, STOPPED),
        (MINUTES[5], MINUTES[26], None, True, GOOD),
        (None, timedelta(days=30), None, True, GOOD),  # a quiet month is no fault
        (timedelta(hours=80), timedelta(days=30), None, True, GOOD),  # too old for anything to come
    ],
)
def test_when_a_silence_is_a_fault(
    accepted: timedelta | None,
    pushed: timedelta | None,
    queue: timedelta | None,
    token: bool,
    verdict: str,
    settings: Any,
) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": TOKEN if token else ""}
    doors(
        receipts_pushed_at=None if pushed is None else NOW - pushed,
        queue_read_at=None if queue is None else NOW - queue,
    )
    if accepted is not None:
        sent(accepted)
    found = health(now=NOW)
    assert found.pushes == verdict
    assert bool(found.warning()) is found.pushes_stopped is (verdict in (STOPPED, NEVER))


def test_polled_receipts_do_not_hide_that_pushes_stopped(settings: Any) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": TOKEN}
    doors(receipts_pushed_at=NOW - timedelta(hours=1), receipts_polled_at=NOW)
    factories.reported(sent(timedelta(minutes=30)), {"DELIVERED": 100})
    found = health(now=NOW)
    assert (found.missing, found.pushes) == (0, STOPPED)
    assert "stopped: the last came 1 hour ago" in found.sentence()


def test_figures_of_one_send_and_of_all() -> None:
    old, new = sent(timedelta(hours=3), 200), sent(timedelta(minutes=4), 300)
    sent(timedelta(hours=100))
    factories.reported(old, {"DELIVERED": 150, "MOBILE_IN_BLACK": 49})
    every, one = health(now=NOW), health(new, now=NOW)
    assert (every.accepted, every.missing, every.oldest_missing) == (500, 301, NOW - timedelta(hours=3))
    assert (one.accepted, one.missing, one.oldest_missing) == (300, 300, NOW - timedelta(minutes=4))
    assert every.share_missing == pytest.approx(0.602)


def test_its_sentence_in_both_languages() -> None:
    sent(timedelta(hours=3), 200)
    with translation.override("en"):
        assert health(now=NOW).sentence() == (
            "200 of 200 people have no receipt yet (100.0%), the oldest for 3 hours."
        )
    with translation.override("zh-hans"):
        assert health(now=NOW).sentence() == "200 人中还有 200 人没有回执（100.0%），最早的已等了 3 小时。"


def test_nothing_sent_and_nothing_missing() -> None:
    assert health(now=NOW).sentence() == "No message of the last 72 hours waits for a receipt."
    factories.reported(sent(timedelta(hours=1)), {"DELIVERED": 100})
    assert health(now=NOW).sentence() == "No receipt is missing."


def test_it_stands_in_the_status() -> None:
    made = sent(timedelta(minutes=1), 200)
    factories.reported(made, {"DELIVERED": 150}, parts=2)
    found = status_of(made)
    assert (found["delivered"], found["waiting"], found["billed_parts"]) == (150, 50, 300)
    assert found["receipts"]["missing"] == 50
    assert account_status()["receipts"]["share_missing"] == 0.25
    assert set(found["receipts"]) == {
        "accepted",
        "missing",
        "share_missing",
        "oldest_missing",
        "last_push",
        "last_queue_read",
        "last_poll",
        "pushes_stopped",
        "sentence",
    }


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "—"),
        (0, 5, "0.0%"),
        (1, 100_000, "0.1%"),
        (99_999, 100_000, "99.9%"),
        (5, 5, "100.0%"),
        (1, 3, "33.3%"),
    ],
)
def test_percent_is_never_rounded_to_all_or_nothing(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 seconds"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (172_799, "47 hours"),
        (259_200, "3 days"),
    ],
)
def test_age(seconds: int, said: str) -> None:
    assert age(timedelta(seconds=seconds)) == said
