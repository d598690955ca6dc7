"""The one function that stores receipts, whichever door they came through.

Monotone: the first final verdict of a person stays; a repetition changes nothing, a contradiction is kept beside it
and flagged. So the order in which receipts come, and how often, does not matter. A receipt never sends anything
again and never makes anything refused or absent; with our OutId it shows that its request was accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from ... import failpoints
from ...aliyun.codes import explain
from ...aliyun.reports import OPEN, Receipt
from ...conf import conf
from ...models import (
    Batch,
    BatchStatus,
    Delivery,
    EventKind,
    KeptFor,
    OptOut,
    OptOutSource,
    ReceiptTally,
    Tally,
)
from ...models.batches import codes_as_text, codes_from_text
from .. import telling
from ..actors import Actor, note
from ..clock import database_now
from ..patience import patiently
from . import keeping
from .matching import batches_of, slices
from .writing import CounterRow, Pair, VerdictRow, add_to_counters, ids_of, store_verdicts, verdicts_of

# Receipts stored in one transaction: enough to share its cost, few enough that the sender need not wait for it.
AT_ONCE = 5000
# A carrier's time that is further off than this is no time: the message cannot have been reported before it went.
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(slots=True)
class Applied:
    """What became of the receipts; the sum of all but ``settled`` and ``batches`` is how many there were."""

    stored: int = 0
    repeated: int = 0
    contradictory: int = 0
    open: int = 0
    strangers: int = 0
    settled: int = 0

    def add(self, other: Applied) -> None:
        for name in ("stored", "repeated", "contradictory", "open", "strangers", "settled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Verdict:
    """A person's first final verdict, as it was stored."""

    batch: int
    receipt: Receipt
    reported_at: datetime


@dataclass(slots=True)
class Slice:
    """What one transaction is going to write."""

    verdicts: list[Verdict] = field(default_factory=list)
    contradictions: list[tuple[Receipt, int | None]] = field(default_factory=list)
    strangers: list[Receipt] = field(default_factory=list)
    proofs: dict[int, int] = field(default_factory=dict)
    biz_ids: dict[int, str] = field(default_factory=dict)
    applied: Applied = field(default_factory=Applied)


ByBatch = dict[int, list[tuple[Receipt, int]]]


@dataclass(slots=True)
class Locked:
    """What is asked of a batch here. A plain record: a push concerns a hundred of them."""

    pk: int
    send: int
    status: str
    attempts: int
    biz_id: str
    marked_at: datetime | None
    to_send: int
    delivered: int
    undelivered: int
    proven_attempt: int
    undelivered_by_code: str

    @property
    def whole(self) -> bool:
        return self.delivered + self.undelivered >= self.to_send


def _locked(pks: Iterable[int]) -> dict[int, Locked]:
    """In one order by everybody: whoever stores receipts of the same batch waits here, and nobody in a circle."""
    columns = ("pk", "batch_send_id", "status", "attempts", "biz_id", "marked_at", "size", "left_out")
    counters = ("delivered", "undelivered", "proven_attempt", "undelivered_by_code")
    found = {}
    for some in slices(sorted(pks)):
        rows = Batch.objects.filter(pk__in=some).order_by("pk").select_for_update()
        for pk, send, status, attempts, biz_id, at, size, out, *counted in rows.values_list(
            *columns, *counters
        ):
            found[pk] = Locked(pk, send, status, attempts, biz_id, at, size - out, *counted)
    return found


def apply(receipts: Sequence[Receipt], actor: Actor, *, keep_strangers: bool = True) -> Applied:
    """Store them all. ``keep_strangers``: what belongs to no message of ours is kept, in case its answer is late.

    Raises a DatabaseError when the database does not take them; then slices stored before are stored, and giving
    all of them again changes nothing about those.
    """
    done = Applied()
    for at in range(0, len(receipts), AT_ONCE):
        some = receipts[at : at + AT_ONCE]
        done.add(patiently(partial(_apply, some, actor, keep_strangers)))
    return done


