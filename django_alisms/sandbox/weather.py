"""The weather: settings that last and faults that strike, changed through the control route.

**Settings**, until they are set again (or reset): see :class:`Settings` for names, units and defaults.

**Faults**: ``{"fault": KIND, …}`` strikes matching requests.

=============  =====================================================================================
kind           what the client sees
=============  =====================================================================================
``throttle``   Throttling.User (``code`` for another), ``retry_after`` milliseconds in the header
``refuse``     ``code`` and ``message``, in the envelope that belongs to the code
``error``      HTTP ``status`` (500) with InternalError or ServiceUnavailable
``cut``        the connection ends without an answer
``reset``      the connection is torn down (RST) without an answer
``hang``       nothing at all, the connection stays open
``half``       half of the answer, then the connection ends
``drip``       the answer, a byte each ``interval`` (1.0) seconds
``late``       the answer, after ``delay`` seconds
``garbage``    HTTP 200 with an HTML page
``answer``     HTTP ``status`` (200), ``headers``, and ``body`` (or ``body_base64``), filled with blanks up to
               ``length`` bytes
=============  =====================================================================================

``accepted`` says whether the message was accepted nevertheless: false, true, or ``"late"``: only after ``delay``
seconds, whatever the client has seen by then. Without it ``half``, ``drip`` and ``late`` are accepted, all others
are not. The answer that is halved, dripped or late is then ``OK``, or InternalError where nothing was accepted.

Which requests: ``requests`` N of them (1, where neither this nor ``seconds`` is given; ``null`` for no end), for
``seconds`` S, after letting ``skip`` K pass, only a ``share`` 0…1 of them by chance (``seed`` makes chance
repeatable), only those with one ``phone`` among their numbers, only of one ``operation`` (SendBatchSms and SendSms,
where it is not given; ``"*"`` for all).
The fault that was set first strikes first.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

SENDING = ("SendBatchSms", "SendSms")
KINDS = (
    "throttle refuse error cut reset hang half drip late garbage answer".split()  # noqa: SIM905
)


class Unusable(ValueError):
    """A control message that cannot be followed; its text says why."""


@dataclass
class Settings:
    """What lasts. Seconds where it is a time."""

    delay: float = 0.0
    """before each answer, after the message was accepted"""
    send_delay: float = 0.0
    """so much more before the answer to a request that sends"""
    details_delay: float = 0.0
    """until QuerySendDetails shows an accepted message"""
    details_empty: bool = False
    """QuerySendDetails counts rightly but shows an empty page, as has been seen"""
    receipts_delay: float = 0.0
    """until an accepted message is delivered, or not"""
    receipts_spread: float = 0.0
    """carriers take so much longer at most; most of them are among the quick ones"""
    balance: int | None = None
    """messages the account can still pay for; without end"""
    balance_partial: bool = False
    """money may run out inside a request: its first numbers are sent, the answer is a refusal"""
    requests_per_second: int | None = None
    """more send requests than this in one second are throttled"""
    clock_offset: float = 0.0
    """the service's clock is so much ahead"""
    push_receipts: str = ""
    """address on this machine that SmsReport is pushed to"""
    push_replies: str = ""
    """address on this machine that SmsUp is pushed to"""
    push_speed: float = 1.0
    """repeats come after 1, 5 and 10 minutes, divided by this"""
    push_size: int = 100
    """most items in one push"""
    push_timeout: float = 0.7
    """how long an answer to a push may take"""
    queue: bool = False
    """receipts and replies go into the account's queues"""
    queue_visibility: float = 30.0
    """until a message that was received and not deleted is seen again"""
    reports_lost: float = 0.0
    """share of receipts and replies that never leave"""
    reports_copies: int = 1
    """each leaves once to so many times"""
    reports_shuffled: bool = False
    """in any order"""
    reports_early: float = 0.0
    """share of receipts that are pushed before the answer to their request"""
    reports_seed: int | None = None
    """makes all this chance repeatable; read at the start and at a reset"""


