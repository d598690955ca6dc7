"""One request on its way through gateway, weather, operation and ledger, and how its answer is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django_alisms.sandbox import answers, numbers
from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.gateway import Call
from django_alisms.sandbox.messages import Submission
from django_alisms.sandbox.server import Connection, Request
from django_alisms.sandbox.weather import SENDING, Fault

if TYPE_CHECKING:
    from django_alisms.sandbox.service import Service

OPERATIONS = (
    *SENDING,
    "QuerySendDetails",
    "QuerySmsSignList",
    "QuerySmsTemplateList",
    "GetSmsSign",
    "GetSmsTemplate",
    "QueryTokenForMnsQueue",
)

GARBAGE = b"<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>"


class Exchange:
    """One request and the answer it gets, however the weather delivers it."""

    def __init__(self, service: Service, request: Request, connection: Connection) -> None:
        self.service = service
        self.request = request
        self.connection = connection
        self.identity = answers.request_id()
        self.action = "unknown"
        self.size = 0
        self.call: Call | None = None
        self.fault: Fault | None = None
        self.counts = service.counts

    def run(self) -> None:
        service = self.service
        self.counts.begin()
        named = service.gateway.action_of(self.request)
        if named in OPERATIONS:
            self.action = named
        try:
            if named in SENDING and service.too_fast():
                raise Refusal("Throttling.User")
            self.call = call = service.gateway.admit(self.request)
            self.fault = service.weather.strike(call.action, _phones(call))
            found = service.operate(call)
        except Refusal as refusal:
            # A fault of the line or the gateway is there however wrong the request is.
            if self.fault is not None and not self.fault.accepted:
                self._deliver(self._without_acceptance(self.fault))
            else:
                self._deliver(refusal)
            return
        if isinstance(found, Submission):
            self._send(found)
        elif self.fault is not None and not self.fault.accepted:
            self._deliver(self._without_acceptance(self.fault))
        else:
            self._deliver(found)

    def _send(self, submission: Submission) -> None:
        self.size = len(submission.phones)
        if self.fault is None:
            striking = numbers.striking(submission.phones)
            if striking is not None:
                self.fault = Fault.from_message(numbers.REQUESTS[striking])
        fault = self.fault
        if fault is not None and not fault.accepted:
            self._deliver(self._without_acceptance(fault))
            return
        paid, refusal = self.service.pay(submission)
        if paid is None:
            assert refusal is not None
            self._deliver(refusal)
            return

        def accepted(error: OSError | None) -> None:
            if error is not None:
                self._deliver(Refusal("InternalError"))
            else:
                self._deliver(refusal or {"BizId": paid.biz_id})

        if fault is not None and fault.accepted == "late":
            if fault.fault == "late":
                self._later(fault.delay, partial(self.service.accept, paid, accepted))
                return
            self._later(fault.delay, partial(self.service.accept, paid, lambda _: None))
            self._deliver(Refusal("InternalError"))
            return
        self.service.accept(paid, accepted)

    def _without_acceptance(self, fault: Fault) -> Refusal:
        """What a fault that strikes before acceptance has to say, where it says anything."""
        if fault.fault == "throttle":
            return Refusal(fault.code or "Throttling.User", fault.message)
        if fault.fault == "refuse":
            return Refusal(fault.code, fault.message, fault.status)
        return Refusal("InternalError")

    def _deliver(self, outcome: Refusal | dict[str, Any]) -> None:
        """Put the outcome into an envelope and send it by way of the fault, if there is one."""
        fault = self.fault
        host = self.request.headers.get("host", "")
        code = outcome.code if isinstance(outcome, Refusal) else "OK"
        if isinstance(outcome, Refusal):
            status, body = outcome.status, answers.refusal_body(self.identity, outcome, host)
        else:
            status, body = 200, answers.envelope(self.identity, "OK", "OK", **outcome)
        headers = answers.headers_of(self.identity)
        if fault is not None:
            if fault.fault in ("refuse", "throttle") and fault.accepted:
                refusal = self._without_acceptance(fault)
                code, status = refusal.code, refusal.status
                body = answers.refusal_body(self.identity, refusal, host)
            elif fault.fault == "error":
                status = fault.status or 500
                code = "ServiceUnavailable" if status == 503 else "InternalError"
                refusal = Refusal(code, fault.message, status)
                body = answers.refusal_body(self.identity, refusal, host)
            elif fault.fault == "garbage":
                code, status, body, headers = "garbage", 200, GARBAGE, {"Content-Type": "text/html"}
            elif fault.fault == "answer":
                code, status, body = "answer", fault.status or 200, fault.content()
            elif fault.fault in ("cut", "reset", "hang"):
                code = fault.fault
            if fault.retry_after is not None:
                headers = {**headers, "x-acs-retry-after": str(fault.retry_after)}
            headers = {**headers, **fault.headers}
        settings = self.service.weather.settings
        delay = settings.delay + (settings.send_delay if self.action in SENDING else 0.0)
        if fault is not None and fault.fault == "late" and fault.accepted != "late":
            delay = fault.delay
        self._later(delay, partial(self._deliver_now, code, status, body, headers))

    def _deliver_now(self, code: str, status: int, body: bytes, headers: dict[str, str]) -> None:
        fault, connection = self.fault, self.connection
        self.counts.end(self.action, code)
        self.service.log(f"{self.action} {code}" + (f" {self.size} numbers" if self.size else ""))
        kind = fault.fault if fault is not None else ""
        if (
            fault is not None
            and kind in ("cut", "reset", "hang")
            and not fault.accepted
            and self.call is not None
        ):
            self.service.gateway.forget(self.call)
        if kind == "cut":
            connection.cut()
        elif kind == "reset":
            connection.reset()
        elif kind == "hang":
            pass
        elif kind == "half":
            connection.answer_half(status, body, headers)
        elif fault is not None and kind == "drip":
            connection.answer_slowly(status, body, headers, fault.interval)
        else:
            connection.answer(status, body, headers)

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._unless_forgotten, act)
        else:
            act()

    def _unless_forgotten(self, act: Callable[[], None]) -> None:
        if self.counts is self.service.counts:
            act()
        else:
            self.connection.cut()


def _phones(call: Call) -> str:
    """The numbers of a request, in the text they came in."""
    return " ".join(
        call.parameters.get(name, "") for name in ("PhoneNumberJson", "PhoneNumbers", "PhoneNumber")
    )
