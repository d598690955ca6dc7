"""A transaction that the database rolled back for the sake of another is done again, a few times."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

logger = logging.getLogger("django_alisms.database")

TRIES = 6
Done = TypeVar("Done")


def patiently(act: Callable[[], Done]) -> Done:
    """What ``act``, one whole transaction, returns. Deadlocks, lock time-outs and a busy database roll it back.

    Inside somebody else's transaction there is nothing to repeat: OperationalError, as after the last try.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return act()
        except OperationalError as busy:
            if attempt == TRIES or connection.in_atomic_block:
                raise
            logger.info("a transaction is done again: %s", type(busy).__name__)
            threading.Event().wait(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (jitter, no secret)
    raise AssertionError("not reached")
