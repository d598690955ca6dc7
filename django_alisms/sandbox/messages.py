"""What was accepted: one :class:`Submission` for each accepted request, found again by number and day."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zlib import crc32

from django_alisms.sandbox import numbers
from django_alisms.sandbox.catalogue import Template

BEIJING = timezone(timedelta(hours=8))

WAITING, FAILED, DELIVERED = 1, 2, 3
"""SendStatus of QuerySendDetails."""

# Emoji, and the symbols that Alibaba Cloud's page of template rules names among the unsupported ones.
_UNSUPPORTED = re.compile(
    "[\U00010000-\U0010ffff\u2600-\u27bf\u2190-\u21ff\u2460-\u24ff【】〖〗『』「」²•★※™]"
)


@dataclass(slots=True)
class Submission:
    """One request that the service would take.

    ``phones``, ``sign_names`` and ``values`` go side by side. ``bad`` holds the numbers among ``phones`` that are none.
    ``biz_id`` and ``accepted_at`` (seconds since 1970) are set on acceptance.
    """

    template: Template
    out_id: str
    phones: list[str]
    sign_names: Sequence[str]
    values: Sequence[dict[str, str]]
    bad: frozenset[str] = frozenset()
    biz_id: str = ""
    accepted_at: float = 0.0

    def first(self, count: int) -> Submission:
        """The same for the first ``count`` numbers only."""
        return replace(
            self,
            phones=self.phones[:count],
            sign_names=self.sign_names[:count],
            values=self.values[:count],
        )

    def entry(self) -> dict[str, Any]:
        """The ledger's line."""
        return {
            "time": datetime.fromtimestamp(self.accepted_at, UTC).isoformat(timespec="microseconds"),
            "out_id": self.out_id,
            "biz_id": self.biz_id,
            "template": self.template.code,
            "numbers": self.phones,
            "sign_names": self.sign_names,
            "params": self.values,
            "texts": list(map(self.template.rendered, self.sign_names, self.values)),
        }


class Accepted:
    """What is remembered of an accepted submission: little, because there may be ten thousand of them."""

    __slots__ = ("_content", "accepted_at", "bad", "biz_id", "out_id", "phones", "template_code")

    def __init__(self, submission: Submission) -> None:
        self.template_code = submission.template.code
        self.out_id = submission.out_id
        self.biz_id = submission.biz_id
        self.accepted_at = submission.accepted_at
        self.phones = submission.phones
        self.bad = submission.bad
        # As texts of one kind or another a hundred sets of values take 40 KB, as JSON 5.
        self._content: tuple[Template | None, bytes] = (
            submission.template,
            json.dumps([submission.sign_names, submission.values], separators=(",", ":")).encode(),
        )

    @classmethod
    def from_entry(cls, entry: dict[str, Any]) -> Accepted:
        """From a line of the ledger. KeyError or ValueError where it is none."""
        found = cls.__new__(cls)
        found.template_code = entry["template"]
        found.out_id = entry["out_id"]
        found.biz_id = entry["biz_id"]
        found.accepted_at = datetime.fromisoformat(entry["time"]).timestamp()
        found.phones = entry["numbers"]
        found.bad = frozenset(phone for phone in entry["numbers"] if numbers.mainland(phone) is None)
        # The account may have another template by now; the texts stay those that were accepted.
        found._content = (None, json.dumps([entry["sign_names"], entry["texts"]]).encode())
        return found

    def text(self, place: int) -> str:
        """The message to the number at ``place``, as a phone shows it."""
        return self._text(place)[1]

    def sign_name(self) -> str:
        """Of its first message."""
        names: list[str] = json.loads(self._content[1])[0]
        return names[0]

    def outcome(self, place: int) -> str:
        """ErrCode of its receipt; :data:`numbers.NEVER` where none comes."""
        phone = self.phones[place]
        if phone in self.bad:
            return "isv.MOBILE_NUMBER_ILLEGAL"
        asked = numbers.receipt_of(phone)
        sign_name, text = self._text(place)
        if asked == numbers.DELIVERED and _UNSUPPORTED.search(text, len(sign_name) + 2):
            return "isv.UNSUPPORTED_CONTENT"
        return asked

    def reported_at(self, place: int, delay: float, spread: float) -> float:
        """When its carrier reports, in seconds since 1970: a number takes as long whoever asks."""
        if not spread:
            return self.accepted_at + delay
        chance = crc32(f"{self.biz_id} {self.phones[place]}".encode()) / 2**32
        return self.accepted_at + delay + spread * chance * chance

    def _text(self, place: int) -> tuple[str, str]:
        template, packed = self._content
        sign_names, content = json.loads(packed)
        if template is None:
            return sign_names[place], content[place]
        return sign_names[place], template.rendered(sign_names[place], content[place])


class Messages:
    """Everything accepted since the start, the reset, or the ledger's first line."""

    def __init__(self) -> None:
        self.requests = 0
        self.total = 0
        self.accepted: list[Accepted] = []
        # Mostly a number is written to once; then the accepted stands alone, which for a million numbers saves
        # a list each.
        self._by_phone: dict[str, Accepted | list[Accepted]] = {}

    def add(self, accepted: Accepted) -> None:
        self.requests += 1
        self.accepted.append(accepted)
        self.total += len(accepted.phones)
        by_phone = self._by_phone
        for phone in accepted.phones:
            before = by_phone.setdefault(phone, accepted)
            if before is accepted:
                continue
            if isinstance(before, Accepted):
                by_phone[phone] = [before, accepted]
            elif before[-1] is not accepted:
                before.append(accepted)

    def of(self, phone: str, day: str, biz_id: str, shown_until: float) -> list[tuple[Accepted, int]]:
        """Messages to ``phone`` on ``day`` (``yyyyMMdd``, Beijing time), the newest first.

        Only those accepted before ``shown_until``, and with ``biz_id`` where one is given.
        """
        found = self._by_phone.get(phone, [])
        return [
            (accepted, place)
            for accepted in reversed([found] if isinstance(found, Accepted) else found)
            if accepted.accepted_at <= shown_until
            and (not biz_id or accepted.biz_id == biz_id)
            and beijing(accepted.accepted_at).strftime("%Y%m%d") == day
            for place, number in enumerate(accepted.phones)
            if number == phone
        ]


def beijing(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, BEIJING)
