"""The Python API: bulk sends from code, under the same rules as the admin and the commands.

    from django_alisms import api

    batch_send = api.create_batch_send(
        title="Shipping, third lot",
        sign_name="某某商城",
        template="SMS_218740035",
        recipients=[{"phone": "13800138000", "name": "王芳", "code": "DD1123", "amount": "268.00"}],
    )
    api.start(batch_send, actor=request.user)
    api.status(batch_send)["accepted"]

``start`` only starts the work: ``alisms_worker`` (or any process that runs the loop) does it. Days later, to those whom
the carriers did not reach:

    again = api.create_from(batch_send, "retriable", title="Shipping, once more", actor=request.user)
    api.start(again, actor=request.user)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from .models import BatchSend
from .services import controlling, drafting, following, starting, waking
from .services import status as _status
from .services.actors import Actor
from .services.drafting import RowsRejected
from .services.refusals import AlreadyStarted, NotAllowed, NotConfigured, NotPossible

__all__ = [
    "AlreadyStarted",
    "NotAllowed",
    "NotConfigured",
    "NotPossible",
    "RowsRejected",
    "cancel",
    "create_batch_send",
    "create_from",
    "on_work",
    "pause",
    "resume",
    "start",
    "status",
]

Who = Actor | AbstractBaseUser | None


def create_batch_send(
    *,
    sign_name: str,
    template: str,
    recipients: Iterable[Mapping[str, Any]],
    title: str = "",
    extend_code: str = "",
    actor: Who = None,
    skip_bad_rows: bool = False,
) -> BatchSend:
    """A draft with its recipients, ready to start.

    ``sign_name`` without 【】 and ``template`` (its code) must be approved and synced. ``recipients``: any iterable
    of mappings with ``phone`` and one key for each variable of the template (a template whose own variable is
    called ``phone`` takes the number under ``phone_number``); it is read once, in slices, so a generator over a
    million rows is fine. Rows are numbered from 1. The same number with the same values is taken once.

    Raises RowsRejected (``.rejected`` lists row, column and reason) when a row is bad, unless ``skip_bad_rows``;
    then nothing is stored. Raises NotPossible for an unknown or unapproved sign name or template.
    """
    return drafting.create_from_rows(
        sign_name=sign_name,
        template=template,
        rows=recipients,
        title=title,
        extend_code=extend_code,
        actor=_actor(actor),
        skip_bad_rows=skip_bad_rows,
    )


def create_from(
    batch_send: BatchSend,
    part: str,
    *,
    title: str = "",
    actor: Who = None,
    may_have_it: bool = False,
    reason: str = "",
) -> BatchSend:
    """A draft for people of another send, with its template and sign name, ready to start.

    ``part``: ``undelivered``, ``retriable`` (undelivered, but for a reason that may pass), ``refused``, ``cancelled``,
    ``waiting``, ``overdue`` (waiting for more than 24 hours), ``unknown`` or ``absent``; of undelivered or refused
    perhaps one code, ``undelivered:MOBILE_SEND_LIMIT``. The last four may have the message and would get it twice: that takes
    ``may_have_it=True``, a ``reason``, and of a user the right ``resend_absent``.

    Not taken along: numbers that are bad for good, opt-outs, and whom another new send from the same one has.
    Raises NotAllowed, NotPossible with what stands in the way, or RowsRejected (``.rejected``: each with its reason) when
    nobody is left. Nobody is in two sends then, and nothing can be started by accident.
    """
    return following.create_from(
        batch_send, part, title=title, actor=_actor(actor), sure=may_have_it, reason=reason
    )


def start(batch_send: BatchSend, *, actor: Who = None, again: bool = False) -> BatchSend:
    """Start a draft, once; workers send it.

    ``again=True``: yes, the same people may get the same text as in the last 24 hours. Raises AlreadyStarted with
    who and when, NotAllowed where the user lacks ``django_alisms.send_batchsend``, NotPossible with what stands in
    the way. In a transaction of yours the send starts when that commits.
    """
    return starting.start(batch_send, actor=_actor(actor), again=again)


def status(batch_send: BatchSend, *, with_batches: bool = True) -> dict[str, Any]:
    """The object of ``alisms_status ID --json``: counts of people by state, the sentence, every batch."""
    batch_send.refresh_from_db()
    return _status.status_of(batch_send, with_batches=with_batches)


def pause(batch_send: BatchSend, *, actor: Who = None, reason: str = "") -> None:
    """Nothing new goes out; what is on the wire is finished."""
    controlling.pause(batch_send, actor=_actor(actor), reason=reason)


def resume(batch_send: BatchSend, *, actor: Who = None, reason: str = "") -> None:
    """Let a paused send go on; its first batch goes alone."""
    controlling.resume(batch_send, actor=_actor(actor), reason=reason)


def cancel(batch_send: BatchSend, *, actor: Who = None, reason: str = "") -> int:
    """What is not sent is not sent any more; the number of people concerned."""
    return controlling.cancel(batch_send, actor=_actor(actor), reason=reason)


def on_work(wake: Callable[[int], object]) -> None:
    """Be told, with the id of the send, whenever something waits to be read or sent: for task engines of your own.

    Called after the commit; what it raises is logged and harms nothing. A wake-up call only: whoever is woken calls
    :func:`django_alisms.tasks.run`.
    """
    waking.listen(wake)


def _actor(who: Who) -> Actor:
    if who is None:
        return Actor.command("api")
    return who if isinstance(who, Actor) else Actor.of(who)
