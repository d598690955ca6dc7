"""Old numbers are masked in slices, everything else stays, and nothing of it is ever sent again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from django_alisms.models import (
    Batch,
    BatchSend,
    Event,
    OptOut,
    Recipient,
    RejectedRow,
    Reply,
)
from django_alisms.services import controlling, exporting, following, purging, slices
from django_alisms.services.actors import Actor
from django_alisms.services.refusals import NotAllowed, NotPossible
from django_alisms.services.slices import Slice
from django_alisms.services.status import counts_of
from tests import factories
from tests.admin.conftest import started

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
SHELL = Actor("operator")
LONG_AGO = timedelta(days=100)
STATUSES = ["accepted", "refused", "absent", "accepted"]


def old(people: int = 350, statuses: list[str] = STATUSES, **facts: Any) -> BatchSend:
    """A send that ended 100 days ago, half of it delivered."""
    made = started(people, "finished", statuses)
    factories.reported(made, {"DELIVERED": 40, "MOBILE_IN_BLACK": 5})
    Batch.objects.filter(batch_send=made).update(marked_at=timezone.now() - LONG_AGO)
    return aged(made, **facts)


def aged(made: BatchSend, **facts: Any) -> BatchSend:
    at = timezone.now() - LONG_AGO
    BatchSend.objects.filter(pk=made.pk).update(
        **{"created_at": at, "started_at": at, "finished_at": at, "active_at": at} | facts
    )
    made.refresh_from_db()
    return made


def phones(made: BatchSend) -> list[str]:
    return list(Recipient.objects.of(made.pk).order_by("pk").values_list("phone", flat=True))


def kept(done: purging.Purged) -> dict[int, str]:
    return {one["batch_send"]: one["why"] for one in done.kept}


def test_numbers_and_values_go_and_everything_else_stays() -> None:
    made = old()
    young = started(150, "finished", ["accepted", "accepted"], finished_at=timezone.now())
    before, batches = counts_of([made.pk])[made.pk], list(made.batches.order_by("pk").values())
    verdicts = list(Recipient.objects.of(made.pk).order_by("pk").values_list("delivery", "row", "parts"))

    done = purging.purge(90, actor=SHELL)

    assert (done.recipients, [one["batch_send"] for one in done.sends], done.kept) == (350, [made.pk], [])
    assert all("*" in phone for phone in phones(made))
    assert set(Recipient.objects.of(made.pk).values_list("params", flat=True)) == {"{}"}
    assert not any("*" in phone for phone in phones(young))
    assert counts_of([made.pk])[made.pk] == before
    after = list(made.batches.order_by("pk").values())
    assert [one | {"next_poll_at": None} for one in batches] == after
    assert (
        list(Recipient.objects.of(made.pk).order_by("pk").values_list("delivery", "row", "parts")) == verdicts
    )
    made.refresh_from_db()
    assert made.purged_at is not None
    assert Event.objects.get(kind="purged").facts == {"recipients": 350}
    assert purging.purge(90, actor=SHELL).recipients == 0


def test_a_number_stands_once_in_a_batch_when_masked_too() -> None:
    rows = [(number, 1, f"139{number:04d}8000") for number in range(12)] + [
        (90, 2, "13900008000"),
        (91, 1, "1234567"),
    ]
    found = dict(purging.masks(rows))
    assert (found[0], found[1], found[11], found[90]) == (
        "139****8000",
        "139***18000",
        "139**118000",
        "139****8000",
    )
    assert found[91] == "***4567"
    assert len({found[number] for number in range(12)}) == 12
    assert dict(purging.masks((pk, 1, phone) for pk, phone in found.items() if pk != 90)) == {
        pk: phone for pk, phone in found.items() if pk != 90
    }


def test_people_of_one_batch_with_the_same_mask() -> None:
    made = factories.draft()
    factories.stage(made, [factories.row(number, phone=f"139{number:04d}8000") for number in range(300)])
    Batch.objects.update(status="cancelled")
    aged(made, status="cancelled")
    purging.purge(90, actor=SHELL)
    assert len(set(phones(made))) == 100
    assert {phone[:3] + phone[-4:] for phone in phones(made)} == {"1398000"}


def test_rows_that_were_not_imported_keep_their_reason() -> None:
    made = old()
    opened = made.imports.get()
    RejectedRow.objects.create(
        recipient_import=opened, row=9, column="name", place=1, reason="value_empty", cell="王芳",
        facts={"variable": "name", "first_row": 3, "value": "王芳"}, cells=["13900009009", "王芳"],
        others=[{"cell": "王芳"}],
    )  # fmt: skip

    assert purging.purge(90, actor=SHELL).rejected_rows == 1

    row = RejectedRow.objects.get()
    assert (row.cell, row.cells, row.others) == ("", [], [])
    assert (row.row, row.column, row.reason) == (9, "name", "value_empty")
    assert row.facts == {"variable": "name", "first_row": 3}


def test_old_replies_are_masked_and_opt_outs_stay() -> None:
    for number in range(2):
        Reply.objects.create(phone=factories.phone(number), content="王芳 here", sequence_id=str(number))
    Reply.objects.filter(sequence_id="1").update(stored_at=timezone.now() - LONG_AGO)
    OptOut.objects.create(phone=factories.phone(1))

    assert purging.purge(90, actor=SHELL, dry_run=True).replies == 1
    assert purging.purge(90, actor=SHELL).replies == 1

    replies = {one.sequence_id: (one.phone, one.content) for one in Reply.objects.all()}
    assert replies == {"0": (factories.phone(0), "王芳 here"), "1": ("139****0001", "")}
    assert OptOut.objects.get().phone == factories.phone(1)


def test_what_is_not_over_stays_and_is_named() -> None:
    draft = aged(factories.draft(3), finished_at=None)
    paused = aged(started(150, "paused", ["accepted", "pending"]), finished_at=None)
    looked_up = old(150, ["unknown", "accepted"])
    receipts = old(150, ["accepted", "accepted"])
    Batch.objects.filter(batch_send=receipts).update(marked_at=timezone.now())

    done = purging.purge(90, actor=SHELL)

    assert kept(done) == {
        draft.pk: "unfinished", paused.pk: "unfinished", looked_up.pk: "looked_up", receipts.pk: "receipts"
    }  # fmt: skip
    assert done.recipients == 0
    assert not Recipient.objects.filter(phone__contains="*").exists()


@pytest.mark.parametrize("status", ["draft", "sending", "paused"])
def test_a_send_whose_people_go_on_in_an_open_one_keeps_its_numbers(status: str) -> None:
    """Whom the first has reached meanwhile is found by the number, when the second one's batch is marked."""
    made = old()
    follower = aged(started(150, status, ["pending", "pending"], source=made), finished_at=None)
    assert kept(purging.purge(90, actor=SHELL)) == {made.pk: "relative", follower.pk: "unfinished"}
    assert not any("*" in phone for phone in phones(made))


