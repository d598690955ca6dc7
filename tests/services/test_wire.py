"""What is marked and has not left yet: an answer that stops the account holds it back; the older send goes first."""

from __future__ import annotations

import threading
import time

import pytest

from django_alisms.aliyun.outcomes import Answer, Outcome, failed
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.sending import Sender
from django_alisms.services.wire import HELD_BACK, Marked, Wire
from tests import factories

SHELL = Actor("operator")


def marked(number: int) -> Marked:
    soon = time.monotonic() + 60
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

    def send(one: Marked) -> Answer:
        if one.batch_id == 1:
            return failed(code)
        return Answer(Outcome.ACCEPTED, "OK", "OK", biz_id="1^0")

    with Wire(send, slots=1) as wire:
        wire.put(marked(1), time.monotonic())
        while not wire._answers.qsize():
            answered.wait(0.01)
        wire.put(marked(2), time.monotonic())

        assert collected(wire, 2) == {1: code, 2: HELD_BACK if held else "OK"}

        # Now it is known: what is put on the wire from here on was marked by a loop that has heard of it.
        wire.put(marked(3), time.monotonic())
        assert collected(wire, 1) == {3: "OK"}


@pytest.mark.django_db
@pytest.mark.databases
def test_the_older_send_goes_first_and_only_batches_are_locked() -> None:
    first, second = (starting.start(factories.draft(3), actor=SHELL, again=True) for _send in range(2))

    due = Sender(None, SHELL)._due(database_now())  # type: ignore[arg-type]

    assert list(due.values_list("batch_send_id", flat=True)) == [first.pk, second.pk]
    # A row of the send in the same query would be locked with the batch, and others skip all that is its.
    assert "JOIN" not in str(due.query)