@dataclass
class Fault:
    """One fault; the module's text says what each field means."""

    fault: str
    code: str = ""
    message: str = ""
    status: int | None = None
    retry_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_base64: str = ""
    length: int = 0
    interval: float = 1.0
    delay: float = 0.0
    accepted: bool | str | None = None
    requests: int | None = None
    seconds: float | None = None
    skip: int = 0
    share: float = 1.0
    seed: int | None = None
    operation: str = ""
    phone: str = ""
    struck: int = 0

    def __post_init__(self) -> None:
        self.until: float | None = None
        self._chance = random.Random(self.seed)  # noqa: S311

    @classmethod
    def from_message(cls, message: Mapping[str, Any], clock: Callable[[], float] = monotonic) -> Fault:
        """Build from a control message. Unusable where a word or a value is not understood."""
        known = {item.name: item for item in fields(cls) if item.name != "struck"}
        for name, value in message.items():
            if name not in known:
                raise Unusable(f"a fault has no {name!r}; it has {', '.join(known)}")
            if name not in ("accepted", "headers"):
                _checked(name, value, str(known[name].type))
        found = cls(**message)
        if found.fault not in KINDS:
            raise Unusable(f"there is no fault {found.fault!r}; there are {', '.join(KINDS)}")
        if found.accepted is None:
            found.accepted = found.fault in ("half", "drip", "late")
        if not (isinstance(found.accepted, bool) or found.accepted == "late"):
            raise Unusable('accepted is true, false or "late"')
        if not isinstance(found.headers, dict) or not all(
            isinstance(text, str) for pair in found.headers.items() for text in pair
        ):
            raise Unusable("headers is an object of texts")
        if found.fault == "refuse" and not found.code:
            raise Unusable('a "refuse" needs a code')
        if (found.fault == "late" or found.accepted == "late") and not found.delay:
            raise Unusable("late by how many seconds? Give a delay")
        try:
            base64.b64decode(found.body_base64, validate=True)
        except binascii.Error:
            raise Unusable("body_base64 is not base64") from None
        if found.requests is None and found.seconds is None and "requests" not in message:
            found.requests = 1
        if found.seconds is not None:
            found.until = clock() + found.seconds
        return found

    def matches(self, operation: str, phones: str = "") -> bool:
        """``phones``: the request's numbers, in whatever text they came."""
        if self.phone and self.phone not in phones:
            return False
        if self.operation:
            return self.operation in ("*", operation)
        return operation in SENDING

    def spent(self, now: float) -> bool:
        return (self.requests is not None and self.struck >= self.requests) or (
            self.until is not None and now >= self.until
        )

    def strikes(self) -> bool:
        """Whether the matching request at hand is struck; it counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.share < 1.0 and self._chance.random() >= self.share:
            return False
        self.struck += 1
        return True

    def content(self) -> bytes:
        """The body of an ``answer``."""
        text = base64.b64decode(self.body_base64) if self.body_base64 else self.body.encode()
        return text.ljust(self.length)


def usable(url: str) -> bool:
    """Whether it is an address of this machine: a sandbox reaches nobody else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        return loopback and parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return False


class Weather:
    """Settings and faults of now."""

    def __init__(self, settings: Settings | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._first = settings or Settings()
        self._clock = clock
        self.settings = Settings(**asdict(self._first))
        self.faults: list[Fault] = []

    def reset(self) -> None:
        """Back to what the command line said."""
        self.settings = Settings(**asdict(self._first))
        self.faults = []

    def change(self, message: Mapping[str, Any]) -> None:
        """Follow one control message. Unusable where it cannot be; nothing is changed then."""
        if "fault" in message:
            self.faults.append(Fault.from_message(message, self._clock))
            return
        known = {item.name: item for item in fields(Settings)}
        for name, value in message.items():
            if name not in known:
                raise Unusable(f"there is no setting {name!r}; there are {', '.join(known)}")
            _checked(name, value, str(known[name].type))
            if name.startswith("push_re") and value and not usable(value):
                raise Unusable(f"{name} must be an address of this machine, http://127.0.0.1:8000/…")
            if name == "push_speed" and not value:
                raise Unusable("push_speed is above 0")
        for name, value in message.items():
            setattr(self.settings, name, value)

    def strike(self, operation: str, phones: str = "") -> Fault | None:
        """The fault that strikes this request of an operation to these numbers; it counts as struck."""
        if not self.faults:
            return None
        now = self._clock()
        self.faults = [fault for fault in self.faults if not fault.spent(now)]
        for fault in self.faults:
            if fault.matches(operation, phones) and fault.strikes():
                return fault
        return None

    def report(self) -> dict[str, Any]:
        now = self._clock()
        return {
            "settings": asdict(self.settings),
            "faults": [
                {"fault": fault.fault, "code": fault.code, "requests": fault.requests, "struck": fault.struck}
                for fault in self.faults
                if not fault.spent(now)
            ],
        }


def _checked(name: str, value: Any, kind: str) -> None:
    """Unusable unless ``value`` fits a field annotated ``kind``."""
    if value is None and kind.endswith("| None"):
        return
    kind = kind.removesuffix(" | None")
    fits = {
        "bool": isinstance(value, bool),
        "str": isinstance(value, str),
        "int": isinstance(value, int) and not isinstance(value, bool) and value >= 0,
        "float": isinstance(value, int | float) and not isinstance(value, bool),
    }[kind]
    if kind == "float" and fits and name != "clock_offset":
        fits = 0 <= value < 1e9
    if not fits:
        raise Unusable(f"{name} cannot be {value!r}")
