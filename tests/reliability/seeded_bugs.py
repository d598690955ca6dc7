"""Bugs put in on purpose, to see that the suite finds them: each is one mistake that looks reasonable in a review.

A process that is forked with ``bug=NAME`` makes the mistake before it runs its command.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any


def unknown_is_tried_again() -> None:
    """ "The answer did not come, so send it again.\""""
    from django_alisms.models.batches import BatchQuerySet, BatchStatus

    def doubt(self: Any, pk: int, token: str, **answer: Any) -> bool:
        mine = self.own(pk, token).filter(status=BatchStatus.SENDING)
        return bool(mine.update(status=BatchStatus.PENDING, lease_until=None))

    BatchQuerySet.doubt = doubt  # type: ignore[method-assign]


def sending_is_put_back_to_pending() -> None:
    """ "The worker died, so another one takes its batches.\""""
    from django_alisms.models.batches import BatchQuerySet, BatchStatus

    def orphan(self: Any, pk: int, token: str, *, now: Any, **answer: Any) -> bool:
        return bool(self.own(pk, token).orphaned(now).update(status=BatchStatus.PENDING, lease_until=None))

    BatchQuerySet.orphan = orphan  # type: ignore[method-assign]


def attempt_is_written_after_the_request() -> None:
    """ "The attempt can be written with its answer.\""""
    from django_alisms.models import Attempt
    from django_alisms.models.attempts import AttemptQuerySet
    from django_alisms.services.recording import Recorder

    write, record = AttemptQuerySet.write, Recorder.record
    held: dict[str, tuple[tuple[int, int, str], dict[str, Any]]] = {}

    def hold(self: Any, attempts: Any, **facts: Any) -> None:
        held.update((attempt[2], (attempt, facts)) for attempt in attempts)

    def recording(self: Any, answers: Any, now: Any) -> None:
        answers = list(answers)
        for marked, _answer in answers:
            if marked.out_id in held:
                attempt, facts = held.pop(marked.out_id)
                write(Attempt.objects.all(), [attempt], **facts)
        record(self, answers, now)

    AttemptQuerySet.write = hold  # type: ignore[method-assign]
    Recorder.record = recording  # type: ignore[method-assign]


def mark_is_inside_an_outer_transaction() -> None:
    """ "Everything or nothing: the whole run is one transaction.\""""
    from django.db import transaction

    from django_alisms.services.sending import Sender

    atomic, run = transaction.atomic, Sender.run

    def nested(*arguments: Any, durable: bool = False, **options: Any) -> Any:
        return atomic(*arguments, **options)

    def whole(self: Any) -> None:
        with atomic():
            run(self)

    transaction.atomic = nested  # type: ignore[assignment]
    Sender.run = whole  # type: ignore[method-assign]


def results_are_written_without_a_guard() -> None:
    """ "Whoever has an answer for the batch writes it down.\""""
    from django_alisms.models.batches import BatchQuerySet, BatchStatus

    def doubt(self: Any, pk: int, token: str, *, look_up_at: Any, **answer: Any) -> bool:
        return bool(
            self.filter(pk=pk).update(
                status=BatchStatus.UNKNOWN,
                lease_until=None,
                next_look_up_at=look_up_at,
                needs_look_up=True,
                **answer,
            )
        )

    BatchQuerySet.doubt = doubt  # type: ignore[method-assign]


def the_transport_retries() -> None:
    """ "A broken connection is worth a second try.\""""
    from django_alisms.aliyun.operations import Client
    from django_alisms.aliyun.outcomes import Outcome

    # Signed anew, as the official SDKs do: a nonce that was used already would be refused.
    call = Client.send_batch_sms

    def signed_anew(self: Any, *arguments: Any, **turn: Any) -> Any:
        answer = call(self, *arguments, **turn)
        lost = answer.outcome is Outcome.UNKNOWN and answer.http_status is None
        return call(self, *arguments) if lost else answer

    Client.send_batch_sms = signed_anew  # type: ignore[method-assign]


def a_5xx_is_taken_for_a_refusal() -> None:
    """ "No OK means that it was not sent.\""""
    from django_alisms.aliyun import codes

    for code in ("InternalError", "ServiceUnavailable", "wire.http_5xx"):
        row = codes.CODES[code]
        codes.CODES[code] = replace(row, outcome=codes.Outcome.REFUSED, proof=True, retry="person")


def the_end_of_the_loop_is_taken_for_finished() -> None:
    """ "Nothing more came out of the query, so we are done.\""""
    from django_alisms.models.batch_sends import BatchSendQuerySet, SendStatus

    def complete(self: Any) -> Any:
        return self.filter(status__in=[SendStatus.SENDING, SendStatus.PAUSED])

    BatchSendQuerySet.complete = complete  # type: ignore[method-assign]


def sigterm_exits_at_once() -> None:
    """ "Supervisors want a quick exit.\""""
    from django_alisms.management import console
    from django_alisms.management.commands import alisms_worker

    @contextmanager
    def abruptly() -> Iterator[Any]:
        with console.ends_politely() as stopping:
            signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
            yield stopping

    alisms_worker.ends_politely = abruptly  # type: ignore[assignment]


def a_resend_has_the_old_out_id() -> None:
    """ "The OutId is the batch's, so that both tries can be found under it.\""""
    from django_alisms.models import Attempt, batches
    from django_alisms.models.attempts import AttemptQuerySet
    from django_alisms.services import marking

    def out_id_of(batch_send_id: int, number: int, attempt: int, token: str) -> str:
        return f"al-{batch_send_id}-{number}-1-00000000"

    def write(self: Any, attempts: Any, **facts: Any) -> None:
        made = [
            Attempt(batch_id=batch, number=number, out_id=out_id, **facts)
            for batch, number, out_id in attempts
        ]
        self.bulk_create(made, ignore_conflicts=True)

    marking.out_id_of = batches.out_id_of = out_id_of
    AttemptQuerySet.write = write  # type: ignore[method-assign]


# Each with the invariants that it breaks, by tests/reliability/gauntlet.py.
BROKEN: dict[Callable[[], None], tuple[str, ...]] = {
    unknown_is_tried_again: ("I1", "I6", "I7"),
    sending_is_put_back_to_pending: ("I1", "I6", "I7"),
    attempt_is_written_after_the_request: ("I2",),
    mark_is_inside_an_outer_transaction: ("I1", "I2"),
    results_are_written_without_a_guard: ("I6",),
    the_transport_retries: ("I1",),
    a_5xx_is_taken_for_a_refusal: ("I8",),
    the_end_of_the_loop_is_taken_for_finished: ("I5",),
    sigterm_exits_at_once: ("SIGTERM",),
    a_resend_has_the_old_out_id: ("I7",),
}
BUGS: dict[str, Callable[[], None]] = {bug.__name__: bug for bug in BROKEN}
