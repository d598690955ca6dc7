"""A person's acts on a send that has started: pause, resume, cancel, send again. Each is noted with its reason."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import (
    AccountState,
    Batch,
    BatchSend,
    BatchStatus,
    EventKind,
    PauseReason,
    SendStatus,
)
from . import waking
from .actors import Actor, note
from .clock import database_now
from .purging import refuse_purged
from .refusals import NotPossible


def pause(batch_send: BatchSend, *, actor: Actor, reason: str = "") -> None:
    """Nothing new goes out; at most what is on the wire is finished."""
    actor.require("send_batchsend")
    now = database_now()
    with transaction.atomic():
        if not BatchSend.objects.pause(
            batch_send.pk, reason=PauseReason.PERSON, detail=reason, now=now, actor=actor.name
        ):
            raise _not(batch_send, _("only a send that is sending can be paused"))
        note(EventKind.PAUSED, actor, batch_send, at=now, reason=reason, why=PauseReason.PERSON.value)


def resume(batch_send: BatchSend, *, actor: Actor, reason: str = "") -> None:
    """A person says that it goes on; the first batch goes alone."""
    actor.require("send_batchsend")
    if AccountState.objects.current().stopped:
        raise NotPossible(
            _(
                "All sending of this account is stopped. Remove the cause and release the account first; nothing was sent."
            )
        )
    now = database_now()
    with transaction.atomic():
        if not BatchSend.objects.resume(batch_send.pk, now=now):
            raise _not(batch_send, _("only a paused send can go on"))
        note(EventKind.RESUMED, actor, batch_send, at=now, reason=reason)
        waking.announce(batch_send.pk)


def cancel(batch_send: BatchSend, *, actor: Actor, reason: str = "") -> int:
    """What is not sent is not sent any more. Returns the number of people in the batches that were cancelled."""
    actor.require("send_batchsend")
    now = database_now()
    with transaction.atomic():
        if not BatchSend.objects.cancel(batch_send.pk, now=now, actor=actor.name):
            raise _not(batch_send, _("it is over already"))
        Batch.objects.cancel_pending(batch_send.pk)
        if batch_send.started_at is None:
            Batch.objects.take_back(batch_send.pk)
        cancelled = Batch.objects.filter(batch_send=batch_send).outcome_counts()
        people = cancelled.get(batch_send.pk, {}).get(BatchStatus.CANCELLED, {}).get("recipients", 0)
        note(EventKind.CANCELLED, actor, batch_send, at=now, reason=reason, recipients=people)
    return people


def resend_refused(
    batch_send: BatchSend, *, actor: Actor, reason: str = "", numbers: list[int] | None = None
) -> int:
    """Refused batches again, each with a new OutId: those whose refusal proves, or a look-up has shown, that nothing
    was sent. Returns how many batches."""
    actor.require("send_batchsend")
    return _resend(batch_send, BatchStatus.REFUSED, actor, reason, numbers)


def resend_absent(
    batch_send: BatchSend, *, actor: Actor, reason: str, numbers: list[int] | None = None
) -> int:
    """Absent batches again: strong evidence, not proof, so it needs the right ``resend_absent`` and a reason."""
    actor.require("resend_absent")
    if not reason.strip():
        raise NotPossible(_("Say why these batches are to be sent again. Nothing was changed."))
    return _resend(batch_send, BatchStatus.ABSENT, actor, reason, numbers)


def _resend(
    batch_send: BatchSend, status: BatchStatus, actor: Actor, reason: str, numbers: list[int] | None
) -> int:
    now = database_now()
    batches = Batch.objects.filter(
        batch_send=batch_send, status=status, needs_look_up=False, followed_by__isnull=True
    )
    if numbers is not None:
        batches = batches.filter(number__in=numbers)
    with transaction.atomic():
        refuse_purged(batch_send)
        # With the lock on its row: what is cancelled meanwhile must not get a batch that nobody ever sends.
        batch_send.refresh_from_db(fields=["status"])
        if batch_send.status == SendStatus.CANCELLED:
            raise _not(batch_send, _("a cancelled send is not taken up again"))
        count = Batch.objects.resend(list(batches.values_list("pk", flat=True)), status=status)
        if not count:
            raise NotPossible(
                _(
                    "There is no such batch that may be sent again now. Batches that are still being looked up have to wait; "
                    "those whose people went on in a new send are sent from there."
                )
            )
        BatchSend.objects.reopen(batch_send.pk, now=now)
        note(EventKind.RESENT, actor, batch_send, at=now, reason=reason, batches=count, status=status.value)
        waking.announce(batch_send.pk)
    return count


def _not(batch_send: BatchSend, why: str) -> NotPossible:
    batch_send.refresh_from_db()
    return NotPossible(
        _("“%(title)s” is now: %(status)s. Nothing was changed; %(why)s.")
        % {"title": batch_send.title, "status": SendStatus(batch_send.status).label, "why": why}
    )
