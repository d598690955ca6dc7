"""Work that waits is announced once its transaction has committed, to whoever asked to be told: a task engine.

Only a wake-up call: the tables are the truth. A call that is lost, late, doubled or stranded changes nothing but how
soon somebody looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

logger = logging.getLogger("django_alisms.waking")

Waker = Callable[[int], object]
"""Called with the id of a send that has something to do."""

_wakers: list[Waker] = []


def listen(waker: Waker) -> None:
    """Be told, from now on. Registering the same one again changes nothing."""
    if waker not in _wakers:
        _wakers.append(waker)


def announce(batch_send_id: int) -> None:
    """Inside the transaction that makes the work, or after it. A waker that fails is logged and harms nothing."""

    def tell() -> None:
        for waker in _wakers:
            try:
                waker(batch_send_id)
            except Exception:  # a broker that is down: a worker or cron finds the work without being told
                logger.exception("nobody could be woken for send %s; it waits for a worker", batch_send_id)

    if _wakers:
        transaction.on_commit(tell)
