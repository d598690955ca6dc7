"""How many people of a draft have opted out, for the page before it starts.

Nobody compares a million people with all opt-outs to show a page. Of a long list the worker that has read it counts
once; after that only the opt-outs that came since, and the rows that were mended since, are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef

from ..models import Batch, BatchSend, ImportStatus, OptOut, Recipient

# Counted anew on every page up to here.
COUNTED_LIVE = 10_000
# More new opt-outs than these, and all are counted again.
MOST_NEW = 5_000
IN_ONE_LIST = 500


class OptedOut(NamedTuple):
    """``sure``: exactly so many; else at most, because opt-outs were removed or people taken out since they were counted."""

    people: int
    sure: bool


def has_opted_out() -> Exists:
    """Of a recipient. By EXISTS, which looks at the opt-outs' index for each of these people; an IN has made SQLite look
    for every opt-out in every batch."""
    return Exists(OptOut.objects.filter(phone=OuterRef("phone")))


def count_in(batch_send: BatchSend) -> OptedOut:
    """Of a draft those who would go."""
    newest = OptOut.objects.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return OptedOut(0, True)
    if batch_send.recipients_total <= COUNTED_LIVE:
        return OptedOut(_among(batch_send.batches.all()), True)
    kept = batch_send.opted_out_kept
    new = list(
        OptOut.objects.filter(pk__gt=kept.get("newest", 0)).values_list("phone", flat=True)[: MOST_NEW + 1]
    )
    if kept.get("imports") != _imports(batch_send) or len(new) > MOST_NEW:
        kept, new = keep(batch_send), []
    people = kept["people"] + _of(batch_send, new) + _among(_mended(batch_send))
    removed = OptOut.objects.filter(pk__lte=kept["newest"]).count() < kept["known"]
    return OptedOut(people, not removed and kept["left_out"] == batch_send.left_out_total)


def keep(batch_send: BatchSend) -> dict[str, Any]:
    """Count the people of its files once and keep the figure with the draft. Out: what was kept."""
    newest = OptOut.objects.aggregate(newest=Max("pk"))["newest"] or 0
    kept = {
        "imports": _imports(batch_send),
        "newest": newest,
        "known": OptOut.objects.filter(pk__lte=newest).count(),
        "left_out": batch_send.left_out_total,
        "people": _among(batch_send.batches.filter(first_row__gt=0)),
    }
    BatchSend.objects.filter(pk=batch_send.pk).update(opted_out_kept=kept)
    batch_send.opted_out_kept = kept
    return kept


def keep_if_long(batch_send: BatchSend) -> None:
    """After a file was read: count now, where a page would have to wait for it."""
    if batch_send.recipients_total > COUNTED_LIVE and OptOut.objects.exists():
        keep(batch_send)


def _imports(batch_send: BatchSend) -> list[int]:
    return list(
        batch_send.imports.filter(status=ImportStatus.DONE).order_by("pk").values_list("pk", flat=True)
    )


def _mended(batch_send: BatchSend) -> Any:
    """Rows that were mended lie in batches of their own."""
    return batch_send.batches.filter(first_row=0)


def _among(batches: Any) -> int:
    return (
        Recipient.objects.to_send().filter(has_opted_out(), batch__in=batches.order_by().values("pk")).count()
    )


def _of(batch_send: BatchSend, numbers: list[str]) -> int:
    """By the index of numbers; then which of the batches found are this draft's."""
    found: dict[int, int] = {}
    for some in _lists(numbers):
        for batch in (
            Recipient.objects.to_send().filter(phone__in=some).order_by().values_list("batch", flat=True)
        ):
            found[batch] = found.get(batch, 0) + 1
    mine: set[int] = set()
    for pks in _lists(sorted(found)):
        mine |= set(
            Batch.objects.filter(pk__in=pks)
            .filter(batch_send=batch_send.pk, first_row__gt=0)
            .values_list("pk", flat=True)
        )
    return sum(found[pk] for pk in mine)


def _lists(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), IN_ONE_LIST):
        yield values[at : at + IN_ONE_LIST]
