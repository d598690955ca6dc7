"""What an answer changes: its attempt, its batch, and, when it concerns more than its batch, the line.

Called inside the loop's one transaction. An answer for an attempt that is no longer the batch's own changes
nothing, with one exception: a late OK is evidence (docs/reliability.md).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from .. import failpoints
from ..aliyun.codes import explain
from ..aliyun.outcomes import Answer, Outcome
from ..conf import conf
from ..models import (
    Acceptance,
    AccountState,
    Answered,
    Attempt,
    Batch,
    BatchSend,
    BatchStatus,
    EventKind,
    PauseReason,
)
from . import account
from .actors import Actor, note
from .receiving.applying import next_poll, settle
from .wire import HELD_BACK, TURN_PASSED, Marked

# docs/reliability.md.
LOCAL_FAILURES_IN_A_ROW = 10
UNKNOWNS_IN_A_ROW = 3
UNKNOWNS_IN_TEN_MINUTES = 5
THROTTLE_TRIES = 8
THROTTLE_FOR = timedelta(minutes=15)
BACK_OFF_SECONDS = (1.0, 60.0)


class Recorder:
    """Writes answers down. One for each loop: it counts the local failures in a row of each send."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._local_failures: Counter[int] = Counter()
        # Whether the account was throttled when the turn began.
        self.throttled = True

    def record(self, answers: Iterable[tuple[Marked, Answer]], now: datetime) -> None:
        """All answers of one turn. Idempotent: a turn that was rolled back is simply recorded again."""
        accepted = False
        doubtful: set[int] = set()
        # In the order in which receipts lock batches too, so that nobody waits in a circle.
        listed = sorted(answers, key=lambda pair: pair[0].batch_id)
        Attempt.objects.answer([_answered(marked, answer) for marked, answer in listed], answered_at=now)
        for outcome, alike in groupby(listed, key=lambda pair: pair[1].outcome):
            match outcome:
                case Outcome.ACCEPTED:
                    self._accept(list(alike), now)
                    accepted = True
                case Outcome.REFUSED:
                    for marked, answer in alike:
                        self._refuse(marked, answer, now)
                case Outcome.UNKNOWN:
                    for marked, answer in alike:
                        self._doubt(marked, answer, now)
                        doubtful.add(marked.batch_send_id)
        refused = any(answer.outcome is Outcome.REFUSED for _marked, answer in listed)
        if accepted and (self.throttled or refused):
            AccountState.objects.calm()
        if refused:
            Batch.objects.cancel_left()
        for batch_send_id in doubtful:
            self._stop_if_unknowns_pile_up(batch_send_id, now)

    # -- answers of one kind -----------------------------------------------------------------------------

    def _accept(self, accepted: list[tuple[Marked, Answer]], now: datetime) -> None:
        Batch.objects.accept(
            [_acceptance(marked, answer) for marked, answer in accepted],
            answered_at=now,
            poll_at=next_poll(now, 0),
        )
        for marked, _answer in accepted:
            self._local_failures.pop(marked.batch_send_id, None)
            if marked.alone:
                BatchSend.objects.end_probe(marked.batch_send_id, marked.token)

    def _refuse(self, marked: Marked, answer: Answer, now: datetime) -> None:
        code = explain(answer.code)
        look_up_at = None if code.proof else now + timedelta(seconds=conf.SETTLE_SCHEDULE[0])
        mine = Batch.objects.refuse(
            marked.batch_id, marked.token, look_up_at=look_up_at, answered_at=now, **_words(answer)
        )
        self._settle_by_receipt(marked.batch_id, now)
        nothing_left = answer.code.startswith("local.")
        if not nothing_left:
            self._local_failures.pop(marked.batch_send_id, None)
        if code.stops_account:
            BatchSend.objects.end_probe(marked.batch_send_id, marked.token, again=True)
            account.stop(code=answer.code, message=answer.message, actor=self._actor)
        elif code.retry == "machine" and code.proof:
            BatchSend.objects.end_probe(marked.batch_send_id, marked.token, again=True)
            if mine:
                self._put_back(marked, answer, nothing_left, now)
        else:
            BatchSend.objects.end_probe(marked.batch_send_id, marked.token)

    def _doubt(self, marked: Marked, answer: Answer, now: datetime) -> None:
        Batch.objects.doubt(
            marked.batch_id,
            marked.token,
            look_up_at=now + timedelta(seconds=conf.SETTLE_SCHEDULE[0]),
            answered_at=now,
            **_words(answer),
        )
        self._settle_by_receipt(marked.batch_id, now)
        self._local_failures.pop(marked.batch_send_id, None)
        if explain(answer.code).stops_account:
            BatchSend.objects.end_probe(marked.batch_send_id, marked.token, again=True)
            account.stop(code=answer.code, message=answer.message, actor=self._actor)
        elif BatchSend.objects.end_probe(marked.batch_send_id, marked.token, again=True):
            account.pause(
                marked.batch_send_id, reason=PauseReason.UNKNOWNS, detail=answer.code, actor=self._actor
            )

    def _settle_by_receipt(self, batch_id: int, now: datetime) -> None:
        """A receipt of this attempt was here before its answer, which proves nothing: it was accepted."""
        settle(batch_id, self._actor, now, poll_at=next_poll(now, 0))

    # -- the line ----------------------------------------------------------------------------------------

    def _put_back(self, marked: Marked, answer: Answer, nothing_left: bool, now: datetime) -> None:
        """refused → pending for what proves that nothing was sent, with back-off; pause when it does not end."""
        send = marked.batch_send_id
        if answer.code in (TURN_PASSED, HELD_BACK):
            # This process was frozen, or heard of a stop; not the network: another turn, at once.
            Batch.objects.put_back(marked.batch_id, marked.token, not_before=now)
            return
        if nothing_left:
            self._local_failures[send] += 1
            tries = self._local_failures[send]
            Batch.objects.put_back(marked.batch_id, marked.token, not_before=now + back_off(tries))
            if tries >= LOCAL_FAILURES_IN_A_ROW:
                account.pause(send, reason=PauseReason.UNREACHABLE, detail=answer.code, actor=self._actor)
                self._local_failures.pop(send, None)
            return
        state = AccountState.objects.current()
        until = now + back_off(state.throttle_tries + 1, at_least=answer.retry_after)
        AccountState.objects.throttled(now=now, until=until)
        state.refresh_from_db()
        until = max(until, state.back_off_until or until)
        Batch.objects.put_back(marked.batch_id, marked.token, not_before=until)
        since = state.throttled_since or now
        if state.throttle_tries > THROTTLE_TRIES or now - since > THROTTLE_FOR:
            account.pause(send, reason=PauseReason.THROTTLED, detail=answer.code, actor=self._actor)

    def _stop_if_unknowns_pile_up(self, batch_send_id: int, now: datetime) -> None:
        """3 in a row or 5 in 10 minutes that came from the wire; an orphan's code is ours and does not count."""
        send = BatchSend.objects.only("resumed_at", "started_at").get(pk=batch_send_id)
        answered = Batch.objects.filter(batch_send=batch_send_id, answered_at__isnull=False)
        since = send.resumed_at or send.started_at
        if since is not None:
            answered = answered.filter(answered_at__gte=since)
        newest = list(
            answered.order_by("-answered_at", "-id").values_list("status", flat=True)[:UNKNOWNS_IN_A_ROW]
        )
        in_a_row = len(newest) == UNKNOWNS_IN_A_ROW and set(newest) == {BatchStatus.UNKNOWN}
        recent = answered.filter(
            status=BatchStatus.UNKNOWN, answered_at__gt=now - timedelta(minutes=10)
        ).count()
        if in_a_row or recent >= UNKNOWNS_IN_TEN_MINUTES:
            account.pause(batch_send_id, reason=PauseReason.UNKNOWNS, actor=self._actor)


