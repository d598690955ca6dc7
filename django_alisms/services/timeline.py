"""What became of a send over time and by reason, and what it cost: read from counters, nobody is counted again."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Max, Sum
from django.db.models.functions import Coalesce

from ..models import NUMBERS_PER_BATCH, Batch, BatchSend, BatchStatus, Delivery, ReceiptTally
from .clock import database_now
from .status import Counts

# A verdict is known to the minute of the carrier's clock: it counts from the end of that minute.
MINUTE_SECONDS = 60.0
# As many answers as a chart can show apart.
ANSWERS_SHOWN = 200

Event = tuple[float, int]


@dataclass(frozen=True)
class Timeline:
    """What happened when: events as (seconds from the start, people); ``elapsed``: seconds up to now."""

    start: datetime
    elapsed: float
    accepted: list[Event]
    delivered: list[Event]
    undelivered: list[Event]

    @property
    def last_accepted(self) -> float:
        return max((at for at, _count in self.accepted), default=0.0)

    @property
    def half_delivered_after(self) -> float | None:
        """Seconds within which half of those who have it by now had it, in whole minutes. None before anybody has."""
        total = sum(count for _at, count in self.delivered)
        seen = 0
        for at, count in sorted(self.delivered):
            seen += count
            if 2 * seen >= total:
                return MINUTE_SECONDS * max(math.ceil(at / MINUTE_SECONDS), 1)
        return None


def timeline(batch_send: BatchSend, *, now: datetime | None = None) -> Timeline | None:
    """The events of a send: one row for each batch and for each minute with verdicts. None before the start."""
    start = batch_send.started_at
    if start is None:
        return None
    elapsed = max(((now or database_now()) - start).total_seconds(), 0.0)
    answered = _answered(batch_send)
    verdicts: dict[str, Counter[float]] = {Delivery.DELIVERED: Counter(), Delivery.UNDELIVERED: Counter()}
    tallies = (
        ReceiptTally.objects.filter(batch_send=batch_send)
        .order_by()
        .values_list("minute", "delivery")
        .annotate(people=Sum("count"))
    )
    for minute, delivery, people in tallies:
        at = min((minute - start).total_seconds() + MINUTE_SECONDS, elapsed)
        verdicts[delivery][max(at, 0.0)] += people
    return Timeline(
        start=start,
        elapsed=elapsed,
        accepted=[(max(((at or start) - start).total_seconds(), 0.0), people) for at, people in answered],
        delivered=sorted(verdicts[Delivery.DELIVERED].items()),
        undelivered=sorted(verdicts[Delivery.UNDELIVERED].items()),
    )


def _answered(batch_send: BatchSend) -> list[tuple[datetime | None, int]]:
    """When how many people were accepted: of a long send a few neighbouring batches together, at their last answer.

    Batches that were sent again stand for themselves, so that one of them makes no others late. One that only a
    receipt has shown to be accepted never had an answer: then the time it was marked.
    """
    together = max(batch_send.recipients_total // (NUMBERS_PER_BATCH * ANSWERS_SHOWN), 1)
    rows = (
        Batch.objects.filter(batch_send=batch_send, status=BatchStatus.ACCEPTED)
        .order_by()
        .values_list(F("number") - F("number") % together, "attempts")
        .annotate(at=Max(Coalesce("answered_at", "marked_at")), people=Sum(F("size") - F("left_out")))
    )
    return [(at, people) for _group, _attempts, at, people in rows]


def undelivered_by_code(batch_send: BatchSend) -> dict[str, int]:
    """People the carriers did not deliver to, by the receipt's code, the most first."""
    rows = (
        ReceiptTally.objects.filter(batch_send=batch_send, delivery=Delivery.UNDELIVERED)
        .order_by()
        .values_list("code")
        .annotate(people=Sum("count"))
    )
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))


@dataclass(frozen=True)
class Cost:
    """Parts from the estimate to what the receipts say; the first four lines add up to the fifth.

    ``open``: of those still waiting, and, once nobody waits, what Alibaba Cloud counted otherwise than we did.
    """

    estimated: int
    not_accepted: int
    not_delivered: int
    open: int
    confirmed: int
    price: Decimal | None

    def yuan(self, parts: int) -> Decimal | None:
        return None if self.price is None else self.price * parts


def cost(batch_send: BatchSend, counts: Counts) -> Cost:
    """Only what is delivered is charged (docs/aliyun-sms-api.md); the parts of a receipt are Alibaba Cloud's count."""
    accepted = counts.accepted_parts
    undelivered = (
        ReceiptTally.objects.filter(batch_send=batch_send, delivery=Delivery.UNDELIVERED).aggregate(
            sum=Sum("parts")
        )["sum"]
        or 0
    )
    confirmed = counts.billed_parts
    return Cost(
        estimated=batch_send.parts_total,
        not_accepted=accepted - batch_send.parts_total,
        not_delivered=-undelivered,
        open=confirmed + undelivered - accepted,
        confirmed=confirmed,
        price=batch_send.price_per_part,
    )
