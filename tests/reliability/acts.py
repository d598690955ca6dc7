"""What the fork server does to its database and knows of it; called by name from :class:`tests.reliability.harness.Team`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core import serializers
from django.core.files import File
from django.db import OperationalError, connections, models, transaction
from django.db.models import F, Sum

from django_alisms.models import AccountState, Attempt, Batch, BatchSend, Event, Recipient, RecipientImport
from django_alisms.services import account, controlling, removing, settling, starting, status
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.importing import uploading
from django_alisms.services.importing.storing import store_batches
from django_alisms.services.refusals import NotPossible
from django_alisms.services.sending import Sender
from tests import factories
from tests.reliability import check

OPERATOR = Actor("harness")
MOVING = (AccountState, BatchSend, Batch, Attempt, Event, RecipientImport)


def act(name: str, **given: Any) -> Any:
    """One act by name, on a connection of its own."""
    try:
        return ACTS[name](**given)
    finally:
        connections.close_all()


def stage(
    batches: int, size: int = 100, *, first: int = 0, start: bool = True, title: str = "", again: bool = False
) -> int:
    """A send of so many batches of so many people, from the ``first`` number on; its id."""
    AccountState.objects.current()
    draft = factories.draft(title=title or "发货通知第三批")
    rows = [factories.row(first + number) for number in range(batches * size)]
    with transaction.atomic():
        factories.stage(draft, [])
        done = draft.imports.get()
        store_batches(draft.pk, done.pk, 1, [rows[at : at + size] for at in range(0, len(rows), size)])
        RecipientImport.objects.filter(pk=done.pk).update(rows=len(rows), good=len(rows))
        BatchSend.objects.filter(pk=draft.pk).update(
            rows_total=len(rows), recipients_total=len(rows), parts_total=len(rows)
        )
    if start:
        starting.start(draft, actor=OPERATOR, again=again)
    return draft.pk


def status_of(send: int) -> dict[str, Any]:
    """What ``alisms_status ID --json`` says, without the batches."""
    return status.status_of(BatchSend.objects.get(pk=send), with_batches=False, with_rejected=False)


def statuses(sends: list[int] | None = None) -> dict[str, dict[str, Any]]:
    """Of each send: its status, its reason, and its batches by status. Keys are texts, as JSON has them."""
    rows = BatchSend.objects.all() if sends is None else BatchSend.objects.filter(pk__in=sends)
    counts = Batch.objects.filter(batch_send__in=rows.values("pk")).outcome_counts()
    return {
        str(row.pk): {
            "status": row.status,
            "reason": row.reason,
            "detail": row.reason_detail,
            "batches": {key: found["batches"] for key, found in counts.get(row.pk, {}).items()},
        }
        for row in rows
    }


def batches_of(send: int) -> list[dict[str, Any]]:
    found = status.batches_of(BatchSend.objects.get(pk=send))
    outcomes: dict[int, list[list[str]]] = {}
    attempts = Attempt.objects.filter(batch__batch_send=send).order_by("batch__number", "number")
    for number, outcome, code in attempts.values_list("batch__number", "outcome", "code"):
        outcomes.setdefault(number, []).append([outcome, code])
    return [{**one, "history": outcomes.get(one["number"], [])} for one in found]


def on_the_wire(pid: int) -> int:
    """Batches that this process has marked and has no result of."""
    mine = Attempt.objects.filter(worker__endswith=f":{pid}", number=F("batch__attempts"))
    return mine.filter(batch__status="sending").count()


def writable() -> bool:
    """Whether nobody holds a lock that others need, at this moment."""
    waits = {
        "sqlite": "PRAGMA busy_timeout = 200",
        "postgresql": "SET lock_timeout = '200ms'",
        "mysql": "SET innodb_lock_wait_timeout = 1",
    }
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(waits[connection.vendor])
    try:
        with transaction.atomic():
            for model in (AccountState, BatchSend, Batch):
                list(model._base_manager.select_for_update().values_list("pk", flat=True))
    except OperationalError:
        return False
    return True


def leases_run_out(polls: bool = False) -> None:
    """As if their time had passed: those of requests, of look-ups and of imports; and of questions for receipts."""
    past = database_now() - timedelta(seconds=1)
    Batch._base_manager.filter(status="sending").update(lease_until=past)
    Batch._base_manager.filter(next_look_up_at__isnull=False).update(next_look_up_at=past)
    if polls:
        Batch._base_manager.filter(next_poll_at__isnull=False).update(next_poll_at=past)
    RecipientImport._base_manager.filter(lease_until__isnull=False).update(lease_until=past)


def upload(path: str) -> int:
    """A draft with a file that waits to be read; the send's id."""
    AccountState.objects.current()
    draft = factories.draft()
    with open(path, "rb") as file:
        uploading.upload(draft, File(file), Path(path).name, actor=OPERATOR)
    return draft.pk


