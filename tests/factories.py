"""Rows for tests: real models, no mocks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from django_alisms.models import (
    Batch,
    BatchSend,
    ReceiptTally,
    Recipient,
    RecipientImport,
    SignName,
    Tally,
    Template,
)
from django_alisms.models.batches import codes_as_text, codes_from_text
from django_alisms.recipients.rows import AcceptedRow
from django_alisms.services.importing.storing import Filler, store_batches

SIGN = "某某商城"
TEMPLATE = "SMS_218740035"
CONTENT = "尊敬的${name}，您的订单${code}已发货，金额${amount}元。"


def sign_name(name: str = SIGN, **facts: Any) -> SignName:
    return SignName.objects.create(
        name=name, **({"audit_status": "approved", "synced_at": timezone.now()} | facts)
    )


def template(code: str = TEMPLATE, **facts: Any) -> Template:
    defaults = {
        "name": "发货通知",
        "kind": "notification",
        "content": CONTENT,
        "audit_status": "approved",
        "synced_at": timezone.now(),
    }
    return Template.objects.create(code=code, **(defaults | facts))


def phone(number: int) -> str:
    """The n-th of a million different mobile numbers."""
    return f"139{number:08d}"


def row(number: int, **facts: Any) -> AcceptedRow:
    params = {"name": "王芳", "code": f"DD{number:08d}", "amount": "268.00"}
    values = {
        "row": number + 2,
        "phone": phone(number),
        "params_json": json.dumps(params, ensure_ascii=False, separators=(",", ":")),
        "parts": 1,
    }
    return AcceptedRow(**(values | facts))


def draft(people: int = 0, *, title: str = "发货通知第三批", **facts: Any) -> BatchSend:
    """A draft with that many people, staged as an import would."""
    made = BatchSend.objects.create(
        title=title,
        sign_name=facts.pop("sign_name", None) or SignName.objects.first() or sign_name(),
        template=facts.pop("template", None) or Template.objects.first() or template(),
        **facts,
    )
    if people:
        stage(made, [row(number) for number in range(people)])
    made.refresh_from_db()
    return made


def stage(made: BatchSend, rows: Sequence[AcceptedRow]) -> RecipientImport:
    """Rows straight into the draft, with the totals an import leaves behind."""
    filler = Filler()
    batches = filler.fill(rows) + list(filler.rest())
    done = RecipientImport.objects.create(
        batch_send=made,
        status="done",
        file_name="名单.xlsx",
        digest=f"{made.pk:064d}",
        rows=len(rows),
        good=len(rows),
    )
    first = made.batches.count() + 1
    store_batches(made.pk, done.pk, first, batches)
    parts = sum(one.parts for one in rows)
    BatchSend.objects.filter(pk=made.pk).update(
        rows_total=made.rows_total + len(rows),
        recipients_total=made.recipients_total + len(rows),
        parts_total=made.parts_total + parts,
    )
    made.refresh_from_db()
    return done


def statuses(made: BatchSend) -> list[str]:
    """The statuses of its batches, by number."""
    return list(Batch.objects.filter(batch_send=made).order_by("number").values_list("status", flat=True))


def reported(
    made: BatchSend,
    verdicts: dict[str, int],
    *,
    minutes: int = 1,
    parts: int = 1,
    since: datetime | None = None,
) -> None:
    """So many people of the accepted batches with each code (DELIVERED or a carrier's), spread over so many minutes.

    What the receipts' own function leaves behind: the row, the batch's counters, the tally.
    """
    codes = iter([code for code, people in verdicts.items() for _one in range(people)])
    first = (since or made.started_at or timezone.now()).replace(second=0, microsecond=0)
    tallies: Counter[tuple[datetime, str, str]] = Counter()
    total, done = sum(verdicts.values()), 0
    for batch in made.batches.filter(status="accepted").order_by("number"):
        counts: Counter[str] = Counter()
        seen = Counter(codes_from_text(batch.undelivered_by_code))
        for person in batch.recipients.to_send().filter(delivery="waiting").order_by("id"):
            code = next(codes, None)
            if code is None:
                break
            verdict = "delivered" if code == "DELIVERED" else "undelivered"
            minute = first + timedelta(minutes=done * minutes // total)
            Recipient.objects.filter(pk=person.pk).update(
                delivery=verdict, receipt_code=code, reported_at=minute, billed_parts=parts
            )
            counts[verdict] += 1
            seen[code] += verdict == "undelivered"
            tallies[minute, verdict, code] += 1
            done += 1
        Batch.objects.filter(pk=batch.pk).update(
            delivered=F("delivered") + counts["delivered"],
            undelivered=F("undelivered") + counts["undelivered"],
            billed_parts=F("billed_parts") + counts["delivered"] * parts,
            undelivered_by_code=codes_as_text(+seen),
        )
    ReceiptTally.objects.add([Tally(count, count * parts, made.pk, *kind) for kind, count in tallies.items()])
    assert next(codes, None) is None, "there are not so many people waiting"
