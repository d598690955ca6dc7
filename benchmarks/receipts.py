"""Receipts: pushes to a site in a process of its own, and a million stored set-wise.

``python -m benchmarks.receipts push PUSHES`` (SQLite), ``python -m benchmarks.receipts setwise PEOPLE`` (the database
that DATABASE_URL names, which is filled): one run each.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from benchmarks.board import Board
from benchmarks.databases import postgresql, why_no_postgresql
from benchmarks.measure import ROOT, Case, interleaved, report, run

TOKEN = "benchmark-of-the-pushes-0"
ITEMS = 100
PUSHES_A_SECOND = 50.0
CODES = ["DELIVERED"] * 9 + ["MOBILE_NOT_ON_SERVICE"]
BATCHES_AT_ONCE = 500


def accepted_send(people: int) -> Any:
    """A send whose every batch was accepted, as the sender leaves it."""
    from django_alisms.models import Attempt, Batch, BatchSend, out_id_of
    from django_alisms.services.clock import database_now
    from django_alisms.services.importing.storing import store_batches
    from tests import factories

    send = factories.draft()
    for first in range(0, people, 100 * BATCHES_AT_ONCE):
        last = min(first + 100 * BATCHES_AT_ONCE, people)
        rows = [
            [factories.row(number) for number in range(at, min(at + 100, last))]
            for at in range(first, last, 100)
        ]
        store_batches(send.pk, None, first // 100 + 1, rows)
    now = database_now()
    Batch.objects.filter(batch_send=send).update(
        status="accepted",
        attempts=1,
        token="0a1b2c3d",
        code="OK",
        biz_id="1^0",
        marked_at=now,
        answered_at=now,
        next_poll_at=now,
    )
    BatchSend.objects.filter(pk=send.pk).update(status="finished", recipients_total=people)
    Attempt.objects.bulk_create(
        (
            Attempt(batch_id=pk, number=1, out_id=out_id_of(send.pk, number, 1, "0a1b2c3d"), created_at=now)
            for pk, number in Batch.objects.filter(batch_send=send).values_list("pk", "number")
        ),
        batch_size=1000,
    )
    return send


def out_ids(send: Any) -> list[str]:
    from django_alisms.models import Batch

    return [batch.out_id for batch in Batch.objects.filter(batch_send=send).order_by("number")]


# -- pushes -------------------------------------------------------------------------------------------------------


def bodies(send: Any, pushes: int) -> Iterator[bytes]:
    """Receipts of people in no order, as carriers report: a push of 100 concerns many batches."""
    from tests import factories

    ids = out_ids(send)
    people = list(range(pushes * ITEMS))
    random.Random(7).shuffle(people)
    when = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
    for at in range(0, len(people), ITEMS):
        yield json.dumps(
            [
                {
                    "phone_number": factories.phone(person),
                    "send_time": when,
                    "report_time": when,
                    "success": CODES[person % 10] == "DELIVERED",
                    "err_code": CODES[person % 10],
                    "err_msg": "",
                    "sms_size": "1",
                    "biz_id": "1^0",
                    "out_id": ids[person // 100],
                }
                for person in people[at : at + ITEMS]
            ]
        ).encode()


def push(address: str, body: bytes) -> float:
    """Seconds until it was answered as stored."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("POST", f"/alisms/receipts/{TOKEN}/", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"a push was answered {answer.status}")
    return time.perf_counter() - began


