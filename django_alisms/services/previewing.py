"""What each person will get, before anything is sent: rendered messages, lengths, parts, price, calls."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Length

from ..conf import conf
from ..models import Batch, BatchSend, BatchStatus, ImportStatus, Recipient, RecipientImport
from ..recipients.parts import message_length, parts_of
from ..recipients.variables import Segment, render, segments
from .opted_out_count import OptedOut, count_in


@dataclass(frozen=True)
class Message:
    """One person's message: the text with its sign name, in pieces for a page that marks what was filled in."""

    recipient: Recipient
    sign_name: str
    text: str
    segments: tuple[Segment, ...]
    length: int
    parts: int

    @property
    def signed_text(self) -> str:
        return f"【{self.sign_name}】{self.text}"


@dataclass(frozen=True)
class Estimate:
    """What the whole send comes to. ``price`` and ``total`` are None where no price is set.

    Of a draft those who have opted out are taken off, where it is sure how many they are; else ``at_most`` is true, and
    the figures are the most that can be sent. ``left_out``: people of the list who do not go.
    """

    people: int
    left_out: int
    opted_out: int
    at_most: bool
    parts: int
    calls: int
    price: Decimal | None
    total: Decimal | None
    seconds: int
    shortest: int | None
    longest: int | None


def message_for(batch_send: BatchSend, recipient: Recipient) -> Message:
    values = recipient.values
    text = render(batch_send.text, values)
    name = batch_send.sign_name.name
    length = message_length(name, text)
    return Message(recipient, name, text, tuple(segments(batch_send.text, values)), length, parts_of(length))


def first(batch_send: BatchSend) -> Message | None:
    return _message(batch_send, _going(batch_send).order_by("batch__number", "id").first())


def longest(batch_send: BatchSend) -> Message | None:
    """The longest message, as the imports found it, or as it was looked for anew when that person was taken out."""
    best: dict[str, Any] | None = None
    for done in _done_imports(batch_send):
        at = done.reading.get("longest_at")
        if at and (best is None or at["length"] > best["length"]):
            best = at
    if best is not None:
        person = _going(batch_send).filter(batch__number=best["batch"], row=best["row"]).first()
        if person is not None:
            return _message(batch_send, person)
    return _message(batch_send, _longest_anew(batch_send))


def keep_longest(batch_send: BatchSend, taken_out: Recipient) -> None:
    """Somebody was taken out: where it was the one with the longest message, the next one is looked for now, because a
    page that has to look at a million people is too slow. Inside the caller's transaction."""
    at = (taken_out.batch.number, taken_out.row)
    mine = [one for one in _done_imports(batch_send) if _place(one.reading) == at]
    found = _longest_anew(batch_send) if mine else None
    if found is not None:
        reading = dict(mine[0].reading)
        length = message_for(batch_send, found).length
        reading["longest_at"] = {"batch": found.batch.number, "row": found.row, "length": length}
        RecipientImport.objects.filter(pk=mine[0].pk).update(reading=reading)


def _place(reading: dict[str, Any]) -> tuple[int, int] | None:
    at = reading.get("longest_at")
    return (at["batch"], at["row"]) if at else None


def _longest_anew(batch_send: BatchSend) -> Recipient | None:
    """By the number of parts, then by the length of the values."""
    people = Recipient.objects.to_send().filter(batch__in=batch_send.batches.order_by().values("pk"))
    # The id alone, so that a million rows are not sorted with all their columns.
    pk = (
        people.annotate(size=Length("params"))
        .order_by("-parts", "-size", "pk")
        .values_list("pk", flat=True)
        .first()
    )
    return None if pk is None else Recipient.objects.select_related("batch").get(pk=pk)


def at_row(batch_send: BatchSend, row: int, import_id: int | None = None) -> Message | None:
    """The person of a row of the spreadsheet; where two imports have that row, the first import's."""
    batches = Batch.objects.filter(batch_send=batch_send, first_row__lte=row)
    if import_id is not None:
        batches = batches.filter(recipient_import=import_id)
    nearest = batches.order_by("-first_row").values_list("pk", flat=True)[:20]
    # Rows that were mended one by one lie in batches of their own, in no order.
    for pk in [*nearest, *batches.filter(first_row=0).values_list("pk", flat=True)]:
        person = Recipient.objects.filter(batch=pk, row=row).select_related("batch").first()
        if person is not None:
            return _message(batch_send, person)
    return None


