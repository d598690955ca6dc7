"""Who acts: a user, or the operator at a shell. Rights are checked here again, whatever the page did before."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..models import BatchSend, Event
from . import telling
from .refusals import NotAllowed


@dataclass(frozen=True)
class Actor:
    """``name`` is what the history shows; ``user`` is None for the operator at the shell, who may do all."""

    name: str
    user: Any = None

    @classmethod
    def of(cls, user: Any) -> Actor:
        """The actor a logged-in user is."""
        return cls(name=(user.get_full_name() or user.get_username())[:150], user=user)

    @classmethod
    def command(cls, name: str) -> Actor:
        """The actor a management command is: ``alisms_worker@host:pid``."""
        return cls(name=f"{name}@{process_name()}")

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user is not None else None

    def require(self, permission: str) -> None:
        """Raise NotAllowed unless the actor has ``django_alisms.<permission>``."""
        if self.user is None:
            return
        if not (self.user.is_active and self.user.has_perm(f"django_alisms.{permission}")):
            raise NotAllowed(
                _(
                    "You do not have the right to do this (%(permission)s). Nothing was changed; ask an administrator."
                )
                % {"permission": permission}
            )


def process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def note(
    kind: str,
    actor: Actor,
    batch_send: BatchSend | int | None = None,
    *,
    at: Any,
    reason: str = "",
    **facts: Any,
) -> None:
    """Append one line to the history, inside the change's transaction. No numbers, no secrets in ``facts``."""
    pk = batch_send.pk if isinstance(batch_send, BatchSend) else batch_send
    Event.objects.create(
        batch_send_id=pk,
        kind=kind,
        actor=actor.name,
        user_id=actor.user_id,
        reason=reason[:500],
        facts=facts,
        at=at,
    )
    if pk is not None and kind in telling.CHANGES:
        telling.changed(pk, kind, facts.get("why", ""), at)
