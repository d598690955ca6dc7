"""A worker does what a person has begun to delete or to discard; killed between two slices, the next one goes on."""

from __future__ import annotations

import signal

import pytest

from .conftest import ROOT, Shell

BEGUN = """
from django_alisms.models import BatchSend, RecipientImport
from django_alisms.services import removing
from django_alisms.services.actors import Actor
from tests import factories
gone, kept = factories.draft(12_000), factories.draft(7_000)
assert not removing.delete_draft(gone, now=False)
RecipientImport.objects.filter(batch_send=kept).update(rows=7_000)
assert not removing.discard(kept.imports.get(), actor=Actor("test"))
"""
PEOPLE = "django_alisms_recipient"


@pytest.fixture
def begun(shell: Shell) -> Shell:
    """A draft of 12,000 that is being deleted, and an import of 7,000 that is being discarded."""
    done = shell.run("shell", "-c", BEGUN, PYTHONPATH=str(ROOT))
    assert done.code == 0, done.err
    assert shell.count(PEOPLE) == 19_000
    return shell


def test_once_after_a_kill(begun: Shell) -> None:
    killed = begun.run("alisms_worker", "--once", ALISMS_FAILPOINTS="remove.committed:2")
    assert killed.code == -signal.SIGKILL
    assert begun.count(PEOPLE) == 9_000

    ended = begun.run("alisms_worker", "--once")
    assert ended.code == 0, ended.err
    assert begun.count(PEOPLE) == 0
    assert begun.count("django_alisms_batchsend") == 1
    said = begun.run("alisms_status", "--json").json["sends"]
    assert [one["status"] for one in said] == ["draft"]


def test_one_that_stays(begun: Shell) -> None:
    worker = begun.start("alisms_worker")
    try:
        begun.until(lambda: begun.count(PEOPLE) == 0 and begun.count("django_alisms_batchsend") == 1)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=60)
    assert worker.returncode == 0
