"""The overview: whether receipts come in, and what became of everything sent in the last days."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ..aliyun.codes import explain_undelivered
from ..services import account, statistics
from ..services.overview import PERIODS, Age, Named, Overview, Tally, overview
from ..services.receipt_health import age, percent
from ..services.status import language
from ..templatetags.alisms import figure
from . import charts, states
from .acts import may, perform, require

USUAL_PERIOD = 14
# The parts of a column from below: the name of the figure, and how it is drawn.
PARTS = ("delivered", "waiting", "undelivered", "not_accepted")


class OverviewPages:
    """For BatchSendAdmin: one page over all sends."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("overview/", view(self.overview_view), name="django_alisms_batchsend_overview"),
            path("overview/compare/", view(self.compare_view), name="django_alisms_batchsend_compare"),
            *super().get_urls(),
        ]

    @method_decorator(require_GET)
    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """Read from counters; the period is one of a few."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._overview(request, _period(request.GET.get("days", "")))

    @method_decorator(transaction.non_atomic_requests)
    @method_decorator(require_POST)
    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """The overview with Alibaba Cloud's own figures beside ours: asked for now, outside any transaction."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        require(request, "add_batchsend")
        days = _period(request.POST.get("days", ""))
        compared: list[statistics.Comparison] = []

        def ask(actor: Any) -> None:
            client = account.client()
            try:
                compared.append(statistics.compare(client, days, actor=actor))
            finally:
                client.close()

        perform(request, ask, lambda _done: _("Alibaba Cloud's own figures stand below."))
        return self._overview(request, days, compared[0] if compared else None)

    def _overview(
        self, request: HttpRequest, days: int, compared: statistics.Comparison | None = None
    ) -> HttpResponse:
        found = overview(days)
        return TemplateResponse(
            request,
            "admin/django_alisms/overview.html",
            {
                **self.page_context(request, None),
                "title": _("Overview and receipts"),
                "crumb": _("Overview and receipts"),
                "days": days,
                "periods": PERIODS,
                "may_compare": may(request, "add_batchsend"),
                "compared": compared,
                "compared_rows": [*compared.days, compared.total] if compared else [],
                "compared_days": min(days, statistics.MOST_DAYS),
                "health": found.health,
                "warning": found.health.warning(),
                "pushed": _since(found, found.health.pushed_at),
                "queue_read": _since(found, found.health.queue_read_at),
                "polled": _since(found, found.health.polled_at),
                "missing_share": percent(found.health.missing, found.health.accepted),
                "oldest": _since(found, found.health.oldest_missing),
                "chart": _chart(found),
                "legend": _legend(found.total),
                "total": found.total,
                "ages": _ages(found.ages),
                "missing": sum(one.people for one in found.ages),
                "tables": [
                    {"heading": _("By template"), "column": _("Template"), "rows": _rows(found.templates)},
                    {"heading": _("By sign name"), "column": _("Sign name"), "rows": _rows(found.sign_names)},
                ],
            },
        )


def _period(asked: str) -> int:
    """One of a few, whatever was asked for."""
    return int(asked) if asked in map(str, PERIODS) else USUAL_PERIOD


def _since(found: Overview, moment: Any) -> str:
    return age(found.health.now - moment) if moment else ""


def looks() -> dict[str, states.Look]:
    """How the parts of a column look."""
    refused = states.PEOPLE["refused"]
    return {
        "delivered": states.RECEIPTS["delivered"],
        "waiting": states.RECEIPTS["waiting"],
        "undelivered": states.RECEIPTS["undelivered"],
        "not_accepted": states.Look("not_accepted", refused.mark, "bad", _("Not accepted"), paint="bad"),
    }


def _values(tally: Tally) -> dict[str, int]:
    return {part: getattr(tally, part) for part in PARTS}


def _legend(total: Tally) -> list[dict[str, Any]]:
    values = _values(total)
    whole = sum(values.values())
    return [
        {"look": look, "people": values[part], "share": percent(values[part], whole)}
        for part, look in looks().items()
    ]


def _chart(found: Overview) -> dict[str, Any]:
    drawn = charts.column_chart([(f"{day:%m-%d}", _values(tally)) for day, tally in found.days], PARTS)
    shown = looks()
    return {
        "drawn": drawn,
        "columns": [
            {
                "column": column,
                "blocks": [{"block": block, "look": shown[block.key]} for block in column.blocks],
                "words": _(", ").join(
                    f"{look.word} {figure(column.values[part])}" for part, look in shown.items()
                ),
            }
            for column in drawn.columns
        ],
        "table": [
            {"day": day, "tally": tally, "share": percent(tally.delivered, tally.accepted)}
            for day, tally in reversed(found.days)
            if tally.sends
        ],
    }


def _ages(ages: list[Age]) -> list[dict[str, Any]]:
    words = (
        _("up to 10 minutes"),
        _("10 to 60 minutes"),
        _("1 to 24 hours"),
        _("1 to 3 days"),
        _("more than 3 days"),
    )
    remarks = ("", "", "", "", _("the carrier will hardly say any more"))
    most = max((one.people for one in ages), default=0)
    return [
        {
            "word": word,
            "people": one.people,
            "width": f"{max(100 * one.people / most, states.SMALLEST_SHARE) if one.people else 0:.1f}%",
            "remark": remark if one.people else "",
        }
        for one, word, remark in zip(ages, words, remarks, strict=True)
    ]


def _rows(found: list[Named]) -> list[dict[str, Any]]:
    rows = []
    for one in found:
        tally = one.tally
        code = tally.top_reason
        rows.append(
            {
                "name": one.name if one.pk is not None else _("All others"),
                "tally": tally,
                "share": percent(tally.delivered, tally.accepted),
                "width": f"{100 * tally.delivered / tally.accepted if tally.accepted else 0:.1f}%",
                "code": code,
                "reason": explain_undelivered(code).meaning(language()) if code else "",
            }
        )
    return rows
