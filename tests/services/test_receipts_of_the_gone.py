"""Receipts and replies about people who are not there any more: masked with age, deleted, or never ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_alisms.models import Batch, BatchSend, KeptReceipt, OptOut, ReceiptTally, Recipient, Reply
from django_alisms.services import purging
from django_alisms.services.actors import Actor
from django_alisms.services.receiving.applying import Applied, apply
from django_alisms.services.replying import receive
from tests import factories
from tests.services.test_purging import SHELL, aged
from tests.services.test_receiving import answered, marked, receipt, refused, verdicts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]


@pytest.fixture
def batch() -> Batch:
    """Five people of a send that ended, none of whom has a receipt."""
    made = factories.draft(5)
    BatchSend.objects.filter(pk=made.pk).update(status="sending", started_at=timezone.now())
    found = answered(marked(made.batches.get()), biz_id="9^0")
    BatchSend.objects.filter(pk=made.pk).update(status="finished", finished_at=timezone.now())
    return found


@pytest.fixture
def masked(batch: Batch) -> Batch:
    """The same a hundred days later, its numbers masked."""
    aged(batch.batch_send)
    Batch.objects.update(marked_at=timezone.now() - timedelta(days=100), next_poll_at=None)
    assert purging.purge(90, actor=SHELL).recipients == 5
    batch.refresh_from_db()
    return batch


def untouched(batch: Batch) -> bool:
    batch.refresh_from_db()
    return (
        set(verdicts(batch)) == {"waiting"}
        and (batch.delivered, batch.undelivered) == (0, 0)
        and not ReceiptTally.objects.exists()
        and not OptOut.objects.exists()
    )


@pytest.mark.parametrize("out_id", [None, ""], ids=["by OutId", "by BizId"])
def test_a_receipt_of_a_masked_person_is_a_strangers(masked: Batch, out_id: str | None) -> None:
    facts = {"biz_id": "9^0"} | ({} if out_id is None else {"out_id": out_id})
    late = [receipt(masked, person, **facts) for person in range(4)]
    late.append(refused(masked, 4, code="MOBILE_IN_BLACK", **facts))

    assert apply(late, SHELL) == Applied(strangers=5)

    assert untouched(masked)
    assert KeptReceipt.objects.count() == 5
    assert not KeptReceipt.objects.filter(phone__in=[one.phone for one in late]).exists()


def test_a_masked_number_is_no_number_to_be_reported_on(masked: Batch) -> None:
    """Whoever knows the address and has seen the page can write what stands there."""
    stars = list(Recipient.objects.filter(batch=masked).values_list("phone", flat=True))

    assert apply([receipt(masked, phone=phone) for phone in stars], SHELL) == Applied(strangers=len(stars))

    assert untouched(masked)


def test_a_reply_of_a_masked_person_is_kept_under_no_send(masked: Batch) -> None:
    receive(
        {
            "phone_number": factories.phone(0),
            "content": "TD",
            "sequence_id": "1",
            "send_time": "2026-11-23 10:00:00",
        }
    )

    assert Reply.objects.get().batch_send is None
    assert OptOut.objects.get().phone == factories.phone(0)


def test_receipts_of_a_send_that_was_deleted_are_strangers(batch: Batch) -> None:
    ones = [receipt(batch), receipt(batch, 1, out_id="", biz_id="9^0")]
    BatchSend.objects.filter(pk=batch.batch_send_id).delete()

    assert apply(ones, Actor("operator")) == Applied(strangers=2)

    assert not ReceiptTally.objects.exists()
    assert KeptReceipt.objects.count() == 2


def test_a_send_that_is_deleted_while_its_receipts_are_matched(batch: Batch, monkeypatch) -> None:
    from django_alisms.services.receiving import applying

    ones, locked = [receipt(batch), refused(batch, 1)], applying._locked

    def deleted_first(pks):
        BatchSend.objects.filter(pk=batch.batch_send_id).delete()
        return locked(pks)

    monkeypatch.setattr(applying, "_locked", deleted_first)

    assert apply(ones, SHELL) == Applied(strangers=2)
