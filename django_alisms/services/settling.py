"""What became of a batch whose answer proves nothing: looked up by QuerySendDetails, never sent again by itself.

The rule (docs/reliability.md): any number of the attempt found under our OutId → accepted. ``absent`` only when the
last time of the schedule has passed, every number was unseen in this round and in the one before, every page was
read whole, and in the same round a number that is known to be accepted was found, so the query works.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .. import failpoints
from ..aliyun.operations import Client
from ..conf import conf
from ..models import Batch, BatchStatus, Event, EventKind, Recipient
from .actors import Actor, note
from .clock import database_now
from .looking_up import LookUps, Sight
from .receiving.applying import next_poll
from .refusals import NotPossible

# Look-ups reach back 30 days; after this an unknown stays unknown for good.
LOOK_UPS_END = timedelta(days=25)
BATCHES_A_ROUND = 200


@dataclass
class Round:
    """What one round of look-ups did, in batches."""

    looked_up: int = 0
    accepted: int = 0
    absent: int = 0


def settle_due(
    client: Client, actor: Actor, *, early: bool = False, stopping: threading.Event | None = None
) -> Round:
    """Look up every batch that is due (``early``: those not yet due as well)."""
    now = database_now()
    due = Batch.objects.filter(
        status__in=[BatchStatus.UNKNOWN, BatchStatus.REFUSED],
        needs_look_up=True,
        next_look_up_at__isnull=False,
    )
    if not early:
        due = due.filter(next_look_up_at__lte=now)
    done = Round()
    control: bool | None = None
    with LookUps(client, stopping) as look_ups:
        for batch in list(due.order_by("next_look_up_at")[:BATCHES_A_ROUND]):
            if look_ups.stopped:
                break
            taken = Taken(batch)
            if not taken.take():
                continue
            sight = taken.look(look_ups)
            if look_ups.stopped and sight is not Sight.FOUND:
                taken.give_back()
                break
            if sight is Sight.UNSEEN and control is None:
                control = _query_works(look_ups, now)
            not_seen = taken.not_seen(look_ups) if sight is Sight.FOUND else []
            failpoints.reach("settle.looked_up")
            taken.conclude(sight, bool(control), actor, done, not_seen)
            failpoints.reach("settle.concluded")
    return done


def settle_batch(client: Client, batch: Batch, actor: Actor) -> Round:
    """One round for one batch, because a person asked. The rule for "absent" is the same, whoever asks.

    Raises NotAllowed, or NotPossible for a batch that is not being looked up, or that somebody looks up just now.
    """
    actor.require("send_batchsend")
    if not batch.needs_look_up or batch.status not in (BatchStatus.UNKNOWN, BatchStatus.REFUSED):
        raise NotPossible(_("This batch needs no look-up. Nothing was changed."))
    done = Round()
    taken = Taken(batch)
    if not taken.take():
        raise NotPossible(
            _("This batch is being looked up just now. Nothing was changed; look again in a minute.")
        )
    with LookUps(client) as look_ups:
        sight = taken.look(look_ups)
        control = sight is Sight.UNSEEN and _query_works(look_ups, database_now())
        not_seen = taken.not_seen(look_ups) if sight is Sight.FOUND else []
    taken.conclude(sight, control, actor, done, not_seen)
    return done


class Taken:
    """The right to look a batch up now, held by one process and renewed while it asks for its hundred numbers.

    A process that dies loses it after LEASE_SECONDS; one that was frozen for longer finds it gone and concludes
    nothing, because two rounds at the same time would count as two rounds after each other.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._before = self._until = batch.next_look_up_at

    def take(self) -> bool:
        return self._move(_lease())

    def keep(self) -> bool:
        """Renew when half of the lease is over. False: it ran out and is somebody else's."""
        until = _lease()
        if self._until is not None and until - self._until < timedelta(seconds=conf.LEASE_SECONDS / 2):
            return True
        return self._move(until)

    def give_back(self) -> None:
        """Nothing was concluded."""
        self._move(self._before)

    def _move(self, until: datetime | None) -> bool:
        moved = Batch.objects.take_look_up(self.batch.pk, seen=self._until, until=until)
        if moved:
            self._until = until
        return moved

    def look(self, look_ups: LookUps) -> Sight:
        phones = Recipient.objects.to_send().filter(batch=self.batch).order_by("id")
        return look_ups.sight_of(
            list(phones.values_list("phone", flat=True)),
            self.batch.marked_at or database_now(),
            self.batch.out_id,
            self.keep,
        )

    def not_seen(self, look_ups: LookUps) -> list[int]:
        """Of a refused batch some of which went, money ran out inside it say: the people of whom nothing is there.

        Only those of whom every page was read: of the others nothing is known.
        """
        batch = self.batch
        if batch.status != BatchStatus.REFUSED:
            return []
        at = batch.marked_at or database_now()
        people = Recipient.objects.to_send().filter(batch=batch).order_by("id").values_list("pk", "phone")
        return [
            pk
            for pk, phone in people
            if look_ups.sight_of([phone], at, batch.out_id, self.keep) is Sight.UNSEEN
        ]

    def conclude(
        self, sight: Sight, control: bool, actor: Actor, done: Round, not_seen: Sequence[int] = ()
    ) -> None:
        """What was seen becomes the batch's. ``control``: an accepted number was found in this round.

        ``not_seen``: who was not, where others were.
        """
        now, batch = database_now(), self.batch
        done.looked_up += 1
        if sight is Sight.FOUND:
            seen_in_part: dict[str, Any] = {"not_seen": list(not_seen)} if not_seen else {}
            with transaction.atomic():
                if Batch.objects.found(batch.pk, attempts=batch.attempts, poll_at=next_poll(now, 0)):
                    done.accepted += 1
                    note(
                        EventKind.SETTLED,
                        actor,
                        batch.batch_send_id,
                        at=now,
                        batch=batch.number,
                        to="accepted",
                        **seen_in_part,
                    )
            return
        mine = Batch.objects.filter(
            pk=batch.pk, attempts=batch.attempts, token=batch.token, next_look_up_at=self._until
        )
        unseen = batch.unseen_rounds + 1 if sight is Sight.UNSEEN else 0
        attempted_at = batch.marked_at or now
        last = attempted_at + timedelta(seconds=conf.SETTLE_SCHEDULE[-1])
        if unseen >= 2 and control and now >= last:
            with transaction.atomic():
                if batch.status == BatchStatus.REFUSED:
                    mine.filter(status=BatchStatus.REFUSED).update(needs_look_up=False, next_look_up_at=None)
                elif mine.missing(batch.pk, attempts=batch.attempts):
                    done.absent += 1
                    note(
                        EventKind.SETTLED, actor, batch.batch_send_id, at=now, batch=batch.number, to="absent"
                    )
            return
        mine.filter(needs_look_up=True).update(
            look_ups=batch.look_ups + 1,
            looked_up_at=now,
            unseen_rounds=unseen,
            next_look_up_at=_next(attempted_at, now),
        )


