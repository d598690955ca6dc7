"""Receipts onto recipients: any order, any repetition, too early, contradictory, for strangers; on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError

from django_alisms.aliyun.outcomes import Answer, Outcome
from django_alisms.aliyun.records import BEIJING
from django_alisms.aliyun.reports import Receipt
from django_alisms.models import (
    Acceptance,
    Attempt,
    Batch,
    BatchStatus,
    Event,
    KeptReceipt,
    OptOut,
    ReceiptTally,
    Recipient,
)
from django_alisms.models.batches import codes_from_text
from django_alisms.services import controlling, recording, starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.receiving import applying, keeping
from django_alisms.services.receiving.applying import Applied, apply, match_early
from django_alisms.services.status import counts_of
from django_alisms.services.wire import Marked
from django_alisms.signals import recipient_reported
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

SHELL = Actor("operator")
TOKEN = "0a1b2c3d"
BIZ_ID = "412906573310482915^0"
A, R, U, N, P, S, C = (
    BatchStatus.ACCEPTED,
    BatchStatus.REFUSED,
    BatchStatus.UNKNOWN,
    BatchStatus.ABSENT,
    BatchStatus.PENDING,
    BatchStatus.SENDING,
    BatchStatus.CANCELLED,
)


@pytest.fixture
def batch() -> Batch:
    """Five people on their way; the answer is not here yet."""
    send = starting.start(factories.draft(5), actor=SHELL)
    return marked(send.batches.get())


def marked(batch: Batch, token: str = TOKEN) -> Batch:
    now = database_now()
    assert Batch.objects.mark([batch.pk], token=token, now=now, lease_until=now + timedelta(seconds=60))
    batch.refresh_from_db()
    Attempt.objects.create(batch=batch, number=batch.attempts, out_id=batch.out_id, created_at=now)
    return batch


def answered(batch: Batch, status: str = A, **facts) -> Batch:
    Batch.objects.filter(pk=batch.pk).update(status=status, **facts)
    batch.refresh_from_db()
    return batch


def receipt(batch: Batch, person: int = 0, **facts) -> Receipt:
    usual = {
        "phone": factories.phone(person),
        "verdict": "delivered",
        "code": "DELIVERED",
        "parts": 1,
        "reported_at": datetime.now(BEIJING).replace(microsecond=0),
        "out_id": batch.out_id,
        "biz_id": BIZ_ID,
    }
    return Receipt(**(usual | facts))


def refused(batch: Batch, person: int = 0, **facts) -> Receipt:
    return receipt(batch, person, **({"verdict": "undelivered", "code": "MOBILE_NOT_ON_SERVICE"} | facts))


def verdicts(batch: Batch) -> list[str]:
    return list(Recipient.objects.filter(batch=batch).order_by("row").values_list("delivery", flat=True))


def counters(batch: Batch) -> tuple[int, int, int]:
    batch.refresh_from_db()
    return batch.delivered, batch.undelivered, batch.billed_parts


def test_a_batch_counts_its_undelivered_by_code(batch) -> None:
    answered(batch)
    odd = 'an "odd" \\ code, %s'

    apply([refused(batch, 1), refused(batch, 2, code=odd), receipt(batch, 0)], SHELL)
    apply([refused(batch, 3), refused(batch, 4, code="MOBILE_NOT"), refused(batch, 1, code="LATER")], SHELL)

    batch.refresh_from_db()
    assert codes_from_text(batch.undelivered_by_code) == {"MOBILE_NOT_ON_SERVICE": 2, odd: 1, "MOBILE_NOT": 1}
    of_codes = Batch.objects.with_codes
    assert of_codes(["MOBILE_NOT"]).count() == of_codes([odd, "NONE"]).count() == 1
    assert of_codes(["MOBILE", "_", "%", "LATER"]).count() == of_codes([]).count() == 0


def test_a_verdict_lands_on_its_person_and_in_every_count(batch) -> None:
    answered(batch, next_poll_at=database_now())
    when = datetime(2026, 1, 2, 11, 4, 6, tzinfo=BEIJING)
    Batch.objects.filter(pk=batch.pk).update(marked_at=when - timedelta(seconds=9))

    done = apply([receipt(batch, 0, parts=2, reported_at=when), refused(batch, 1, reported_at=when)], SHELL)

    assert done == Applied(stored=2)
    assert verdicts(batch) == ["delivered", "undelivered", "waiting", "waiting", "waiting"]
    assert counters(batch) == (1, 1, 2)
    first = Recipient.objects.get(phone=factories.phone(0))
    assert (first.receipt_code, first.billed_parts) == ("DELIVERED", 2)
    assert first.reported_at == datetime(2026, 1, 2, 11, 4, 6, tzinfo=BEIJING)
    tallies = ReceiptTally.objects.values_list("batch_send", "minute", "delivery", "code", "count", "parts")
    minute = datetime(2026, 1, 2, 11, 4, tzinfo=BEIJING)
    assert sorted(tallies) == [
        (batch.batch_send_id, minute, "delivered", "DELIVERED", 1, 2),
        (batch.batch_send_id, minute, "undelivered", "MOBILE_NOT_ON_SERVICE", 1, 1),
    ]
    counts = counts_of([batch.batch_send_id])[batch.batch_send_id]
    assert (counts.delivered, counts.undelivered, counts.waiting, counts.billed_parts) == (1, 1, 3, 2)
    assert batch.next_poll_at is not None


@pytest.mark.parametrize(
    "code", ['"', "\\", '\\"', "{NULL}", "NULL", ",", "%s", "'", "\u7528\u6237", "a b", "", "{}"]
)
@pytest.mark.parametrize("parts", [None, 0, 3])
def test_whatever_a_carrier_writes_as_its_code_is_stored_as_it_is(batch, code, parts) -> None:
    answered(batch)

    apply([refused(batch, 0, code=code, parts=parts, biz_id=code), refused(batch, 1, biz_id="")], SHELL)

    first = Recipient.objects.get(phone=factories.phone(0))
    assert (first.delivery, first.receipt_code, first.billed_parts) == ("undelivered", code, parts)
    batch.refresh_from_db()
    assert batch.biz_id == code


def test_the_last_receipt_of_a_batch_ends_its_look_ups(batch) -> None:
    answered(batch, next_poll_at=database_now())

    apply([receipt(batch, person) for person in range(5)], SHELL)

    batch.refresh_from_db()
    assert (batch.delivered, batch.next_poll_at) == (5, None)


def test_again_and_again_changes_nothing(batch) -> None:
    answered(batch)
    ones = [receipt(batch, 0), refused(batch, 1)]

    results = [apply(ones + ones, SHELL) for _time in range(3)]

    assert results == [Applied(stored=2, repeated=2), Applied(repeated=4), Applied(repeated=4)]
    assert counters(batch) == (1, 1, 1)
    assert sum(ReceiptTally.objects.values_list("count", flat=True)) == 2
    assert not KeptReceipt.objects.exists()


@pytest.mark.parametrize("together", [True, False])
def test_of_two_that_contradict_the_first_wins_and_the_other_is_kept_once(batch, together) -> None:
    answered(batch)
    pair = [receipt(batch), refused(batch)]

    for ones in [pair] if together else [[one] for one in pair]:
        apply(ones, SHELL)
    apply([pair[1]], SHELL)

    assert verdicts(batch)[0] == "delivered"
    assert counters(batch) == (1, 0, 1)
    kept = KeptReceipt.objects.get()
    assert (kept.why, kept.batch_id, kept.code) == ("contradictory", batch.pk, "MOBILE_NOT_ON_SERVICE")
    assert kept.phone == "139****0000"


# status before, what a receipt with our OutId makes of it
BY_OUT_ID = {U: A, R: A, N: A, A: A, S: S, C: C}


@pytest.mark.parametrize("status", BY_OUT_ID)
def test_a_receipt_with_our_out_id_shows_that_the_request_was_accepted(batch, status) -> None:
    answered(
        batch, status, needs_look_up=status == U, next_look_up_at=database_now(), code="wire.read_timeout"
    )

    done = apply([receipt(batch)], SHELL)

    batch.refresh_from_db()
    assert (batch.status, batch.delivered) == (BY_OUT_ID[status], 1)
    settled = status in (U, R, N)
    assert (done.settled, Event.objects.filter(kind="settled").count()) == (settled, settled)
    if settled:
        assert (batch.needs_look_up, batch.next_look_up_at, batch.biz_id) == (False, None, BIZ_ID)
        # What is still missing is asked for.
        assert batch.next_poll_at is not None


def test_a_receipt_that_is_no_verdict_yet_settles_as_well(batch) -> None:
    answered(batch, U)

    done = apply([receipt(batch, verdict="open", code="REQUEST_SUCCESS")], SHELL)

    assert (done.open, done.settled, verdicts(batch)[0]) == (1, 1, "waiting")


def test_a_biz_id_alone_gives_a_verdict_and_settles_nothing(batch) -> None:
    answered(batch, U, biz_id=BIZ_ID)

    done = apply([receipt(batch, out_id="")], SHELL)

    batch.refresh_from_db()
    assert (done.stored, done.settled, batch.status, batch.delivered) == (1, 0, U, 1)


# What belongs to no message of ours, however much of it is: changes of a receipt that would match.
STRANGERS = {
    "all of it": {"phone": "13800138000", "out_id": "theirs", "biz_id": "9^9"},
    "number": {"phone": "13800138000"},
    "OutId": {"out_id": "al-1-1-1-ffffffff"},
    "OutId of another kind": {"out_id": "order-4711"},
    "BizId, no OutId": {"out_id": "", "biz_id": "9^9"},
    "number, by BizId": {"phone": "13800138000", "out_id": ""},
    "OutId beside our BizId": {"out_id": "theirs", "biz_id": BIZ_ID},
    "nothing to go by": {"out_id": "", "biz_id": ""},
    "a number that is none": {"phone": "\u6f22 \x1b[31m<b>"[:20]},
}


@pytest.mark.parametrize("facts", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize("status", [A, U])
def test_strangers_change_nothing_and_are_kept_once(batch, status, facts) -> None:
    answered(batch, status, biz_id=BIZ_ID)

    results = [apply([receipt(batch, **facts, reported_at=None)], SHELL) for _time in range(2)]

    assert results == [Applied(strangers=1)] * 2
    batch.refresh_from_db()
    assert (batch.status, counters(batch)) == (status, (0, 0, 0))
    assert set(verdicts(batch)) == {"waiting"}
    kept = KeptReceipt.objects.get()
    assert kept.why == "stranger"
    number = facts.get("phone", factories.phone(0))
    assert number not in (kept.phone, kept.phone_digest)


def test_somebody_left_out_got_no_message_of_ours(batch) -> None:
    answered(batch)
    Recipient.objects.filter(phone=factories.phone(0)).update(left_out="taken_out")

    assert apply([receipt(batch)], SHELL) == Applied(strangers=1)


def test_strangers_are_capped_and_the_oldest_go_first(batch, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 10)

    for number in range(0, 30, 5):
        apply([receipt(batch, out_id=f"theirs-{n}") for n in range(number, number + 5)], SHELL)

    kept = list(KeptReceipt.objects.order_by("pk").values_list("out_id", flat=True))
    assert kept == [f"theirs-{n}" for n in range(20, 30)]


def accept(batch) -> int:
    answer = Acceptance(batch.pk, TOKEN, "OK", BIZ_ID, "R-1")
    return Batch.objects.accept([answer], answered_at=database_now(), poll_at=None)


def test_before_the_answer_is_stored_by_out_id(batch) -> None:
    assert apply([receipt(batch)], SHELL) == Applied(stored=1)

    assert accept(batch) == 1
    assert counters(batch) == (1, 0, 1)


def test_before_the_answer_is_stored_by_biz_id(batch) -> None:
    early = [receipt(batch, 0, out_id=""), refused(batch, 1, out_id=""), receipt(batch, 0, out_id="")]
    assert apply(early, SHELL).strangers == 3
    assert match_early(SHELL) == Applied()

    accept(batch)

    assert match_early(SHELL) == Applied(stored=2)
    assert verdicts(batch)[:2] == ["delivered", "undelivered"]
    assert not KeptReceipt.objects.exists()
    assert match_early(SHELL) == Applied()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Outcome.UNKNOWN, "wire.reset", ""),
        Answer(Outcome.REFUSED, "isv.AMOUNT_NOT_ENOUGH", ""),
        Answer(Outcome.REFUSED, "isv.BUSINESS_LIMIT_CONTROL", ""),
    ],
    ids=lambda answer: answer.code,
)
def test_a_receipt_before_an_answer_that_proves_nothing(batch, answer) -> None:
    apply([receipt(batch)], SHELL)

    recording.Recorder(SHELL).record([(on_the_wire(batch), answer)], database_now())

    batch.refresh_from_db()
    # The answer's code stays: of a batch that was refused half way some were not sent to.
    assert (batch.status, batch.code, batch.needs_look_up) == (A, answer.code, False)


def on_the_wire(batch: Batch) -> Marked:
    return Marked(
        batch_id=batch.pk,
        batch_send_id=batch.batch_send_id,
        attempt=batch.attempts,
        token=batch.token,
        out_id=batch.out_id,
        sign_name="",
        template_code="",
        extend_code="",
        phones=(),
        params=(),
        deadline=0.0,
        lease_until=0.0,
    )


def test_a_dead_process_whose_receipts_are_here_leaves_nothing_unknown(batch) -> None:
    apply([receipt(batch)], SHELL)
    now = database_now()
    Batch.objects.filter(pk=batch.pk).update(lease_until=now - timedelta(seconds=1))

    assert recording.orphans(now, SHELL) == 1

    batch.refresh_from_db()
    assert (batch.status, batch.needs_look_up) == (A, False)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True))[-2:] == ["orphaned", "settled"]


def test_a_receipt_of_an_attempt_before_keeps_it_from_going_again(batch) -> None:
    answered(batch, N)
    first = receipt(batch)
    controlling.resend_absent(batch.batch_send, actor=SHELL, reason="not seen")

    done = apply([first], SHELL)

    batch.refresh_from_db()
    assert (done.settled, batch.status, batch.delivered) == (1, A, 1)


def test_a_receipt_of_an_attempt_before_says_nothing_of_the_next(batch) -> None:
    answered(batch, N)
    first = receipt(batch)
    controlling.resend_absent(batch.batch_send, actor=SHELL, reason="not seen")
    answered(marked(batch, "bbbbbbbb"), U)

    done = apply([first], SHELL)

    batch.refresh_from_db()
    assert (done.stored, done.settled, batch.status, batch.proven_attempt) == (1, 0, U, 1)


@pytest.mark.parametrize("shift", [timedelta(days=-40), timedelta(days=40), None])
def test_a_time_that_cannot_be_is_ours(batch, shift) -> None:
    when = None if shift is None else datetime.now(BEIJING) + shift

    apply([receipt(batch, reported_at=when)], SHELL)

    stored = Recipient.objects.get(phone=factories.phone(0)).reported_at
    assert abs(stored - database_now()) < timedelta(minutes=1)


def test_who_refuses_messages_gets_none_from_now_on(batch) -> None:
    answered(batch)
    apply(
        [
            refused(batch, 0, code="MOBILE_IN_BLACK"),
            refused(batch, 1, code="USER_REJECT"),
            refused(batch, 2, code="INVALID_NUMBER"),
            receipt(batch, 3, code="USER_REJECT"),
        ],
        SHELL,
    )

    assert sorted(OptOut.objects.values_list("phone", "source", "reason")) == [
        (factories.phone(0), "carrier", "MOBILE_IN_BLACK"),
        (factories.phone(1), "carrier", "USER_REJECT"),
    ]


@pytest.fixture
def heard() -> Iterator[list[tuple[object, ...]]]:
    """What a project's own receiver is told."""
    said: list[tuple[object, ...]] = []

    def hear(sender, *, batch_send_id, recipient_id, delivery, code, reported_at, **more) -> None:
        said.append((batch_send_id, recipient_id, delivery, code, reported_at.tzinfo is not None))

    recipient_reported.connect(hear)
    yield said
    recipient_reported.disconnect(hear)


def test_a_projects_own_receiver_hears_each_verdict_once(batch, heard) -> None:
    answered(batch)
    people = list(Recipient.objects.filter(batch=batch).order_by("row").values_list("pk", flat=True))

    for _time in range(2):
        apply([receipt(batch, 0), refused(batch, 1), receipt(batch, 1)], SHELL)

    send = batch.batch_send_id
    assert sorted(heard) == [
        (send, people[0], "delivered", "DELIVERED", True),
        (send, people[1], "undelivered", "MOBILE_NOT_ON_SERVICE", True),
    ]


def test_nothing_is_told_of_what_was_rolled_back(batch, heard, monkeypatch) -> None:
    answered(batch)

    def full(*arguments) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(applying, "_opt_out", full)
    with pytest.raises(DatabaseError):
        apply([receipt(batch)], SHELL)

    assert heard == []
    assert verdicts(batch)[0] == "waiting"