def start(send: int, again: bool = False) -> str:
    """Start a draft; the reason where it does not."""
    try:
        starting.start(BatchSend.objects.get(pk=send), actor=OPERATOR, again=again)
    except NotPossible as refused:
        return str(refused)
    return ""


def pause(send: int) -> None:
    controlling.pause(BatchSend.objects.get(pk=send), actor=OPERATOR, reason="harness")


def delivered(send: int) -> list[int]:
    """People with a carrier's verdict, by the people themselves and by the batches' counters."""
    people = Recipient.objects.of(send).exclude(delivery="").exclude(delivery="waiting").count()
    counted = Batch.objects.filter(batch_send=send).aggregate(sum=Sum(F("delivered") + F("undelivered")))[
        "sum"
    ]
    return [people, counted]


def people() -> int:
    return Recipient._base_manager.count()


def masked_people(send: int | None = None) -> int:
    rows = Recipient._base_manager.all() if send is None else Recipient.objects.of(send)
    return rows.filter(phone__contains="*").count()


def begin_to_delete(send: int) -> None:
    """As the admin does with a long draft: from here on a worker goes on."""
    assert not removing.delete_draft(BatchSend.objects.get(pk=send), now=False)


def resume(send: int) -> None:
    controlling.resume(BatchSend.objects.get(pk=send), actor=OPERATOR, reason="harness")


def resend_absent(send: int) -> int:
    return controlling.resend_absent(
        BatchSend.objects.get(pk=send), actor=OPERATOR, reason="settled as absent"
    )


def resend_refused(send: int) -> int:
    return controlling.resend_refused(BatchSend.objects.get(pk=send), actor=OPERATOR, reason="cause removed")


def cancel(send: int) -> int:
    return controlling.cancel(BatchSend.objects.get(pk=send), actor=OPERATOR, reason="harness")


def send_now(send: int) -> None:
    """The loop for one send, in this process, until nothing is left that it could do."""
    client = account.client()
    try:
        Sender(client, OPERATOR, only=send).run()
    finally:
        client.close()


def nurse(send: int) -> bool:
    """What a person would do next for a send; whether there is nothing left to do, because all have it."""
    row = BatchSend.objects.get(pk=send)
    counts = Batch.objects.filter(batch_send=send).outcome_counts().get(send, {})
    if AccountState.objects.current().stopped:
        release()
    elif row.status == "paused" and ("pending" in counts or "sending" in counts):
        resume(send)
    elif "absent" in counts and "unknown" not in counts:
        resend_absent(send)
    elif Batch.objects.filter(batch_send=send, status="refused", needs_look_up=False).exists():
        resend_refused(send)
    else:
        return row.status == "finished" and set(counts) == {"accepted"}
    return False


def see_to_it(send: int, seconds: float) -> bool:
    """Operator and loop by turns, in this process, until all have it; False when the time is over."""
    end = time.monotonic() + seconds
    while not nurse(send):
        if time.monotonic() > end:
            return False
        settle_now()
        send_now(send)
    return True


def release() -> None:
    account.release(actor=OPERATOR, reason="cause removed")