def _lease() -> datetime:
    return database_now() + timedelta(seconds=conf.LEASE_SECONDS)


def _query_works(look_ups: LookUps, now: datetime) -> bool:
    """Whether a number accepted within the last 24 hours is found: without one, a person decides."""
    known = (
        Batch.objects.filter(
            status=BatchStatus.ACCEPTED,
            code="OK",
            marked_at__gt=now - timedelta(hours=24),
            marked_at__lt=now - timedelta(seconds=min(conf.SETTLE_SCHEDULE)),
        )
        .order_by("-marked_at")
        .first()
    )
    if known is None:
        return False
    first = Recipient.objects.to_send().filter(batch=known).order_by("id").values_list("phone", flat=True)[:1]
    return look_ups.sight_of(list(first), known.marked_at or now, known.out_id) is Sight.FOUND


def _next(attempted_at: datetime, now: datetime) -> datetime | None:
    """The next time of the schedule; after its last, as far apart as the last two, until day 25."""
    schedule = [timedelta(seconds=seconds) for seconds in conf.SETTLE_SCHEDULE]
    for step in schedule:
        if attempted_at + step > now:
            return attempted_at + step
    if now - attempted_at > LOOK_UPS_END:
        return None
    return now + (schedule[-1] - schedule[-2] if len(schedule) > 1 else schedule[-1])


def people_not_seen(batch: Batch) -> list[Recipient]:
    """Of an accepted batch the people whom the look-up that settled it did not see, and who have no receipt since."""
    settled = Event.objects.filter(
        kind=EventKind.SETTLED, batch_send=batch.batch_send_id, facts__batch=batch.number
    ).order_by("-id")
    facts = settled.values_list("facts", flat=True).first() if batch.status == BatchStatus.ACCEPTED else None
    ids = (facts or {}).get("not_seen", [])
    return list(Recipient.objects.waiting().filter(pk__in=ids, batch=batch).order_by("id")) if ids else []
