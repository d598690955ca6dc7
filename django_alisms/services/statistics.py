"""Alibaba Cloud's own count of each day beside ours, where they differ and by how much.

Asked for by a person, never while a page is being read. Both sides count billing units (parts), because that is what
Alibaba Cloud counts, and days of Beijing, because that is what it dates by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from ..aliyun.operations import MOST_PER_PAGE, Client, DayCount, day_counts
from ..models import Batch, BatchSend, BatchStatus
from . import rate_limit
from .actors import Actor
from .clock import BEIJING, database_now
from .refusals import NotPossible
from .syncing import accepted_or_raise

# Look-ups reach back 30 days (docs/aliyun-sms-api.md §3.1).
MOST_DAYS = 30
MOST_PAGES = 10


@dataclass(frozen=True)
class Count:
    """Billing units: accepted, and of these delivered."""

    accepted: int = 0
    delivered: int = 0


@dataclass(frozen=True)
class Compared:
    """One day, or all of them together (``day`` None). Differences are theirs less ours."""

    day: date | None
    ours: Count
    theirs: DayCount

    @property
    def accepted_difference(self) -> int:
        return self.theirs.accepted - self.ours.accepted

    @property
    def delivered_difference(self) -> int:
        return self.theirs.delivered - self.ours.delivered

    @property
    def differs(self) -> bool:
        return bool(self.accepted_difference or self.delivered_difference)


@dataclass(frozen=True)
class Comparison:
    """The newest day first; days on which neither side has anything are left out."""

    total: Compared
    days: list[Compared] = field(default_factory=list)


def compare(client: Client, days: int, *, actor: Actor, now: datetime | None = None) -> Comparison:
    """The last so many days, today included, at most MOST_DAYS. Asks Alibaba Cloud first, then reads our tables.

    Raises NotAllowed, or NotPossible with what Alibaba Cloud said and what to do. To be called outside a transaction.
    """
    actor.require("view_batchsend")
    last = (now or database_now()).astimezone(BEIJING).date()
    first = last - timedelta(days=min(days, MOST_DAYS) - 1)
    theirs = _theirs(client, first, last)
    ours = _ours(first, last)
    rows = [
        Compared(day, ours.get(day, Count()), theirs.get(day, DayCount(day)))
        for day in sorted(ours.keys() | theirs.keys(), reverse=True)
    ]
    return Comparison(
        total=Compared(
            None,
            Count(sum(row.ours.accepted for row in rows), sum(row.ours.delivered for row in rows)),
            DayCount(
                last,
                sum(row.theirs.accepted for row in rows),
                sum(row.theirs.delivered for row in rows),
                sum(row.theirs.undelivered for row in rows),
                sum(row.theirs.waiting for row in rows),
            ),
        ),
        days=rows,
    )


def _theirs(client: Client, first: date, last: date) -> dict[date, DayCount]:
    """All pages, each in its turn of the shared rate limit."""
    found: list[DayCount] = []
    for page in range(1, MOST_PAGES + 1):
        while not rate_limit.take_one().come():
            pass
        total, rows = day_counts(
            accepted_or_raise(client.query_send_statistics(first, last, page, MOST_PER_PAGE))
        )
        found += rows
        if not rows or len(found) >= total >= 0:
            break
    by_day = {row.day: row for row in found}
    if len(found) != total or len(by_day) != len(found):
        raise NotPossible(
            _(
                "Alibaba Cloud's statistics came incomplete, so they are not shown. Nothing was changed; ask again later."
            )
        )
    return by_day


def _ours(first: date, last: date) -> dict[date, Count]:
    """From the batches' counters. A send that ended before the first day has no batch of these days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    starts = [datetime.combine(day, time.min, BEIJING) for day in [*days, last + timedelta(days=1)]]
    sends = BatchSend.objects.filter(
        Q(finished_at__isnull=True) | Q(finished_at__gte=starts[0]), started_at__isnull=False
    ).exclude(template__kind="international")
    sums = {}
    for number in range(len(days)):
        within = Q(marked_at__gte=starts[number], marked_at__lt=starts[number + 1])
        sums[f"accepted{number}"] = Sum(F("parts"), filter=within)
        sums[f"delivered{number}"] = Sum(F("billed_parts"), filter=within)
    found = Batch.objects.filter(
        status=BatchStatus.ACCEPTED, batch_send__in=sends.values("pk"), marked_at__gte=starts[0]
    ).aggregate(**sums)
    counts = {
        day: Count(found[f"accepted{number}"] or 0, found[f"delivered{number}"] or 0)
        for number, day in enumerate(days)
    }
    return {day: count for day, count in counts.items() if count != Count()}
