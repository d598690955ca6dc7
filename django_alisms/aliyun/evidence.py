"""What is known of one exchange, and what an error in the middle of it proves.

TransportError      has a code of `codes` and a reason without numbers
├── NothingSent     no byte of the request left: it may be sent again
│   └── TurnPassed  because its time to leave had passed
└── AnswerLost      the first byte may have left, and nothing came that proves anything
"""

from __future__ import annotations

import http.client
import ssl
import time

from .. import failpoints


class TransportError(Exception):
    """An exchange without an answer."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class NothingSent(TransportError):
    """No byte of the request left this machine."""


class TurnPassed(NothingSent):
    """The caller did not let the request leave; its connection is as good as before."""

    def __init__(self) -> None:
        super().__init__("local.late")


class AnswerLost(TransportError):
    """The first byte may have left this machine, and no answer came that could be read."""


class Exchange:
    """What is known of one exchange while it runs: how far it came, and when it must end."""

    __slots__ = ("connect_by", "deadline", "read_timeout", "sent", "stage")

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self.connect_by = time.monotonic() + connect_timeout
        self.read_timeout = read_timeout
        self.deadline = 0.0  # set with the first byte
        self.sent = False
        self.stage = "build"

    def begin_sending(self) -> None:
        """Called before the first byte: from here on nothing is proof that it did not leave."""
        if not self.sent:
            failpoints.reach("wire.first_byte")
            self.deadline = time.monotonic() + self.read_timeout
            self.sent = True
            self.stage = "answer"

    @property
    def remaining(self) -> float:
        """Seconds to the deadline. Raises TimeoutError when there are none."""
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("The deadline has passed.")
        return remaining


def explained(error: Exception, exchange: Exchange, *, tunnelled: bool = False) -> TransportError:
    """The error's class by evidence (did the first byte leave?), its code by what went wrong at which stage."""
    if isinstance(error, TransportError):
        return error
    if exchange.sent:
        return AnswerLost(_after_the_first_byte(error, exchange.stage), _reason(error))
    return NothingSent(_before_the_first_byte(error, exchange.stage, tunnelled), _reason(error))


def _before_the_first_byte(error: Exception, stage: str, tunnelled: bool) -> str:
    if stage == "resolve":
        return "local.dns"
    if stage == "build" or not isinstance(error, OSError | http.client.HTTPException):
        return "local.build"
    if isinstance(error, TimeoutError):
        return "local.connect_timeout"
    if stage == "connect":
        return (
            "local.connect_refused" if isinstance(error, ConnectionRefusedError) else "local.connect_failed"
        )
    if tunnelled and not isinstance(error, ssl.SSLError):
        return "local.proxy"
    return "local.tls"


def _after_the_first_byte(error: Exception, stage: str) -> str:
    if isinstance(error, TimeoutError):
        return "wire.read_timeout"
    if isinstance(error, http.client.IncompleteRead) and stage == "body":
        return "wire.half_answer"
    if isinstance(error, OSError):  # http.client.RemoteDisconnected is one too
        return "wire.half_answer" if stage == "body" else "wire.reset"
    if isinstance(error, http.client.HTTPException | ValueError):
        return "wire.not_http"
    return "wire.error"


def _reason(error: Exception) -> str:
    """What the system says of it. Other errors may repeat what they were given, a header say: only their name."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or type(error).__name__
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return type(error).__name__
