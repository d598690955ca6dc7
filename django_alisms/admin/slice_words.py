"""Slices of a send in words, and the list of those a person can choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import BatchSend, BatchStatus, Delivery
from ..services import slices, timeline
from ..services.slices import Kind, Slice
from ..templatetags.alisms import figure

SHOWN_CODES = 12

WORDS: dict[Kind, Any] = {
    Kind.ALL: _("everybody"),
    Kind.DELIVERED: Delivery.DELIVERED.label,
    Kind.UNDELIVERED: Delivery.UNDELIVERED.label,
    Kind.RETRIABLE: _("Undelivered, may be tried again"),
    Kind.WAITING: Delivery.WAITING.label,
    Kind.OVERDUE: _("Waiting for more than 24 hours"),
    Kind.REFUSED: BatchStatus.REFUSED.label,
    Kind.UNKNOWN: BatchStatus.UNKNOWN.label,
    Kind.ABSENT: BatchStatus.ABSENT.label,
    Kind.PENDING: BatchStatus.PENDING.label,
    Kind.SENDING: BatchStatus.SENDING.label,
    Kind.CANCELLED: BatchStatus.CANCELLED.label,
    Kind.LEFT_OUT: _("Left out"),
}

# What a person is likely to want first.
ORDER = (
    Kind.RETRIABLE,
    Kind.UNDELIVERED,
    Kind.WAITING,
    Kind.OVERDUE,
    Kind.REFUSED,
    Kind.UNKNOWN,
    Kind.ABSENT,
    Kind.CANCELLED,
    Kind.LEFT_OUT,
    Kind.PENDING,
    Kind.SENDING,
    Kind.DELIVERED,
    Kind.ALL,
)


@dataclass(frozen=True)
class Choice:
    """One line of the list: a slice that has somebody."""

    key: str
    word: str
    people: int

    @property
    def label(self) -> str:
        return f"{self.word} · {figure(self.people)}"


def in_words(key: str) -> str:
    """``undelivered:MOBILE_IN_BLACK`` → Undelivered, MOBILE_IN_BLACK; what is no slice as it is."""
    try:
        part = Slice.parse(key)
    except ValueError:
        return key or "?"
    word = str(WORDS[part.kind])
    return gettext("%(word)s, %(code)s") % {"word": word, "code": part.code} if part.code else word


def choices(batch_send: BatchSend) -> list[Choice]:
    """Every slice that has somebody, from counters."""
    undelivered = timeline.undelivered_by_code(batch_send)
    counts = slices.counts(batch_send, by_code=undelivered)
    found = []
    for kind in ORDER:
        if counts[kind]:
            found.append(Choice(str(kind), in_words(kind), counts[kind]))
        by_code = {}
        if kind == Kind.UNDELIVERED and counts[kind]:
            by_code = undelivered
        elif kind == Kind.REFUSED and counts[kind]:
            by_code = slices.refused_by_code(batch_send)
        for code, people in list(by_code.items())[:SHOWN_CODES]:
            key = Slice(kind, code).key
            found.append(Choice(key, in_words(key), people))
    return found
