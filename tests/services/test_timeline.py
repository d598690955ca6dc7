"""What is read for the picture of a send: over time, by reason, in parts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from django_alisms.models import Batch, BatchSend
from django_alisms.services import timeline
from django_alisms.services.status import counts_of
from tests import factories
from tests.admin.conftest import started

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(db: Any) -> BatchSend:
    """450 people: 250 accepted, 100 refused, 100 unknown; started ten minutes ago on the full minute."""
    start = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    made = started(
        450,
        "finished",
        ["accepted", "accepted", "refused", "unknown", "accepted"],
        started_at=start,
        price_per_part=Decimal("0.0450"),
    )
    for number, batch in enumerate(made.batches.order_by("number")):
        Batch.objects.filter(pk=batch.pk).update(
            answered_at=start + timedelta(seconds=number), marked_at=start + timedelta(seconds=number)
        )
    return made


def test_a_draft_has_none(db: Any) -> None:
    assert timeline.timeline(factories.draft(3)) is None


def test_events_from_batches_and_tallies(send: BatchSend) -> None:
    factories.reported(send, {"DELIVERED": 100, "MOBILE_IN_BLACK": 10}, minutes=2)
    found = timeline.timeline(send)
    assert found is not None
    assert sorted(found.accepted) == [(0.0, 100), (1.0, 100), (4.0, 50)]
    # Known to the minute: 55 in the first, 45 in the second, from the end of each.
    assert found.delivered == [(60.0, 55), (120.0, 45)]
    assert found.undelivered == [(120.0, 10)]
    assert found.half_delivered_after == 60.0


def test_a_batch_without_an_answer_counts_from_when_it_was_marked(send: BatchSend) -> None:
    Batch.objects.filter(batch_send=send, status="accepted", number=2).update(answered_at=None)
    found = timeline.timeline(send)
    assert found is not None
    assert sorted(found.accepted) == [(0.0, 100), (1.0, 100), (4.0, 50)]


def test_clocks_that_differ_put_nothing_before_the_start_or_after_now(send: BatchSend) -> None:
    factories.reported(send, {"DELIVERED": 5}, since=send.started_at - timedelta(hours=1))
    factories.reported(send, {"DELIVERED": 7}, since=timezone.now() + timedelta(hours=1))
    found = timeline.timeline(send)
    assert found is not None
    assert found.delivered == [(0.0, 5), (found.elapsed, 7)]


def test_reasons_the_most_frequent_first(send: BatchSend) -> None:
    factories.reported(send, {"DELIVERED": 9, "MOBILE_IN_BLACK": 3, "INVALID_NUMBER": 5, "KL:28": 3})
    assert list(timeline.undelivered_by_code(send).items()) == [
        ("INVALID_NUMBER", 5),
        ("KL:28", 3),
        ("MOBILE_IN_BLACK", 3),
    ]


@pytest.mark.parametrize(
    ("verdicts", "parts", "open_parts"),
    [
        ({"DELIVERED": 200, "MOBILE_IN_BLACK": 10}, 1, -40),  # forty still wait
        ({"DELIVERED": 240, "MOBILE_IN_BLACK": 10}, 1, 0),
        ({"DELIVERED": 240, "MOBILE_IN_BLACK": 10}, 2, 250),  # nobody waits, each counted as two
        ({}, 1, -250),
    ],
)
def test_the_cost_adds_up(send: BatchSend, verdicts: dict[str, int], parts: int, open_parts: int) -> None:
    factories.reported(send, verdicts, parts=parts)
    found = timeline.cost(send, counts_of([send.pk])[send.pk])
    assert found.estimated == 450
    assert found.not_accepted == -200
    assert found.not_delivered == -verdicts.get("MOBILE_IN_BLACK", 0) * parts
    assert found.confirmed == verdicts.get("DELIVERED", 0) * parts
    assert found.open == open_parts
    assert found.estimated + found.not_accepted + found.not_delivered + found.open == found.confirmed
    assert found.yuan(found.estimated) == Decimal("20.2500")
