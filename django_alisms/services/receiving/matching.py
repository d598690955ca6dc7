"""Which recipient a receipt belongs to. OutId and number first; BizId and number where no OutId came.

A receipt that carries somebody else's OutId is somebody else's, whatever BizId and number it has beside it: every
request of ours has an OutId, so one of ours would carry it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ...aliyun.reports import Receipt
from ...models import Attempt, Batch

T = TypeVar("T", int, str)

# As many values as every database takes in one list.
IN_ONE_LIST = 500
# No number has it but one of a send whose numbers were masked: what was written on somebody's screen is no receipt's.
MASK = "*"


@dataclass(slots=True)
class Found:
    """Receipts by batch. ``proof``: the number of the attempt that the receipt's OutId names, 0 without one."""

    by_batch: dict[int, list[tuple[Receipt, int]]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[Receipt] = field(default_factory=list)


def batches_of(receipts: Iterable[Receipt]) -> Found:
    """The batch of each receipt, by its OutId, or by its BizId where it has no OutId. Outside a transaction."""
    receipts = list(receipts)
    by_out_id = _attempts({one.out_id for one in receipts if one.out_id})
    by_biz_id = _batches({one.biz_id for one in receipts if one.biz_id and not one.out_id})
    found = Found()
    for one in receipts:
        if MASK in one.phone:
            batch, proof = None, 0
        elif one.out_id:
            batch, proof = by_out_id.get(one.out_id, (None, 0))
        else:
            batch, proof = by_biz_id.get(one.biz_id), 0
        if batch is None:
            found.strangers.append(one)
        else:
            found.by_batch[batch].append((one, proof))
    return found


def slices(values: Iterable[T], size: int = IN_ONE_LIST) -> Iterable[Sequence[T]]:
    """Lists of at most ``size``."""
    listed = list(values)
    return (listed[at : at + size] for at in range(0, len(listed), size))


def _attempts(out_ids: set[str]) -> dict[str, tuple[int | None, int]]:
    found: dict[str, tuple[int | None, int]] = {}
    for some in slices(out_ids):
        rows = Attempt.objects.filter(out_id__in=some).order_by()
        for out_id, batch, number in rows.values_list("out_id", "batch_id", "number"):
            found[out_id] = (batch, number)
    return found


def _batches(biz_ids: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in slices(biz_ids):
        rows = Batch.objects.filter(biz_id__in=some).order_by("pk")
        found.update(rows.values_list("biz_id", "pk"))
    return found