def back_off(tries: int, *, at_least: float | None = None) -> timedelta:
    """Full jitter between 1 s and twice as much for every try, at most 60 s; never under what Aliyun asked for."""
    shortest, longest = BACK_OFF_SECONDS
    seconds = random.uniform(shortest, min(longest, shortest * 2**tries))  # noqa: S311  (jitter, no secret)
    return timedelta(seconds=max(seconds, at_least or 0.0))


def orphans(now: datetime, actor: Actor) -> int:
    """Lease ran out: sending → unknown. How many. And what was put back while its send was cancelled goes no more."""
    found = 0
    Batch.objects.cancel_left()
    due = Batch.objects.orphaned(now).values_list(
        "pk", "token", "batch_send_id", "number", "attempts", "marked_at"
    )
    for pk, token, batch_send_id, number, attempts, marked_at in due[:500]:
        first = (marked_at or now) + timedelta(seconds=conf.SETTLE_SCHEDULE[0])
        # Together: a sweeper that dies in between would leave a probe out for ever.
        with transaction.atomic():
            if not Batch.objects.orphan(
                pk, token, now=now, look_up_at=max(first, now), code="wire.orphaned", message=""
            ):
                continue
            found += 1
            BatchSend.objects.end_probe(batch_send_id, token, again=True)
            note(EventKind.ORPHANED, actor, batch_send_id, at=now, batch=number, attempt=attempts)
            settle(pk, actor, now, poll_at=next_poll(now, 0))
            failpoints.reach("sweep.uncommitted")
    return found


def _words(answer: Answer) -> dict[str, str]:
    """What an answer says, as long as the columns are."""
    return {
        "code": answer.code[:64],
        "message": answer.message[:200],
        "biz_id": answer.biz_id[:64],
        "request_id": answer.request_id[:64],
    }


def _answered(marked: Marked, answer: Answer) -> Answered:
    return Answered(
        out_id=marked.out_id, outcome=answer.outcome.value, http_status=answer.http_status, **_words(answer)
    )


def _acceptance(marked: Marked, answer: Answer) -> Acceptance:
    words = _words(answer)
    return Acceptance(marked.batch_id, marked.token, words["message"], words["biz_id"], words["request_id"])
