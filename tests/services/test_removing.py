"""Deleting a draft and discarding an import: in slices, closed from the first moment, and finished by whoever comes next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_alisms.models import Batch, BatchSend, Event, Recipient, RecipientImport, RejectedRow
from django_alisms.services import before_start, controlling, removing, starting
from django_alisms.services.actors import Actor
from django_alisms.services.importing import mending, staging, unstaging, uploading
from django_alisms.services.importing.from_code import rows_from_mappings
from django_alisms.services.refusals import NotPossible
from tests import factories
from tests.admin.conftest import client_of, started

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
SHELL = Actor("operator")
GO_ON = threading.Event()
short = override_settings(ALISMS={"IMPORT_INLINE_ROWS": 100})


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unstaging, "BATCHES_AT_ONCE", 2)
    monkeypatch.setattr(unstaging, "ROWS_AT_ONCE", 10)


def staged(people: int = 850) -> tuple[BatchSend, RecipientImport]:
    """A draft with one file: so many people and 25 rows that were not imported."""
    made = factories.draft(people)
    opened = made.imports.get()
    RejectedRow.objects.bulk_create(
        RejectedRow(recipient_import=opened, row=5000 + number, reason="value_empty") for number in range(25)
    )
    RecipientImport.objects.filter(pk=opened.pk).update(rows=people + 25, rejected=25)
    BatchSend.objects.filter(pk=made.pk).update(rows_total=people + 25, rejected_total=25)
    made.refresh_from_db()
    opened.refresh_from_db()
    return made, opened


def everything_of(made: BatchSend) -> tuple[int, ...]:
    return (
        BatchSend.objects.filter(pk=made.pk).count(),
        made.batches.count(),
        Recipient.objects.of(made.pk).count(),
        RejectedRow.objects.filter(recipient_import__batch_send=made).count(),
        RecipientImport.objects.filter(batch_send=made).count(),
        Event.objects.filter(batch_send=made).count(),
    )


# -- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_goes_with_all_it_has_and_nothing_else() -> None:
    other, _opened = staged(150)
    before = everything_of(other)
    made, _opened = staged()
    assert removing.delete_draft(made)
    assert everything_of(made) == (0,) * 6
    assert everything_of(other) == before


def test_no_statement_takes_more_than_a_slice() -> None:
    made, _opened = staged()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        removing.delete_draft(made)
    deletes = [one["sql"] for one in asked if one["sql"].startswith("DELETE") and "recipient" in one["sql"]]
    people = [sql for sql in deletes if "_recipient" in sql and "recipientimport" not in sql]
    assert len(people) >= 5
    assert all(" IN (" in sql and "SELECT" not in sql for sql in people[:5])
    assert not any(sql["sql"].startswith("SELECT") and '"phone"' in sql["sql"] for sql in asked)


@short
def test_a_long_draft_is_left_to_a_worker_and_cannot_start_meanwhile() -> None:
    made, opened = staged()
    assert not removing.delete_draft(made, now=False)
    made.refresh_from_db()
    assert (made.status, removing.left_of(made)) == ("deleting", 850)
    for act in (
        lambda: starting.start(made, actor=SHELL),
        lambda: removing.delete_draft(made),
        lambda: removing.discard(opened, actor=SHELL),
        lambda: controlling.cancel(made, actor=SHELL),
        lambda: uploading.upload(made, ContentFile(b"x", "x"), "x.csv", actor=SHELL),
        lambda: uploading.take_out(Recipient.objects.of(made.pk).first(), actor=SHELL),
    ):
        with pytest.raises(NotPossible):
            act()
    assert removing.left_of(made) == 850
    removing.remove_due(GO_ON)
    assert everything_of(made) == (0,) * 6


@short
def test_told_to_end_between_slices_the_next_one_goes_on() -> None:
    made, _opened = staged()
    removing.delete_draft(made, now=False)
    stopping = threading.Event()
    removing.remove_due(stopping, stopping.set)
    assert everything_of(made)[:3] == (1, 7, 650)
    removing.remove_due(GO_ON)
    assert everything_of(made) == (0,) * 6


def test_what_was_started_is_never_deleted() -> None:
    for status in ("sending", "paused", "finished", "cancelled"):
        made = started(150, status, ["accepted", "accepted"])
        before = everything_of(made)
        with pytest.raises(NotPossible, match="started"):
            removing.delete_draft(made)
        removing.remove_due(GO_ON)
        assert everything_of(made) == before


def test_a_file_that_is_being_read_stops_and_goes_too(django_capture_on_commit_callbacks: Any) -> None:
    made = factories.draft()
    opened = uploading.upload(made, ContentFile(b"phone\n13900000001\n", "x"), "x.csv", actor=SHELL)
    RecipientImport.objects.filter(pk=opened.pk).update(status="reading", token="t")
    name, storage = opened.file.name, opened.file.storage
    assert RecipientImport.objects.progress(opened.pk, token="t", lease_until=opened.created_at)
    assert storage.exists(name)

    with short, django_capture_on_commit_callbacks(execute=True):
        factories.stage(made, [factories.row(number) for number in range(101)])
        assert not removing.delete_draft(made, now=False)
        assert not RecipientImport.objects.progress(opened.pk, token="t", lease_until=opened.created_at)
        removing.remove_due(GO_ON)

    assert everything_of(made) == (0,) * 6
    assert not storage.exists(name)


def test_people_taken_over_from_another_send_can_be_sent_to_there_again() -> None:
    source = started(150, "finished", ["refused", "refused"])
    made = factories.draft(source=source)
    Batch.objects.filter(batch_send=source).update(followed_by=made)
    removing.delete_draft(made)
    assert controlling.resend_refused(source, actor=SHELL) == 2


# -- imports ----------------------------------------------------------------------------------------------------------


@short
def test_a_long_import_is_discarded_by_a_worker_and_holds_the_draft_until_then() -> None:
    made, opened = staged()
    factories.stage(made, [factories.row(number) for number in range(2000, 2120)])
    person = Recipient.objects.filter(batch__recipient_import=opened).first()
    assert person is not None

    assert not removing.discard(opened, actor=SHELL)

    made.refresh_from_db()
    assert (made.rows_total, made.recipients_total, made.rejected_total, made.open_imports) == (
        120,
        120,
        0,
        1,
    )
    (stop,) = [check for check in before_start.checks(made) if check.key == "imports"]
    assert (stop.level, "discarded" in stop.sentence) == ("stop", True)
    for act in (
        lambda: starting.start(made, actor=SHELL),
        lambda: removing.discard(opened, actor=SHELL),
        lambda: uploading.take_out(person, actor=SHELL),
    ):
        with pytest.raises(NotPossible):
            act()

    stopping = threading.Event()
    removing.remove_due(stopping, stopping.set)
    assert removing.left_of_import(opened) == 650
    removing.remove_due(GO_ON)

    made.refresh_from_db()
    opened.refresh_from_db()
    assert (opened.status, made.open_imports, removing.left_of_import(opened)) == ("discarded", 0, 0)
    assert RejectedRow.objects.count() == 0
    assert starting.start(made, actor=SHELL).status == "sending"
    assert Event.objects.filter(kind="import_discarded").count() == 1


@short
def test_a_file_that_comes_meanwhile_loses_nobody_for_the_sake_of_one_that_goes() -> None:
    made, opened = staged()
    removing.discard(opened, actor=SHELL)
    row = factories.row(3)
    mapping = {"phone": row.phone, **json.loads(row.params_json)}
    again = uploading.open_without_file(made, SHELL)
    done = staging.stage(again, rows_from_mappings(made, [mapping]), actor=SHELL)
    assert (done.status, done.good, done.duplicates) == ("done", 1, 0)
    removing.remove_due(GO_ON)
    made.refresh_from_db()
    assert (made.recipients_total, Recipient.objects.of(made.pk).count(), made.open_imports) == (1, 1, 0)


@short
def test_nobody_is_mended_in_while_one_goes() -> None:
    made, opened = staged()
    beside = factories.stage(made, [factories.row(3000)])
    bad = RejectedRow.objects.create(
        recipient_import=beside, row=7, column="name", place=1, reason="value_empty",
        cells=["13900009009", "", "DD9", "9.90"],
    )  # fmt: skip
    BatchSend.objects.filter(pk=made.pk).update(rejected_total=made.rejected_total + 1)
    RecipientImport.objects.filter(pk=beside.pk).update(
        rows=2,
        rejected=1,
        reading={
            "headers": ["手机号", "name", "code", "amount"],
            "places": {"phone": 0, "name": 1, "code": 2, "amount": 3},
        },
    )
    removing.discard(opened, actor=SHELL)
    with pytest.raises(NotPossible, match="discarded just now"):
        mending.mend(bad.pk, {1: "王芳"}, actor=SHELL)
    removing.remove_due(GO_ON)
    assert mending.mend(bad.pk, {1: "王芳"}, actor=SHELL).recipient


# -- pages ------------------------------------------------------------------------------------------------------------


def url(name: str, pk: int) -> str:
    return reverse(f"admin:django_alisms_batchsend_{name}", args=[pk])


def test_the_delete_page_says_how_many_people_go() -> None:
    made, _opened = staged()
    boss = client_of("superuser")
    assert f"{made.title}: 850 people" in boss.get(url("delete", made.pk)).content.decode()
    answer = boss.post(url("delete", made.pk), {"post": "yes"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("admin:django_alisms_batchsend_changelist"),
    )
    assert everything_of(made) == (0,) * 6


@short
def test_a_long_delete_is_followed_on_a_page() -> None:
    made, _opened = staged()
    boss = client_of("superuser")
    answer = boss.post(url("delete", made.pk), {"post": "yes"})
    assert answer["Location"] == url("change", made.pk)
    page = boss.get(url("change", made.pk))
    assert page["Refresh"] == "2"
    assert "850 people are still to go" in page.content.decode()
    assert "alisms_worker" in page.content.decode()
    listed = boss.get(reverse("admin:django_alisms_batchsend_changelist")).content.decode()
    assert "Being deleted" in listed
    assert "850 people still to go" in listed
    assert boss.post(url("delete", made.pk), {"post": "yes"}).status_code in (302, 403)
    removing.remove_due(GO_ON)
    assert boss.get(url("change", made.pk)).status_code == 302


@short
def test_a_long_discard_is_followed_on_the_report() -> None:
    made, opened = staged()
    boss = client_of("superuser")
    answer = boss.post(url("discard", opened.pk))
    assert answer["Location"] == url("import_report", opened.pk)
    page = boss.get(url("import_report", opened.pk))
    assert page["Refresh"] == "2"
    assert "850 of 850 people are still to go" in page.content.decode()
    assert url("discard", opened.pk) not in page.content.decode()
    assert boss.get(url("change", made.pk)).status_code == 200
    removing.remove_due(GO_ON)
    assert "Nobody of it is in the draft" in boss.get(url("import_report", opened.pk)).content.decode()


# -- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("place", ["remove.uncommitted:2", "remove.committed:2"])
@pytest.mark.parametrize("act", ["delete", "discard"])
def test_killed_between_slices_the_next_worker_finishes_it(act: str, place: str, tmp_path: Path) -> None:
    """Real processes on a real file: 12,000 people, killed in or after the second of three slices."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    def run(*code: str) -> subprocess.CompletedProcess[str]:
        program = "import django; django.setup()\n" + HEAD + "\n".join(code)
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True
        )

    filled = run("call_command('migrate', verbosity=0)", "factories.draft(12_000)", BEGIN[act])
    assert filled.returncode == 0, filled.stderr
    killed = run(f"failpoints.arm({place!r})", "removing.remove_due(threading.Event())")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    counted = json.loads(run(COUNT).stdout)
    assert counted["people"] == (7000 if "uncommitted" in place else 2000)
    assert counted["people"] == counted["in_batches"]

    assert run("removing.remove_due(threading.Event())").returncode == 0
    counted = json.loads(run(COUNT).stdout)
    assert (counted["people"], counted["in_batches"]) == (0, 0)
    assert counted["sends"] == ([] if act == "delete" else [["draft", 0, 0]])


HEAD = """
import json, threading
from django.core.management import call_command
from django.db.models import Sum
from django_alisms import failpoints
from django_alisms.models import Batch, BatchSend, Recipient, RecipientImport
from django_alisms.services import removing
from django_alisms.services.actors import Actor
from tests import factories
"""
BEGIN = {
    "delete": "assert not removing.delete_draft(BatchSend.objects.get(), now=False)",
    "discard": "assert not removing.discard(RecipientImport.objects.get(), actor=Actor('test'))",
}
COUNT = """
print(json.dumps({"people": Recipient.objects.count(),
    "in_batches": Batch.objects.aggregate(people=Sum("size"))["people"] or 0,
    "sends": list(BatchSend.objects.values_list("status", "open_imports", "recipients_total"))}))
"""
