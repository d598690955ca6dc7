"""From a draft to a send that is on its way: the one conditional UPDATE that starts it.

What was shown before may be old: ``start`` looks at everything that stands in the way again.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ..conf import conf
from ..models import Batch, BatchSend, EventKind, SendStatus, Template
from . import before_start, previewing, waking
from .actors import Actor, note
from .clock import database_now, local
from .opted_out_count import count_in
from .refusals import AlreadyStarted, NotPossible
from .sentences import together


def start(
    batch_send: BatchSend, *, actor: Actor, revision: int | None = None, again: bool = False
) -> BatchSend:
    """Start it, once. In: the draft, who, the revision the person saw, whether a repeat is meant.

    Raises AlreadyStarted (with who and when), NotAllowed, or NotPossible with what stands in the way. Works inside
    a caller's transaction: the loop sees the send when that commits.
    """
    actor.require("send_batchsend")
    batch_send.refresh_from_db()
    if batch_send.status != SendStatus.DRAFT:
        raise _already(batch_send)
    if revision is not None and revision != batch_send.revision:
        raise _changed()  # whatever else may be wrong with it: the page shows it as it is now
    opted_out = count_in(batch_send)
    against = [
        check
        for check in before_start.checks(batch_send, again=again, opted_out=opted_out)
        if check.level in (before_start.STOP, before_start.CHOICE)
    ]
    if against:
        raise NotPossible(
            together(*(part for check in against for part in (check.sentence, check.advice))), checks=against
        )
    with transaction.atomic():
        # One start of a template at a time: two sends to the same people that start at the same moment would both
        # be told that nobody has got it yet.
        Template.objects.select_for_update().get(pk=batch_send.template_id)
        repeat = before_start.repeat(batch_send, again)
        if repeat is not None and repeat.level == before_start.CHOICE:
            raise NotPossible(together(repeat.sentence, repeat.advice), checks=[repeat])
        now = database_now()
        started = BatchSend.objects.start(
            batch_send.pk,
            revision=batch_send.revision if revision is None else revision,
            now=now,
            actor=actor.name,
            user_id=actor.user_id,
            content=batch_send.template.content,
            price_per_part=conf.PRICE_PER_PART,
        )
        if started:
            Batch.objects.cancel_empty(list(_fully_left_out(batch_send)))
            people = previewing.estimate(batch_send, opted_out).people
            note(EventKind.STARTED, actor, batch_send, at=now, recipients=people)
            waking.announce(batch_send.pk)
    batch_send.refresh_from_db()
    if started:
        return batch_send
    if batch_send.status != SendStatus.DRAFT:
        raise _already(batch_send)
    raise _changed()


def _changed() -> NotPossible:
    return NotPossible(
        _(
            "The draft was changed while you looked at it. Nothing was sent; look at it again and confirm anew."
        )
    )


def _fully_left_out(batch_send: BatchSend) -> Iterable[int]:
    empty = Batch.objects.pending().filter(batch_send=batch_send, left_out__gte=F("size"))
    return empty.values_list("pk", flat=True)


def _already(batch_send: BatchSend) -> AlreadyStarted:
    if batch_send.started_at is None:
        return AlreadyStarted(_("This send was cancelled before it started. Nothing was sent."))
    return AlreadyStarted(
        _("%(who)s started this send at %(when)s. It is sent once; pressing again changed nothing.")
        % {"who": batch_send.started_by, "when": local(batch_send.started_at)},
        who=batch_send.started_by,
        when=batch_send.started_at,
    )