def neighbour(batch_send: BatchSend, recipient: Recipient, step: int) -> Message | None:
    """The next (``step`` 1) or the previous (-1) person that goes; None at the end."""
    # Batch by batch, because the people of other sends may lie between those of this one.
    people = Recipient.objects.to_send().select_related("batch")
    batches = Batch.objects.filter(batch_send=batch_send, size__gt=F("left_out"))
    number = recipient.batch.number
    if step > 0:
        beside = people.filter(batch=recipient.batch_id, pk__gt=recipient.pk).order_by("pk").first()
        following = batches.filter(number__gt=number).order_by("number").values("pk")[:1]
        found = beside or people.filter(batch=following).order_by("pk").first()
    else:
        beside = people.filter(batch=recipient.batch_id, pk__lt=recipient.pk).order_by("-pk").first()
        before = batches.filter(number__lt=number).order_by("-number").values("pk")[:1]
        found = beside or people.filter(batch=before).order_by("-pk").first()
    return _message(batch_send, found)


def anyone(batch_send: BatchSend) -> Message | None:
    """A person by chance: a random batch, then a random row of it."""
    numbers = list(Batch.objects.filter(batch_send=batch_send).values_list("pk", flat=True))
    random.shuffle(numbers)
    for pk in numbers[:20]:
        people = list(Recipient.objects.to_send().filter(batch=pk).select_related("batch"))
        if people:
            return _message(batch_send, random.choice(people))  # noqa: S311  (for looking at, no secret)
    return None


def estimate(batch_send: BatchSend, opted_out: OptedOut | None = None) -> Estimate:
    """People, parts, calls, price and time, from totals that are kept; nothing is recounted.

    ``opted_out``: of ``opted_out_count.count_in``, where somebody has asked for it already.
    """
    # Of a send that has started those who had opted out when their batch was marked are among the left out.
    out = (opted_out or count_in(batch_send)) if batch_send.is_draft else OptedOut(0)
    less = out if out.sure else OptedOut(0)
    calls = Batch.objects.filter(batch_send=batch_send).exclude(status=BatchStatus.CANCELLED)
    calls_left = calls.filter(size__gt=F("left_out")).count() - less.calls
    parts = batch_send.parts_total - less.parts
    price = batch_send.price_per_part if batch_send.started_at else configured_price()
    lengths = [done.reading for done in _done_imports(batch_send) if done.reading.get("longest_at")]
    return Estimate(
        people=batch_send.to_send - less.people,
        left_out=batch_send.left_out_total + less.people,
        opted_out=less.people,
        at_most=not out.sure,
        parts=parts,
        calls=calls_left,
        price=price,
        total=None if price is None else price * parts,
        seconds=max(1, round(calls_left / conf.MAX_REQUESTS_PER_SECOND)) if calls_left else 0,
        shortest=min((reading["shortest"] for reading in lengths), default=None),
        longest=max((reading["longest_at"]["length"] for reading in lengths), default=None),
    )


def configured_price() -> Decimal | None:
    return None if conf.PRICE_PER_PART is None else Decimal(str(conf.PRICE_PER_PART))


def preview(batch_send_text: str, sign_name: str, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """The ``preview`` of a dry run: accepted rows as the person would get them."""
    shown = []
    for row in rows:
        params = json.loads(row.params_json)
        shown.append(
            {
                "row": row.row,
                "phone": row.phone,
                "params": params,
                "text": f"【{sign_name}】{render(batch_send_text, params)}",
                "parts": row.parts,
            }
        )
    return shown


def _going(batch_send: BatchSend) -> Any:
    return Recipient.objects.of(batch_send.pk).to_send().select_related("batch")


def _done_imports(batch_send: BatchSend) -> Any:
    return RecipientImport.objects.filter(batch_send=batch_send, status=ImportStatus.DONE)


def _message(batch_send: BatchSend, recipient: Recipient | None) -> Message | None:
    return None if recipient is None else message_for(batch_send, recipient)
