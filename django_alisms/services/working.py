"""What a worker does, over and over: imports that wait, sends that are sending, unknowns that are due.

Sending has the main thread; the chores have one of their own with its own database connection, so that a long
send does not keep an upload waiting, and receipts have a third. Several workers at once are fine: everything is
taken by conditional UPDATE.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from django.db import DatabaseError, connections

from ..aliyun.operations import Client
from ..models import AccountState, BatchSend, RecipientImport
from . import mailing, opted_out_count, recording, removing, settling, unforeseen
from .actors import Actor
from .clock import database_now
from .importing import staging
from .receiving.collecting import UNAVAILABLE_SECONDS, Collector
from .sending import Sender

logger = logging.getLogger("django_alisms.working")

IDLE_SECONDS = 0.5
CHORE_SECONDS = 1.0


def work(client: Client, actor: Actor, *, stopping: threading.Event, concurrency: int | None = None) -> None:
    """Until ``stopping`` is set; then what is on the wire is finished and recorded."""
    AccountState.objects.current()
    beside = [
        threading.Thread(target=_chores, args=(client, actor, stopping), name="alisms-chores"),
        threading.Thread(target=_receipts, args=(client, actor, stopping), name="alisms-receipts"),
    ]
    for thread in beside:
        thread.start()
    try:
        while not stopping.is_set():
            try:
                if BatchSend.objects.sending().exists():
                    Sender(client, actor, concurrency=concurrency, stopping=stopping).run()
            except DatabaseError as gone:
                logger.warning("the database did not answer: %s", type(gone).__name__)
                connections.close_all()
            stopping.wait(IDLE_SECONDS)
    finally:
        stopping.set()
        for thread in beside:
            thread.join()


def work_once(
    client: Client, actor: Actor, *, stopping: threading.Event, concurrency: int | None = None
) -> None:
    """One round of everything that is due, then return: for cron and for task engines."""
    AccountState.objects.current()
    pulse = Pulse()
    pulse()
    read_imports(actor, stopping)
    removing.remove_due(stopping, pulse)
    Sender(client, actor, concurrency=concurrency, stopping=stopping, on_turn=pulse).run()
    if not stopping.is_set():
        settle(client, actor, stopping)
        mailing.send_due()
        _once(Collector(client, actor, stopping))


def _once(collector: Collector) -> None:
    try:
        collector.round()
    finally:
        collector.close()


def _receipts(client: Client, actor: Actor, stopping: threading.Event) -> None:
    collector = Collector(client, actor, stopping)
    try:
        while not stopping.is_set():
            try:
                collector.round()
            except DatabaseError as gone:
                logger.warning("the database did not answer: %s", type(gone).__name__)
                connections.close_all()
            except Exception as error:  # one odd report must not end all receipts until the next restart
                logger.error("receipts were not collected: %s", unforeseen.described(error))
                stopping.wait(UNAVAILABLE_SECONDS)
            stopping.wait(IDLE_SECONDS)
    finally:
        collector.close()
        connections.close_all()


class Pulse:
    """A sign of life, at most once a second however often it is called."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + CHORE_SECONDS
            AccountState.objects.pulse(database_now())


def _chores(client: Client, actor: Actor, stopping: threading.Event) -> None:
    chores: tuple[Callable[[], object], ...] = (
        lambda: read_imports(actor, stopping),
        lambda: removing.remove_due(stopping, partial(_pulse, stopping)),
        lambda: settle(client, actor, stopping),
        mailing.send_due,
    )
    next_round = 0.0
    try:
        while not stopping.is_set():
            _each_by_itself(lambda: AccountState.objects.pulse(database_now()))
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + CHORE_SECONDS
                _each_by_itself(*chores)
            stopping.wait(IDLE_SECONDS)
    finally:
        connections.close_all()


def _each_by_itself(*chores: Callable[[], object]) -> None:
    """One that breaks off is told of, and keeps neither the others nor its own next round from being done."""
    for chore in chores:
        try:
            chore()
        except staging.Stopped:
            return
        except DatabaseError as gone:
            logger.warning("the database did not answer: %s", type(gone).__name__)
            connections.close_all()
        except Exception as error:
            logger.error("a chore broke off and is tried again: %s", unforeseen.described(error))
            connections.close_all()


def settle(client: Client, actor: Actor, stopping: threading.Event) -> None:
    """What dead processes left on the wire, also of sends that are paused or cancelled, and the look-ups due."""
    recording.orphans(database_now(), actor)
    settling.settle_due(client, actor, stopping=stopping)


def read_imports(actor: Actor, stopping: threading.Event) -> None:
    """Every upload that waits to be read, and those whose reader died."""
    now = database_now()
    waiting = list(RecipientImport.objects.waiting(now).values_list("pk", flat=True))
    waiting += list(RecipientImport.objects.abandoned(now).values_list("pk", flat=True))
    for pk in waiting:
        if stopping.is_set():
            return
        done = staging.read(pk, actor=actor, pulse=partial(_pulse, stopping))
        if not done.is_open:
            opted_out_count.keep_if_long(BatchSend.objects.get(pk=done.batch_send_id))


def _pulse(stopping: threading.Event) -> None:
    """Between the slices of an import."""
    staging.stop_if(stopping)
    AccountState.objects.pulse(database_now())
