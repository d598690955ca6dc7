"""What a send is doing, in figures, and why it is not moving, in a sentence. One source for pages, command and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..aliyun.codes import explain
from ..models import (
    PULSE_LOST,
    AccountState,
    Batch,
    BatchSend,
    BatchStatus,
    ImportStatus,
    PauseReason,
    RejectedRow,
    SendStatus,
)
from . import waking
from .clock import database_now
from .receipt_health import health, nobodys_health

RATE_WINDOW_SECONDS = 30
PEOPLE_STATES = ("accepted", "refused", "unknown", "absent", "pending", "sending", "cancelled", "left_out")


@dataclass(frozen=True)
class Counts:
    """People by what became of them; the sum is ``recipients``. Batches by status beside it."""

    recipients: int
    accepted: int
    refused: int
    unknown: int
    absent: int
    pending: int
    sending: int
    cancelled: int
    left_out: int
    batches: dict[str, int]
    # Of the accepted: what the carriers say. Also of others, where a receipt came for an attempt before.
    delivered: int = 0
    undelivered: int = 0
    # Parts of those delivered, by the receipts.
    billed_parts: int = 0
    # Parts of the accepted, as we counted them.
    accepted_parts: int = 0

    @property
    def waiting(self) -> int:
        """Accepted people of whom no carrier has said anything yet."""
        return max(self.accepted - self.delivered - self.undelivered, 0)

    @property
    def done(self) -> int:
        """People about whom there is an answer of some kind, or who do not go."""
        return self.recipients - self.pending - self.sending

    def as_dict(self) -> dict[str, int]:
        return {key: getattr(self, key) for key in PEOPLE_STATES}


def counts_of(pks: list[int]) -> dict[int, Counts]:
    """The counts of several sends in one query over their batches."""
    by_send = Batch.objects.filter(batch_send__in=pks).outcome_counts()
    return {pk: _counts(by_send.get(pk, {})) for pk in pks}


def _counts(by_status: dict[str, dict[str, int]]) -> Counts:
    people = {status: by_status.get(status, {}).get("recipients", 0) for status in BatchStatus.values}
    left_out = sum(row["left_out"] for row in by_status.values())
    return Counts(
        recipients=sum(people.values()) + left_out,
        left_out=left_out,
        batches={status: row["batches"] for status, row in by_status.items()},
        delivered=sum(row["delivered"] for row in by_status.values()),
        undelivered=sum(row["undelivered"] for row in by_status.values()),
        billed_parts=sum(row["billed"] for row in by_status.values()),
        accepted_parts=by_status.get(BatchStatus.ACCEPTED, {}).get("parts", 0),
        **people,
    )


def status_of(
    batch_send: BatchSend, *, with_batches: bool = True, with_rejected: bool = True
) -> dict[str, Any]:
    """The object of ``alisms_status ID --json`` and ``alisms_send --json`` (docs/commands.md)."""
    counts = counts_of([batch_send.pk])[batch_send.pk]
    result: dict[str, Any] = {
        "batch_send": batch_send.pk,
        "title": batch_send.title,
        "status": batch_send.status,
        "reason": batch_send.reason,
        "sentence": sentence(batch_send),
        "rows": batch_send.rows_total,
        "recipients": counts.recipients,
        "rejected": rejected_of(batch_send) if with_rejected else [],
        "duplicates": batch_send.duplicates_total,
        "parts": batch_send.parts_total,
        **_people(counts),
    }
    if with_batches:
        result["receipts"] = health(batch_send).as_dict()
        result["batches"] = batches_of(batch_send)
    return result


def status_of_nothing(
    *,
    status: str,
    title: str,
    rows: int,
    rejected: list[dict[str, Any]],
    duplicates: int,
    good: int,
    parts: int,
) -> dict[str, Any]:
    """The same object of a list that was read and not sent: ``dry_run``, or ``not_started`` because of its rows."""
    counts = Counts(**{**dict.fromkeys(PEOPLE_STATES, 0), "pending": good}, recipients=good, batches={})
    return {
        "batch_send": None,
        "title": title,
        "status": status,
        "reason": "",
        "sentence": _("Nothing was sent."),
        "rows": rows,
        "recipients": good,
        "rejected": rejected,
        "duplicates": duplicates,
        "parts": parts,
        **_people(counts),
        "receipts": nobodys_health().as_dict(),
        "batches": [],
    }


def _people(counts: Counts) -> dict[str, int]:
    return {
        **counts.as_dict(),
        "delivered": counts.delivered,
        "undelivered": counts.undelivered,
        "waiting": counts.waiting,
        "billed_parts": counts.billed_parts,
    }


def rejected_of(batch_send: BatchSend) -> list[dict[str, Any]]:
    """Every row that was not imported, with its column and the sentence of its reason."""
    from ..recipients import reasons

    rows = RejectedRow.objects.filter(
        recipient_import__batch_send=batch_send, recipient_import__status=ImportStatus.DONE, duplicate=False
    ).order_by("recipient_import", "row")
    return [
        {
            "row": row.row,
            "column": row.column,
            "code": row.reason,
            "reason": str(reasons.sentence(reasons.Reason(row.reason), **row.facts)),
        }
        for row in rows
    ]


def batches_of(batch_send: BatchSend) -> list[dict[str, Any]]:
    return [
        {
            "number": batch.number,
            "size": batch.size,
            "status": batch.status,
            "code": batch.code,
            "message": batch.message,
            "biz_id": batch.biz_id,
            "request_id": batch.request_id,
            "out_id": batch.out_id,
            "attempts": batch.attempts,
        }
        for batch in Batch.objects.filter(batch_send=batch_send).order_by("number")
    ]


@dataclass(frozen=True)
class Progress:
    """How fast it goes: people a second over the last half minute, and the seconds left; None where unknown."""

    rate: float | None
    seconds_left: int | None


def progress_of(batch_send: BatchSend, counts: Counts, now: datetime | None = None) -> Progress:
    now = now or database_now()
    if batch_send.status != SendStatus.SENDING or batch_send.started_at is None:
        return Progress(None, None)
    begun = max(batch_send.started_at, batch_send.resumed_at or batch_send.started_at)
    window = min((now - begun).total_seconds(), RATE_WINDOW_SECONDS)
    if window < 1:
        return Progress(None, None)
    since = now - timedelta(seconds=window)
    sizes = Batch.objects.filter(batch_send=batch_send, answered_at__gt=since).values_list("size", flat=True)
    rate = sum(sizes) / window
    left = counts.pending + counts.sending
    return Progress(rate, int(left / rate) if rate > 0 else None)


def worker_alive(now: datetime | None = None) -> bool:
    """Whether any worker has given its pulse lately."""
    now = now or database_now()
    seen = AccountState.objects.current().worker_seen_at
    return seen is not None and now - seen < PULSE_LOST


def handed_over(batch_send: BatchSend, now: datetime | None = None) -> bool:
    """A task engine was told a moment ago that this send waits: it may not have come to it yet."""
    if batch_send.status != SendStatus.SENDING or batch_send.active_at is None:
        return False
    return waking.somebody_listens() and (now or database_now()) - batch_send.active_at < PULSE_LOST


def sentence(batch_send: BatchSend, *, counts: Counts | None = None, alive: bool | None = None) -> str:
    """What it is doing now, why it is not moving, and who must do what: one or two sentences for staff."""
    if batch_send.status == SendStatus.DRAFT:
        return _("A draft: nothing has been sent.")
    counts = counts or counts_of([batch_send.pk])[batch_send.pk]
    if batch_send.status == SendStatus.DELETING:
        return _(
            "A draft that is being deleted; nothing of it was sent. %(count)s people are still to go."
        ) % {"count": f"{counts.recipients:,}"}
    if batch_send.status == SendStatus.PAUSED:
        return _paused(batch_send)
    if batch_send.is_over:
        return f"{_over(batch_send, counts)} {_purged(batch_send)}".strip()
    state = AccountState.objects.current()
    now = database_now()
    if state.back_off_until is not None and state.back_off_until > now:
        return _("Alibaba Cloud asked us to slow down; it goes on by itself within a minute.")
    if counts.sending == 0 and not (worker_alive(now) if alive is None else alive):
        if handed_over(batch_send, now):
            return _("Handed over to the task engine; it waits to be picked up.")
        return _(
            "No sending process is running, so nothing moves. Nothing is lost: ask an administrator to start "
            "“manage.py alisms_worker”, and it goes on by itself."
        )
    return _("Sending.")


def _over(batch_send: BatchSend, counts: Counts) -> str:
    if batch_send.status == SendStatus.FINISHED:
        return _finished(counts)
    return _("Cancelled by %(who)s. %(count)d people will get nothing from this send.") % {
        "who": batch_send.reason_by,
        "count": counts.cancelled,
    }


def _purged(batch_send: BatchSend) -> str:
    if not batch_send.is_purged:
        return ""
    return _("Its numbers were masked because of its age; nothing of it can be sent again.")


def _finished(counts: Counts) -> str:
    open_ends = []
    if counts.unknown:
        open_ends.append(
            _(
                "%(count)d people may or may not have received it; this is being looked up and nobody is sent to again meanwhile."
            )
            % {"count": counts.unknown}
        )
    if counts.refused:
        open_ends.append(
            _("%(count)d people were refused; a person decides what to do.") % {"count": counts.refused}
        )
    if counts.absent:
        open_ends.append(
            _("%(count)d people were looked for and not found as sent; a person decides.")
            % {"count": counts.absent}
        )
    if not open_ends:
        return _("Finished: Alibaba Cloud accepted every message that was to go.")
    return " ".join([_("Finished."), *open_ends])


def _paused(batch_send: BatchSend) -> str:
    detail = batch_send.reason_detail
    match batch_send.reason:
        case PauseReason.PERSON:
            text = _("Paused by %(who)s. It goes on when somebody presses Resume.") % {
                "who": batch_send.reason_by
            }
            return f"{text} {detail}".strip()
        case PauseReason.ACCOUNT:
            code = explain(detail)
            return _(
                "Paused, because Alibaba Cloud stopped the account: %(meaning)s. %(advice)s Then resume."
            ) % {
                "meaning": code.meaning(language()).rstrip("。."),
                "advice": code.advice(language()),
            }
        case PauseReason.THROTTLED:
            return _(
                "Paused, because Alibaba Cloud keeps asking us to slow down. Ask the administrator to lower the "
                "rate, then resume."
            )
        case PauseReason.UNREACHABLE:
            return _(
                "Paused, because Alibaba Cloud could not be reached ten times in a row (%(code)s). Nothing left this "
                "machine in those calls. Ask the administrator to look at the network, then resume."
            ) % {"code": detail}
        case PauseReason.UNKNOWNS:
            return _(
                "Paused, because several answers in a row did not say whether the messages went. It stopped so that "
                "nobody gets them twice; the batches are being looked up. Resume when Alibaba Cloud answers again."
            )
        case PauseReason.LATE:
            return _(
                "Paused, because it did not move for more than 30 minutes. Check whether it should still go, then "
                "resume or cancel."
            )
    return _("Paused.")


def language() -> str:
    """Which of the two languages the codes are explained in."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def account_status() -> dict[str, Any]:
    """The account's part of ``alisms_status --json``."""
    state = AccountState.objects.current()
    return {
        "stopped": state.stopped,
        "code": state.stop_code,
        "message": state.stop_message,
        "since": state.stopped_at.isoformat() if state.stopped_at else None,
        "by": state.stopped_by,
        "back_off_until": state.back_off_until.isoformat() if state.back_off_until else None,
        "worker_alive": worker_alive(),
        "synced_at": state.synced_at.isoformat() if state.synced_at else None,
        "receipts": health().as_dict(),
    }
