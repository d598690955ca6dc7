"""How a state looks: its mark (a shape), its word and its tone, and the bar that shows where everybody is.

No colour carries a meaning alone: a state has a shape and a word beside it, a segment of a bar a pattern and a
figure. A part that is not zero is never drawn as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..models import AuditStatus, BatchStatus, CarrierRegistration, Delivery, SendStatus
from ..services.before_start import CHOICE, PASSED, STOP, WARNING

SMALLEST_SHARE = 0.9


@dataclass(frozen=True)
class Look:
    """``mark`` names a symbol of includes/marks.html; ``tone`` a colour; ``paint`` the fill of its segment."""

    key: str
    mark: str
    tone: str
    word: Any
    paint: str = ""
    pattern: str = ""
    meaning: Any = ""


SENDS: Mapping[str, Look] = {
    look.key: look
    for look in (
        Look(SendStatus.DRAFT, "draft", "quiet", SendStatus.DRAFT.label),
        Look(SendStatus.SENDING, "sending", "go", SendStatus.SENDING.label),
        Look(SendStatus.PAUSED, "paused", "doubt", SendStatus.PAUSED.label),
        Look(SendStatus.FINISHED, "finished", "ok", SendStatus.FINISHED.label),
        Look(SendStatus.CANCELLED, "cancelled", "quiet", SendStatus.CANCELLED.label),
        Look(SendStatus.DELETING, "cancelled", "quiet", SendStatus.DELETING.label),
    )
}

PEOPLE: Mapping[str, Look] = {
    look.key: look
    for look in (
        Look(
            BatchStatus.ACCEPTED,
            "accepted",
            "go",
            BatchStatus.ACCEPTED.label,
            paint="go",
            meaning=_("taken by Alibaba Cloud"),
        ),
        Look(
            BatchStatus.UNKNOWN,
            "unknown",
            "doubt",
            BatchStatus.UNKNOWN.label,
            pattern="doubt",
            meaning=_("may have received it, or not; being looked up, never sent again by itself"),
        ),
        Look(
            BatchStatus.REFUSED,
            "refused",
            "bad",
            BatchStatus.REFUSED.label,
            paint="bad",
            meaning=_("the answer says why; a person decides"),
        ),
        Look(
            BatchStatus.ABSENT,
            "absent",
            "miss",
            BatchStatus.ABSENT.label,
            pattern="absent",
            meaning=_("looked for and not found as sent; a person decides"),
        ),
        Look(
            BatchStatus.SENDING,
            "sending",
            "go",
            BatchStatus.SENDING.label,
            paint="wait",
            meaning=_("on the wire, waiting for the answer"),
        ),
        Look(
            BatchStatus.PENDING,
            "pending",
            "quiet",
            BatchStatus.PENDING.label,
            paint="idle",
            meaning=_("not sent yet"),
        ),
        Look(
            BatchStatus.CANCELLED,
            "cancelled",
            "quiet",
            BatchStatus.CANCELLED.label,
            pattern="left",
            meaning=_("cancelled before they were sent; they get nothing"),
        ),
        Look(
            "left_out",
            "leftout",
            "quiet",
            _("Left out"),
            pattern="left",
            meaning=_("taken out before the send; they get nothing"),
        ),
    )
}

RECEIPTS: Mapping[str, Look] = {
    look.key: look
    for look in (
        Look(Delivery.DELIVERED, "delivered", "ok", Delivery.DELIVERED.label, paint="ok"),
        Look(Delivery.UNDELIVERED, "undelivered", "miss", Delivery.UNDELIVERED.label, pattern="miss"),
        Look(Delivery.WAITING, "waiting", "quiet", Delivery.WAITING.label, paint="wait"),
    )
}

REVIEWS: Mapping[str, Look] = {
    look.key: look
    for look in (
        Look(AuditStatus.APPROVED, "passed", "ok", AuditStatus.APPROVED.label),
        Look(AuditStatus.REVIEWING, "waiting", "doubt", AuditStatus.REVIEWING.label),
        Look(AuditStatus.REJECTED, "refused", "bad", AuditStatus.REJECTED.label),
        Look(AuditStatus.WITHDRAWN, "cancelled", "quiet", AuditStatus.WITHDRAWN.label),
        Look(AuditStatus.UNRECOGNISED, "unknown", "doubt", AuditStatus.UNRECOGNISED.label),
    )
}

CHECKS: Mapping[str, Look] = {
    look.key: look
    for look in (
        Look(STOP, "stop", "bad", _("Stop")),
        Look(CHOICE, "unknown", "doubt", _("Choose")),
        Look(WARNING, "warn", "doubt", _("Warning")),
        Look(PASSED, "passed", "ok", _("Passed")),
    )
}

CARRIERS = {"mobile": _("Mobile"), "unicom": _("Unicom"), "telecom": _("Telecom")}


@dataclass(frozen=True)
class Segment:
    """A part of a bar; ``x`` and ``width`` in per cent of the whole."""

    look: Look
    count: int
    x: float
    width: float

    @property
    def x_percent(self) -> str:
        return f"{self.x:.2f}%"

    @property
    def width_percent(self) -> str:
        return f"{self.width:.2f}%"

    @property
    def share(self) -> str:
        return f"{self.width:.1f}%"


def segments(counts: Mapping[str, int], looks: Mapping[str, Look] = PEOPLE) -> list[Segment]:
    """The segments of a bar in the order of ``looks``; parts that are zero are not there."""
    parts = [(look, counts[key]) for key, look in looks.items() if counts.get(key)]
    total = sum(count for _look, count in parts)
    if not total:
        return []
    widths = [max(SMALLEST_SHARE, 100 * count / total) for _look, count in parts]
    scale = 100 / sum(widths)
    placed, x = [], 0.0
    for (look, count), width in zip(parts, widths, strict=True):
        placed.append(Segment(look, count, x, width * scale))
        x += width * scale
    return placed


def in_words(parts: Iterable[Segment]) -> str:
    """The bar for those who do not see it."""
    return "; ".join(f"{part.look.word} {part.count:,}" for part in parts)


def carriers(registration: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each carrier the account says something about, with its mark and, unless registered, its state."""
    shown = []
    for carrier, state in registration.items():
        done = state == CarrierRegistration.REGISTERED
        labels = dict(CarrierRegistration.choices)
        shown.append(
            {
                "name": CARRIERS.get(carrier, carrier),
                "mark": "finished" if done else "waiting",
                "tone": "ok" if done else "doubt",
                "state": "" if done else labels.get(state, state),
            }
        )
    return shown
