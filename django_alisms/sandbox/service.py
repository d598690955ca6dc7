"""The service: its gateway, account, memory and weather, and the operations on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic, time
from typing import Any

from django_alisms.sandbox import answers, control
from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.catalogue import Catalogue
from django_alisms.sandbox.counts import Counts
from django_alisms.sandbox.exchange import Exchange
from django_alisms.sandbox.gateway import Call, Gateway
from django_alisms.sandbox.ledger import Ledger
from django_alisms.sandbox.messages import Accepted, Messages, Submission
from django_alisms.sandbox.operations import details, listing, sending, statistics
from django_alisms.sandbox.pushing import Pusher
from django_alisms.sandbox.queues import Queues
from django_alisms.sandbox.reports import Reports
from django_alisms.sandbox.server import Connection, Request
from django_alisms.sandbox.weather import Settings, Weather


class Service:
    """Answers requests; :meth:`handle` is what the server calls."""

    def __init__(
        self,
        gateway_of: Callable[[Callable[[], float]], Gateway],
        catalogue_of: Callable[[], Catalogue],
        weather: Weather,
        ledger: Ledger | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._gateway_of = gateway_of
        self._catalogue_of = catalogue_of
        self.weather = weather
        self._ledger = ledger
        self._log = log
        self._last_biz_id = 0
        self.connections_opened: Callable[[], int] = lambda: 0
        self.connections_open: Callable[[], int] = lambda: 0
        self.pusher = Pusher(self._settings)
        self.forget()

    def forget(self) -> None:
        """Empty the memory and calm the weather; the ledger's file stays as it is.

        What is under way is neither answered nor accepted any more.
        """
        self.weather.reset()
        self.gateway = self._gateway_of(self.clock)
        self.catalogue = self._catalogue_of()
        self.messages = Messages()
        self.extend_codes = sending.ExtendCodes()
        self.counts = Counts()
        self.outcomes: dict[str, str] = {}
        self.reports = Reports(self)
        self.pusher.forget()
        self.pusher = Pusher(self._settings)
        self.queues = Queues(self._settings, self.clock)

    def _settings(self) -> Settings:
        return self.weather.settings

    def outcome(self, accepted: Accepted, place: int) -> str:
        """ErrCode of a message's receipt: what the control route said of its number, or what the number itself says."""
        return self.outcomes.get(accepted.phones[place]) or accepted.outcome(place)

    def clock(self) -> float:
        return time() + self.weather.settings.clock_offset

    # one request

    def handle(self, request: Request, connection: Connection) -> None:
        if request.path.startswith("/_sandbox/"):
            status, body = control.answer(self, request, connection.peer)
            connection.answer(status, body, {"Content-Type": answers.JSON_TYPE})
            return
        if request.path.startswith("/queues/"):
            self.queues.handle(request, connection)
            return
        Exchange(self, request, connection).run()

    def operate(self, call: Call) -> dict[str, Any] | Submission:
        """What the operation answers: its fields, or what it would send. Refusal where it does not."""
        given = call.parameters
        match call.action:
            case "SendBatchSms":
                return sending.read_batch(given, self.catalogue, self.extend_codes)
            case "SendSms":
                return sending.read_single(given, self.catalogue, self.extend_codes)
            case "QuerySendDetails":
                return details.answer(given, self.messages, self.weather.settings, self.clock(), self.outcome)
            case "QuerySendStatistics":
                return statistics.answer(
                    given, self.messages, self.weather.settings, self.clock(), self.outcome
                )
            case "QuerySmsSignList":
                return listing.sign_list(given, self.catalogue)
            case "QuerySmsTemplateList":
                return listing.template_list(given, self.catalogue)
            case "GetSmsSign":
                return listing.sign(given, self.catalogue)
            case "GetSmsTemplate":
                return listing.template(given, self.catalogue)
            case "QueryTokenForMnsQueue":
                return self.queues.token(given)
        raise Refusal("InvalidAction.NotFound")

    def pay(self, submission: Submission) -> tuple[Submission | None, Refusal | None]:
        """Take the money: what can be sent of it, and the refusal where it was not enough."""
        settings = self.weather.settings
        if settings.balance is None:
            return submission, None
        if settings.balance >= len(submission.phones):
            settings.balance -= len(submission.phones)
            return submission, None
        refusal = Refusal("isv.AMOUNT_NOT_ENOUGH")
        if not settings.balance_partial or not settings.balance:
            return None, refusal
        part = submission.first(settings.balance)
        settings.balance = 0
        return part, refusal

    def accept(self, submission: Submission, done: Callable[[OSError | None], None]) -> None:
        """Take responsibility for a submission: number it, write it down, then ``done``."""
        submission.accepted_at = self.clock()
        self._last_biz_id = max(self._last_biz_id + 1, int(submission.accepted_at * 1000) * 1000)
        submission.biz_id = f"{self._last_biz_id}^0"
        messages = self.messages
        reports = self.reports

        def remember() -> None:
            accepted = Accepted(submission)
            messages.add(accepted)
            reports.accepted(accepted, lambda: done(None))

        if self._ledger is None:
            remember()
            return
        loop = asyncio.get_running_loop()

        def settled(error: OSError | None) -> None:
            loop.call_soon_threadsafe(written, error)

        def written(error: OSError | None) -> None:
            if error is None:
                remember()
            else:
                done(error)

        self._ledger.append(submission.entry(), settled)

    def too_fast(self) -> bool:
        """Count one send request in the running second; whether it is one too many."""
        limit = self.weather.settings.requests_per_second
        return self.counts.send_request(monotonic()) > (limit if limit is not None else float("inf"))

    def log(self, line: str) -> None:
        if self._log is not None:
            self._log(line)

    def report(self) -> dict[str, Any]:
        return {
            **self.counts.report(),
            "accepted_requests": self.messages.requests,
            "accepted_messages": self.messages.total,
            "connections_opened": self.connections_opened(),
            "connections_open": self.connections_open(),
            "pushing": self.pusher.report(),
            "queues": self.queues.report(),
            "reports_lost": self.reports.lost,
            **self.weather.report(),
        }
