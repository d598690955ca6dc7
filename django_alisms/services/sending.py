"""The loop: the heart of the app.

One transaction records every answer that came in since the last turn **and** marks as many batches as there are
free slots, with their attempts. Then it commits. Then exactly those batches go on the wire. So commits are shared
under load, at most CONCURRENCY batches of a process are ever in doubt, no transaction is open while Aliyun thinks,
and any number of processes can run the loop on the same send: what one has marked, another does not find.

A queue, a page or a command only wakes it up. The truth is the tables.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from .. import failpoints
from ..aliyun.operations import Client
from ..aliyun.outcomes import Answer
from ..conf import conf
from ..models import (
    AccountState,
    BatchSend,
    EventKind,
    PauseReason,
)
from . import account, rate_limit, telling
from .actors import Actor, note, process_name
from .clock import database_now
from .marking import Marker
from .receiving.applying import match_early
from .recording import Recorder, orphans
from .wire import Marked, Wire

logger = logging.getLogger("django_alisms.sending")

# How long a turn waits for answers when every slot is taken, and for other processes when nothing is left to mark.
FULL_WAIT = 1.0
IDLE_WAIT = 0.2
SWEEP_SECONDS = 2.0
# A turn of the loop that took longer than this says nothing of the next one.
LONGEST_LEAD = 0.25


class Sender:
    """One process's loop. ``only``: the id of one send; without it, all that are sending.

    ``stopping``: set it to end politely: nothing new is marked, what is on the wire is finished and recorded.
    ``on_turn``: called after every turn that changed something, with nothing; for progress bars.
    """

    def __init__(
        self,
        client: Client,
        actor: Actor,
        *,
        only: int | None = None,
        concurrency: int | None = None,
        stopping: threading.Event | None = None,
        on_turn: Callable[[], None] | None = None,
    ) -> None:
        self._client = client
        self._actor = actor
        self._only = only
        self._slots = concurrency or conf.CONCURRENCY
        self._stopping = stopping or threading.Event()
        self._on_turn = on_turn
        self._recorder = Recorder(actor)
        self._marker = Marker(process_name()[:100], only)
        self._next_sweep = 0.0
        # In how many seconds the rate limit may have turns again.
        self._ask_again = 0.0
        # How long it took, the last time, from the turns of the rate limit to the batches on the wire.
        self._lead = 0.0

    def run(self) -> None:
        """Until nothing is left that this loop could do, or ``stopping`` is set and the wire is empty."""
        unrecorded: list[tuple[Marked, Answer]] = []
        wait = 0.0
        with Wire(self._send, self._slots) as wire:
            while True:
                # To wait longer than a turn takes would save nothing.
                unrecorded += wire.collect(wait, self._lead / 2)
                try:
                    marked, left = self._turn(unrecorded, wire)
                    changed = bool(unrecorded or marked)
                    unrecorded = []
                    if changed and self._on_turn is not None:
                        self._on_turn()
                except (OperationalError, InterfaceError) as gone:
                    # Rolled back: the answers are kept and written again until the database is back.
                    logger.warning("the database did not take a turn: %s", type(gone).__name__)
                    connection.close()
                    if self._stopping.is_set() and not wire.in_flight and self._given_up(unrecorded):
                        logger.error("ended without the database; %d results are unknown", len(unrecorded))
                        return
                    wait = 0.5
                    continue
                if not marked and not wire.in_flight and (not left or self._stopping.is_set()):
                    return
                wait = self._patience(wire, bool(marked))

    def _given_up(self, unrecorded: list[tuple[Marked, Answer]]) -> bool:
        """Whether the leases of all these answers have run out, so that writing them is no use any more."""
        return all(time.monotonic() > marked.lease_until for marked, _answer in unrecorded)

    # -- a turn ------------------------------------------------------------------------------------------

    def _turn(self, answers: list[tuple[Marked, Answer]], wire: Wire) -> tuple[int, bool]:
        """Record, mark, commit, put on the wire. How many were marked, and whether work is left for later."""
        # Before the database's time, so that no lease is taken for longer than it is.
        begun = time.monotonic()
        now = database_now()
        self._sweep(now)
        state = AccountState.objects.current()
        self._recorder.throttled = state.throttle_tries > 0
        wanted, left = (0, False) if self._stopping.is_set() else self._wanted(wire.free, now, state)
        asked = time.monotonic()
        turns = self._turns(wanted, wire, state)
        reached = _places(answers)
        reached("begun")
        with transaction.atomic(durable=True):
            self._recorder.record(answers, now)
            marked = self._marker.mark(len(turns), now, begun + conf.LEASE_SECONDS)
            reached("uncommitted", marked)
        reached("committed", marked)
        for batch, turn in zip(marked, turns, strict=False):
            wire.put(batch, turn)
        if marked:
            self._lead = min(time.monotonic() - asked, LONGEST_LEAD)
        telling.answered(answers)
        going_on = {batch.batch_send_id for batch in marked}
        if not left or any(answered.batch_send_id not in going_on for answered, _answer in answers):
            self._finish(now)
        return len(marked), left

    def _turns(self, wanted: int, wire: Wire, state: AccountState) -> tuple[rate_limit.Turn, ...]:
        """Turns of the rate limit for so many that will be marked, after those for what missed its own."""
        if wire.missed and state.stopped:
            wire.hold_back_missed()
        taken = rate_limit.take(wire.missed + wanted, slots=self._slots, lead=self._lead, seen=state)
        self._ask_again = taken.wait
        return taken.turns[wire.put_again(taken.turns) :]

    def _wanted(self, free: int, now: datetime, state: AccountState) -> tuple[int, bool]:
        """How many batches to mark now, and whether any are pending at all (now or after a back-off)."""
        if state.stopped:
            self._pause_all()
            return 0, False
        backing_off = state.back_off_until is not None and state.back_off_until > now
        found, left = self._marker.due(0 if backing_off else free, now)
        return max(found, 0), left

    def _send(self, marked: Marked, may_leave: Callable[[], bool]) -> Answer:
        """In a thread of the wire."""
        return self._client.send_batch_sms(
            marked.phones,
            marked.sign_name,
            marked.template_code,
            marked.params,
            marked.out_id,
            marked.extend_code,
            may_leave=may_leave,
        )

    # -- between turns -----------------------------------------------------------------------------------

    def _patience(self, wire: Wire, marked: bool) -> float:
        """How long to wait for answers before the next turn."""
        if wire.missed:
            return self._ask_again
        if wire.free <= 0:
            return FULL_WAIT
        if marked:
            return 0.001
        return max(0.05 if wire.in_flight else IDLE_WAIT, self._ask_again)

    def _sweep(self, now: datetime) -> None:
        """Now and then: orphans become unknown, late sends pause, those in the queue are known to be attended to."""
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + SWEEP_SECONDS
        orphans(now, self._actor)
        # Receipts that overtook the answers which say whose they are.
        match_early(self._actor)
        for pk in BatchSend.objects.late(now).values_list("pk", flat=True):
            account.pause(pk, reason=PauseReason.LATE, actor=self._actor)
        self._marker.sends().attended(now)
        # What the sweep has just closed, or another process left behind.
        self._finish(now)

    def _finish(self, now: datetime) -> None:
        complete = BatchSend.objects.complete()
        if self._only is not None:
            complete = complete.filter(pk=self._only)
        for pk in complete.values_list("pk", flat=True):
            with transaction.atomic():
                if BatchSend.objects.finish(pk, now=now):
                    note(EventKind.FINISHED, self._actor, pk, at=now)

    def _pause_all(self) -> None:
        """The account is stopped: nothing starts, and every send that was let go on says so."""
        with transaction.atomic():
            # Locked: who releases the account and resumes a send does not find it paused again for the old stop.
            state = AccountState.objects.select_for_update().filter(name="default", stopped=True).first()
            if state is None:
                return
            for pk in self._marker.sends().values_list("pk", flat=True):
                account.pause(pk, reason=PauseReason.ACCOUNT, detail=state.stop_code, actor=self._actor)


def _places(answers: list[tuple[Marked, Answer]]) -> Callable[..., None]:
    """The failpoints of one turn: those of the store where there are answers, those of the mark where it marked."""

    def reached(when: str, marked: Iterable[Marked] = ()) -> None:
        if answers:
            failpoints.reach(f"store.{when}")
        if marked:
            failpoints.reach(f"mark.{when}")

    return reached