def match_early(actor: Actor, *, all_of_them: bool = False) -> Applied:
    """Receipts that came before the answer of their request: those whose batch is known by now are stored."""
    kept = keeping.early(database_now(), all_of_them=all_of_them)
    if not kept:
        return Applied()

    def at_once() -> Applied:
        with transaction.atomic():
            done = _apply([one for _pk, one in kept], actor, keep_strangers=False)
            keeping.let_go([pk for pk, _one in kept])
        return done

    return patiently(at_once)


def _apply(receipts: Sequence[Receipt], actor: Actor, keep_strangers: bool) -> Applied:
    found = batches_of(receipts)
    if not found.by_batch and not keep_strangers:
        return Applied(strangers=len(found.strangers))
    now = database_now()
    with transaction.atomic():
        batches = _locked(found.by_batch)
        plan = _store(found.by_batch, batches, now)
        plan.strangers += found.strangers
        _count(plan, batches)
        _settle(plan, batches, actor, now)
        _tally(plan, batches)
        _opt_out(plan.verdicts)
        telling.reported(partial(_told, plan.verdicts, batches))
        if plan.contradictions:
            keeping.keep(plan.contradictions, KeptFor.CONTRADICTORY, now)
        if keep_strangers and plan.strangers:
            keeping.keep([(one, None) for one in plan.strangers], KeptFor.STRANGER, now)
        plan.applied.strangers = len(plan.strangers)
        failpoints.reach("receipt.uncommitted")
    failpoints.reach("receipt.committed")
    return plan.applied


def _store(by_batch: ByBatch, batches: dict[int, Locked], now: datetime) -> Slice:
    """Every first final verdict onto its person; then each receipt is told what became of it, in the order they came."""
    listed = [((pk, one.phone), one, proof) for pk, ones in by_batch.items() for one, proof in ones]
    first: dict[Pair, Verdict] = {}
    for pair, one, _proof in listed:
        if pair not in first and one.verdict != OPEN and pair[0] in batches:
            first[pair] = Verdict(pair[0], one, _when(one, batches[pair[0]], now))
    written = store_verdicts(
        [
            VerdictRow(pk, phone, new.receipt.verdict, new.receipt.code, new.reported_at, new.receipt.parts)
            for (pk, phone), new in first.items()
        ]
    )
    known = verdicts_of({pair for pair, _one, _proof in listed} - written)
    known.update((pair, first[pair].receipt.verdict) for pair in written)
    plan = Slice(verdicts=[first[pair] for pair in written])
    for pair, one, proof in listed:
        if pair not in known or pair[0] not in batches:
            plan.strangers.append(one)
            continue
        if proof:
            _prove(plan, batches[pair[0]], one, proof)
        if one.verdict == OPEN:
            plan.applied.open += 1
        elif pair in written and first[pair].receipt is one:
            plan.applied.stored += 1
            written.discard(pair)  # the very same object may come again in one slice
        elif known[pair] == one.verdict:
            plan.applied.repeated += 1
        else:
            plan.contradictions.append((one, pair[0]))
            plan.applied.contradictory += 1
    return plan


def _prove(plan: Slice, batch: Locked, one: Receipt, proof: int) -> None:
    plan.proofs[batch.pk] = max(proof, plan.proofs.get(batch.pk, 0))
    if one.biz_id and not batch.biz_id and proof == batch.attempts:
        plan.biz_ids[batch.pk] = one.biz_id


def _when(one: Receipt, batch: Locked, now: datetime) -> datetime:
    """The carrier's time, or ours where it says none or one that cannot be."""
    earliest = (batch.marked_at or now) - CLOCKS_DIFFER
    if one.reported_at is None or not earliest <= one.reported_at <= now + CLOCKS_DIFFER:
        return now
    return one.reported_at


