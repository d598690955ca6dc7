"""The picture of a send: its receipts as a bar, over time and by reason, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ..aliyun.codes import explain_undelivered
from ..models import BatchSend
from ..services import timeline
from ..services.receipt_health import percent
from ..services.status import Counts, language
from ..templatetags.alisms import figure, span
from . import charts, states

SHOWN_REASONS = 12
TABLE_ROWS = 12

# key of a line: what it counts.
LINES = {"go": "accepted", "ok": "delivered", "miss": "undelivered"}


@dataclass(frozen=True)
class Reason:
    """Why people were not delivered to; ``width`` in per cent of the most frequent reason."""

    code: str
    meaning: str
    advice: str
    people: int
    width: str
    for_good: bool


def picture(batch_send: BatchSend, counts: Counts, *, people_url: str = "") -> dict[str, Any]:
    """The context of includes/picture.html; without a chart while nothing is accepted.

    ``people_url``: the list of its people, to which figures lead; empty for those who may not see it.
    """
    parts = states.segments(
        {"delivered": counts.delivered, "undelivered": counts.undelivered, "waiting": counts.waiting},
        states.RECEIPTS,
    )
    shown, others = reasons(batch_send)
    return {
        "batch_send": batch_send,
        "counts": counts,
        "people_url": people_url,
        "receipt_bar": parts,
        "receipt_words": states.in_words(parts),
        "delivered_share": percent(counts.delivered, counts.accepted),
        "undelivered_share": percent(counts.undelivered, counts.accepted),
        "waiting_share": percent(counts.waiting, counts.accepted),
        "chart": chart(batch_send),
        "costs": cost_lines(batch_send, counts),
        "reasons": shown,
        "other_reasons": others,
    }


def chart(batch_send: BatchSend) -> dict[str, Any] | None:
    """Lines, words and a table of the same; None while there is nothing to draw."""
    found = timeline.timeline(batch_send)
    if found is None or not found.accepted:
        return None
    end = charts.horizon(found.last_accepted, [*found.delivered, *found.undelivered], found.elapsed)
    series = {
        key: charts.cumulative(
            getattr(found, name), end, known_to=0.0 if key == "go" else timeline.MINUTE_SECONDS
        )
        for key, name in LINES.items()
        if key == "go" or getattr(found, name)
    }
    drawn = charts.line_chart(series, timezone.localtime(found.start), end)
    words = {"go": _("accepted"), "ok": _("delivered"), "miss": _("undelivered")}
    late = sum(count for at, count in [*found.delivered, *found.undelivered] if at > end)
    half = found.half_delivered_after
    return {
        "drawn": drawn,
        "labels": [
            {"line": line, "word": words[line.key], "people": figure(line.value)} for line in drawn.lines
        ],
        "description": _("People over time, from %(start)s on, over %(span)s: %(lines)s.")
        % {
            "start": f"{timezone.localtime(found.start):%Y-%m-%d %H:%M:%S}",
            "span": span(end),
            "lines": _(", ").join(f"{words[line.key]} {figure(line.value)}" for line in drawn.lines),
        },
        "half": span(half) if half is not None else "",
        "late": late,
        "table": table(series, found, end),
    }


def table(
    series: dict[str, list[charts.Point]], found: timeline.Timeline, end: float
) -> list[dict[str, Any]]:
    """The chart in figures: so many times evenly over it, each with the sums up to then."""
    rows = []
    for step in range(1, TABLE_ROWS + 1):
        at = end * step / TABLE_ROWS
        sums = {LINES[key]: _at(points, at) for key, points in series.items()}
        accepted = sums.get("accepted", 0)
        seen = sums.get("delivered", 0) + sums.get("undelivered", 0)
        rows.append(
            {
                "at": timezone.localtime(found.start + timedelta(seconds=at)),
                "accepted": accepted,
                "delivered": sums.get("delivered", 0),
                "undelivered": sums.get("undelivered", 0),
                "waiting": max(accepted - seen, 0),
            }
        )
    return rows


def _at(points: list[charts.Point], at: float) -> int:
    return max((value for when, value in points if when <= at + 1e-6), default=0)


def reasons(batch_send: BatchSend) -> tuple[list[Reason], int]:
    """The most frequent reasons, and the people of all others."""
    by_code = timeline.undelivered_by_code(batch_send)
    most = max(by_code.values(), default=1)
    shown = []
    for code, people in list(by_code.items())[:SHOWN_REASONS]:
        row = explain_undelivered(code)
        shown.append(
            Reason(
                code=code,
                meaning=row.meaning(language()),
                advice=row.advice(language()),
                people=people,
                width=f"{max(100 * people / most, states.SMALLEST_SHARE):.1f}%",
                for_good=row.bad_for_good,
            )
        )
    return shown, sum(by_code.values()) - sum(reason.people for reason in shown)


def cost_lines(batch_send: BatchSend, counts: Counts) -> dict[str, Any]:
    """From the estimate to what the receipts confirm, one line each; lines of nothing are left out."""
    found = timeline.cost(batch_send, counts)

    def line(word: str, parts: int) -> dict[str, Any]:
        sign = "−" if parts < 0 else "+"
        yuan = found.yuan(abs(parts))
        return {
            "word": word,
            "parts": f"{sign}{abs(parts):,}",
            "yuan": "" if yuan is None else f"{sign}{yuan:,.2f}",
        }

    left = _("Waiting for receipt") if counts.waiting else _("Counted otherwise by Alibaba Cloud")
    lines = [
        line(word, parts)
        for word, parts in (
            (_("Not accepted"), found.not_accepted),
            (_("Undelivered, not charged"), found.not_delivered),
            (left, found.open),
        )
        if parts
    ]
    return {
        "estimated": found.estimated,
        "estimated_yuan": found.yuan(found.estimated),
        "lines": lines,
        "confirmed": found.confirmed,
        "confirmed_yuan": found.yuan(found.confirmed),
        "priced": found.price is not None,
    }
