"""Every network fault through the whole loop, on every database: the class of the answer, and nobody twice."""

from __future__ import annotations

import gzip
import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests import factories
from tests.aliyun.conftest import authority, trusted  # noqa: F401
from tests.aliyun.loopback import LoopbackServer, serve_all
from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability-tables"), pytest.mark.timeout(1800)]

HTML = "<html><body>Please log in to the guest network</body></html>"
OK = {"RequestId": "6F9C3B52-0D1A-5E77-9A41-3C0A7B1E2D44", "Code": "OK", "Message": "OK"}
BOMB = b64encode(gzip.compress(b"\0" * 20_000_000)).decode()
U, R = "unknown", "refused"


def answer(status: int = 200, body: str = "", accepted: bool = False, **more: Any) -> dict[str, Any]:
    return {"fault": "answer", "status": status, "body": body, "accepted": accepted, **more}


# what the sandbox does to the request → what it is taken for
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "reset, not accepted": ({"fault": "reset"}, U, "wire.reset"),
    "reset after it was accepted": ({"fault": "reset", "accepted": True}, U, "wire.reset"),
    "end of stream, not accepted": ({"fault": "cut"}, U, "wire.reset"),
    "end of stream after it was accepted": ({"fault": "cut", "accepted": True}, U, "wire.reset"),
    "black hole, not accepted": ({"fault": "hang"}, U, "wire.read_timeout"),
    "black hole after it was accepted": ({"fault": "hang", "accepted": True}, U, "wire.read_timeout"),
    "half an answer": ({"fault": "half"}, U, "wire.half_answer"),
    "half an answer, not accepted": ({"fault": "half", "accepted": False}, U, "wire.half_answer"),
    "dripping answer": ({"fault": "drip", "interval": 0.3}, U, "wire.read_timeout"),
    "answer after the deadline": ({"fault": "late", "delay": 3}, U, "wire.read_timeout"),
    "late acceptance": ({"fault": "late", "accepted": "late", "delay": 2.5}, U, "wire.read_timeout"),
    "200 with HTML": ({"fault": "garbage"}, U, "wire.not_json"),
    "200 with HTML though accepted": ({"fault": "garbage", "accepted": True}, U, "wire.not_json"),
    "empty 200": (answer(), U, "wire.empty"),
    "no Code": (answer(body=json.dumps({"RequestId": "R-1", "BizId": "1^0"})), U, "wire.no_code"),
    "OK without BizId": (answer(body=json.dumps(OK), accepted=True), U, "wire.no_biz_id"),
    "OK without RequestId": (
        answer(body=json.dumps({"Code": "OK", "BizId": "1^0"}), accepted=True), U, "wire.no_request_id",
    ),
    "foreign answer": (answer(body='{"code": 0, "data": []}'), U, "wire.no_code"),
    "10 MiB answer": (answer(length=10 * 2**20), U, "wire.too_large"),
    "gzip bomb": (answer(body_base64=BOMB, headers={"Content-Encoding": "gzip"}), U, "wire.too_large"),
    **{
        str(status): (answer(status, headers={"Location": "http://127.0.0.1:1/"}), U, "wire.redirect")
        for status in (301, 302, 307, 308)
    },
    "408": (answer(408), U, "wire.http_4xx"),
    "429 with body": ({"fault": "refuse", "code": "Throttling.User", "status": 429}, R, "Throttling.User"),
    "429 without body": (answer(429), U, "wire.http_4xx"),
    "500": ({"fault": "error", "status": 500}, U, "InternalError"),
    "500 though accepted": ({"fault": "error", "status": 500, "accepted": True}, U, "InternalError"),
    "502": (answer(502, HTML), U, "wire.http_5xx"),
    "503": ({"fault": "error", "status": 503}, U, "ServiceUnavailable"),
    "503 though accepted": ({"fault": "error", "status": 503, "accepted": True}, U, "ServiceUnavailable"),
    "504": (answer(504), U, "wire.http_5xx"),
    "a code nobody knows": ({"fault": "refuse", "code": "Brand.NewCode"}, U, "Brand.NewCode"),
    "a new isv code": ({"fault": "refuse", "code": "isv.NO_SUCH_CODE_YET"}, R, "isv.NO_SUCH_CODE_YET"),
}  # fmt: skip
SHORT = {
    "ALISMS_CONCURRENCY": "8",
    "ALISMS_CONNECT_TIMEOUT": "1",
    "ALISMS_READ_TIMEOUT": "1.5",
    "ALISMS_LEASE_SECONDS": "30",
    "ALISMS_SETTLE_SCHEDULE": "0.5,2,3,4",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_is_what_it_proves_and_nobody_gets_it_twice(kind: str, scene: Scene, dose: Dose) -> None:
    """All at once: each strikes the second of three batches of a send of its own."""
    team = scene(kind, **SHORT)
    sends = {}
    for index, (name, (fault, _outcome, _code)) in enumerate(FAULTS.items()):
        team.sandbox.control(**fault, phone=factories.phone(10 * index + 1), operation="SendBatchSms")
        sends[name] = team.act("stage", batches=3, size=1, first=10 * index, again=True)
    for _worker in range(2):
        team.start_worker()
    finish(team, sends)

    for name, (_fault, outcome, code) in FAULTS.items():
        batches = team.batches(sends[name])
        assert [batch["status"] for batch in batches] == ["accepted"] * 3, name
        assert batches[1]["history"][0] == [outcome, code], name
        assert [len(batch["history"]) for batch in batches[::2]] == [1, 1], name
        assert not any("<" in batch["message"] or len(batch["message"]) > 200 for batch in batches), name
    assert team.violations() == []
    dose.tell(f"{kind}: {len(FAULTS)} network faults through the loop, each its class, 0 violations")


CONNECTING = {
    "refused": ((R, "local.connect_refused"),),
    "black hole": ((R, "local.connect_timeout"),),
    # Which of the two comes first is the kernel's to say.
    "reset at connect": ((R, "local.connect_failed"), (U, "wire.reset")),
    "reset in the middle of the request": ((U, "wire.reset"),),
    "bad certificate": ((R, "local.tls"),),
    "wrong host": ((R, "local.tls"),),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_does_not_come_about_pauses_the_send_and_nobody_gets_it_twice(
    kind: str,
    scene: Scene,
    authority: Any,  # noqa: F811
    trusted: Any,  # noqa: F811
) -> None:
    team = scene(kind, **SHORT)
    sends = {}
    with ExitStack() as stack:
        for index, name in enumerate(CONNECTING):
            sends[name] = team.act("stage", batches=12, size=1, first=20 * index, again=True)
            url = stack.enter_context(endpoint(name, authority, trusted))
            alisms = {"ENDPOINT": url, "CONCURRENCY": 12}
            if name == "wrong host":
                alisms["CA_BUNDLE"] = authority.bundle
            stack.callback(team.spawn("shell", "-c", SEND.format(pk=sends[name]), **alisms).kill)
        # Twelve on the wire at once may all be unknown before the third in a row stops the line: then none is left.
        team.until(lambda: all(one["status"] != "sending" for one in team.act("statuses").values()))
        assert team.requests() == 0
        for child in team.workers:
            assert child.wait() == 0, child.said()
    for name, allowed in CONNECTING.items():
        seen = {tuple(attempt) for batch in team.batches(sends[name]) for attempt in batch["history"]}
        assert seen, name
        assert seen <= set(allowed), (name, seen)
        found = team.act("statuses")[str(sends[name])]
        if found["status"] == "paused":
            assert found["reason"] in {
                "unknowns" if outcome == U else "unreachable" for outcome, _code in seen
            }, name
        else:
            assert found["batches"] == {"unknown": 12}, name
    # An accepted number for the look-ups to find, and then what a person does.
    sends["control"] = team.act("stage", batches=1, size=1, first=900, again=True)
    team.start_worker()
    finish(team, sends)
    assert team.violations() == []


SEND = """
from django_alisms.services import account
from django_alisms.services.actors import Actor
from django_alisms.services.sending import Sender
Sender(account.client(), Actor("operator"), only={pk}).run()
"""


@contextmanager
def endpoint(name: str, authority: Any, trusted: Any) -> Iterator[str]:  # noqa: F811
    """The URL of a server that does that to every connection."""
    if name == "refused":
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        return
    if name == "black hole":
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as fillers:
            # The queue of those not yet accepted is full: further attempts get no answer at all.
            for _filler in range(4):
                filler = fillers.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(listening.getsockname())
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        return
    behaviour, tls = {
        "reset at connect": (lambda peer: peer.reset(), None),
        "reset in the middle of the request": (lambda peer: (peer.head(), peer.read(10), peer.reset()), None),
        "bad certificate": (serve_all, trusted),
        "wrong host": (serve_all, authority.server("DNS:dysmsapi.aliyuncs.com")),
    }[name]
    with LoopbackServer(behaviour, tls) as server:
        yield server.url
        assert server.requests == []


def finish(team: Any, sends: dict[str, int]) -> None:
    """What people do, until everybody has it."""
    team.until(lambda: all([team.act("nurse", send=send) for send in sends.values()]))
