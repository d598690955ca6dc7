"""The worker's thread for receipts goes on, whatever a report makes it stumble over."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError

from django_alisms.services import working
from django_alisms.services.actors import Actor
from django_alisms.services.receiving.collecting import Collector
from tests import factories


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (KeyError(factories.phone(0)), "receipts were not collected: KeyError"),
        (OverflowError("date value out of range"), "receipts were not collected: OverflowError"),
        (OperationalError("gone"), "the database did not answer"),
    ],
    ids=["odd report", "odd time", "database"],
)
def test_after_an_error_the_next_round_comes(monkeypatch, caplog, error, word) -> None:
    stopping = threading.Event()
    rounds = []

    def stumble(collector: Collector) -> None:
        rounds.append(collector)
        if len(rounds) < 3:
            raise error
        stopping.set()

    monkeypatch.setattr(Collector, "round", stumble)
    monkeypatch.setattr(working, "UNAVAILABLE_SECONDS", 0.0)
    monkeypatch.setattr(working, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(working.connections, "close_all", lambda: None)

    working._receipts(None, Actor("worker"), stopping)

    assert len(rounds) == 3
    assert caplog.text.count(word) == 2
    assert factories.phone(0) not in caplog.text
