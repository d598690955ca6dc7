"""What the database rolled back for somebody else's sake is done again, and not for ever."""

from __future__ import annotations

import threading

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, close_old_connections, connection, transaction

from django_alisms.services import patience
from django_alisms.services.actors import Actor
from django_alisms.services.importing import staging, uploading
from django_alisms.services.patience import patiently
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]


def failing(times: int):
    calls = []

    def act() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
        return "done"

    return act, calls


@pytest.mark.parametrize("times", [0, 1, patience.TRIES - 1])
def test_it_is_done_again(times) -> None:
    act, calls = failing(times)

    assert patiently(act) == "done"
    assert len(calls) == times + 1


def test_not_for_ever() -> None:
    act, calls = failing(patience.TRIES)

    with pytest.raises(OperationalError):
        patiently(act)
    assert len(calls) == patience.TRIES


def test_inside_another_transaction_there_is_nothing_to_repeat() -> None:
    act, calls = failing(1)

    with pytest.raises(OperationalError), transaction.atomic():
        patiently(act)
    assert len(calls) == 1


@pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="SQLite has one writer, so nobody waits in a circle"
)
def test_a_deadlock_of_two_is_settled() -> None:
    """A real one: each holds the row that the other wants."""
    first, second = (factories.draft(1) for _send in range(2))
    both_hold, done = threading.Barrier(2, timeout=20), []

    def lock(one, other):
        held = False

        def act() -> None:
            nonlocal held
            with transaction.atomic():
                touch(one)
                if not held:
                    held = True
                    both_hold.wait()
                touch(other)

        patiently(act)
        done.append(one.pk)
        close_old_connections()
        connection.close()

    def touch(send) -> None:
        type(send).objects.filter(pk=send.pk).update(revision=send.revision + 1)

    threads = [threading.Thread(target=lock, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(done) == sorted([first.pk, second.pk])


def test_an_import_that_met_a_deadlock_is_read_all_the_same(monkeypatch, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    beside, met = staging._done_beside, []

    def once_deadlocked(opened):
        met.append(1)
        if len(met) == 1:
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
        return beside(opened)

    monkeypatch.setattr(staging, "_done_beside", once_deadlocked)

    draft = factories.draft()
    opened = uploading.upload(
        draft,
        ContentFile("手机号,name,code,amount\n13800138000,王芳,A1,1.00\n".encode()),
        "a.csv",
        actor=Actor("x"),
    )

    read = staging.read(opened.pk, actor=Actor("x"))

    assert (read.status, read.rows, read.good) == ("done", 1, 1)
    assert draft.batches.get().recipients.count() == 1
    assert len(met) == 3  # the one that failed, its repetition, and the one at the end
