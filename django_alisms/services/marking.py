"""What goes next: batches from pending to sending, an attempt written for each, and all that their requests need.

Called inside the loop's one transaction. What others have marked, paused or cancelled meanwhile is not found by the one
conditional UPDATE, whatever was read before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, models

from ..conf import conf
from ..models import Attempt, Batch, BatchSend, BatchStatus, Recipient, out_id_of
from ..models.batch_sends import LATE_AFTER, PROBE_READY
from ..models.prepared import ROWS, Prepared, Slot
from . import following, opting_out
from .opted_out_count import has_opted_out
from .wire import Marked

ACTIVE_AGAIN = timedelta(seconds=5)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Letter:
    """What all batches of a send have in common; it does not change once the send has started."""

    sign_name: str
    template_code: str
    extend_code: str
    # The send its people come from.
    source: int | None


class People(NamedTuple):
    """Of one batch, in its order."""

    phones: tuple[str, ...]
    params: tuple[str, ...]
    opted_out: tuple[Any, ...]


NOBODY = People((), (), ())


class Lease(NamedTuple):
    """Monotonic: until when what is marked is this loop's, and after when it does not leave any more."""

    until: float
    deadline: float


class Mine(NamedTuple):
    """A batch that is marked, or a candidate for it; ``attempt``: the number of the one that it is marked for."""

    pk: int
    batch_send_id: int
    number: int
    attempt: int
    # The first after a stop: its send waits for what comes of it.
    alone: bool = False