@contextlib.contextmanager
def site() -> Iterator[str]:
    """The project's site in a process of its own, on the same database."""
    process = subprocess.Popen(
        [sys.executable, "-m", "project.demo.site", "0"],
        cwd=ROOT,
        stdin=subprocess.PIPE,  # it ends with this process
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.wait()


def pushed(address: str, waiting: list[bytes]) -> dict[str, Any]:
    """A fifth one after the other, then the rest at 50 a second, however long each takes."""
    alone = len(waiting) // 5
    singly = sorted(push(address, body) for body in waiting[:alone])
    rest = waiting[alone:]
    with ThreadPoolExecutor(max_workers=64) as pool:
        began = time.perf_counter()
        asked = []
        for number, body in enumerate(rest):
            threading.Event().wait(max(0.0, began + number / PUSHES_A_SECOND - time.perf_counter()))
            asked.append(pool.submit(push, address, body))
        taken = sorted(one.result() for one in asked)
        rate = len(rest) / (time.perf_counter() - began)
    return {
        "median_alone": singly[len(singly) // 2],
        "median": taken[len(taken) // 2],
        "p99": taken[min(len(taken) - 1, len(taken) * 99 // 100)],
        "rate": rate,
    }


# -- a million ----------------------------------------------------------------------------------------------------


def setwise(send: Any, people: int) -> dict[str, Any]:
    """All receipts, shuffled within windows of 20,000 as carriers report, in slices as large as apply takes."""
    from django_alisms.aliyun.records import BEIJING
    from django_alisms.aliyun.reports import Receipt
    from django_alisms.services.actors import Actor
    from django_alisms.services.receiving.applying import AT_ONCE, apply
    from django_alisms.services.status import counts_of
    from tests import factories

    ids = out_ids(send)
    chance = random.Random(7)
    when = datetime.now(BEIJING).replace(microsecond=0)
    actor = Actor("benchmark")
    seconds = 0.0
    for first in range(0, people, 20_000):
        window = list(range(first, min(first + 20_000, people)))
        chance.shuffle(window)
        receipts = [
            Receipt(
                factories.phone(person),
                "delivered" if CODES[person % 10] == "DELIVERED" else "undelivered",
                CODES[person % 10],
                1,
                when,
                ids[person // 100],
                "1^0",
            )
            for person in window
        ]
        for at in range(0, len(receipts), AT_ONCE):
            began = time.perf_counter()
            apply(receipts[at : at + AT_ONCE], actor)
            seconds += time.perf_counter() - began
    counts = counts_of([send.pk])[send.pk]
    assert counts.delivered + counts.undelivered == people
    return {"people": people, "seconds": seconds}


def main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ALISMS_RECEIPT_TOKEN": TOKEN}
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        send = accepted_send(count * ITEMS if kind == "push" else count)
        if kind == "setwise":
            report(lambda: setwise(send, count))
            return
        waiting = list(bodies(send, count))
        connection.close()
        os.environ |= {"DJANGO_SETTINGS_MODULE": "project.settings", "SECRET_KEY": "benchmark"}
        with site() as address:
            push(address, b"[]")  # the first request imports the rest of Django
            report(lambda: pushed(address, waiting))


# -- side by side ----------------------------------------------------------------------------------------------


def compare(board: Board, pushes: int, people: int, rounds: int) -> None:
    runs = interleaved({"pushes": Case(["benchmarks.receipts", "push", str(pushes)])}, rounds)["pushes"]
    board.title("receipts by push, 100 in each, each of another batch (SQLite)")
    milliseconds = {
        name: 1000 * statistics.median(one.said[name] for one in runs)
        for name in ("median_alone", "median", "p99")
    }
    for name, what in (
        ("median_alone", "one after the other, median"),
        ("median", "50 a second, median"),
        ("p99", "50 a second, 99th percentile"),
    ):
        board.line(f"  {what:<42} {milliseconds[name]:>8.0f} ms")
    board.at_most("100 receipts in one push, stored in", milliseconds["median_alone"], 50, " ms")
    board.at_most("… 99th percentile at 50 pushes a second", milliseconds["p99"], 200, " ms")
    if why := why_no_postgresql():
        board.line(f"  set-wise left out: PostgreSQL at {why}")
        return
    with postgresql() as url:
        said = run(Case(["benchmarks.receipts", "setwise", str(people)], {"DATABASE_URL": url})).said
    rate = said["people"] / said["seconds"]
    board.line(f"  {people:,} stored set-wise (PostgreSQL) {rate:>16,.0f}/s")
    board.at_least("… stored set-wise on PostgreSQL", rate, 20_000, " a second")


if __name__ == "__main__":
    main()
