"""People of pending batches who do not go after all: the row stays, every counter that counted them is put right."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, F, Sum

from ..models import Batch, BatchSend, Recipient

Going = tuple[int, int, int, int]
"""A recipient: its pk, its batch, its send, its parts."""


def leave_out(people: Iterable[Going], why: str) -> set[int]:
    """Inside the loop's transaction, before marking. Returns the batches that have nobody left and are cancelled."""
    out = list(people)
    if not out:
        return set()
    Recipient.objects.filter(pk__in=[pk for pk, *_rest in out], left_out="").update(left_out=why)
    batches = {batch for _pk, batch, *_rest in out}
    gone = Recipient.objects.filter(batch__in=batches).exclude(left_out="")
    going = Recipient.objects.to_send().filter(batch__in=batches)
    left_out = dict(gone.values_list("batch").annotate(Count("pk")))
    parts = dict(going.values_list("batch").annotate(Sum("parts")))
    for batch, count in left_out.items():
        Batch.objects.filter(pk=batch).update(left_out=count, parts=parts.get(batch) or 0)
    for send in {send for _pk, _batch, send, _parts in out}:
        theirs = [parts_of for _pk, _batch, of, parts_of in out if of == send]
        BatchSend.objects.filter(pk=send).update(
            left_out_total=F("left_out_total") + len(theirs), parts_total=F("parts_total") - sum(theirs)
        )
    Batch.objects.cancel_empty(list(left_out))
    return {batch for batch in left_out if not parts.get(batch)}
