"""Ledger, attempts, journal and database, compared by the invariants of docs/reliability.md.

The ledger is the sandbox's own file: it shares no code with the sender. The journal is written by triggers of the
database (tests/reliability/databases.py), so it has every arrow that ``status`` took, whoever drew it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Sum

from django_alisms.models import (
    Attempt,
    Batch,
    BatchSend,
    ImportStatus,
    Recipient,
    RecipientImport,
    RejectedRow,
)

BATCH_ARROWS = {
    ("pending", "sending"), ("pending", "cancelled"),
    ("sending", "accepted"), ("sending", "refused"), ("sending", "unknown"),
    ("refused", "pending"), ("refused", "accepted"),
    ("unknown", "accepted"), ("unknown", "absent"),
    ("absent", "pending"), ("absent", "accepted"),
}  # fmt: skip
# By a receipt of the newest attempt only: it shows that what was put back had gone.
PROVEN_ARROW = ("pending", "accepted")
SEND_ARROWS = {
    ("draft", "sending"), ("sending", "paused"), ("paused", "sending"), ("sending", "finished"), ("paused", "finished"),
    ("finished", "sending"), ("draft", "cancelled"), ("sending", "cancelled"), ("paused", "cancelled"),
}  # fmt: skip
RESTING = ("accepted", "refused", "unknown", "absent", "cancelled")


def violations(ledger: str, sends: Iterable[int] | None = None) -> list[str]:
    """What is not as it must be, one line each; ``sends``: only these (all)."""
    entries = [
        json.loads(line)
        for line in Path(ledger).read_text("utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]
    wanted = set(BatchSend.objects.values_list("pk", flat=True) if sends is None else sends)
    entries = [entry for entry in entries if _send_of(entry["out_id"]) in wanted or sends is None]
    return [
        *_once(entries),
        *_written_before(entries),
        *(line for send in sorted(wanted) for line in _people(send, entries)),
        *_arrows(wanted),
    ]


def _send_of(out_id: str) -> int:
    """``al-<send>-<batch>-<attempt>-<token>``; -1 where it is not ours."""
    parts = out_id.split("-")
    return int(parts[1]) if len(parts) == 5 and parts[0] == "al" and parts[1].isdigit() else -1


def _once(entries: list[dict[str, Any]]) -> Iterator[str]:
    said = Counter(
        (_send_of(entry["out_id"]), *pair)
        for entry in entries
        for pair in zip(entry["numbers"], entry["texts"], strict=True)
    )
    twice = Counter(send for (send, _number, _text), count in said.items() if count > 1)
    for send, count in twice.items():
        yield f"I1 send {send}: {count} people accepted more than once"


def _written_before(entries: list[dict[str, Any]]) -> Iterator[str]:
    written = dict(Attempt.objects.values_list("out_id", "created_at"))
    for entry in entries:
        at = written.get(entry["out_id"])
        if at is None:
            yield f"I2 {entry['out_id']} is no attempt"
        elif at > datetime.fromisoformat(entry["time"]):
            yield f"I2 {entry['out_id']} was written after it was accepted"


def _people(pk: int, entries: list[dict[str, Any]]) -> Iterator[str]:
    send = BatchSend.objects.get(pk=pk)
    batches = list(Batch.objects.filter(batch_send=pk).order_by("number"))
    if send.status not in ("draft",):
        yield from (
            f"I3 batch {pk}/{batch.number} is {batch.status}"
            for batch in batches
            if batch.status not in RESTING
        )
    yield from _rows(send, batches)
    if send.status == "finished" and any(batch.status in ("pending", "sending") for batch in batches):
        yield f"I5 send {pk} is finished with open batches"
    gone = {number for entry in entries if _send_of(entry["out_id"]) == pk for number in entry["numbers"]}
    people = Recipient.objects.of(pk)
    lost = people.exclude(batch__status__in=["accepted", "unknown"]).values_list("phone", "batch__number")
    for _phone, number in [row for row in lost if row[0] in gone][:5]:
        yield f"I8 batch {pk}/{number} was accepted by the service, not here"
    claimed = people.to_send().filter(batch__status="accepted").values_list("phone", "batch__number")
    for _phone, number in [row for row in claimed if row[0] not in gone][:5]:
        yield f"I8 batch {pk}/{number} was accepted here, not by the service"


def _rows(send: BatchSend, batches: list[Batch]) -> Iterator[str]:
    people = Recipient.objects.of(send.pk).count()
    if people != send.recipients_total or people != sum(batch.size for batch in batches):
        yield f"I4 send {send.pk}: {people} people, {send.recipients_total} said"
    if send.rows_total != send.recipients_total + send.duplicates_total + send.rejected_total:
        yield f"I4 send {send.pk}: its totals do not add up"
    done = RecipientImport.objects.filter(batch_send=send, status=ImportStatus.DONE)
    said = done.aggregate(rows=Sum("rows"), bad=Sum(F("duplicates") + F("rejected")))
    kept = RejectedRow.objects.filter(recipient_import__in=done.values("pk")).count()
    if send.status != "draft" and ((said["rows"] or 0) != people + kept or (said["bad"] or 0) != kept):
        yield f"I4 send {send.pk}: {said['rows']} rows, {people} people, {kept} rows kept as bad"


def _arrows(sends: set[int]) -> Iterator[str]:
    """I6 and I7, from the journal."""
    ours = dict(Batch.objects.filter(batch_send__in=sends).values_list("pk", "batch_send_id"))
    marks: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, row_id, old, new, code, resent, proven FROM reliability_journal ORDER BY id"
        )
        for kind, pk, old, new, code, resent, proven in cursor.fetchall():
            arrow = (old, new)
            if kind == "send":
                if pk in sends and arrow not in SEND_ARROWS:
                    yield f"I6 send {pk}: {old} → {new}"
                continue
            if pk not in ours:
                continue
            marks[pk] += arrow == ("pending", "sending")
            if arrow not in BATCH_ARROWS and not (arrow == PROVEN_ARROW and proven):
                yield f"I6 batch {pk}: {old} → {new}"
            if new == "pending" and not resent and not code.startswith(("local.", "Throttling")):
                yield f"I7 batch {pk}: {old} → pending after {code or 'no code'} without a proof or a person"
    written = (
        Attempt.objects.filter(batch__in=list(ours))
        .values("batch")
        .annotate(count=Count("id"), last=Max("number"))
    )
    counts = {row["batch"]: (row["count"], row["last"]) for row in written}
    for pk, attempts in Batch.objects.filter(pk__in=list(ours)).values_list("pk", "attempts"):
        count, last = counts.get(pk, (0, 0))
        if not marks[pk] == attempts == count == (last or 0):
            yield f"I7 batch {pk}: {marks[pk]} marks, {attempts} attempts, {count} written"