def _count(plan: Slice, batches: dict[int, Locked]) -> None:
    verdicts: Counter[tuple[int, str]] = Counter()
    billed: Counter[int] = Counter()
    codes: dict[int, dict[str, int]] = {}
    for one in plan.verdicts:
        verdicts[one.batch, one.receipt.verdict] += 1
        if one.receipt.verdict == Delivery.DELIVERED:
            billed[one.batch] += one.receipt.parts or 0
        else:
            if one.batch not in codes:
                codes[one.batch] = codes_from_text(batches[one.batch].undelivered_by_code)
            mine = codes[one.batch]
            mine[one.receipt.code] = mine.get(one.receipt.code, 0) + 1
    changed = {pk for pk, _verdict in verdicts} | {
        pk for pk, proof in plan.proofs.items() if pk in plan.biz_ids or proof > batches[pk].proven_attempt
    }
    rows = []
    for pk in sorted(changed):
        batch, delivered, undelivered = (
            batches[pk],
            verdicts[pk, Delivery.DELIVERED],
            verdicts[pk, Delivery.UNDELIVERED],
        )
        batch.delivered += delivered
        batch.undelivered += undelivered
        batch.proven_attempt = max(batch.proven_attempt, plan.proofs.get(pk, 0))
        counted = (delivered, undelivered, billed[pk], batch.proven_attempt, batch.whole)
        rows.append(CounterRow(pk, *counted, plan.biz_ids.get(pk, ""), codes_as_text(codes.get(pk, {}))))
    add_to_counters(rows)


# What a receipt can settle; of the others there is nothing to ask.
_OPEN_TO_PROOF = frozenset(
    [BatchStatus.UNKNOWN, BatchStatus.REFUSED, BatchStatus.ABSENT, BatchStatus.PENDING]
)


def _settle(plan: Slice, batches: dict[int, Locked], actor: Actor, now: datetime) -> None:
    """unknown, refused or absent → accepted, at once: a receipt with our OutId shows that the request was taken."""
    for pk in sorted(plan.proofs):
        batch = batches[pk]
        if batch.status not in _OPEN_TO_PROOF:
            continue
        if settle(pk, actor, now, poll_at=None if batch.whole else next_poll(now, 0)):
            plan.applied.settled += 1


def settle(pk: int, actor: Actor, now: datetime, *, poll_at: datetime | None) -> bool:
    """What a receipt has proven becomes the batch's status, and the history's. Inside a transaction."""
    if not (Batch.objects.proven(pk, poll_at=poll_at) or Batch.objects.gone_before(pk, poll_at=poll_at)):
        return False
    send, number = Batch.objects.values_list("batch_send_id", "number").get(pk=pk)
    note(EventKind.SETTLED, actor, send, at=now, batch=number, to="accepted", by="receipt")
    return True


def next_poll(since: datetime, polls: int) -> datetime | None:
    """When the receipts of what went at ``since`` are asked for after so many times; None when no more."""
    schedule = conf.RECEIPT_POLL_SCHEDULE
    return since + timedelta(seconds=schedule[polls]) if polls < len(schedule) else None


def _tally(plan: Slice, batches: dict[int, Locked]) -> None:
    counts: Counter[tuple[int, datetime, str, str]] = Counter()
    parts: Counter[tuple[int, datetime, str, str]] = Counter()
    for one in plan.verdicts:
        minute = one.reported_at.replace(second=0, microsecond=0)
        key = (batches[one.batch].send, minute, one.receipt.verdict, one.receipt.code)
        counts[key] += 1
        parts[key] += one.receipt.parts or 0
    ReceiptTally.objects.add([Tally(counts[key], parts[key], *key) for key in sorted(counts)])


def _told(
    verdicts: list[Verdict], batches: dict[int, Locked]
) -> Iterable[tuple[int, int, str, str, datetime]]:
    """For the project's own receivers: send, recipient, verdict, code, when."""
    ids = ids_of({(one.batch, one.receipt.phone) for one in verdicts})
    for one in verdicts:
        yield (
            batches[one.batch].send,
            ids[one.batch, one.receipt.phone],
            one.receipt.verdict,
            one.receipt.code,
            one.reported_at,
        )


def _opt_out(verdicts: list[Verdict]) -> None:
    """Who is on a black list or refused messages, as the carrier says, gets none of ours from now on."""
    refusing = {
        one.receipt.phone: one.receipt.code
        for one in verdicts
        if one.receipt.verdict == Delivery.UNDELIVERED and explain(one.receipt.code).opts_out
    }
    # Numbers of our own recipients: checked data, the only conflict is that the number is there already.
    OptOut.objects.bulk_create(
        (
            OptOut(phone=phone, reason=code, source=OptOutSource.CARRIER)
            for phone, code in sorted(refusing.items())
        ),
        ignore_conflicts=True,
    )
