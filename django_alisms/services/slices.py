"""Parts of a send's people by what became of them: one rule for counting, exporting, listing and sending anew.

Everybody is in exactly one of the kinds PARTS. What a batch counts finds the batches; their hundred people each are
looked at after that, so a slice of a million is walked in constant memory and without an index over all people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, Sum

from ..aliyun.codes import explain
from ..models import Batch, BatchSend, BatchStatus, Delivery, Recipient
from ..models.batches import codes_from_text
from .clock import database_now
from .timeline import undelivered_by_code

# Of a carrier that has said nothing for so long nothing more is likely to come.
OVERDUE_AFTER = timedelta(hours=24)
BATCHES_AT_ONCE = 50


class Kind(StrEnum):
    ALL = "all"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    # Undelivered for a reason that may pass.
    RETRIABLE = "retriable"
    WAITING = "waiting"
    # Waiting, and for longer than OVERDUE_AFTER.
    OVERDUE = "overdue"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    PENDING = "pending"
    SENDING = "sending"
    CANCELLED = "cancelled"
    LEFT_OUT = "left_out"


# Everybody is in exactly one of these.
PARTS = (
    Kind.DELIVERED,
    Kind.UNDELIVERED,
    Kind.WAITING,
    Kind.REFUSED,
    Kind.UNKNOWN,
    Kind.ABSENT,
    Kind.PENDING,
    Kind.SENDING,
    Kind.CANCELLED,
    Kind.LEFT_OUT,
)
# Kinds that a code divides further: the receipt's, or the answer's.
WITH_CODE = (Kind.UNDELIVERED, Kind.REFUSED)

_LEFT = Q(size__gt=F("left_out") + F("delivered") + F("undelivered"))


@dataclass(frozen=True)
class Slice:
    """A kind, and of undelivered or refused perhaps one code alone."""

    kind: Kind
    code: str = ""

    @classmethod
    def parse(cls, key: str) -> Slice:
        """``undelivered``, or ``undelivered:MOBILE_IN_BLACK``. Raises ValueError for what is no slice."""
        kind, colon, code = key.partition(":")
        found = Kind(kind)
        if colon and (found not in WITH_CODE or not code or len(code) > 64):
            raise ValueError(f"no slice: {key!r}")
        return cls(found, code)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}" if self.code else str(self.kind)


def part_of(left_out: str, delivery: str, status: str) -> Kind:
    """Where one person is: left out, then what the carrier says, then what became of the batch."""
    if left_out:
        return Kind.LEFT_OUT
    if delivery != Delivery.WAITING:
        return Kind(delivery)
    return Kind.WAITING if status == BatchStatus.ACCEPTED else Kind(status)


def batches(batch_send: BatchSend, part: Slice, *, now: datetime | None = None) -> Any:
    """The batches that have somebody of it, by their counters."""
    mine = Batch.objects.filter(batch_send=batch_send)
    match part.kind:
        case Kind.ALL:
            return mine
        case Kind.DELIVERED:
            return mine.filter(delivered__gt=0)
        case Kind.UNDELIVERED if part.code:
            return mine.filter(undelivered__gt=0).with_codes([part.code])
        case Kind.UNDELIVERED:
            return mine.filter(undelivered__gt=0)
        case Kind.RETRIABLE:
            codes = [code for code in undelivered_by_code(batch_send) if not explain(code).bad_for_good]
            return mine.filter(undelivered__gt=0).with_codes(codes)
        case Kind.LEFT_OUT:
            return mine.filter(left_out__gt=0)
        case Kind.WAITING:
            return mine.missing_receipts()
        case Kind.OVERDUE:
            return mine.missing_receipts().filter(marked_at__lt=(now or database_now()) - OVERDUE_AFTER)
    found = mine.filter(_LEFT, status=part.kind.value)
    return found.filter(code=part.code) if part.code else found


def people(batch_send: BatchSend, part: Slice) -> Q:
    """Which of the people of those batches are in it."""
    match part.kind:
        case Kind.ALL:
            return Q()
        case Kind.LEFT_OUT:
            return ~Q(left_out="")
        case Kind.DELIVERED:
            return Q(left_out="", delivery=Delivery.DELIVERED)
        case Kind.UNDELIVERED:
            of_code = Q(receipt_code=part.code) if part.code else Q()
            return Q(left_out="", delivery=Delivery.UNDELIVERED) & of_code
        case Kind.RETRIABLE:
            for_good = [code for code in undelivered_by_code(batch_send) if explain(code).bad_for_good]
            return Q(left_out="", delivery=Delivery.UNDELIVERED) & ~Q(receipt_code__in=for_good)
    return Q(left_out="", delivery=Delivery.WAITING)


def recipients(batch_send: BatchSend, part: Slice) -> Any:
    """The slice as a QuerySet, for a page of it."""
    return Recipient.objects.filter(
        people(batch_send, part), batch__in=batches(batch_send, part).values("pk")
    )


def window(batch_send: BatchSend, part: Slice, offset: int, count: int) -> tuple[list[int], int]:
    """The batches that hold so many people of the slice from ``offset`` on, in the order of the list, and how many of the
    slice come before the first of them: from counters, so a late page costs hardly more than the first."""
    fields = ("pk", "size", "left_out", "delivered", "undelivered", "undelivered_by_code")
    # Each batch found has somebody of it, so as many batches are enough.
    found = batches(batch_send, part).order_by("number").values_list(*fields)[: offset + count]
    skipped = seen = 0
    pks: list[int] = []
    for pk, *counters in found.iterator(chunk_size=2000):
        here = _people_in(part, *counters)
        seen += here
        if seen <= offset:
            skipped = seen
        elif here:
            pks.append(pk)
        if seen >= offset + count:
            break
    return pks, skipped


def _people_in(part: Slice, size: int, left_out: int, delivered: int, undelivered: int, by_code: str) -> int:
    """Of one batch, by its counters."""
    match part.kind:
        case Kind.ALL:
            return size
        case Kind.LEFT_OUT:
            return left_out
        case Kind.DELIVERED:
            return delivered
        case Kind.UNDELIVERED if part.code:
            return codes_from_text(by_code).get(part.code, 0)
        case Kind.UNDELIVERED:
            return undelivered
        case Kind.RETRIABLE:
            codes = codes_from_text(by_code).items()
            return sum(people for code, people in codes if not explain(code).bad_for_good)
    return size - left_out - delivered - undelivered


def walk(
    batch_send: BatchSend, part: Slice, fields: Sequence[str], *, only: Q | None = None
) -> Iterator[list[tuple[Batch, dict[str, Any]]]]:
    """The people of a slice in the order of the list, a few thousand at a time, each with its batch.

    ``only``: a condition on the batches besides.
    """
    found, wanted, after = batches(batch_send, part).filter(only or Q()), people(batch_send, part), 0
    while some := list(found.filter(number__gt=after).order_by("number")[:BATCHES_AT_ONCE]):
        after = some[-1].number
        by_pk = {batch.pk: batch for batch in some}
        rows = Recipient.objects.filter(wanted, batch__in=list(by_pk)).values("batch_id", "pk", *fields)
        yield [
            (by_pk[row["batch_id"]], row)
            for row in sorted(rows, key=lambda row: (by_pk[row["batch_id"]].number, row["pk"]))
        ]


def counts(batch_send: BatchSend, *, by_code: dict[str, int] | None = None) -> dict[Kind, int]:
    """How many people are in each kind, from the batches' counters; of RETRIABLE and OVERDUE too.

    ``by_code``: of ``undelivered_by_code``, where somebody has asked for it already.
    """
    by_status = Batch.objects.filter(batch_send=batch_send).outcome_counts().get(batch_send.pk, {})
    found = dict.fromkeys(Kind, 0)
    for status, row in by_status.items():
        kind = Kind.WAITING if status == BatchStatus.ACCEPTED else Kind(status)
        found[kind] += row["recipients"] - row["delivered"] - row["undelivered"]
        found[Kind.DELIVERED] += row["delivered"]
        found[Kind.UNDELIVERED] += row["undelivered"]
        found[Kind.LEFT_OUT] += row["left_out"]
    found[Kind.ALL] = sum(found[part] for part in PARTS)
    by_code = undelivered_by_code(batch_send) if by_code is None else by_code
    for_good = sum(count for code, count in by_code.items() if explain(code).bad_for_good)
    found[Kind.RETRIABLE] = found[Kind.UNDELIVERED] - for_good
    found[Kind.OVERDUE] = (
        batches(batch_send, Slice(Kind.OVERDUE)).aggregate(
            people=Sum(F("size") - F("left_out") - F("delivered") - F("undelivered"))
        )["people"]
        or 0
    )
    return found


def refused_by_code(batch_send: BatchSend) -> dict[str, int]:
    """People of refused batches by the answer's code, the most first."""
    rows = (
        batches(batch_send, Slice(Kind.REFUSED))
        .order_by()
        .values_list("code")
        .annotate(
            people=Sum(F("size") - F("left_out") - F("delivered") - F("undelivered")), batches=Count("pk")
        )
    )
    return {
        code: people for code, people, _batches in sorted(rows, key=lambda row: (-row[1], row[0])) if code
    }
