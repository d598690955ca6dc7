"""Old personal data goes: numbers masked, values and refused rows emptied; counts, batches, requests and history stay.

A send whose numbers are masked can never send again, so two things come before the first masked number: nothing of it
may still happen (results looked up, receipts on their way, a new send from its people that is not over), and from then
on every verb that would send anew finds it closed (``purge_begun_at``). Sends made from each other's people know by the
numbers whom another of them has taken over or reached, so they go together or not at all.

A slice is one transaction and the place reached stands on the send: who is killed goes on there when run again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from .. import failpoints
from ..models import Batch, BatchSend, EventKind, Recipient, RecipientImport, RejectedRow, Reply
from ..models.each import update_each
from ..recipients.phone_numbers import masked
from .actors import Actor, note
from .clock import database_now
from .patience import patiently
from .receipt_health import RECEIPTS_COME_WITHIN
from .refusals import NotPossible

# Within 24 hours of a start the same people with the same text are recognised by their numbers (services.starting).
LEAST_DAYS = 1
# People of one transaction: 2,000.
BATCHES_AT_ONCE = 20
ROWS_AT_ONCE = 1000
STAR = "*"


class Why(StrEnum):
    """Why an old send keeps its numbers."""

    UNFINISHED = "unfinished"
    LOOKED_UP = "looked_up"
    RECEIPTS = "receipts"
    RELATIVE = "relative"


def sentence(why: Why) -> str:
    return {
        Why.UNFINISHED: _("It is not over: finish or cancel it, or delete the draft."),
        Why.LOOKED_UP: _("Results of it are unknown and still looked up."),
        Why.RECEIPTS: _("Receipts of its last 72 hours may still come."),
        Why.RELATIVE: _("A send that shares its people, made from it or the other way round, is not as far."),
    }[why]


@dataclass
class Purged:
    """``sends``: masked by this run, or to be by a dry run; the counts are of what it did, or would do."""

    sends: list[dict[str, Any]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    recipients: int = 0
    rejected_rows: int = 0
    replies: int = 0
    stopped: bool = False


def purge(
    days: int,
    *,
    actor: Actor,
    dry_run: bool = False,
    stopping: threading.Event | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Purged:
    """Mask everything that ended more than so many days ago.

    ``told``: people done and people in all, after every slice. ``stopping``: end after the slice that is on. Raises
    NotAllowed, and NotPossible for fewer days than LEAST_DAYS.
    """
    actor.require("delete_batchsend")
    if days < LEAST_DAYS:
        raise NotPossible(
            _(
                "Numbers are kept for at least %(days)d day, because until then the same list is recognised when it is sent "
                "again. Nothing was masked."
            )
            % {"days": LEAST_DAYS}
        )
    stopping = stopping or threading.Event()
    before = database_now() - timedelta(days=days)
    done = Purged()
    chosen = list(_open_before(before, done))
    total = sum(send.recipients_total for send in chosen)
    for send in chosen:
        if dry_run:
            _would(send, done)
        elif stopping.is_set() or not _begin(send, before, actor):
            done.stopped |= stopping.is_set()
            continue
        else:
            _mask(send, done, stopping, lambda: told(done.recipients, total))
        done.sends.append(_named(send))
    _replies(before, done, dry_run=dry_run, stopping=stopping)
    done.stopped |= stopping.is_set()
    return done


# -- which ------------------------------------------------------------------------------------------------------------


def _open_before(before: datetime, done: Purged) -> Iterator[BatchSend]:
    """Old sends with numbers that may go; the others with why not into ``done``."""
    begun = BatchSend.objects.filter(purge_begun_at__isnull=False, purged_at__isnull=True)
    yield from begun.order_by("pk")
    fresh = BatchSend.objects.filter(purge_begun_at__isnull=True)
    for send in fresh.filter(finished_at__lt=before).over().order_by("pk"):
        if why := why_not(family_of(send), before):
            done.kept.append(_named(send) | {"why": why.value, "sentence": sentence(why)})
        else:
            yield send
    for send in fresh.filter(created_at__lt=before).unfinished().order_by("pk"):
        why = Why.UNFINISHED
        done.kept.append(_named(send) | {"why": why.value, "sentence": sentence(why)})


def family_of(send: BatchSend) -> list[BatchSend]:
    """The send, those its people come from and those that were made from them, in the order of their ids."""
    found = {send.pk: send}
    look = [send]
    while look:
        pks = [one.pk for one in look]
        sources = [one.source_id for one in look if one.source_id]
        near = BatchSend.objects.filter(pk__in=sources) | BatchSend.objects.filter(source__in=pks)
        look = [one for one in near.order_by("pk") if one.pk not in found]
        found |= {one.pk: one for one in look}
    return [found[pk] for pk in sorted(found)]


def why_not(family: Sequence[BatchSend], before: datetime) -> Why | None:
    """Why the numbers of these have to stay; None where they may go."""
    batches = Batch.objects.filter(batch_send__in=[one.pk for one in family])
    ended = [one.is_over and one.finished_at is not None for one in family]
    if not all(ended) or any(one.finished_at >= before for one in family if one.finished_at):
        return Why.RELATIVE if len(family) > 1 else Why.UNFINISHED
    if batches.open().exists():
        return Why.UNFINISHED
    if batches.filter(next_look_up_at__isnull=False).exists():
        return Why.LOOKED_UP
    since = database_now() - RECEIPTS_COME_WITHIN
    return Why.RECEIPTS if batches.missing_receipts().filter(marked_at__gt=since).exists() else None


def _named(send: BatchSend) -> dict[str, Any]:
    return {"batch_send": send.pk, "title": send.title, "recipients": send.recipients_total}


def _would(send: BatchSend, done: Purged) -> None:
    left = Batch.objects.filter(batch_send=send, number__gt=send.purged_through)
    done.recipients += sum(left.values_list("size", flat=True))
    done.rejected_rows += RejectedRow.objects.filter(recipient_import__batch_send=send).count()


# -- masking ----------------------------------------------------------------------------------------------------------


def _begin(send: BatchSend, before: datetime, actor: Actor) -> bool:
    """From here on nothing of the whole family is sent again. False: something has changed since it was chosen."""

    def at_once() -> bool:
        with transaction.atomic():
            # The lock that starts of new sends from these people and sending again take too.
            pks = [one.pk for one in family_of(send)]
            list(BatchSend.objects.filter(pk__in=pks).order_by("pk").select_for_update())
            family = family_of(BatchSend.objects.get(pk=send.pk))
            open_ones = [one for one in family if one.purge_begun_at is None]
            if not open_ones:
                return True
            if [one.pk for one in family] != pks or why_not(family, before):
                return False
            now = database_now()
            BatchSend.objects.begin_purge([one.pk for one in open_ones], now=now)
            # Nobody is looked up or asked for by a masked number.
            Batch.objects.filter(batch_send__in=pks).update(next_poll_at=None, needs_look_up=False)
            for one in open_ones:
                note(EventKind.PURGED, actor, one, at=now, recipients=one.recipients_total)
            return True

    return patiently(at_once)


def _mask(send: BatchSend, done: Purged, stopping: threading.Event, told: Callable[[], None]) -> None:
    while not stopping.is_set():
        people = patiently(partial(_mask_slice, send.pk))
        if people is None:
            break
        done.recipients += people
        told()
    for rows in _rows_of(send):
        if stopping.is_set():
            return
        done.rejected_rows += patiently(partial(_empty_rows, rows))
    if not stopping.is_set():
        RecipientImport.objects.filter(batch_send=send).update(questions=[])
        BatchSend.objects.filter(pk=send.pk, purged_at__isnull=True).update(purged_at=database_now())


def _mask_slice(pk: int) -> int | None:
    """The next batches: how many people; None when there is none left. Two runs at once wait for each other here."""
    with transaction.atomic():
        through = (
            BatchSend.objects.select_for_update()
            .filter(pk=pk, purge_begun_at__isnull=False)
            .values_list("purged_through", flat=True)
            .get()
        )
        batches = list(
            Batch.objects.filter(batch_send=pk, number__gt=through)
            .order_by("number")
            .values_list("pk", "number")[:BATCHES_AT_ONCE]
        )
        if not batches:
            return None
        rows = (
            Recipient.objects.filter(batch__in=[one for one, _number in batches])
            .order_by("batch", "pk")
            .values_list("pk", "batch", "phone")
        )
        each = [(number, one) for one, number in masks(rows)]
        update_each(Recipient.objects.all(), ("id",), ("phone",), each, only={}, fixed={"params": "{}"})
        BatchSend.objects.filter(pk=pk).update(purged_through=batches[-1][1])
        failpoints.reach("purge.uncommitted")
    failpoints.reach("purge.committed")
    return len(each)


def masks(people: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
    """(person, masked number), in: (person, batch, number). A number stands once in a batch, masked too: where two are the
    same without their middle, the place of the second stands in it. Who is masked already stays as he is."""
    taken: set[tuple[int, str]] = set()
    for pk, batch, phone in people:
        shown = found = _masked(phone)
        place = 1
        while (batch, found) in taken:
            found = _with_place(shown, place)
            place += 1
        taken.add((batch, found))
        yield pk, found


def _masked(phone: str) -> str:
    """Never a whole number, however short; what is masked stays as it is."""
    if STAR in phone:
        return phone
    shown = masked(phone)
    return shown if STAR in shown else f"{STAR * 3}{phone[-4:]}"


def _with_place(shown: str, place: int) -> str:
    stars, digits = shown.count(STAR), str(place)
    if len(digits) >= stars:
        return f"{shown}{STAR}{place}"
    return shown.replace(STAR * stars, digits.rjust(stars, STAR), 1)


def _rows_of(send: BatchSend) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """The rows of its files that did not become recipients, some at a time."""
    after = 0
    rows = RejectedRow.objects.filter(recipient_import__batch_send=send).order_by("pk")
    while some := list(rows.filter(pk__gt=after).values_list("pk", "facts")[:ROWS_AT_ONCE]):
        after = some[-1][0]
        yield some


def _empty_rows(rows: list[tuple[int, dict[str, Any]]]) -> int:
    """Row, column and reason stay, so that the report still counts; what was typed goes."""
    with transaction.atomic():
        return update_each(
            RejectedRow.objects.all(),
            ("id",),
            ("facts",),
            [(_bare(facts), pk) for pk, facts in rows],
            only={},
            fixed={"cell": "", "cells": [], "others": []},
        )


def _bare(facts: dict[str, Any]) -> dict[str, Any]:
    """Figures, and the names of what is the template's."""
    return {key: value for key, value in facts.items() if isinstance(value, int) or key == "variable"}


def _replies(before: datetime, done: Purged, *, dry_run: bool, stopping: threading.Event) -> None:
    """What people wrote back that long ago: the number masked, the words gone. Who opted out stays opted out."""
    rows = Reply.objects.filter(stored_at__lt=before).exclude(phone__contains=STAR).order_by("pk")
    if dry_run:
        done.replies = rows.count()
        return
    while not stopping.is_set():
        some = list(rows.values_list("pk", "phone")[:ROWS_AT_ONCE])
        if not some:
            return
        each = [(_masked(phone), pk) for pk, phone in some]
        with transaction.atomic():
            update_each(Reply.objects.all(), ("id",), ("phone",), each, only={}, fixed={"content": ""})
        done.replies += len(some)


def refuse_purged(batch_send: BatchSend) -> None:
    """The lock on the send's row, inside the transaction of whoever wants its numbers. Raises NotPossible when they are gone."""
    kept = BatchSend.objects.filter(pk=batch_send.pk, purge_begun_at__isnull=True)
    if not kept.update(revision=F("revision") + 1):
        raise masked_already()


def masked_already() -> NotPossible:
    return NotPossible(
        _(
            "The numbers of this send were masked because of its age, so nothing of it can be sent again. Nothing was changed."
        )
    )
