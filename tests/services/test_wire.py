"""What is marked and has not left yet: an answer that stops the account holds it back; the older send goes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from django_alisms.aliyun.outcomes import Answer, Outcome, failed
from django_alisms.aliyun.transport import MayLeave
from django_alisms.models.batch_sends import LATE_AFTER
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.marking import Marker
from django_alisms.services.rate_limit import TURN_LASTS, Turn
from django_alisms.services.wire import HELD_BACK, TURN_PASSED, Marked, Wire
from tests import factories

SHELL = Actor("operator")


def now(late: float = 0.0) -> Turn:
    """A turn that has come, and does not pass before the test is over; or passed so many seconds ago."""
    at = time.monotonic() - late
    return Turn(at, at if late else at + 600)


def marked(number: int, lasts: float = 60) -> Marked:
    soon = time.monotonic() + lasts
    return Marked(
        number, 1, 1, "aa", f"al-{number}", "签名", "SMS_1", "", ("13800138000",), ("{}",), soon, soon
    )


def collected(wire: Wire, count: int) -> dict[int, str]:
    answers: list[tuple[Marked, Answer]] = []
    while len(answers) < count:
        answers += wire.collect(30)
    return {one.batch_id: answer.code for one, answer in answers}


@pytest.mark.parametrize(
    ("code", "held"),
    [("isv.OUT_OF_SERVICE", True), ("Forbidden.RAM", True), ("isv.PARAM_LENGTH_LIMIT", False)],
)
def test_an_answer_that_stops_the_account_holds_back_what_has_not_left(code: str, held: bool) -> None:
    """The loop has not heard of it yet: it may be in the middle of a turn that marks more."""
    answered = threading.Event()

    def send(one: Marked, may_leave: MayLeave) -> Answer:
        if not may_leave():
            return failed(TURN_PASSED)
        if one.batch_id == 1:
            return failed(code)
        return Answer(Outcome.ACCEPTED, "OK", "OK", biz_id="1^0")

    with Wire(send, slots=1) as wire:
        wire.put(marked(1), now())
        while not wire._answers.qsize():
            answered.wait(0.01)
        wire.put(marked(2), now())

        assert collected(wire, 2) == {1: code, 2: HELD_BACK if held else "OK"}

        # Now it is known: what is put on the wire from here on was marked by a loop that has heard of it.
        wire.put(marked(3), now())
        assert collected(wire, 1) == {3: "OK"}


def accepting(left: list[int]) -> Callable[[Marked, MayLeave], Answer]:
    """A client that notes what left."""

    def send(one: Marked, may_leave: MayLeave) -> Answer:
        if not may_leave():
            return failed(TURN_PASSED)
        left.append(one.batch_id)
        return Answer(Outcome.ACCEPTED, "OK", "OK", biz_id="1^0")

    return send


def until_missed(wire: Wire, count: int) -> None:
    while wire.missed < count:
        assert wire.collect(30) == []


def test_what_missed_its_turn_does_not_leave_and_gets_another() -> None:
    """Turns are moments: a machine that wakes its threads late must not send in one second what was due in two."""
    left: list[int] = []
    with Wire(accepting(left), slots=4) as wire:
        for number in (1, 2, 3):
            wire.put(marked(number), now(late=TURN_LASTS))
        until_missed(wire, 3)
        assert (left, wire.in_flight, wire.free) == ([], 3, 1)

        assert wire.put_again([now(), now()]) == 2
        assert len(collected(wire, 2)) == 2
        assert wire.put_again([now(), now()]) == 1
        assert len(collected(wire, 1)) == 1
        assert (sorted(left), wire.in_flight, wire.missed) == ([1, 2, 3], 0, 0)


def test_what_missed_its_turn_goes_back_when_the_account_is_stopped_or_its_lease_is_short() -> None:
    left: list[int] = []
    with Wire(accepting(left), slots=4) as wire:
        wire.put(marked(1), now(late=1))
        until_missed(wire, 1)
        wire.hold_back_missed()
        assert collected(wire, 1) == {1: HELD_BACK}

        # What is put on the wire with a lease that is too short already does not leave either, whatever its turn.
        wire.put(marked(2, lasts=-1), now())
        assert collected(wire, 1) == {2: TURN_PASSED}
    assert (left, wire.in_flight, wire.missed) == ([], 0, 0)


@pytest.mark.django_db
@pytest.mark.databases
def test_the_older_send_goes_first_and_only_batches_are_locked() -> None:
    first, second = (starting.start(factories.draft(3), actor=SHELL, again=True) for _send in range(2))

    due = Marker("a worker")._due(database_now(), database_now() - LATE_AFTER, None)

    assert list(due.values_list("batch_send_id", flat=True)) == [first.pk, second.pk]
    # A row of the send in the same query would be locked with the batch, and others skip all that is its.
    assert "JOIN" not in str(due.query)