class Marker:
    """What one loop marks. ``only``: the id of one send; without it, all that are sending."""

    def __init__(self, worker: str, only: int | None = None) -> None:
        self._worker = worker
        self._only = only
        self._letters: dict[int, Letter] = {}
        self._noted_active: dict[int, datetime] = {}
        # The last look found more than were marked: then the next one need not ask whether there are any.
        self._plenty = False
        self._prepared = Prepared(self._lockable)

    def due(self, wanted: int, now: datetime) -> tuple[int, bool]:
        """How many of so many batches there are to mark, and whether any are pending at all (now or after a back-off)."""
        if self._plenty and wanted > 0:
            return wanted, True
        found = 0
        if wanted > 0:
            due = self._due(now, now - LATE_AFTER, self._only)
            found = len(due.values_list("pk")[:wanted])
        return found, bool(found) or Batch.objects.open().filter(batch_send__in=self.sends()).exists()

    def sends(self) -> Any:
        """The sends that this loop sends."""
        sending = BatchSend.objects.sending()
        return sending if self._only is None else sending.filter(pk=self._only)

    def mark(self, count: int, now: datetime, lease_until: float) -> list[Marked]:
        """pending → sending for up to ``count`` batches. ``lease_until``: monotonic."""
        if count <= 0:
            return []
        candidates = self._candidates(count, now)
        if not candidates:
            return []
        people, emptied = self._going(candidates)
        token = secrets.token_hex(4)
        mine = self._take([one for one in candidates if one.pk not in emptied], token, now)
        if not mine:  # paused, cancelled or marked by another process since the candidates were read
            return []
        Attempt.objects.write(
            [
                (one.pk, one.attempt, out_id_of(one.batch_send_id, one.number, one.attempt, token))
                for one in mine
            ],
            worker=self._worker,
            created_at=now,
        )
        self._note_active({one.batch_send_id for one in mine}, now)
        lease = Lease(lease_until, lease_until - conf.CONNECT_TIMEOUT - conf.READ_TIMEOUT)
        return [self._marked(one, token, people.get(one.pk, NOBODY), lease) for one in mine]

    def _due(self, now: datetime | Slot, late_before: datetime | Slot, only: int | Slot | None) -> Any:
        due = Batch.objects.due(now, late_before)
        if only is not None:
            due = due.filter(batch_send=only)
        return due.exclude(batch_send__in=BatchSend.objects.probed()).order_by("batch_send_id", "number")

    def _candidates(self, count: int, now: datetime) -> list[Mine]:
        only = {} if self._only is None else {"only": self._only}
        found = self._prepared.rows(count + 1, now=now, late_before=now - LATE_AFTER, **only)
        self._plenty = len(found) > count
        return [Mine(pk, send, number, attempts + 1) for pk, send, number, attempts in found[:count]]

    def _lockable(self) -> Any:
        """The candidates, as a query that is prepared."""
        only = None if self._only is None else Slot("only", models.BigAutoField())
        due = self._due(
            Slot("now", models.DateTimeField()), Slot("late_before", models.DateTimeField()), only
        )
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        return due.values_list("pk", "batch_send_id", "number", "attempts")[ROWS]

    def _going(self, candidates: list[Mine]) -> tuple[dict[int, People], set[int]]:
        """{batch: who goes with it}, and the batches that are cancelled because nobody is left to go.

        Who has opted out or was reached meanwhile does not go.
        """
        batches = [one.pk for one in candidates]
        sources = {send: self._letter(send).source for send in {one.batch_send_id for one in candidates}}
        from_sends = {send: source for send, source in sources.items() if source is not None}
        people = self._people(batches)
        opted_out = [batch for batch, found in people.items() if any(found.opted_out)]
        if not opted_out and not from_sends:
            return people, set()
        emptied = opting_out.leave_out(opted_out) | following.leave_out_reached(batches, from_sends)
        return self._people(batches), emptied

    def _take(self, candidates: list[Mine], token: str, now: datetime) -> list[Mine]:
        """Those of the candidates that are this loop's now."""
        if not candidates:
            return []
        lease_until = now + timedelta(seconds=conf.LEASE_SECONDS)
        mark = partial(Batch.objects.mark, token=token, now=now, lease_until=lease_until)
        wanted = [one.pk for one in candidates]
        # Locked since they were read: nobody else has touched them, so they are as they were.
        locked = connection.features.has_select_for_update_skip_locked or connection.vendor == "sqlite"
        if mark(wanted) == len(wanted) and locked:
            return candidates
        alone = self._one_of_each_probe(candidates, token)
        if alone:
            mark(list(alone))
        mine = Batch.objects.filter(pk__in=wanted, token=token, status=BatchStatus.SENDING)
        found = mine.order_by("batch_send_id", "number").values_list(
            "pk", "batch_send_id", "number", "attempts"
        )
        taken = [Mine(*row, alone=row[0] in alone) for row in found]
        self._give_back(alone, taken, token)
        return taken

    def _give_back(self, alone: Mapping[int, int], taken: Iterable[Mine], token: str) -> None:
        """The right to send a first batch that somebody else marked meanwhile: where candidates cannot be locked."""
        for pk in alone.keys() - {one.pk for one in taken}:
            BatchSend.objects.end_probe(alone[pk], token, again=True)

    def _one_of_each_probe(self, candidates: Iterable[Mine], token: str) -> dict[int, int]:
        """After a stop the first batch of a send goes alone: of such a send only one, by whoever takes the probe.

        {batch: its send}.
        """
        sends = {one.batch_send_id for one in candidates}
        ready = set(BatchSend.objects.filter(pk__in=sends, probing=PROBE_READY).values_list("pk", flat=True))
        alone: dict[int, int] = {}
        for one in candidates:
            if one.batch_send_id in ready:
                ready.discard(one.batch_send_id)
                if BatchSend.objects.take_probe(one.batch_send_id, token):
                    alone[one.pk] = one.batch_send_id
        return alone

    def _note_active(self, sends: set[int], now: datetime) -> None:
        """Lateness is known to a minute, so it is enough to say now and then that batches of these are on their way."""
        due = {send for send in sends if now - self._noted_active.get(send, NEVER) > ACTIVE_AGAIN}
        if due:
            BatchSend.objects.active(due, now=now)
            self._noted_active.update(dict.fromkeys(due, now))

    def _marked(self, mine: Mine, token: str, people: People, lease: Lease) -> Marked:
        letter = self._letter(mine.batch_send_id)
        return Marked(
            batch_id=mine.pk,
            batch_send_id=mine.batch_send_id,
            attempt=mine.attempt,
            token=token,
            out_id=out_id_of(mine.batch_send_id, mine.number, mine.attempt, token),
            sign_name=letter.sign_name,
            template_code=letter.template_code,
            extend_code=letter.extend_code,
            phones=people.phones,
            params=people.params,
            deadline=lease.deadline,
            lease_until=lease.until,
            alone=mine.alone,
        )

    def _people(self, batch_ids: list[int]) -> dict[int, People]:
        """As plain rows of the driver: there are a hundred for each request."""
        found = _PEOPLE.rows(batches=batch_ids)
        return {
            batch: People(*list(zip(*of, strict=True))[1:]) for batch, of in groupby(found, itemgetter(0))
        }

    def _letter(self, batch_send_id: int) -> Letter:
        if batch_send_id not in self._letters:
            self._letters[batch_send_id] = Letter(
                *BatchSend.objects.values_list(
                    "sign_name__name", "template__code", "extend_code", "source_id"
                ).get(pk=batch_send_id)
            )
        return self._letters[batch_send_id]


def _people() -> Any:
    batches = Slot("batches", models.BigAutoField())
    people = Recipient.objects.to_send().filter(batch__pk__in=[batches]).order_by("batch_id", "id")
    return people.annotate(has_opted_out=has_opted_out()).values_list(
        "batch_id", "phone", "params", "has_opted_out"
    )


_PEOPLE = Prepared(_people)
