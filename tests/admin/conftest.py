"""The people of a team, and one send in each place of its life."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from django_alisms.models import AccountState, Batch, BatchSend, OptOut, RecipientImport, RejectedRow, Reply
from django_alisms.services.actors import Actor, note
from tests import factories

MODELS = (
    "batchsend",
    "batch",
    "recipient",
    "event",
    "signname",
    "template",
    "accountstate",
    "optout",
    "reply",
)
VIEW = tuple(f"view_{model}" for model in MODELS)

# role: its rights; None is nobody at all.
ROLES: dict[str, tuple[str, ...] | None] = {
    "anonymous": None,
    "customer": (),  # logged in, not staff
    "inactive": (*VIEW, "send_batchsend", "import_recipients"),  # made inactive with a live session
    "staff": (),
    "viewer": VIEW,
    "full_viewer": (*VIEW, "view_full_number"),
    "importer": (
        *VIEW,
        "add_batchsend",
        "change_batchsend",
        "delete_batchsend",
        "import_recipients",
        "add_optout",
        "delete_optout",
    ),
    "sender": (*VIEW, "send_batchsend"),
    "resender": (*VIEW, "resend_absent"),
    "superuser": (),
}
OUTSIDE = ("anonymous", "customer", "inactive")


def client_of(role: str, **options: Any) -> Client:
    """A client logged in as the role."""
    client = Client(**options)
    rights = ROLES[role]
    if rights is None:
        return client
    user = get_user_model().objects.create_user(
        role,
        password="x",
        is_staff=role != "customer",
        is_superuser=role == "superuser",
        first_name=role.title(),
    )
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="django_alisms", codename__in=rights)
    )
    client.force_login(user)
    if role == "inactive":
        user.is_active = False
        user.save()
    return client


def started(people: int, status: str, batches: list[str], **facts: Any) -> BatchSend:
    """A send that left its draft, its batches in the given states."""
    now = timezone.now()
    made = factories.draft(people, title=f"was {status}")
    BatchSend.objects.filter(pk=made.pk).update(
        **{
            "status": status,
            "started_at": now - timedelta(minutes=2),
            "active_at": now,
            "started_by": "林晓燕",
            "content": made.template.content,
            **facts,
        }
    )
    for batch, state in zip(made.batches.order_by("number"), batches, strict=False):
        answer: dict[str, Any] = {"status": state}
        if state != "pending":
            answer |= {"attempts": 1, "token": f"{batch.pk:08x}", "marked_at": now}
        if state in ("accepted", "refused", "unknown", "absent"):
            answer["answered_at"] = now
        if state == "accepted":
            answer |= {
                "code": "OK",
                "message": "OK",
                "biz_id": f"9006{batch.pk}^0",
                "request_id": f"R-{batch.pk}",
            }
        if state == "refused":
            answer |= {"code": "isv.AMOUNT_NOT_ENOUGH", "message": "no money", "request_id": f"R-{batch.pk}"}
        if state == "unknown":
            answer |= {
                "code": "wire.read_timeout",
                "needs_look_up": True,
                "next_look_up_at": now + timedelta(minutes=2),
            }
        Batch.objects.filter(pk=batch.pk).update(**answer)
    made.refresh_from_db()
    return made


@pytest.fixture
def world(db: Any) -> SimpleNamespace:
    """A draft, a send that sends, one that is paused, one that is finished with every kind of result."""
    account = AccountState.objects.current()
    account.refresh_from_db()
    draft = factories.draft(3)
    note("created", Actor.command("test"), draft, at=timezone.now())
    sending = started(250, "sending", ["accepted", "sending", "pending"])
    paused = started(250, "paused", ["accepted", "refused", "pending"], reason="person", reason_by="王磊")
    finished = started(
        450, "finished", ["accepted", "refused", "unknown", "absent", "accepted"], finished_at=timezone.now()
    )
    done = RecipientImport.objects.get(batch_send=draft)
    rejected = RejectedRow.objects.create(
        recipient_import=done,
        row=9,
        column="name",
        place=1,
        reason="value_empty",
        facts={"variable": "name"},
        cells=["13900009009", "", "DD9", "9.90"],
    )
    RecipientImport.objects.filter(pk=done.pk).update(
        rows=4,
        rejected=1,
        reading={
            "headers": ["手机号", "name", "code", "amount"],
            "places": {"phone": 0, "name": 1, "code": 2, "amount": 3},
        },
    )
    BatchSend.objects.filter(pk=draft.pk).update(rows_total=4, rejected_total=1)
    opt_out = OptOut.objects.create(phone="13900009999", reason="R")
    reply = Reply.objects.create(phone="13900009999", content="R", sequence_id="1")
    return SimpleNamespace(
        opt_out=opt_out,
        reply=reply,
        account=account,
        draft=draft,
        sending=sending,
        paused=paused,
        finished=finished,
        done=done,
        rejected=rejected,
        person=draft.batches.get().recipients.first(),
        batch=finished.batches.first(),
        event=draft.events.first(),
        sign=draft.sign_name,
        template=draft.template,
    )
