"""What is interrupted for over 30 minutes asks; what merely waits behind another does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from django_alisms.models import BatchSend
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.sending import Sender
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")


def quiet_for(minutes: int) -> BatchSend:
    send = starting.start(factories.draft(3), actor=SHELL, again=True)
    BatchSend.objects.filter(pk=send.pk).update(active_at=database_now() - timedelta(minutes=minutes))
    return send


@pytest.mark.parametrize(("minutes", "status"), [(29, "sending"), (31, "paused")])
def test_a_send_nobody_attended_to(minutes: int, status: str) -> None:
    send = quiet_for(minutes)

    Sender(None, SHELL)._sweep(database_now())  # type: ignore[arg-type]

    send.refresh_from_db()
    assert (send.status, send.reason) == (status, "late" if status == "paused" else "")


def test_a_send_behind_another_is_attended_to_by_the_loop_that_runs() -> None:
    waiting = quiet_for(20)
    loop = Sender(None, SHELL)  # type: ignore[arg-type]

    for minutes in (0, 20, 40, 60):
        loop._next_sweep = 0.0
        loop._sweep(database_now() + timedelta(minutes=minutes))

    waiting.refresh_from_db()
    assert waiting.status == "sending"


def test_a_loop_for_one_send_attends_to_that_alone() -> None:
    mine, other = quiet_for(20), quiet_for(20)

    Sender(None, SHELL, only=mine.pk)._sweep(database_now())  # type: ignore[arg-type]

    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.active_at > other.active_at + timedelta(minutes=19)
