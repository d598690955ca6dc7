"""Receipts that changed nothing are kept: a stranger's may have come before the answer it belongs to.

The number is masked; a digest keyed with SECRET_KEY finds its person when the batch's BizId is known. Capped, so
that whoever knows the address cannot fill the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Exists, OuterRef
from django.utils.crypto import salted_hmac

from ...aliyun.reports import Receipt
from ...models import Attempt, Batch, Delivery, KeptFor, KeptReceipt, Recipient
from ...recipients.phone_numbers import masked

MOST_KEPT = 10_000
# An answer is recorded within the lease of its request, long before this.
EARLY = timedelta(hours=1)
A_ROUND = 500


def keep(receipts: Sequence[tuple[Receipt, int | None]], why: str, now: datetime) -> None:
    """(receipt, batch of a contradiction): each once, whatever how often it comes. Inside the caller's transaction."""
    rows = {}
    for one, batch in receipts:
        row = _row(one, batch, why, now)
        rows[row.digest] = row
    # Every text was cut to its column when it was read, so the only conflict there can be is the digest.
    KeptReceipt.objects.bulk_create(rows.values(), ignore_conflicts=True)
    newest = KeptReceipt.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is not None:
        KeptReceipt.objects.filter(pk__lte=newest - MOST_KEPT).delete()


def early(now: datetime, *, all_of_them: bool = False) -> list[tuple[int, Receipt]]:
    """(id, receipt) of kept strangers whose batch is known by now, with the number they were about."""
    kept = KeptReceipt.objects.filter(why=KeptFor.STRANGER)
    if not all_of_them:
        kept = kept.filter(stored_at__gt=now - EARLY)
    by_biz_id = kept.filter(Exists(Batch.objects.filter(biz_id=OuterRef("biz_id"))), out_id="").exclude(
        biz_id=""
    )
    by_out_id = kept.filter(Exists(Attempt.objects.filter(out_id=OuterRef("out_id")))).exclude(out_id="")
    found = []
    for row in [*by_biz_id[:A_ROUND], *by_out_id[:A_ROUND]]:
        phone = _phone_of(row)
        if phone:
            found.append((row.pk, _receipt(row, phone)))
    return found


def let_go(pks: Sequence[int]) -> None:
    """They found their recipients."""
    KeptReceipt.objects.filter(pk__in=pks).delete()


def phone_digest(phone: str) -> str:
    return salted_hmac("django_alisms.kept_receipt", phone, algorithm="sha256").hexdigest()


def _row(one: Receipt, batch: int | None, why: str, now: datetime) -> KeptReceipt:
    number = phone_digest(one.phone)
    facts = (why, number, one.out_id, one.biz_id, one.verdict, one.code, one.parts, one.reported_at)
    return KeptReceipt(
        why=why,
        batch_id=batch,
        phone=masked(one.phone)[:20],
        phone_digest=number,
        # A longer one cannot be ours.
        out_id=one.out_id[:80],
        biz_id=one.biz_id,
        delivery=Delivery.WAITING if one.verdict == "open" else one.verdict,
        code=one.code,
        parts=one.parts,
        reported_at=one.reported_at,
        stored_at=now,
        digest=sha256(repr(facts).encode("utf-8", "replace")).hexdigest(),
    )


def _phone_of(row: KeptReceipt) -> str:
    people = Recipient.objects.to_send()
    if row.out_id:
        people = people.filter(batch__in=Attempt.objects.filter(out_id=row.out_id).values("batch"))
    else:
        people = people.filter(batch__in=Batch.objects.filter(biz_id=row.biz_id))
    phones = people.values_list("phone", flat=True)
    return next((phone for phone in phones if phone_digest(phone) == row.phone_digest), "")


def _receipt(row: KeptReceipt, phone: str) -> Receipt:
    verdict = "open" if row.delivery == Delivery.WAITING else row.delivery
    return Receipt(phone, verdict, row.code, row.parts, row.reported_at, row.out_id, row.biz_id)
