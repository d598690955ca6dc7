"""What each kind of answer does to its batch, its send and the account: one row per rule of docs/reliability.md."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from django_alisms.aliyun.codes import explain
from django_alisms.aliyun.outcomes import Answer, failed
from django_alisms.models import AccountState, Attempt, Batch, BatchSend, Event
from django_alisms.services import account, controlling, starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.marking import Marker
from django_alisms.services.recording import Recorder, orphans
from django_alisms.services.sending import Sender
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")


def said(code: str, **facts) -> Answer:
    row = explain(code)
    defaults = {"request_id": "3D1E8F40", "http_status": 200}
    return Answer(row.outcome, code, code, **(defaults | facts))


OK = {"biz_id": "412906573310482915^0"}


@pytest.fixture
def line():
    """A started send of three batches, and the means to mark and answer them."""
    send = factories.draft(250)
    starting.start(send, actor=SHELL)
    return Line(send)


class Line:
    def __init__(self, send: BatchSend) -> None:
        self.send = send
        self.sender = Sender(None, SHELL, only=send.pk)  # type: ignore[arg-type]
        self.recorder = Recorder(SHELL)

    def mark(self, count: int = 1):
        return self.sender._marker.mark(count, database_now(), time.monotonic() + 60)

    def answer(self, *pairs):
        self.recorder.record(pairs, database_now())
        self.send.refresh_from_db()

    def statuses(self) -> list[str]:
        return factories.statuses(self.send)


# code → (batch afterwards, needs a look-up, send afterwards, account stopped)
RULES = {
    "OK": ("accepted", False, "sending", False),
    "isv.AMOUNT_NOT_ENOUGH": ("refused", True, "paused", True),
    "isv.OUT_OF_SERVICE": ("refused", True, "paused", True),
    "isv.DAY_LIMIT_CONTROL": ("refused", True, "paused", True),
    "InvalidAccessKeyId.NotFound": ("refused", False, "paused", True),
    "SignatureDoesNotMatch": ("refused", False, "paused", True),
    "isp.RAM_PERMISSION_DENY": ("refused", False, "paused", True),
    "isv.SMS_TEMPLATE_ILLEGAL": ("refused", False, "paused", True),
    "isv.SMS_SIGNATURE_ILLEGAL": ("refused", False, "paused", True),
    "isv.MOBILE_NUMBER_ILLEGAL": ("refused", True, "sending", False),
    "isv.BUSINESS_LIMIT_CONTROL": ("refused", True, "sending", False),
    "isv.INVALID_JSON_PARAM": ("refused", False, "sending", False),
    "isv.NEVER_SEEN_BEFORE": ("refused", True, "sending", False),
    "Throttling.User": ("pending", False, "sending", False),
    "local.connect_refused": ("pending", False, "sending", False),
    "local.dns": ("pending", False, "sending", False),
    "wire.read_timeout": ("unknown", True, "sending", False),
    "wire.reset": ("unknown", True, "sending", False),
    "isp.SYSTEM_ERROR": ("unknown", True, "sending", False),
    "InternalError": ("unknown", True, "sending", False),
    "NeverSeenBefore": ("unknown", True, "sending", False),
}


@pytest.mark.parametrize("code", RULES)
def test_what_a_code_does(line, code):
    (marked,) = line.mark()

    line.answer((marked, said(code, **(OK if code == "OK" else {}))))

    batch = Batch.objects.get(pk=marked.batch_id)
    status, needs_look_up, send, stopped = RULES[code]
    assert (batch.status, batch.needs_look_up) == (status, needs_look_up)
    assert line.send.status == send
    assert AccountState.objects.current().stopped is stopped
    attempt = Attempt.objects.get(out_id=marked.out_id)
    assert (attempt.code, attempt.outcome) == (code, explain(code).outcome.value)
    if status != "pending":
        assert batch.code == code


def test_the_attempt_is_there_before_anything_is_sent(line):
    marked = line.mark(2)

    assert Attempt.objects.filter(outcome="").count() == 2
    assert {one.out_id for one in marked} == set(Attempt.objects.values_list("out_id", flat=True))
    assert [len(one.phones) for one in marked] == [100, 100]


def test_a_late_ok_is_evidence_and_any_other_late_answer_is_not(line):
    first, second = line.mark(2)
    Batch.objects.update(lease_until=database_now() - timedelta(seconds=1))
    assert orphans(database_now(), SHELL) == 2
    assert line.statuses() == ["unknown", "unknown", "pending"]

    line.answer((first, said("OK", **OK)), (second, said("isv.INVALID_JSON_PARAM")))

    assert line.statuses() == ["accepted", "unknown", "pending"]
    assert Batch.objects.get(pk=first.batch_id).biz_id == OK["biz_id"]


def test_ten_calls_in_a_row_that_never_left_pause_the_send(line):
    for turn in range(10):
        Batch.objects.update(not_before=None)
        (marked,) = line.mark()
        line.answer((marked, failed("local.connect_refused")))
        assert line.send.status == ("sending" if turn < 9 else "paused")

    assert line.send.reason == "unreachable"
    assert line.statuses() == ["pending"] * 3


def test_three_unknowns_in_a_row_pause_the_send(line):
    for marked in line.mark(3):
        line.answer((marked, failed("wire.read_timeout")))

    assert (line.send.status, line.send.reason) == ("paused", "unknowns")


def test_orphans_do_not_count_as_unknowns_from_the_wire(line):
    line.mark(3)
    Batch.objects.update(lease_until=database_now() - timedelta(seconds=1))

    assert orphans(database_now(), SHELL) == 3

    line.send.refresh_from_db()
    assert line.send.status == "sending"


def test_throttling_is_backed_off_by_all_and_ends_in_a_pause(line):
    for _turn in range(9):
        AccountState.objects.update(back_off_until=None)
        Batch.objects.update(not_before=None)
        BatchSend.objects.filter(status="paused").update(status="sending")
        (marked,) = line.mark()
        line.answer((marked, said("Throttling.User", http_status=429)))

    state = AccountState.objects.current()
    assert state.back_off_until > database_now()
    assert (line.send.status, line.send.reason) == ("paused", "throttled")
    assert line.statuses() == ["pending"] * 3


def test_answers_during_a_back_off_do_not_make_it_longer(line):
    marked = line.mark(3)

    line.answer(*[(one, said("Throttling.User")) for one in marked])

    assert AccountState.objects.current().throttle_tries == 1


def test_after_a_stop_the_first_batch_goes_alone(line):
    line.answer((line.mark()[0], said("isv.AMOUNT_NOT_ENOUGH")))
    AccountState.objects.release()
    BatchSend.objects.resume(line.send.pk, now=database_now())

    alone = line.mark(5)
    assert len(alone) == 1
    assert line.mark(5) == []

    line.answer((alone[0], said("OK", **OK)))
    assert len(line.mark(5)) == 1


def test_a_first_batch_that_another_process_has_marked_leaves_the_probe_to_the_next(line, monkeypatch):
    """Where a database cannot lock the candidates: MariaDB before 10.6."""
    BatchSend.objects.pause(line.send.pk, reason="person", now=database_now())
    BatchSend.objects.resume(line.send.pk, now=database_now())
    going = Marker._going

    def meanwhile(self, candidates):
        Batch.objects.filter(pk=candidates[0].pk).update(status="sending")
        return going(self, candidates)

    with monkeypatch.context() as patch:
        patch.setattr(Marker, "_going", meanwhile)
        assert line.mark(1) == []

    line.send.refresh_from_db()
    assert line.send.probing == "ready"
    assert [one.alone for one in line.mark(5)] == [True]


def test_an_unknown_first_batch_after_a_stop_pauses_again(line):
    BatchSend.objects.pause(line.send.pk, reason="person", now=database_now())
    BatchSend.objects.resume(line.send.pk, now=database_now())
    (alone,) = line.mark(5)

    line.answer((alone, failed("wire.read_timeout")))

    assert (line.send.status, line.send.reason) == ("paused", "unknowns")


def test_the_answer_of_another_batch_does_not_end_the_probe(line):
    before = line.mark()[0]
    BatchSend.objects.pause(line.send.pk, reason="person", now=database_now())
    BatchSend.objects.resume(line.send.pk, now=database_now())
    (alone,) = line.mark(5)

    line.answer((before, said("OK", **OK)))
    assert line.mark(5) == []

    line.answer((alone, said("OK", **OK)))
    assert len(line.mark(5)) == 1


def test_an_orphan_from_before_the_stop_does_not_end_the_probe(line):
    line.mark()
    Batch.objects.filter(status="sending").update(lease_until=database_now() - timedelta(seconds=1))
    BatchSend.objects.pause(line.send.pk, reason="person", now=database_now())
    BatchSend.objects.resume(line.send.pk, now=database_now())
    line.mark(5)

    assert orphans(database_now(), SHELL) == 1

    assert line.mark(5) == []


def test_a_turn_that_passed_while_the_process_was_frozen_is_no_failure_of_the_network(line):
    for _turn in range(20):
        (marked,) = line.mark()
        line.answer((marked, failed("local.late")))

    assert line.send.status == "sending"
    assert line.statuses() == ["pending"] * 3


def test_every_change_of_the_line_is_in_the_history(line):
    (marked,) = line.mark()

    line.answer((marked, said("isv.AMOUNT_NOT_ENOUGH")))

    assert set(Event.objects.values_list("kind", flat=True)) >= {"started", "account_stopped", "paused"}


@pytest.mark.parametrize("code", ["Throttling.User", "local.connect_refused", "local.held_back"])
def test_what_is_put_back_behind_a_cancellation_is_cancelled_too(line, code) -> None:
    """It was on the wire when the send was cancelled. Pending, nobody would ever send it or say what became of it."""
    [marked] = line.mark()
    controlling.cancel(line.send, actor=SHELL)
    assert line.statuses() == ["sending", "cancelled", "cancelled"]

    line.answer((marked, said(code)))

    assert line.statuses() == ["cancelled"] * 3


def test_what_was_put_back_at_the_moment_of_the_cancellation_is_found_by_the_sweep(line) -> None:
    controlling.cancel(line.send, actor=SHELL)
    line.send.batches.filter(number=2).update(status="pending")

    orphans(database_now(), SHELL)

    assert line.statuses() == ["cancelled"] * 3


def test_a_pause_during_a_back_off_leaves_nothing_to_do(line) -> None:
    """A command that sends ends then, though its last look had found more than it marked."""
    line.mark(1)
    state = AccountState.objects.current()
    assert line.sender._wanted(4, database_now(), state) == (4, True)
    Batch.objects.filter(status="sending").update(status="accepted")
    controlling.pause(line.send, actor=SHELL)
    AccountState.objects.throttled(now=database_now(), until=database_now() + timedelta(minutes=1))

    assert line.sender._wanted(4, database_now(), AccountState.objects.current()) == (0, False)


def test_a_loop_that_still_believes_in_a_stop_does_not_pause_what_was_resumed(line, monkeypatch) -> None:
    account.stop(code="isv.OUT_OF_SERVICE", message="x", actor=SHELL)
    stale = AccountState.objects.current()
    account.release(actor=SHELL)
    controlling.resume(line.send, actor=SHELL)

    assert line.sender._wanted(4, database_now(), stale) == (0, False)

    line.send.refresh_from_db()
    assert (line.send.status, line.send.reason) == ("sending", "")
