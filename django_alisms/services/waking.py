"""Work that waits is announced once its transaction has committed, to whoever asked to be told: a task engine.

Only a wake-up call: the tables are the truth. A call that is lost, late, doubled or stranded changes nothing but how
soon somebody looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from ..conf import conf

logger = logging.getLogger("django_alisms.waking")

Waker = Callable[[int], object]
"""Called with the id of a send that has something to do."""

_wakers: list[Waker] = []
_optional: list[Waker] = []


def listen(waker: Waker, *, optional: bool = False) -> None:
    """Be told, from now on. Registering the same one again changes nothing. ``optional``: it tells an engine only where
    the setting TASKS names one."""
    if waker not in _wakers:
        _wakers.append(waker)
        if optional:
            _optional.append(waker)


def somebody_listens() -> bool:
    """Whether a task engine is told: by the setting TASKS, or by a waker of the project's own."""
    return bool(conf.TASKS) or any(waker not in _optional for waker in _wakers)


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
