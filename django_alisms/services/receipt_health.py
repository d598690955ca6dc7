"""Whether receipts come in as they should: how many are missing, since when, and when somebody last knocked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import conf
from ..models import AccountState, Batch, BatchSend, BatchStatus
from .clock import database_now

# A carrier reports within 72 hours or never (docs/aliyun-sms-api.md); what is older is not missing, it is lost.
RECEIPTS_COME_WITHIN = timedelta(hours=72)
# The first push of a batch comes within seconds, and again after 1, 5 and 10 minutes if we did not take it.
PUSHES_COME_WITHIN = timedelta(minutes=15)

GOOD, WAITING, STOPPED, NEVER = "good", "waiting", "stopped", "never"


@dataclass(frozen=True)
class Health:
    """Of the messages of the last 72 hours, or of one send. ``pushes``: see ``_pushes``."""

    accepted: int
    missing: int
    oldest_missing: datetime | None
    pushed_at: datetime | None
    queue_read_at: datetime | None
    polled_at: datetime | None
    pushes: str
    now: datetime

    @property
    def share_missing(self) -> float:
        """0 to 1; 0 where nothing was accepted."""
        return self.missing / self.accepted if self.accepted else 0.0

    @property
    def pushes_stopped(self) -> bool:
        return self.pushes in (STOPPED, NEVER)

    def sentence(self) -> str:
        """One or two sentences for staff: what is missing, and what to do where something is wrong."""
        if not self.accepted:
            return _("No message of the last 72 hours waits for a receipt.")
        if not self.missing:
            said = _("No receipt is missing.")
        else:
            said = ngettext(
                "%(count)s of %(accepted)s people has no receipt yet (%(share)s), the oldest for %(age)s.",
                "%(count)s of %(accepted)s people have no receipt yet (%(share)s), the oldest for %(age)s.",
                self.missing,
            ) % {
                "count": f"{self.missing:,}",
                "accepted": f"{self.accepted:,}",
                "share": percent(self.missing, self.accepted),
                "age": age(self.now - self.oldest_missing) if self.oldest_missing else "—",
            }
        return f"{said} {self.warning()}".strip()

    def warning(self) -> str:
        """What is wrong with the pushes, that nothing is lost, and what to do; empty while nothing is."""
        if self.pushes == STOPPED and self.pushed_at is not None:
            return _(
                "Receipt pushes have stopped: the last came %(age)s ago, and messages were accepted since. Nothing "
                "is lost, because the worker asks for what is missing; check the push address in Alibaba Cloud's "
                "console and whether this server refuses the requests."
            ) % {"age": age(self.now - self.pushed_at)}
        if self.pushes == NEVER:
            return _(
                "No receipt push has ever come, although messages were accepted. Nothing is lost, because the worker "
                "asks for what is missing; check the push address in Alibaba Cloud's console."
            )
        return ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``; times in ISO 8601."""

        def iso(moment: datetime | None) -> str | None:
            return moment.isoformat() if moment else None

        return {
            "accepted": self.accepted,
            "missing": self.missing,
            "share_missing": round(self.share_missing, 6),
            "oldest_missing": iso(self.oldest_missing),
            "last_push": iso(self.pushed_at),
            "last_queue_read": iso(self.queue_read_at),
            "last_poll": iso(self.polled_at),
            "pushes_stopped": self.pushes_stopped,
            "sentence": self.sentence(),
        }


def health(batch_send: BatchSend | None = None, *, now: datetime | None = None) -> Health:
    """Of one send, or of everything sent in the last 72 hours. Reads the batches' counters."""
    now = now or database_now()
    since = now - RECEIPTS_COME_WITHIN
    recent = BatchSend.objects.filter(active_at__gt=since)
    accepted = Batch.objects.filter(status=BatchStatus.ACCEPTED, marked_at__gt=since)
    missing = Q(size__gt=F("left_out") + F("delivered") + F("undelivered"))
    mine = accepted.filter(batch_send=batch_send) if batch_send else accepted.filter(batch_send__in=recent)
    found = mine.aggregate(
        people=Sum(F("size") - F("left_out")),
        reported=Sum(F("delivered") + F("undelivered")),
        oldest=Min("marked_at", filter=missing),
    )
    state = AccountState.objects.current()
    people = found["people"] or 0
    return Health(
        accepted=people,
        missing=max(people - (found["reported"] or 0), 0),
        oldest_missing=found["oldest"],
        pushed_at=state.receipts_pushed_at,
        queue_read_at=state.queue_read_at,
        polled_at=state.receipts_polled_at,
        pushes=_pushes(state, accepted.filter(batch_send__in=recent), now),
        now=now,
    )


def nobodys_health() -> Health:
    """Of a list that was not sent: nothing was accepted, so nothing is missing."""
    state = AccountState.objects.current()
    return Health(
        accepted=0,
        missing=0,
        oldest_missing=None,
        pushed_at=state.receipts_pushed_at,
        queue_read_at=state.queue_read_at,
        polled_at=state.receipts_polled_at,
        pushes=GOOD,
        now=database_now(),
    )


def _pushes(state: AccountState, accepted: Any, now: datetime) -> str:
    """``stopped`` or ``never``: something was accepted a good while ago, and no push has come since.

    Only where pushes are wanted, and judged against the batches, not against the clock: in a quiet night nothing
    is accepted and nothing pushed. Somebody who reads the queue instead gets no pushes and no warning.
    """
    if not conf.RECEIPT_TOKEN:
        return GOOD
    last = state.receipts_pushed_at
    silent = accepted.filter(marked_at__lt=now - PUSHES_COME_WITHIN)
    if last is not None:
        silent = silent.filter(marked_at__gt=last)
    if state.queue_read_at is not None and state.queue_read_at > (last or now - RECEIPTS_COME_WITHIN):
        return GOOD
    if not silent.exists():
        return GOOD if last is not None else WAITING
    return NEVER if last is None else STOPPED


def percent(part: int, whole: int) -> str:
    """With one decimal; never a rounded 100 or 0 for what is not all or nothing; — of nothing."""
    if not whole:
        return "—"
    exact = 100 * part / whole
    if 0 < part < whole:
        exact = min(max(exact, 0.1), 99.9)
    return f"{exact:.1f}%"


def age(span: timedelta) -> str:
    """A length of time as one says it, in whole units: 40 seconds, 26 minutes, 3 hours, 2 days."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    if seconds < 3600:
        return ngettext("%(count)d minute", "%(count)d minutes", seconds // 60) % {"count": seconds // 60}
    if seconds < 48 * 3600:
        return ngettext("%(count)d hour", "%(count)d hours", seconds // 3600) % {"count": seconds // 3600}
    return ngettext("%(count)d day", "%(count)d days", seconds // 86400) % {"count": seconds // 86400}
