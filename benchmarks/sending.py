"""Batches of 100 to a server that takes its time: our loop, results stored, beside the official SDK.

``python -m benchmarks.sending KIND BATCHES`` is one run against the gateway that the environment names. KIND: a number (the
SDK in so many threads; 1: one request after the other) or ``ours``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.board import Board
from benchmarks.measure import Case, Run, interleaved, median, report
from benchmarks.server import GatewayProcess

PARAMS = {"name": "王芳", "code": "DD20261123", "amount": "268.00"}
# The SDK is at its best with 16 to 32 of them; more only open more connections.
THREADS = (8, 16, 32)
IN_FLIGHT = 64

# -- one run ---------------------------------------------------------------------------------------------------


def sdk_work(batches: int, threads: int) -> Callable[[], dict[str, Any]]:
    """What is measured; the SDK is imported before."""
    from alibabacloud_dysmsapi20170525 import models
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi.models import Config
    from darabonba.runtime import RuntimeOptions

    scheme, _, host = os.environ["ALISMS_ENDPOINT"].partition("://")
    key, secret = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    client = Client(
        Config(access_key_id=key, access_key_secret=secret, endpoint=host, protocol=scheme.upper())
    )
    options = RuntimeOptions(ca=os.environ["ALISMS_CA_BUNDLE"])

    def send(number: int) -> bool:
        answer = client.send_batch_sms_with_options(
            models.SendBatchSmsRequest(
                phone_number_json=json.dumps([f"139{number * 100 + one:08d}" for one in range(100)]),
                sign_name_json=json.dumps(["某某商城"] * 100, ensure_ascii=False),
                template_code="SMS_218740035",
                template_param_json=json.dumps([PARAMS] * 100, ensure_ascii=False),
                out_id=f"bench-{number}",
            ),
            options,
        )
        return answer.body.code == "OK"

    def work() -> dict[str, Any]:
        if threads == 1:
            return {"accepted": sum(map(send, range(batches)))}
        with ThreadPoolExecutor(threads) as pool:
            return {"accepted": sum(pool.map(send, range(batches)))}

    return work


def send_all(prepared: Any) -> dict[str, Any]:
    from django_alisms.services import account
    from django_alisms.services.actors import Actor
    from django_alisms.services.sending import Sender
    from django_alisms.services.status import counts_of

    client = account.client()
    Sender(client, Actor("benchmark"), only=prepared.pk).run()
    client.close()
    return {"accepted": counts_of([prepared.pk])[prepared.pk].batches.get("accepted", 0)}


def prepare(batches: int) -> Any:
    """A send that has started, with so many full batches."""
    from django_alisms.services import starting
    from django_alisms.services.actors import Actor
    from tests import factories

    return starting.start(factories.draft(batches * 100), actor=Actor("benchmark"))


def main() -> None:
    kind, batches = sys.argv[1], int(sys.argv[2])
    if kind != "ours":
        report(sdk_work(batches, int(kind)))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "ALISMS_MAX_REQUESTS_PER_SECOND": "5000",
        }
        os.environ.setdefault("ALISMS_CONCURRENCY", str(IN_FLIGHT))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        prepared = prepare(batches)
        report(lambda: send_all(prepared))


# -- side by side ----------------------------------------------------------------------------------------------

LOOP, OURS = "official SDK in a loop", f"ours, {IN_FLIGHT} in flight, stored"


def compare(
    board: Board, loop_batches: int, thread_batches: int, batches: int, rounds: int, delay: float = 0.05
) -> None:
    """The SDK's rate does not grow with the number of batches, so it gets fewer of them than ours."""
    pools = {f"official SDK, {threads} threads": threads for threads in THREADS}
    with GatewayProcess(delay) as gateway:
        cases = {LOOP: _case("1", loop_batches, gateway)}
        cases |= {name: _case(str(threads), thread_batches, gateway) for name, threads in pools.items()}
        runs = interleaved(cases | {OURS: _case("ours", batches, gateway)}, rounds)
    board.title(f"requests of 100 numbers at {delay * 1000:.0f} ms reply delay, TLS; ours with SQLite")
    rate = _lines(board, runs)
    board.at_least(f"sending at {delay * 1000:.0f} ms, over the SDK in a loop", rate[OURS] / rate[LOOP], 22)
    best = max(rate[name] for name in pools)
    board.at_least("… over the SDK at its best number of threads", rate[OURS] / best, 1.8)
    most = max(run.said["connections"] for run in runs[OURS])
    board.at_most(f"… connections opened, {IN_FLIGHT} in flight", most, IN_FLIGHT, "")
    alike = all(run.said["batches"] == run.said["requests"] == batches for run in runs[OURS])
    board.at_most("… batches sent twice or never", 0 if alike else 1, 0, "")


def compare_cpu(board: Board, batches: int, rounds: int) -> None:
    """At no reply delay, where nothing but the client's own work takes time."""
    with GatewayProcess(0) as gateway:
        one = "ours, 1 in flight, stored"
        runs = interleaved(
            {
                LOOP: _case("1", batches, gateway),
                one: _case("ours", batches, gateway, ALISMS_CONCURRENCY="1"),
                OURS: _case("ours", batches, gateway),
            },
            rounds,
        )
    board.title("the same at no reply delay")
    _lines(board, runs)
    cpu = {name: median(of, "cpu") for name, of in runs.items()}
    board.at_most(
        "CPU a request at no delay, database included, over the SDK in a loop", cpu[OURS] / cpu[LOOP], 0.75
    )


def _lines(board: Board, runs: dict[str, list[Run]]) -> dict[str, float]:
    """A line each; requests a second by name."""
    rates: dict[str, float] = {}
    for name, of in runs.items():
        sent = of[0].said["accepted"]
        rates[name] = sent / median(of, "wall")
        board.line(
            f"  {name:<32} {rates[name]:>7.1f}/s {rates[name] / rates[LOOP]:>6.1f}x   "
            f"CPU {1000 * median(of, 'cpu') / sent:>5.2f} ms a request   {of[-1].said['connections']} connections   "
            f"peak {median(of, 'peak'):.0f} MB"
        )
    return rates


def _case(kind: str, batches: int, gateway: GatewayProcess, **environment: str) -> Case:
    return Case(
        ["benchmarks.sending", kind, str(batches)], gateway.environment | environment, after=gateway.counts
    )


if __name__ == "__main__":
    main()
