"""Days, templates and sign names by what became of their people: sums of what batches and tallies have counted.

One row a batch is read by the database, so a million people are ten thousand rows; nobody is counted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.db.models import F, Q, Sum
from django.utils import timezone

from ..models import Batch, BatchSend, BatchStatus, Delivery, ReceiptTally, SignName, Template
from .clock import database_now
from .receipt_health import RECEIPTS_COME_WITHIN, Health, health

PERIODS = (7, 14, 30, 90)
SHOWN = 10
# Of a batch whose receipts are missing: how old the oldest may be for each line.
AGES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24), RECEIPTS_COME_WITHIN)

_NOT_ACCEPTED = (BatchStatus.REFUSED, BatchStatus.UNKNOWN, BatchStatus.ABSENT)


@dataclass
class Tally:
    """People of sends that belong together. ``reasons``: undelivered people by the carriers' code."""

    sends: int = 0
    accepted: int = 0
    delivered: int = 0
    undelivered: int = 0
    not_accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def waiting(self) -> int:
        return max(self.accepted - self.delivered - self.undelivered, 0)

    @property
    def top_reason(self) -> str:
        """The code that kept most people from it; empty where everybody got it."""
        return min(self.reasons, key=lambda code: (-self.reasons[code], code), default="")

    def add(self, other: Tally) -> None:
        self.sends += other.sends
        self.accepted += other.accepted
        self.delivered += other.delivered
        self.undelivered += other.undelivered
        self.not_accepted += other.not_accepted
        self.reasons += other.reasons


@dataclass(frozen=True)
class Named:
    """A template or a sign name with its people; ``pk`` is None for all the smaller ones together."""

    pk: int | None
    name: str
    tally: Tally


@dataclass(frozen=True)
class Age:
    """How many people's receipts are missing for a time ``up_to`` (None: longer than any)."""

    up_to: timedelta | None
    people: int


@dataclass(frozen=True)
class Overview:
    days: list[tuple[date, Tally]]
    total: Tally
    templates: list[Named]
    sign_names: list[Named]
    ages: list[Age]
    health: Health


def overview(days: int, *, now: datetime | None = None) -> Overview:
    """Everything that was started in the last so many days, today included; days are those of the reader's clock."""
    now = now or database_now()
    today = timezone.localtime(now).date()
    first = today - timedelta(days=days - 1)
    since = timezone.make_aware(datetime.combine(first, time.min))
    started = BatchSend.objects.filter(started_at__gte=since)
    tallies = _tallies(started)
    by_day: dict[date, Tally] = {first + timedelta(days=number): Tally() for number in range(days)}
    by_template: dict[int, Tally] = {}
    by_sign_name: dict[int, Tally] = {}
    total = Tally()
    facts = started.order_by().values_list("pk", "started_at", "template_id", "sign_name_id")
    for pk, at, template, sign_name in facts:
        one = tallies.get(pk, Tally(sends=1))
        by_day.setdefault(timezone.localtime(at).date(), Tally()).add(one)
        by_template.setdefault(template, Tally()).add(one)
        by_sign_name.setdefault(sign_name, Tally()).add(one)
        total.add(one)
    return Overview(
        days=sorted(by_day.items()),
        total=total,
        templates=_named(by_template, Template.objects.values_list("pk", "name")),
        sign_names=_named(by_sign_name, SignName.objects.values_list("pk", "name")),
        ages=_ages(started, now),
        health=health(now=now),
    )


def _tallies(started: object) -> dict[int, Tally]:
    """By send: two statements, whatever the number of sends and people."""
    found: dict[int, Tally] = {}
    chosen = started.values("pk")  # type: ignore[attr-defined]
    for pk, by_status in Batch.objects.filter(batch_send__in=chosen).outcome_counts().items():
        one = found[pk] = Tally(sends=1)
        for status, row in by_status.items():
            one.delivered += row["delivered"]
            one.undelivered += row["undelivered"]
            seen = row["delivered"] + row["undelivered"]
            # Whom a carrier has reported on was accepted, whatever became of the batch afterwards.
            one.accepted += row["recipients"] if status == BatchStatus.ACCEPTED else seen
            if status in _NOT_ACCEPTED:
                one.not_accepted += row["recipients"] - seen
    reasons = (
        ReceiptTally.objects.filter(batch_send__in=chosen, delivery=Delivery.UNDELIVERED)
        .order_by()
        .values_list("batch_send", "code")
        .annotate(people=Sum("count"))
    )
    for pk, code, people in reasons:
        if pk in found:
            found[pk].reasons[code] += people
    return found


def _named(by_pk: dict[int, Tally], names: Iterable[tuple[int, str]]) -> list[Named]:
    """The largest by name, then one line for all others."""
    known = dict(names)
    order = sorted(by_pk, key=lambda pk: (-by_pk[pk].accepted, known.get(pk, "")))
    found = [Named(pk, known.get(pk, "?"), by_pk[pk]) for pk in order[:SHOWN]]
    if order[SHOWN:]:
        others = Tally()
        for pk in order[SHOWN:]:
            others.add(by_pk[pk])
        found.append(Named(None, "", others))
    return found


def _ages(started: object, now: datetime) -> list[Age]:
    """People whose receipts are missing, by how long ago their batch was marked."""
    left = F("size") - F("left_out") - F("delivered") - F("undelivered")
    edges = [None, *(now - age for age in AGES), None]
    sums = {}
    for number, (newer, older) in enumerate(pairwise(edges)):
        wanted = Q()
        if newer is not None:
            wanted &= Q(marked_at__lte=newer)
        if older is not None:
            wanted &= Q(marked_at__gt=older)
        sums[f"age{number}"] = Sum(left, filter=wanted)
    found = (
        Batch.objects.filter(batch_send__in=started.values("pk"))  # type: ignore[attr-defined]
        .missing_receipts()
        .aggregate(**sums)
    )
    return [Age(up_to, found[f"age{number}"] or 0) for number, up_to in enumerate([*AGES, None])]
