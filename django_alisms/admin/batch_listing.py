"""The batches of a send for its page: what needs a person first, then all by number, paged by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..aliyun.codes import explain
from ..models import Batch, BatchSend, BatchStatus
from ..services.status import language
from . import states

ATTENTION = (BatchStatus.UNKNOWN, BatchStatus.REFUSED, BatchStatus.ABSENT)
PAGE_SIZE = 20


@dataclass(frozen=True)
class Listing:
    """A page of batches; ``after`` is the key of the next page, empty on the last."""

    rows: list[dict[str, Any]]
    state: str
    after: str


def listing(batch_send: BatchSend, *, state: str = "", after: str = "") -> Listing:
    """``state``: empty (what needs attention first), ``all``, or a status. ``after``: the last row's key."""
    batches = Batch.objects.filter(batch_send=batch_send).order_by("number")
    group, number = _key(after)
    if state in BatchStatus.values:
        found = list(batches.filter(status=state, number__gt=number)[: PAGE_SIZE + 1])
        groups = [0] * len(found)
    elif state == "all":
        found = list(batches.filter(number__gt=number)[: PAGE_SIZE + 1])
        groups = [0] * len(found)
    else:
        state = ""
        first = (
            list(batches.filter(status__in=ATTENTION, number__gt=number)[: PAGE_SIZE + 1])
            if not group
            else []
        )
        rest = batches.exclude(status__in=ATTENTION).filter(number__gt=number if group else 0)
        others = list(rest[: PAGE_SIZE + 1 - len(first)])
        found, groups = first + others, [0] * len(first) + [1] * len(others)
    more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    return Listing(
        rows=[row_of(batch) for batch in shown],
        state=state,
        after=f"{groups[PAGE_SIZE - 1]}-{shown[-1].number}" if more else "",
    )


def row_of(batch: Batch) -> dict[str, Any]:
    """One batch with its code explained in the page's language."""
    code = explain(batch.code) if batch.code else None
    here = batch.followed_by_id is None
    return {
        "batch": batch,
        "look": states.PEOPLE[batch.status],
        "meaning": code.meaning(language()) if code else "",
        "advice": code.advice(language()) if code else "",
        "attention": batch.status in ATTENTION,
        "look_up": batch.status in (BatchStatus.UNKNOWN, BatchStatus.REFUSED) and batch.needs_look_up,
        "resend_refused": batch.status == BatchStatus.REFUSED and not batch.needs_look_up and here,
        "resend_absent": batch.status == BatchStatus.ABSENT and here,
        "follower": batch.followed_by_id,
    }


def last_answers(batch_send: BatchSend, limit: int = 8) -> list[dict[str, Any]]:
    """The newest answers, newest first."""
    answered = Batch.objects.filter(batch_send=batch_send, answered_at__isnull=False)
    return [row_of(batch) for batch in answered.order_by("-answered_at", "-number")[:limit]]


def tabs(batch_send: BatchSend, batches: dict[str, int], state: str) -> list[dict[str, Any]]:
    """The filters above the list, each with its count."""
    total = sum(batches.values())
    shown: list[dict[str, Any]] = [
        {"state": "", "word": _("Needs attention first"), "count": None, "look": None, "on": state == ""},
        {"state": "all", "word": _("All"), "count": total, "look": None, "on": state == "all"},
    ]
    for key, look in states.PEOPLE.items():
        if batches.get(key):
            shown.append(
                {"state": key, "word": look.word, "count": batches[key], "look": look, "on": state == key}
            )
    return shown


def _key(after: str) -> tuple[int, int]:
    group, _dash, number = after.partition("-")
    if group in ("0", "1") and number.isascii() and number.isdigit() and len(number) < 10:
        return int(group), int(number)
    return 0, 0
