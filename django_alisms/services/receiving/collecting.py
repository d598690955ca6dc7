"""What a worker does for receipts, over and over: those too early, the queues, the look-ups that are due."""

from __future__ import annotations

import logging
import threading
import time

from ...aliyun.operations import Client
from ...aliyun.queues import QueueClient
from ...conf import conf
from ...models import BatchSend
from .. import account
from ..actors import Actor
from ..refusals import NotConfigured
from . import polling, queues
from .applying import match_early

logger = logging.getLogger("django_alisms.receiving")

QUEUE_SECONDS = 2.0
UNAVAILABLE_SECONDS = 60.0
POLL_SECONDS = 1.0
# Numbers asked for in one round, so that a worker that is to end need not wait long.
A_ROUND = 500
# While something is being sent, look-ups take this part of the requests that may be made; sending has the rest.
SHARE_WHILE_SENDING = 0.1


class Collector:
    """One for each worker; it remembers when each door is next to be tried."""

    def __init__(self, client: Client, actor: Actor, stopping: threading.Event) -> None:
        self._client = client
        self._actor = actor
        self._stopping = stopping
        self._queues: QueueClient | None = None
        self._queue_name = ""
        self._next_queue = 0.0
        self._next_poll = 0.0

    def round(self) -> None:
        """Raises a DatabaseError when the database does not answer; the next round takes up where this one ended."""
        match_early(self._actor)
        if time.monotonic() >= self._next_queue:
            self._next_queue = time.monotonic() + self._empty_queues()
        if time.monotonic() >= self._next_poll and not self._stopping.is_set():
            self._next_poll = time.monotonic() + self._poll()

    def close(self) -> None:
        if self._queues is not None:
            self._queues.close()

    def _empty_queues(self) -> float:
        """Seconds until the queues are tried again."""
        if not conf.RECEIPT_QUEUE:
            return QUEUE_SECONDS
        try:
            if self._queues is None or self._queue_name != conf.RECEIPT_QUEUE:
                self._queues, self._queue_name = account.queue_client(), conf.RECEIPT_QUEUE
            queues.empty(self._queues, self._actor, stopping=self._stopping)
        except (queues.QueueUnavailable, NotConfigured) as unavailable:
            logger.warning("the queues cannot be read: %s", unavailable)
            return UNAVAILABLE_SECONDS
        return QUEUE_SECONDS

    def _poll(self) -> float:
        """Seconds until the next look-ups."""
        sending = BatchSend.objects.sending().exists()
        share = SHARE_WHILE_SENDING if sending else 1.0
        done = polling.poll(
            self._client,
            self._actor,
            stopping=self._stopping,
            at_most=max(1, int(A_ROUND * share)),
        )
        if not sending:
            return POLL_SECONDS
        return max(POLL_SECONDS, done.asked / (conf.MAX_REQUESTS_PER_SECOND * share))
