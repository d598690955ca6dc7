"""What an import has staged goes again, in slices: a million people in one statement would hold the database for seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import transaction

from ... import failpoints
from ...models import Batch, Recipient, RejectedRow
from ..patience import patiently

# Of one transaction: 5,000 people, or as many rows that were not imported.
BATCHES_AT_ONCE = 50
ROWS_AT_ONCE = 5000

Claim = Callable[[], None]


def unstage(import_id: int, claim: Claim, *, keep_rejected: bool = False) -> Iterator[None]:
    """Delete the import's batches with their recipients, and its rows that were not taken. ``claim``: see ``slices``.

    ``keep_rejected``: those rows stay, because they say why nothing was imported.
    """
    rows = RejectedRow.objects.none() if keep_rejected else RejectedRow.objects.all()
    return slices(
        Batch.objects.filter(recipient_import=import_id), rows.filter(recipient_import=import_id), claim
    )


def slices(batches: Any, rows: Any, claim: Claim = lambda: None) -> Iterator[None]:
    """Delete batches with their people, then the rows that were not imported, each time some of them in one transaction.

    ``claim``: called first in each transaction; raises where what is deleted is not this process's to delete any more.
    """
    while patiently(partial(_remove_batches, batches, claim)):
        yield
    while patiently(partial(_remove_rows, rows, claim)):
        yield


def _remove_batches(batches: Any, claim: Claim) -> int:
    with transaction.atomic():
        claim()
        pks = list(batches.order_by("pk").values_list("pk", flat=True)[:BATCHES_AT_ONCE])
        if pks:
            Recipient.objects.filter(batch__in=pks)._raw_delete(using="default")
            Batch.objects.filter(pk__in=pks)._raw_delete(using="default")
        failpoints.reach("remove.uncommitted")
    failpoints.reach("remove.committed")
    return len(pks)


def _remove_rows(rows: Any, claim: Claim) -> int:
    with transaction.atomic():
        claim()
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
        if pks:
            RejectedRow.objects.filter(pk__in=pks)._raw_delete(using="default")
    return len(pks)
