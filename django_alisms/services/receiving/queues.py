"""The account's two queues, emptied: received, stored and committed, and only then deleted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import TypeVar

from ...aliyun import reports
from ...aliyun.queues import RECEIPTS, REPLIES, QueueClient, QueueMessage, QueueUnavailable
from ...aliyun.reports import Malformed
from ...models import AccountState
from ..actors import Actor
from ..clock import database_now
from ..replying import receive_all
from .applying import apply

__all__ = ["Emptied", "QueueUnavailable", "empty"]

logger = logging.getLogger("django_alisms.receiving")

# Requests at a time; a message is deleted by a request of its own.
AT_ONCE = 8
T = TypeVar("T")


@dataclass
class Emptied:
    """Messages by what they were. ``unreadable`` ones are deleted too: they would come again for ever."""

    receipts: int = 0
    replies: int = 0
    unreadable: int = 0


def empty(client: QueueClient, actor: Actor, *, stopping: threading.Event | None = None) -> Emptied:
    """Both queues, until nothing more is in sight. Raises QueueUnavailable; what was stored by then is stored.

    A database that does not take them leaves them in the queue.
    """
    done = Emptied()
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="alisms-queue") as pool:
        for kind, read, store in (
            (RECEIPTS, reports.receipt, lambda items: apply(items, actor)),
            (REPLIES, reports.reply, lambda items: receive_all(items, actor)),
        ):
            while not (stopping is not None and stopping.is_set()):
                messages = [one for some in pool.map(client.receive, repeat(kind, AT_ONCE)) for one in some]
                if not messages:
                    break
                items, unreadable = _read(messages, read)
                store(items)
                list(pool.map(client.delete, repeat(kind), [one.handle for one in messages]))
                done.unreadable += unreadable
                if kind == RECEIPTS:
                    done.receipts += len(items)
                else:
                    done.replies += len(items)
    AccountState.objects.knocked("queue_read_at", database_now())
    return done


def _read(messages: Sequence[QueueMessage], read: Callable[[object], T]) -> tuple[list[T], int]:
    items, unreadable = [], 0
    for message in messages:
        try:
            items.append(read(reports.parse(message.body)))
        except Malformed as wrong:
            unreadable += 1
            logger.warning("message %s of the queue cannot be read: %s", message.identity, wrong)
    return items, unreadable