def stop_account() -> None:
    account.stop(code="", message="restored from a backup", actor=OPERATOR)


def account_state() -> dict[str, Any]:
    row = AccountState.objects.current()
    return {"stopped": row.stopped, "code": row.stop_code, "worker_seen": row.worker_seen_at is not None}


def settle_now() -> list[int]:
    """One round of look-ups for all: looked up, accepted, absent."""
    done = settling.settle_due(account.client(), OPERATOR, early=True)
    return [done.looked_up, done.accepted, done.absent]


def shift(minutes: float, sends_only: bool = False) -> None:
    """As if so much time had passed since everything: every time in the database moves back.

    ``sends_only``: the requests on the wire are as young as they were.
    """
    back = timedelta(minutes=minutes)
    for model in (BatchSend,) if sends_only else MOVING:
        names = [
            field.name for field in model._meta.concrete_fields if isinstance(field, models.DateTimeField)
        ]
        model._base_manager.update(**{name: F(name) - back for name in names})


def minutes_unattended(send: int) -> float:
    """How long no loop has looked after it; by that lateness is told."""
    seen = BatchSend.objects.values_list("active_at", flat=True).get(pk=send)
    return (database_now() - seen).total_seconds() / 60


def snapshot() -> str:
    """What a backup has of sends, batches, attempts and history."""
    kept = [BatchSend, Batch, Attempt, Event, AccountState]
    return serializers.serialize("json", [row for model in kept for row in model._base_manager.all()])


def restore(backup: str) -> None:
    """The database is as it was at the snapshot; what came since is forgotten."""
    with transaction.atomic():
        Attempt._base_manager.all().delete()
        Event._base_manager.all().delete()
        for row in serializers.deserialize("json", backup):
            row.save()


def events(send: int | None = None) -> list[list[str]]:
    rows = Event.objects.order_by("id")
    if send is not None:
        rows = rows.filter(batch_send=send)
    return [list(row) for row in rows.values_list("kind", "actor")]


def log_in(count: int) -> list[str]:
    """So many people who may do everything, each with a session: its keys."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    keys = []
    for number in range(count):
        user = get_user_model().objects.create(
            username=f"person-{number}", password="!", is_staff=True, is_superuser=True
        )
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    return keys


def revision(send: int) -> int:
    return BatchSend.objects.get(pk=send).revision


def imports() -> list[dict[str, Any]]:
    return list(
        RecipientImport.objects.order_by("id").values(
            "pk", "batch_send_id", "status", "rows", "good", "duplicates", "rejected"
        )
    )


def violations(ledger: str, sends: list[int] | None = None) -> list[str]:
    return check.violations(ledger, sends)


def described() -> dict[str, Any]:
    """Everything a person needs who finds a red test: no numbers in it."""
    open_batches = Batch.objects.exclude(status__in=["accepted", "cancelled"]).order_by("pk")[:20]
    return {
        "account": account_state(),
        "sends": statuses(),
        "not accepted": list(
            open_batches.values(
                "batch_send_id",
                "number",
                "status",
                "attempts",
                "code",
                "resent",
                "needs_look_up",
                "look_ups",
                "unseen_rounds",
                "marked_at",
                "lease_until",
                "not_before",
                "next_look_up_at",
            )
        ),
        "imports": imports(),
        "history": list(
            Event.objects.order_by("-id").values_list("kind", "actor", "reason", "facts", "at")[:20]
        ),
    }


ACTS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        stage,
        status_of,
        statuses,
        batches_of,
        on_the_wire,
        send_now,
        nurse,
        minutes_unattended,
        see_to_it,
        leases_run_out,
        upload,
        start,
        pause,
        delivered,
        people,
        masked_people,
        begin_to_delete,
        writable,
        resume,
        resend_absent,
        resend_refused,
        cancel,
        release,
        stop_account,
        account_state,
        settle_now,
        shift,
        snapshot,
        restore,
        events,
        log_in,
        revision,
        imports,
        violations,
        described,
    )
}
