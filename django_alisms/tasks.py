"""What a task engine runs instead of ``alisms_worker``: one round of everything that is due.

Through Django Tasks (``django.tasks``, or the package ``django_tasks`` before Django 6): ``ALISMS["TASKS"] =
{"BACKEND": "default", "QUEUE_NAME": "default"}`` and each start, resume and upload enqueues :data:`drain` when its
transaction has committed. With any other engine, call :func:`run`. Nothing else of an engine is used, neither its
delays nor its retries: an engine that loses, delays, doubles or strands a task does no harm (docs/deploy/engines.md).
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from .conf import conf
from .services import account, working
from .services.actors import Actor

try:
    from django.tasks import task, task_backends
except ImportError:
    try:
        from django_tasks import task, task_backends
    except ImportError:
        task = task_backends = None

logger = logging.getLogger("django_alisms.tasks")


def run(batch_send_id: int | None = None) -> None:
    """Read the imports that wait, send what is to be sent, look up what is due; then return.

    ``batch_send_id`` says what woke it and is for logs only: whatever is due is done, and a call that finds nothing
    returns at once. Raises NotConfigured without credentials.
    """
    logger.info("drain: woken for send %s", batch_send_id)
    working.work_once(account.client(), Actor.command("drain"), stopping=threading.Event())


def _drain(batch_send_id: int | None = None) -> None:
    """:func:`run`, under the name that an engine's worker imports."""
    run(batch_send_id)


_drain.__name__ = _drain.__qualname__ = "drain"
drain: Any = task(_drain) if task is not None else None
"""The Django task; None where there is no task framework."""


def enqueue(batch_send_id: int) -> None:
    """A wake-up call, if ``ALISMS["TASKS"]`` names a backend."""
    told = conf.TASKS
    if not told:
        return
    if drain is None:
        logger.error("ALISMS['TASKS'] is set, but neither django.tasks nor django_tasks is there")
        return
    if is_immediate(told["BACKEND"]):
        # It would send a whole list inside the request that pressed the button.
        logger.error("ALISMS['TASKS'] names an immediate backend; send %s waits for a worker", batch_send_id)
        return
    queue = {"queue_name": told["QUEUE_NAME"]} if told.get("QUEUE_NAME") else {}
    drain.using(backend=told["BACKEND"], **queue).enqueue(batch_send_id)


def is_immediate(alias: str) -> bool:
    """Whether the backend runs a task where it is enqueued. Raises the framework's own error for an unknown alias."""
    return any(kind.__name__ == "ImmediateBackend" for kind in type(task_backends[alias]).__mro__)


def is_dummy(alias: str) -> bool:
    """Whether the backend never runs a task."""
    return any(kind.__name__ == "DummyBackend" for kind in type(task_backends[alias]).__mro__)
