"""A new send from people of another: the ones that may be tried again, each in one place only.

Three things keep anybody from getting the message twice. Batches that somebody could still send again by themselves
(refused, unknown, absent) are *handed over* in one conditional UPDATE, and from then on are not sent again there. People
whom another new send has taken over before are left out. And when a batch of the new send is marked, whoever the first
send has reached meanwhile is left out, like somebody who has opted out.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from ..aliyun.codes import explain
from ..models import (
    Batch,
    BatchSend,
    BatchStatus,
    Delivery,
    EventKind,
    LeftOut,
    Recipient,
    RecipientImport,
    SendStatus,
)
from ..models.recipient_imports import FROM_SEND
from . import exporting, leaving_out, removing, slices
from .actors import Actor, note
from .clock import database_now
from .drafting import RowsRejected
from .importing import staging
from .importing.from_send import HANDED_OVER, person_of
from .importing.uploading import BYTES_A_ROW
from .purging import masked_already, refuse_purged
from .refusals import NotPossible
from .slices import Kind, Slice
from .timeline import undelivered_by_code

# Nobody of these has the message.
SURELY_NOT = (Kind.UNDELIVERED, Kind.RETRIABLE, Kind.REFUSED, Kind.CANCELLED)
# These may have it; so a person with the right to send absent batches again says that they may get it twice, and why.
PERHAPS = (Kind.WAITING, Kind.OVERDUE, Kind.UNKNOWN, Kind.ABSENT)

NUMBERS_AT_ONCE = 500
# How often to look whether a worker has read the list.
WORKER_READS = 0.2


def possible(part: Slice) -> bool:
    """Whether a new send can be made from such people at all."""
    return part.kind in SURELY_NOT or part.kind in PERHAPS


def doubtful(part: Slice) -> bool:
    """Whether some of these people may have the message."""
    return part.kind in PERHAPS


@dataclass(frozen=True)
class Prospect:
    """What a new send would be made from, from counters: people of the slice, and of those who stay where they are."""

    people: int
    bad_for_good: int
    handed_over: int
    looked_up: int
    doubtful: bool

    @property
    def at_most(self) -> int:
        """Who could come along; opt-outs and those in other new sends are only known once the list is read."""
        return self.people - self.bad_for_good - self.handed_over - self.looked_up


def prospect(batch_send: BatchSend, part: Slice) -> Prospect:
    """Raises NotPossible for people a new send cannot be made from."""
    if batch_send.status == SendStatus.DRAFT or not possible(part):
        raise NotPossible(_("A new send cannot be made from these people. Nothing was changed."))
    if batch_send.is_purged:
        raise masked_already()
    people = exporting.how_many(batch_send, part)
    if part.kind == Kind.UNDELIVERED:
        by_code = undelivered_by_code(batch_send)
        codes = {part.code} if part.code else set(by_code)
        for_good = sum(by_code.get(code, 0) for code in codes if explain(code).bad_for_good)
        return Prospect(people, for_good, 0, 0, False)
    if part.kind.value not in HANDED_OVER:
        return Prospect(people, 0, 0, 0, doubtful(part))
    found = slices.batches(batch_send, part)
    gone = found.filter(followed_by__isnull=False)
    open_ends = found.filter(followed_by__isnull=True, status=BatchStatus.REFUSED, needs_look_up=True)
    return Prospect(people, 0, _people(gone), _people(open_ends), doubtful(part))


def _people(batches: object) -> int:
    """Of refused, unknown or absent batches: those without a verdict."""
    left = F("size") - F("left_out") - F("delivered") - F("undelivered")
    return batches.aggregate(people=Sum(left))["people"] or 0  # type: ignore[attr-defined]


def follow(
    batch_send: BatchSend,
    part: Slice,
    *,
    actor: Actor,
    title: str,
    name: str,
    reason: str = "",
    sure: bool = False,
) -> RecipientImport:
    """A draft with the same template and sign name for these people; returns its import, which waits to be read.

    ``name``: what the import is called in the draft. ``sure`` and ``reason``: for people who may have the message; they
    also take the right ``resend_absent``. Raises NotAllowed, or NotPossible with what stands in the way.
    """
    for right in ("add_batchsend", "import_recipients"):
        actor.require(right)
    before = prospect(batch_send, part)
    if doubtful(part):
        actor.require("resend_absent")
        if not sure or not reason.strip():
            raise NotPossible(
                _(
                    "Some of these people may have got the message and would get it twice. Say that this is meant, and why. "
                    "Nothing was changed."
                )
            )
    if before.at_most <= 0:
        raise NotPossible(
            _("Nobody of these people can go on in a new send: %(why)s Nothing was changed.")
            % {"why": _why_nobody(before)}
        )
    now = database_now()
    with transaction.atomic():
        # One at a time: whoever comes second waits here, and then sees whom the first took.
        refuse_purged(batch_send)
        if BatchSend.objects.filter(source=batch_send, open_imports__gt=0).exists():
            raise NotPossible(
                _(
                    "Another new send from these people is being made just now. Nothing was changed; try again when its list is "
                    "read."
                )
            )
        made = BatchSend.objects.create(
            title=title[:100],
            sign_name=batch_send.sign_name,
            template=batch_send.template,
            extend_code=batch_send.extend_code,
            source=batch_send,
            source_slice=part.key[:80],
            open_imports=1,
            created_by=actor.user,
        )
        if part.kind.value in HANDED_OVER:
            Batch.objects.hand_over(batch_send.pk, made.pk, status=part.kind.value, code=part.code)
        opened = RecipientImport.objects.create(
            batch_send=made,
            file_name=name[:255],
            digest="",
            size=BYTES_A_ROW * before.people,
            answers={FROM_SEND: {"batch_send": batch_send.pk, "slice": part.key}},
            created_by=actor.user,
        )
        facts = {"slice": part.key, "recipients": before.at_most}
        note(EventKind.CREATED, actor, made, at=now, reason=reason, source=batch_send.pk, **facts)
        note(EventKind.FOLLOWED, actor, batch_send, at=now, reason=reason, follower=made.pk, **facts)
    return opened


def create_from(
    batch_send: BatchSend, key: str, *, title: str, actor: Actor, sure: bool, reason: str
) -> BatchSend:
    """The same with its people read at once, for code; see ``django_alisms.api.create_from``."""
    try:
        part = Slice.parse(key)
    except ValueError:
        raise NotPossible(_("There is no such part of this send. Nothing was changed.")) from None
    opened = follow(
        batch_send,
        part,
        actor=actor,
        title=title or batch_send.title,
        name=f"{batch_send.title[:100]}: {part.key}",
        reason=reason,
        sure=sure,
    )
    made = opened.batch_send
    done = staging.read(opened.pk, actor=actor)
    while done.is_open:  # a worker was quicker
        time.sleep(WORKER_READS)
        done = staging.read(opened.pk, actor=actor)
    if not done.good:
        rejected = staging.rejected_rows(done)
        removing.delete_draft(made)
        if rejected:
            raise RowsRejected(rejected)
        raise NotPossible(
            done.error or _("There is nobody to send to: the rows were empty. Nothing was stored.")
        )
    made.refresh_from_db()
    return made


def _why_nobody(before: Prospect) -> str:
    if before.looked_up:
        return _(
            "their batches are still being looked up, because the refusal does not prove that nothing went."
        )
    if before.handed_over:
        return _("another new send has them already.")
    if before.bad_for_good:
        return _("their numbers are bad for good.")
    return _("there is nobody.")


def leave_out_reached(batch_ids: Collection[int], sources: Mapping[int, int]) -> set[int]:
    """People of these pending batches whom the send they come from has reached meanwhile do not go.

    ``sources``: {send: the send its people come from}, of those batches' sends that have one.

    Reached: delivered; or their batch, refused, unknown or absent when it was handed over, has been found accepted.
    Inside the loop's transaction, before marking. Returns the ids of the batches that are cancelled for it.
    """
    out = []
    for send, source in sources.items():
        going = list(
            Recipient.objects.to_send()
            .filter(batch__in=batch_ids, batch__batch_send=send)
            .values_list("pk", "batch_id", "batch__batch_send_id", "parts", "phone", "params")
        )
        reached = set()
        for at in range(0, len(going), NUMBERS_AT_ONCE):
            numbers = [row[4] for row in going[at : at + NUMBERS_AT_ONCE]]
            reached |= {
                person_of(phone, params)
                for phone, params in Recipient.objects.to_send()
                .filter(_reached(send), phone__in=numbers, batch__batch_send=source)
                .values_list("phone", "params")
            }
        out += [row[:4] for row in going if person_of(row[4], row[5]) in reached]
    return leaving_out.leave_out(out, LeftOut.REACHED)


def _reached(send: int) -> Q:
    found = Q(batch__status=BatchStatus.ACCEPTED, batch__followed_by=send) & ~Q(delivery=Delivery.UNDELIVERED)
    return Q(delivery=Delivery.DELIVERED) | found


def ancestors(batch_send: BatchSend) -> list[int]:
    """The sends these people come from, the nearest first."""
    found: list[int] = []
    at = batch_send.source_id
    while at is not None and at not in found:
        found.append(at)
        at = BatchSend.objects.filter(pk=at).values_list("source_id", flat=True).first()
    return found