def test_relatives_go_together() -> None:
    made = old()
    follower = old(150, ["accepted", "accepted"], source=made)
    BatchSend.objects.filter(pk=follower.pk).update(finished_at=timezone.now())
    assert kept(purging.purge(90, actor=SHELL)) == {made.pk: "relative"}

    BatchSend.objects.filter(pk=follower.pk).update(finished_at=made.finished_at)
    assert purging.purge(90, actor=SHELL).recipients == 500


def test_nothing_of_it_is_sent_again() -> None:
    made = old()
    purging.purge(90, actor=SHELL)
    made.refresh_from_db()
    events = Event.objects.count()

    for act in (
        lambda: controlling.resend_refused(made, actor=SHELL),
        lambda: controlling.resend_absent(made, actor=SHELL, reason="x"),
        lambda: following.follow(made, Slice.parse("refused"), actor=SHELL, title="x", name="x"),
    ):
        with pytest.raises(NotPossible, match="masked"):
            act()
    made.refresh_from_db()
    assert (made.status, BatchSend.objects.count(), Event.objects.count()) == ("finished", 1, events)
    assert not BatchSend.objects.reopen(made.pk, now=timezone.now())
    assert factories.statuses(made) == STATUSES


def test_a_page_that_was_open_meanwhile_sends_nothing_again() -> None:
    """The object in the hand is from before; the row decides."""
    made = old()
    purging.purge(90, actor=SHELL)
    assert made.purge_begun_at is None
    with pytest.raises(NotPossible, match="masked"):
        controlling.resend_refused(made, actor=SHELL)
    with pytest.raises(NotPossible, match="masked"):
        following.follow(made, Slice.parse("refused"), actor=SHELL, title="x", name="x")


def test_one_that_was_sent_again_since_it_was_chosen_is_left_alone() -> None:
    made = old()
    chosen = BatchSend.objects.get(pk=made.pk)
    controlling.resend_refused(made, actor=SHELL)
    assert not purging._begin(chosen, timezone.now() - timedelta(days=90), SHELL)
    made.refresh_from_db()
    assert made.purge_begun_at is None


