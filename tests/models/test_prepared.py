"""A prepared query says what the ORM's own says, with whatever values."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from django_alisms.models import Batch, BatchSend, Recipient
from django_alisms.models.batch_sends import LATE_AFTER
from django_alisms.models.prepared import ROWS, Prepared, Slot
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.marking import Marker
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
SHELL = Actor("operator")


@pytest.fixture
def send() -> BatchSend:
    return starting.start(factories.draft(450), actor=SHELL)


def test_one_value_a_list_and_a_limit(send: BatchSend) -> None:
    batches = list(Batch.objects.order_by("pk").values_list("pk", flat=True))
    text, number = models.CharField(), models.BigAutoField()
    people = Prepared(
        lambda: (
            Recipient.objects.filter(left_out=Slot("left_out", text), batch__pk__in=[Slot("batches", number)])
            .order_by("pk")
            .values_list("pk", "phone")[ROWS]
        )
    )
    for left_out, some, limit in (("", batches[:1], 3), ("", batches[1:4], 250), ("opted_out", batches, 5)):
        expected = Recipient.objects.filter(left_out=left_out, batch__in=some).order_by("pk")
        assert people.rows(limit, left_out=left_out, batches=some) == list(
            expected.values_list("pk", "phone")[:limit]
        )


def test_an_update_says_how_many_rows_it_found(send: BatchSend) -> None:
    batches = list(Batch.objects.order_by("pk").values_list("pk", flat=True))
    resend = Prepared(
        lambda: Batch.objects.filter(pk__in=[Slot("batches", models.BigAutoField())]),
        token=Slot("token", models.CharField()),
        resent=models.F("resent") + 1,
    )
    assert resend.execute(batches=batches[:2], token="a") == 2
    assert resend.execute(batches=[*batches[1:3], 0], token="b") == 2
    found = Batch.objects.order_by("pk").values_list("token", "resent")
    assert list(found) == [("a", 1), ("b", 2), ("b", 1), ("", 0), ("", 0)]


def test_a_value_is_never_a_part_of_the_statement(send: BatchSend) -> None:
    by_token = Prepared(
        lambda: Batch.objects.filter(token=Slot("token", models.CharField())).values_list("pk")
    )
    for token in ("' OR 1=1 --", "%s", "%%", "", '"'):
        Batch.objects.filter(number=1).update(token=token[:8])
        assert by_token.rows(token=token[:8]) == list(Batch.objects.filter(token=token[:8]).values_list("pk"))


def test_a_statement_with_a_percent_sign_is_not_prepared(send: BatchSend) -> None:
    like = Prepared(lambda: Batch.objects.extra(where=["token LIKE '%%a'"]).values_list("pk"))
    with pytest.raises(ValueError, match="percent"):
        like.rows()


@pytest.mark.parametrize("only", [True, False])
def test_the_candidates_are_those_of_the_query(send: BatchSend, only: bool) -> None:
    other = starting.start(factories.draft(250), actor=SHELL, again=True)
    Batch.objects.filter(batch_send=send, number=2).update(status="accepted")
    Batch.objects.filter(batch_send=send, number=3).update(not_before=database_now() + LATE_AFTER)
    marker = Marker("a worker", send.pk if only else None)
    now = database_now()

    with transaction.atomic():
        found = marker._candidates(10, now)

    expected = [(send.pk, number) for number in (1, 4, 5)]
    expected += [] if only else [(other.pk, number) for number in (1, 2, 3)]
    assert [(one.batch_send_id, one.number) for one in found] == expected


def test_marking_takes_as_many_statements_for_many_batches_as_for_one(send: BatchSend) -> None:
    """Each statement of a turn is paid for by every answer in it."""
    marker, now = Marker("a worker", send.pk), database_now()
    marker.mark(1, now, 0.0)  # what is known of the send from now on
    taken: list[Any] = []
    for count in (1, 3):
        with CaptureQueriesContext(connection) as asked:
            assert len(marker.mark(count, now, 0.0)) == count
        taken.append([query["sql"][:20] for query in asked.captured_queries])
    locked = connection.features.has_select_for_update_skip_locked or connection.vendor == "sqlite"
    # Candidates, people, the mark, the attempts; without locks also what the mark found, and whose first goes alone.
    assert len(taken[0]) == len(taken[1]) == (4 if locked else 6), taken
