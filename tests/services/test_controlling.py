"""A person's acts on a send: what each does, and what it refuses with a sentence."""

from __future__ import annotations

import time
from functools import partial

import pytest

from django_alisms.models import AccountState, Attempt, Batch, BatchSend, Event
from django_alisms.services import account, controlling, starting, status
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.marking import Marker
from django_alisms.services.refusals import NotPossible
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")


@pytest.fixture
def send() -> BatchSend:
    draft = factories.draft(250)
    return starting.start(draft, actor=SHELL)


def finish_with(send: BatchSend, *outcomes: str) -> BatchSend:
    """Its batches as they were left by their answers, the send finished."""
    for batch, outcome in zip(
        Batch.objects.filter(batch_send=send).order_by("number"), outcomes, strict=True
    ):
        Batch.objects.filter(pk=batch.pk).update(status=outcome, attempts=1, token="0a1b2c3d")
    BatchSend.objects.finish(send.pk, now=send.started_at)
    send.refresh_from_db()
    assert send.status == "finished"
    return send


def test_a_pause_and_a_resume_are_noted_with_who_and_why(send):
    controlling.pause(send, actor=SHELL, reason="客户要求")
    send.refresh_from_db()
    assert (send.status, send.reason, "客户要求" in status.sentence(send)) == ("paused", "person", True)

    controlling.resume(send, actor=SHELL)
    send.refresh_from_db()
    assert (send.status, send.reason, send.probing) == ("sending", "", "ready")
    kinds = Event.objects.filter(batch_send=send).order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["paused", "resumed"]


def test_cancelling_says_how_many_get_nothing(send):
    first = Batch.objects.filter(batch_send=send).order_by("number").first()
    Batch.objects.filter(pk=first.pk).update(status="accepted")

    assert controlling.cancel(send, actor=SHELL) == 150

    assert factories.statuses(send) == ["accepted", "cancelled", "cancelled"]


def test_refused_batches_go_again_one_first_and_with_a_new_out_id(send):
    finish_with(send, "accepted", "refused", "refused")
    before = Batch.objects.get(batch_send=send, number=2).out_id

    assert controlling.resend_refused(send, actor=SHELL, numbers=[2]) == 1

    send.refresh_from_db()
    assert (send.status, send.probing) == ("sending", "ready")
    assert factories.statuses(send) == ["accepted", "pending", "refused"]
    mark = partial(
        Batch.objects.mark,
        [Batch.objects.get(batch_send=send, number=2).pk],
        token="ffffffff",
        now=send.started_at,
        lease_until=send.started_at,
    )
    assert mark() == 0  # it goes alone, and nobody has taken the right to send it
    assert BatchSend.objects.take_probe(send.pk, "ffffffff")
    assert mark() == 1
    assert Batch.objects.get(batch_send=send, number=2).out_id != before


def test_absent_batches_need_a_reason(send):
    finish_with(send, "accepted", "absent", "accepted")

    with pytest.raises(NotPossible, match="Say why"):
        controlling.resend_absent(send, actor=SHELL, reason=" ")
    assert controlling.resend_absent(send, actor=SHELL, reason="阿里云确认未收到") == 1

    assert Event.objects.get(kind="resent").reason == "阿里云确认未收到"


@pytest.mark.parametrize("left", ["accepted", "unknown"])
def test_what_was_or_may_have_been_sent_is_never_sent_again(send, left):
    finish_with(send, left, left, left)

    for again in (controlling.resend_refused, controlling.resend_absent):
        with pytest.raises(NotPossible):
            again(send, actor=SHELL, reason="x")

    assert factories.statuses(send) == [left] * 3


def test_a_refusal_that_is_still_looked_up_has_to_wait(send):
    finish_with(send, "refused", "accepted", "accepted")
    Batch.objects.filter(batch_send=send, number=1).update(needs_look_up=True)

    with pytest.raises(NotPossible, match="looked up"):
        controlling.resend_refused(send, actor=SHELL)


def test_a_cancelled_send_is_not_taken_up_again(send):
    Batch.objects.filter(batch_send=send).update(status="refused")
    controlling.cancel(send, actor=SHELL)

    with pytest.raises(NotPossible, match="cancelled"):
        controlling.resend_refused(send, actor=SHELL)

    assert factories.statuses(send) == ["refused"] * 3


def test_a_cancellation_between_the_look_and_the_lock_wins_over_sending_again(send, monkeypatch):
    Batch.objects.filter(batch_send=send).update(status="refused")
    lock = controlling.refuse_purged

    def cancelled_meanwhile(one):
        controlling.cancel(BatchSend.objects.get(pk=one.pk), actor=SHELL)
        lock(one)

    monkeypatch.setattr(controlling, "refuse_purged", cancelled_meanwhile)
    with pytest.raises(NotPossible, match="cancelled"):
        controlling.resend_refused(send, actor=SHELL)

    assert factories.statuses(send) == ["refused"] * 3


def test_a_stopped_account_pauses_all_and_nothing_resumes_before_it_is_released(send):
    account.stop(code="isv.AMOUNT_NOT_ENOUGH", message="账户余额不足", actor=SHELL)
    send.refresh_from_db()
    assert (send.status, send.reason, send.reason_detail) == ("paused", "account", "isv.AMOUNT_NOT_ENOUGH")

    with pytest.raises(NotPossible, match="release"):
        controlling.resume(send, actor=SHELL)

    account.release(actor=SHELL)
    controlling.resume(send, actor=SHELL)
    assert not AccountState.objects.current().stopped


@pytest.mark.parametrize("act", [controlling.pause, controlling.cancel])
def test_a_turn_that_marks_nothing_because_a_person_was_quicker_goes_on(send, monkeypatch, act):
    """Between the candidates and their mark: nothing is marked, nothing is sent, and the loop does not end."""

    going = Marker._going

    def meanwhile(self, candidates):
        assert len(candidates) == 3
        act(send, actor=SHELL)
        return going(self, candidates)

    monkeypatch.setattr(Marker, "_going", meanwhile)

    marked = Marker("a worker", send.pk).mark(3, database_now(), time.monotonic() + 60)

    assert (marked, Attempt.objects.count()) == ([], 0)