def test_exports_and_lists_go_on() -> None:
    made = old()
    purging.purge(90, actor=SHELL)
    made.refresh_from_db()
    table = exporting.export(made, Slice.parse("undelivered"), actor=SHELL, full=True)
    lines = list(table.lines)
    assert len(lines) == 5
    assert "139****0040" in lines[0]
    assert slices.counts(made)[slices.Kind.DELIVERED] == 40


def test_told_to_end_it_goes_on_where_it_stopped() -> None:
    made = old(2500, ["accepted"] * 25)
    stopping = threading.Event()
    steps: list[tuple[int, int]] = []

    def told(done: int, total: int) -> None:
        steps.append((done, total))
        stopping.set()

    first = purging.purge(90, actor=SHELL, stopping=stopping, told=told)
    assert (first.recipients, first.stopped, steps) == (2000, True, [(2000, 2500)])
    made.refresh_from_db()
    assert (made.purged_through, made.purged_at) == (20, None)
    with pytest.raises(NotPossible):
        controlling.resend_refused(made, actor=SHELL)

    second = purging.purge(3000, actor=SHELL)  # begun is begun, whatever age is asked for now
    assert (second.recipients, second.stopped) == (500, False)
    assert all("*" in phone for phone in phones(made))
    assert Event.objects.filter(kind="purged").count() == 1


def test_rights_and_days() -> None:
    made = old()
    user = get_user_model().objects.create_user("viewer", is_staff=True)
    with pytest.raises(NotAllowed):
        purging.purge(90, actor=Actor.of(user))
    with pytest.raises(NotPossible, match="at least 1 day"):
        purging.purge(0, actor=SHELL)
    assert not any("*" in phone for phone in phones(made))


# -- the command ------------------------------------------------------------------------------------------------------


def command(*arguments: str) -> tuple[int, dict[str, Any], str]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("alisms_purge", *arguments, "--json", stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def test_the_command_says_what_it_would_do_and_does_it() -> None:
    made, draft = old(), aged(factories.draft(3), finished_at=None)

    code, said, err = command("--older-than", "90", "--dry-run")
    assert (code, said["dry_run"], said["recipients"]) == (1, True, 350)
    assert [one["batch_send"] for one in said["sends"]] == [made.pk]
    assert [(one["batch_send"], one["why"]) for one in said["kept"]] == [(draft.pk, "unfinished")]
    assert "would mask 350 people of 1 sends" in err
    assert not any("*" in phone for phone in phones(made))

    BatchSend.objects.filter(pk=draft.pk).delete()
    code, said, err = command("--older-than", "90")
    assert (code, said["recipients"], said["kept"], said["stopped"]) == (0, 350, [], False)
    assert factories.phone(1) not in err
    assert all("*" in phone for phone in phones(made))


def test_the_command_refuses_no_days_at_all() -> None:
    code, said, err = command("--older-than", "0")
    assert (code, said) == (2, {})
    assert err.strip().endswith("Nothing was masked.")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["purge.uncommitted:2", "purge.committed:2"])
def test_killed_between_slices_it_goes_on_when_run_again(place: str, tmp_path: Path) -> None:
    """Real processes on a real file: 5,000 people, killed in or after the second of three slices."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LANGUAGE_CODE": "en",
    }

    def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            env=environment | more,
            capture_output=True,
            text=True,
        )

    assert manage("migrate", "-v0").returncode == 0
    filled = manage("shell", "-c", FILL)
    assert filled.returncode == 0, filled.stderr
    killed = manage("alisms_purge", "--older-than", "90", ALISMS_FAILPOINTS=place)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    counted = json.loads(manage("shell", "-c", COUNT).stdout.splitlines()[-1])
    assert counted["masked"] == (2000 if "uncommitted" in place else 4000)
    assert counted["through"] == counted["masked"] // 100

    again = manage("alisms_purge", "--older-than", "90", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["recipients"] == 5000 - counted["masked"]
    counted = json.loads(manage("shell", "-c", COUNT).stdout.splitlines()[-1])
    assert (counted["masked"], counted["people"], counted["done"]) == (5000, 5000, True)


FILL = """
from datetime import timedelta
from django.utils import timezone
from django_alisms.models import Batch, BatchSend
from tests import factories
made, at = factories.draft(5000), timezone.now() - timedelta(days=100)
Batch.objects.update(status="accepted", attempts=1, marked_at=at)
BatchSend.objects.update(status="finished", created_at=at, started_at=at, finished_at=at, active_at=at)
"""
COUNT = """
import json
from django_alisms.models import BatchSend, Recipient
send = BatchSend.objects.get()
print(json.dumps({"masked": Recipient.objects.filter(phone__contains="*", params="{}").count(),
    "people": Recipient.objects.count(), "through": send.purged_through, "done": send.purged_at is not None}))
"""
