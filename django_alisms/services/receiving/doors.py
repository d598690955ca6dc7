"""What comes in from outside, as bytes: read whole, then stored whole. Nothing of a body that is wrong is stored."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from ...aliyun import reports
from ...aliyun.reports import Malformed
from ...models import AccountState
from ..actors import Actor
from ..clock import database_now
from ..replying import receive_all
from .together import turns

__all__ = ["MOST_BYTES", "MOST_ITEMS", "Malformed", "receipts_pushed", "replies_pushed"]

logger = logging.getLogger("django_alisms.receiving")

# How many come at once is not documented; a hundred numbers a call make a push of a thousand a large one.
MOST_BYTES = 1024 * 1024
MOST_ITEMS = 1000


def receipts_pushed(body: bytes) -> None:
    """The body of one SmsReport push. Malformed, or a DatabaseError: then Alibaba Cloud pushes it again."""
    receipts = [reports.receipt(item) for item in _items(body)]
    if receipts:
        turns.apply(receipts, Actor.command("receipts"))
    _knocked("receipts_pushed_at")


def replies_pushed(body: bytes) -> None:
    """The body of one SmsUp push. Errors as above."""
    replies = [reports.reply(item) for item in _items(body)]
    receive_all(replies, Actor.command("replies"))
    _knocked("replies_pushed_at")


def _knocked(door: str) -> None:
    """What was pushed is stored by now: that the time could not be written is no reason to have it pushed again."""
    try:
        AccountState.objects.knocked(door, database_now())
    except DatabaseError as busy:
        logger.info("the time of a push was not written: %s", type(busy).__name__)


def _items(body: bytes) -> list[Any]:
    items = reports.parse(body)
    if not isinstance(items, list):
        raise Malformed("the body must be an array")
    if len(items) > MOST_ITEMS:
        raise Malformed(f"more than {MOST_ITEMS} items")
    return items
