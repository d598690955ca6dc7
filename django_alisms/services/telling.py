"""What happened, told to the project's own receivers once it is committed (signals.py), and to the maker by mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from ..conf import conf
from ..models import Batch, BatchSend, EventKind, Mail, PauseReason, Recipient, Reply
from ..signals import batch_answered, batch_send_changed, recipient_reported, reply_received

CHANGES = frozenset(
    {
        EventKind.STARTED,
        EventKind.PAUSED,
        EventKind.RESUMED,
        EventKind.CANCELLED,
        EventKind.FINISHED,
        EventKind.RESENT,
    }
)
"""The lines of the history that are a change of the send itself."""


def changed(batch_send_id: int, change: str, why: str, at: datetime) -> None:
    """Inside the change's transaction: the signal after it, and a mail to the person who made the send.

    The mail is for what that person does not know yet: it finished, or it stopped without anybody's doing.
    """
    stopped = change == EventKind.PAUSED and why != PauseReason.PERSON
    if conf.MAIL and (stopped or change == EventKind.FINISHED):
        made_by = BatchSend.objects.select_related("created_by").get(pk=batch_send_id).created_by
        if address_of(made_by):
            Mail.objects.create(batch_send_id=batch_send_id, change=change, created_at=at, not_before=at)
    if batch_send_changed.has_listeners(BatchSend):
        _afterwards(
            lambda: batch_send_changed.send_robust(
                BatchSend, batch_send_id=batch_send_id, change=str(change), why=str(why)
            )
        )


def answered(answers: Iterable[tuple[Any, Any]]) -> None:
    """After the commit of a turn: (what was marked, what came of it)."""
    if batch_answered.has_listeners(Batch):
        for marked, answer in answers:
            batch_answered.send_robust(
                Batch,
                batch_send_id=marked.batch_send_id,
                batch_id=marked.batch_id,
                out_id=marked.out_id,
                outcome=answer.outcome.value,
                code=answer.code,
                biz_id=answer.biz_id,
            )


def reported(people: Callable[[], Iterable[tuple[int, int, str, str, datetime]]]) -> None:
    """Inside the transaction that stores receipts. ``people``: (send, recipient, delivery, code, at), asked for only
    where somebody listens."""
    if not recipient_reported.has_listeners(Recipient):
        return
    told = list(people())

    def tell() -> None:
        for send, recipient, delivery, code, at in told:
            recipient_reported.send_robust(
                Recipient,
                batch_send_id=send,
                recipient_id=recipient,
                delivery=delivery,
                code=code,
                reported_at=at,
            )

    _afterwards(tell)


def replied(reply: Reply) -> None:
    """Inside the transaction that keeps it."""
    if reply_received.has_listeners(Reply):
        _afterwards(lambda: reply_received.send_robust(Reply, reply=reply))


def address_of(user: Any) -> str:
    """The user's e-mail address, by whatever name the project's user model has it; empty without one."""
    return (getattr(user, user.get_email_field_name(), "") or "") if user is not None else ""


def _afterwards(tell: Callable[[], object]) -> None:
    transaction.on_commit(tell)
