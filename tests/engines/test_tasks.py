"""The wake-up call: after the commit, once for each start, never inside a request, and harmless when it fails."""

from __future__ import annotations

import logging

import pytest
from django.db import transaction

from django_alisms import api, checks, tasks
from django_alisms.models import PULSE_LOST
from django_alisms.services import starting, status, waking
from django_alisms.services.actors import Actor
from tests import factories

SHELL = Actor("operator")
FRAMEWORK = (
    "django.tasks"
    if tasks.drain is not None and tasks.task.__module__.startswith("django.tasks")
    else "django_tasks"
)
IMMEDIATE = {"default": {"BACKEND": f"{FRAMEWORK}.backends.immediate.ImmediateBackend"}}
DUMMY = {"default": {"BACKEND": f"{FRAMEWORK}.backends.dummy.DummyBackend"}}
NAMED = {"BACKEND": "default"}


@pytest.fixture
def engine(settings):
    """The project's TASKS and the app's; what is enqueued waits in a dummy backend."""

    def told(backends=DUMMY, **named):
        settings.TASKS = backends
        settings.ALISMS = settings.ALISMS | {"TASKS": NAMED | named}
        backend = tasks.task_backends["default"]
        if hasattr(backend, "clear"):
            backend.clear()
        return backend

    yield told
    del tasks.task_backends["default"]


# (project's TASKS, ALISMS["TASKS"], what the system check says)
CHECKS = {
    "none": (IMMEDIATE, None, []),
    "not a dict": (DUMMY, "default", ["alisms.E021"]),
    "a word too many": (DUMMY, {"BACKEND": "default", "PRIORITY": 1}, ["alisms.E021"]),
    "no such backend": (DUMMY, {"BACKEND": "elsewhere"}, ["alisms.E023"]),
    "no such queue": (DUMMY, {"BACKEND": "default", "QUEUE_NAME": "elsewhere"}, ["alisms.E023"]),
    "sends within the request": (IMMEDIATE, NAMED, ["alisms.E024"]),
    "never runs": (DUMMY, NAMED, ["alisms.W021"]),
}


@pytest.mark.parametrize(("backends", "named", "says"), CHECKS.values(), ids=CHECKS)
def test_what_the_system_check_says(settings, backends, named, says):
    settings.TASKS = backends
    settings.ALISMS = settings.ALISMS | {"TASKS": named}
    assert [problem.id for problem in checks.check_tasks()] == says


def test_without_a_framework_the_check_says_so(settings, monkeypatch):
    monkeypatch.setattr(tasks, "drain", None)
    settings.ALISMS = settings.ALISMS | {"TASKS": NAMED}
    assert [problem.id for problem in checks.check_tasks()] == ["alisms.E022"]


@pytest.mark.django_db(transaction=True)
def test_a_start_enqueues_once_and_after_the_commit(engine):
    backend = engine()
    draft = factories.draft(3)

    with transaction.atomic():
        starting.start(draft, actor=SHELL)
        assert backend.results == []

    assert [(result.task.name, result.args) for result in backend.results] == [("drain", [draft.pk])]


@pytest.mark.django_db(transaction=True)
def test_a_start_that_is_rolled_back_wakes_nobody(engine):
    backend = engine()
    draft = factories.draft(3)

    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        starting.start(draft, actor=SHELL)
        raise ZeroDivisionError

    assert backend.results == []


@pytest.mark.django_db(transaction=True)
def test_an_immediate_backend_is_not_let_send_within_the_request(engine, caplog, monkeypatch):
    engine(IMMEDIATE)
    monkeypatch.setattr(tasks, "run", lambda *told: pytest.fail("sent within the request"))

    with caplog.at_level(logging.ERROR):
        starting.start(factories.draft(3), actor=SHELL)

    assert "immediate backend" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_undo_the_start(caplog, monkeypatch):
    monkeypatch.setattr(waking, "_wakers", [])

    def wake(batch_send_id: int) -> None:
        raise ConnectionRefusedError("no broker")

    api.on_work(wake)
    api.on_work(wake)
    assert waking._wakers == [wake]

    started = starting.start(factories.draft(3), actor=SHELL)

    assert started.status == "sending"
    assert caplog.text.count("nobody could be woken") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("listens", ["nobody", "TASKS", "on_work"])
def test_what_was_handed_over_a_moment_ago_is_not_said_to_stand_still(listens, request, monkeypatch):
    monkeypatch.setattr(waking, "_wakers", list(waking._wakers))
    if listens == "TASKS":
        request.getfixturevalue("engine")()
    elif listens == "on_work":
        api.on_work(lambda batch_send_id: None)

    started = starting.start(factories.draft(3), actor=SHELL)

    said = status.sentence(started)
    assert said.startswith("No sending process" if listens == "nobody" else "Handed over to the task engine")
    started.active_at -= PULSE_LOST
    assert status.sentence(started).startswith("No sending process")
