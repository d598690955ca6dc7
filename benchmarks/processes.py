"""Several processes on one send: how much of "n times as fast" is left. On PostgreSQL.

``python -m benchmarks.processes prepare BATCHES`` makes the send; ``… send ID`` is one process, which waits for a line on
stdin, so that all begin together; ``… seconds ID`` says how long it took by the database's clock.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from benchmarks.board import Board
from benchmarks.databases import postgresql, why_no_postgresql
from benchmarks.measure import ROOT
from benchmarks.server import GatewayProcess

IN_FLIGHT = 16
DELAY = 1.0


def main() -> None:
    kind, number = sys.argv[1], int(sys.argv[2])
    import django
    from django.core.management import call_command

    django.setup()
    if kind == "prepare":
        from benchmarks.sending import prepare

        call_command("migrate", verbosity=0)
        print(prepare(number).pk)
    elif kind == "send":
        _send(number)
    else:
        _seconds(number)


def _send(pk: int) -> None:
    from django_alisms.services import account
    from django_alisms.services.actors import Actor
    from django_alisms.services.sending import Sender

    client = account.client()
    print("ready", flush=True)
    sys.stdin.readline()
    Sender(client, Actor("benchmark"), only=pk).run()
    client.close()


def _seconds(pk: int) -> None:
    from django.db.models import Max, Min

    from django_alisms.models import Attempt, Batch

    accepted = Batch.objects.filter(batch_send=pk).with_status("accepted").count()
    sent = Attempt.objects.filter(batch__batch_send=pk).aggregate(
        first=Min("created_at"), last=Max("answered_at")
    )
    print(json.dumps({"seconds": (sent["last"] - sent["first"]).total_seconds(), "accepted": accepted}))


# -- side by side ----------------------------------------------------------------------------------------------


def compare(board: Board, numbers: Iterable[int], turns: int, rounds: int) -> None:
    """``turns``: how many requests each of the slots has to make."""
    if why := why_no_postgresql():
        board.line(f"several processes left out: PostgreSQL at {why}")
        return
    numbers = list(numbers)
    rates: dict[int, list[float]] = {number: [] for number in numbers}
    twice = 0
    with GatewayProcess(DELAY) as gateway:
        for _round in range(rounds):
            for number in numbers:
                batches = number * IN_FLIGHT * turns
                rates[number].append(batches / _together(number, batches, gateway))
                counts = gateway.counts()
                twice += counts["requests"] - min(counts["batches"], batches)
    board.title(f"processes on one send, {DELAY:.0f} s reply delay, {IN_FLIGHT} in flight each, PostgreSQL")
    one = statistics.median(rates[numbers[0]]) / numbers[0]
    for number in numbers:
        rate = statistics.median(rates[number])
        share = rate / (number * one)
        board.line(f"  {number} processes {rate:>7.1f} requests/s, {100 * share:>5.1f} % of linear")
        if number > 1:
            board.at_least(f"{number} processes on one send, share of linear", 100 * share, 85, " %")
    board.at_most("… requests for a batch that had gone already", twice, 0, "")


def _together(processes: int, batches: int, gateway: GatewayProcess) -> float:
    """Seconds from the first mark to the last answer. Raises AssertionError unless every batch was accepted."""
    with postgresql() as url:
        environment = os.environ | gateway.environment
        environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "ALISMS_CONCURRENCY": str(IN_FLIGHT),
            "ALISMS_MAX_REQUESTS_PER_SECOND": "5000",
        }
        pk = _ask(environment, "prepare", batches)
        senders = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.processes", "send", str(pk)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _one in range(processes)
        ]
        for sender in senders:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "ready\n"
        for sender in senders:
            assert sender.stdin is not None
            sender.stdin.write("\n")
            sender.stdin.flush()
        assert [sender.wait() for sender in senders] == [0] * processes
        for sender in senders:
            sender.communicate()
        done = _ask(environment, "seconds", pk)
    assert done["accepted"] == batches, done
    return float(done["seconds"])


def _ask(environment: dict[str, str], kind: str, number: int) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.processes", kind, str(number)],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
