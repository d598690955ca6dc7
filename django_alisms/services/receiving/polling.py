"""Look-ups for receipts that did not come: QuerySendDetails, one number at a time, only for who is still waiting.

The batches that were asked for least often come first, of these the newest: what went a minute ago somebody is
looking at. Of a batch whose receipts nobody has seen yet three numbers tell whether there are any; the others
follow when they do, or the next time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...aliyun.operations import Client
from ...aliyun.reports import OPEN, Receipt, receipt_of_detail
from ...conf import conf
from ...models import AccountState, Batch, Recipient
from ...recipients.parts import parts_of
from ..actors import Actor
from ..clock import database_now
from ..looking_up import LookUps
from .applying import apply, next_poll

BATCHES_A_ROUND = 200
TELLING = 3
# Look-ups reach back 30 days (aliyun-sms-api §3.1); the last one is for midnight.
REACH = timedelta(days=29)


@dataclass
class Polled:
    """What a round did: numbers asked for, receipts stored, numbers whose pages could not all be read."""

    asked: int = 0
    stored: int = 0
    unreadable: int = 0


def poll(
    client: Client,
    actor: Actor,
    *,
    all_of_them: bool = False,
    stopping: threading.Event | None = None,
    at_most: int | None = None,
) -> Polled:
    """Ask for the receipts that are due (``all_of_them``: for every one that is missing).

    ``at_most``: numbers; the batch in which they are reached is finished.
    """
    now = database_now()
    due = Batch.objects.missing_receipts().filter(marked_at__gt=now - REACH)
    if not all_of_them:
        due = due.filter(next_poll_at__lte=now)
    done = Polled()
    seen: set[int] = set()
    with LookUps(client, stopping) as look_ups:
        while not look_ups.stopped and (at_most is None or done.asked < at_most):
            batches = list(due.exclude(pk__in=seen).order_by("polls", "-marked_at", "-pk")[:BATCHES_A_ROUND])
            if not batches:
                break
            for batch in batches:
                seen.add(batch.pk)
                if look_ups.stopped or (at_most is not None and done.asked >= at_most):
                    break
                _poll_batch(look_ups, batch, actor, done, whole=all_of_them)
    if done.asked:
        AccountState.objects.knocked("receipts_polled_at", database_now())
    return done


class _Lease:
    """The right to ask for a batch, renewed while its hundred numbers are asked for."""

    def __init__(self, batch: Batch) -> None:
        self.pk = batch.pk
        self.before = self.until = batch.next_poll_at

    def take(self) -> bool:
        until = database_now() + timedelta(seconds=conf.LEASE_SECONDS)
        if not Batch.objects.take_poll(self.pk, seen=self.until, until=until):
            return False
        self.until = until
        return True

    def keep(self) -> bool:
        half = timedelta(seconds=conf.LEASE_SECONDS / 2)
        if self.until is not None and self.until - database_now() > half:
            return True
        return self.take()


def _poll_batch(look_ups: LookUps, batch: Batch, actor: Actor, done: Polled, *, whole: bool) -> None:
    lease = _Lease(batch)
    if not lease.take():
        return
    waiting = Recipient.objects.waiting().filter(batch=batch.pk).order_by("pk")
    phones = list(waiting.values_list("phone", flat=True))
    silent = not whole and batch.delivered + batch.undelivered == 0
    stored = _ask(look_ups, batch, phones[:TELLING], actor, done, lease)
    if stored or not silent:
        _ask(look_ups, batch, phones[TELLING:], actor, done, lease)
    if lease.until is None:
        return
    if look_ups.stopped:
        Batch.objects.take_poll(batch.pk, seen=lease.until, until=lease.before)
        return
    Batch.objects.end_poll(batch.pk, seen=lease.until, then=_then(batch))


def _ask(
    look_ups: LookUps, batch: Batch, phones: list[str], actor: Actor, done: Polled, lease: _Lease
) -> int:
    """Ask for some of its people and store what is known of them; how many have a verdict now."""
    receipts: list[Receipt] = []
    for details in look_ups.details_of(phones, batch.marked_at or database_now(), lease.keep):
        done.asked += 1
        if details is None:
            done.unreadable += 1
            continue
        # Other messages to this number that day are other batches', of ours or of others: those find their own.
        receipts += [receipt_of_detail(detail, parts_of) for detail in details if detail.out_id]
    receipts = [one for one in receipts if one.verdict != OPEN]
    if not receipts:
        return 0
    stored = apply(receipts, actor, keep_strangers=False).stored
    done.stored += stored
    return stored


def _then(batch: Batch) -> datetime | None:
    """The first time of the schedule that is still to come."""
    now, since = database_now(), batch.marked_at or database_now()
    times = (next_poll(since, step) for step in range(len(conf.RECEIPT_POLL_SCHEDULE)))
    return next((time for time in times if time is not None and time > now), None)
