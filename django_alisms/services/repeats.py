"""Whether a draft's people have got its message already: from another send, in the last 24 hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef

from ..models import Batch, BatchSend, BatchStatus, Delivery, ImportStatus, Recipient
from . import following
from .clock import database_now

REPEAT_WINDOW = timedelta(hours=24)
# Of a long list, the people of so many batches all over it are looked for: who repeats a list seldom puts hundreds of
# new people before, between and behind all of it.
SAMPLE_BATCHES = 20
# As many numbers as every database takes in one list.
NUMBERS_AT_ONCE = 500


def same_as_before(batch_send: BatchSend, *, now: datetime | None = None) -> BatchSend | None:
    """A send of the last 24 hours with the same file, or the same numbers with the same text; the newest."""
    now = now or database_now()
    # That these people were in the sends they come from is no news, and is asked about by itself.
    known = [batch_send.pk, *following.ancestors(batch_send)]
    started = BatchSend.objects.filter(started_at__gt=now - REPEAT_WINDOW).exclude(pk__in=known)
    digests = (
        batch_send.imports.filter(status=ImportStatus.DONE)
        .exclude(digest="")
        .values_list("digest", flat=True)
    )
    twin = (
        started.filter(
            imports__digest__in=list(digests),
            imports__status=ImportStatus.DONE,
            template=batch_send.template_id,
            sign_name=batch_send.sign_name_id,
        )
        .order_by("-started_at")
        .first()
    )
    return twin or _same_people(batch_send, started)


def _same_people(batch_send: BatchSend, started: Any) -> BatchSend | None:
    """The started send that shares most of the people looked for, with the same values and the same text.

    Whoever the carrier says undelivered there, or whose batch was cancelled before it went, has not got it.
    """
    rows = _sample(batch_send)
    same = started.filter(template=batch_send.template_id, sign_name=batch_send.sign_name_id)
    # EXISTS and not a join: numbers first, by their index, and of the few found their batch.
    theirs_too = Batch.objects.filter(
        pk=OuterRef("batch_id"), batch_send__in=same.order_by().values("pk")
    ).exclude(status=BatchStatus.CANCELLED)
    others = Recipient.objects.to_send().filter(Exists(theirs_too)).exclude(delivery=Delivery.UNDELIVERED)
    shared: Counter[int] = Counter()
    for at in range(0, len(rows), NUMBERS_AT_ONCE):
        some = set(rows[at : at + NUMBERS_AT_ONCE])
        theirs = others.filter(phone__in=[phone for phone, _params in some]).order_by()
        found = theirs.values_list("batch__batch_send_id", "phone", "params")
        shared.update(pk for pk, phone, params in found.iterator(chunk_size=2000) if (phone, params) in some)
    if not shared:
        return None
    return BatchSend.objects.get(pk=max(shared, key=lambda pk: (shared[pk], pk)))


def _sample(batch_send: BatchSend) -> Sequence[tuple[str, str]]:
    """(number, values) of everybody, or of batches at equal distances, the first and the last among them."""
    batches = Batch.objects.filter(batch_send=batch_send).order_by("number")
    numbers = batches.aggregate(most=Max("number"))["most"] or 0
    if numbers > SAMPLE_BATCHES:
        step = (numbers - 1) / (SAMPLE_BATCHES - 1)
        batches = batches.filter(number__in=[1 + round(step * at) for at in range(SAMPLE_BATCHES)])
    people = Recipient.objects.filter(batch__in=list(batches.values_list("pk", flat=True))).to_send()
    return list(people.values_list("phone", "params"))
