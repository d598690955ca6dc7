"""How many people of a draft have opted out, for the page before it starts.

Nobody compares a million people with all opt-outs to show a page. Of a long list the worker that has read it counts
once; after that only the opt-outs that came since, and the rows that were mended since, are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Sum

from ..models import Batch, BatchSend, ImportStatus, OptOut, Recipient

# Counted anew on every page up to here.
COUNTED_LIVE = 10_000
# More new opt-outs than these, and all are counted again.
MOST_NEW = 5_000
IN_ONE_LIST = 500


class OptedOut(NamedTuple):
    """``sure``: exactly so many; else at most, because opt-outs were removed or people taken out since they were counted.

    ``parts``: what their messages would have had. ``calls``: batches in which nobody else is; of a long draft those that
    new opt-outs empty are not among them.
    """

    people: int
    sure: bool = True
    parts: int = 0
    calls: int = 0

    def and_also(self, other: OptedOut) -> OptedOut:
        """Of two lots of batches, or of the same batches at two times."""
        return OptedOut(
            self.people + other.people,
            self.sure and other.sure,
            self.parts + other.parts,
            self.calls + other.calls,
        )


def has_opted_out() -> Exists:
    """Of a recipient. By EXISTS, which looks at the opt-outs' index for each of these people; an IN has made SQLite look
    for every opt-out in every batch."""
    return Exists(OptOut.objects.filter(phone=OuterRef("phone")))


def count_in(batch_send: BatchSend) -> OptedOut:
    """Of a draft those who would go."""
    newest = OptOut.objects.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return OptedOut(0)
    if batch_send.recipients_total <= COUNTED_LIVE:
        return _among(batch_send.batches.all())
    kept = batch_send.opted_out_kept
    new = list(
        OptOut.objects.filter(pk__gt=kept.get("newest", 0)).values_list("phone", flat=True)[: MOST_NEW + 1]
    )
    if kept.get("imports") != _imports(batch_send) or "parts" not in kept or len(new) > MOST_NEW:
        kept, new = keep(batch_send), []
    removed = OptOut.objects.filter(pk__lte=kept["newest"]).count() < kept["known"]
    sure = not removed and kept["left_out"] == batch_send.left_out_total
    known = OptedOut(kept["people"], sure, kept["parts"], kept["calls"])
    return known.and_also(_of(batch_send, new)).and_also(_among(_mended(batch_send)))


def keep(batch_send: BatchSend) -> dict[str, Any]:
    """Count the people of its files once and keep the figure with the draft. Out: what was kept."""
    newest = OptOut.objects.aggregate(newest=Max("pk"))["newest"] or 0
    out = _among(batch_send.batches.filter(first_row__gt=0))
    kept = {
        "imports": _imports(batch_send),
        "newest": newest,
        "known": OptOut.objects.filter(pk__lte=newest).count(),
        "left_out": batch_send.left_out_total,
        "people": out.people,
        "parts": out.parts,
        "calls": out.calls,
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


def _among(batches: Any) -> OptedOut:
    out = Recipient.objects.to_send().filter(has_opted_out(), batch__in=batches.order_by().values("pk"))
    found = {
        batch: (people, parts)
        for batch, people, parts in out.order_by()
        .values("batch")
        .annotate(people=Count("pk"), all_parts=Sum("parts"))
        .values_list("batch", "people", "all_parts")
    }
    return OptedOut(
        sum(people for people, _parts in found.values()),
        parts=sum(parts for _people, parts in found.values()),
        calls=sum(
            found[pk][0] == going
            for pks in _lists(list(found))
            for pk, going in Batch.objects.filter(pk__in=pks).values_list("pk", F("size") - F("left_out"))
        ),
    )


def _of(batch_send: BatchSend, numbers: list[str]) -> OptedOut:
    """By the index of numbers; then which of the batches found are this draft's."""
    found: dict[int, list[int]] = {}
    for some in _lists(numbers):
        people = Recipient.objects.to_send().filter(phone__in=some).order_by()
        for batch, parts in people.values_list("batch", "parts"):
            found.setdefault(batch, []).append(parts)
    mine: set[int] = set()
    for pks in _lists(sorted(found)):
        mine |= set(
            Batch.objects.filter(pk__in=pks)
            .filter(batch_send=batch_send.pk, first_row__gt=0)
            .values_list("pk", flat=True)
        )
    return OptedOut(sum(len(found[pk]) for pk in mine), parts=sum(sum(found[pk]) for pk in mine))


def _lists(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), IN_ONE_LIST):
        yield values[at : at + IN_ONE_LIST]
