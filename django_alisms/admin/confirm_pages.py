"""The confirm page: GET shows what exactly happens, POST starts it, once."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ..conf import conf
from ..models import BatchSend, Recipient
from ..recipients.phone_numbers import masked
from ..services import before_start, opted_out_count, previewing, starting
from ..services.actors import Actor
from ..services.importing import reporting
from ..services.refusals import AlreadyStarted, NotAllowed, NotPossible
from ..services.sentences import together
from . import states
from .acts import back, may, send_or_404, show_full_numbers, shows_full_numbers

# Above this many people the count has to be typed.
TYPED_ABOVE = 1_000

_SEPARATORS = re.compile(r"[\s,.'’_،、·]")


def typed_number(text: str) -> int | None:
    """What a person typed as a count: full-width digits and separators of thousands are understood."""
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


class ConfirmPages:
    """For BatchSendAdmin: confirming one send, and an overview where several were picked."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/confirm/", view(self.confirm_view), name="django_alisms_batchsend_confirm"),
            path("<int:pk>/numbers/", view(self.numbers_view), name="django_alisms_batchsend_numbers"),
            *super().get_urls(),
        ]

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch_send = send_or_404(request, pk, "send_batchsend")
        if request.method == "POST":
            return self._confirm(request, batch_send)
        if not batch_send.is_draft:
            return HttpResponseRedirect(self.change_url(batch_send))
        return self._confirm_page(request, batch_send)

    def numbers_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Full numbers of this send for this session; POST, because the history keeps who asked."""
        batch_send = send_or_404(request, pk, "view_full_number")
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        show_full_numbers(request, batch_send)
        return back(request, self.change_url(batch_send))

    def _confirm(self, request: HttpRequest, batch_send: BatchSend) -> HttpResponse:
        again = request.POST.get("again") == "1"
        opted_out = opted_out_count.count_in(batch_send) if batch_send.is_draft else None
        people = previewing.estimate(batch_send, opted_out).people
        mistakes = (
            self._mistakes(request, batch_send, people, opted_out, again=again)
            if opted_out is not None
            else {}
        )
        if mistakes:
            for sentence in mistakes.values():
                messages.error(request, sentence)
            return self._confirm_page(request, batch_send, again=again, mistakes=mistakes)
        try:
            revision = int(request.POST.get("revision", ""))
        except ValueError:
            revision = -1
        try:
            starting.start(batch_send, actor=Actor.of(request.user), revision=revision, again=again)
        except NotAllowed as refused:
            raise PermissionDenied from refused
        except AlreadyStarted as before:
            messages.info(request, str(before))
        except NotPossible as refused:
            messages.error(request, str(refused))
            batch_send.refresh_from_db()
            return self._confirm_page(request, batch_send, again=again)
        else:
            messages.success(
                request, _("Started: %(count)s people. This page follows it.") % {"count": f"{people:,}"}
            )
        return HttpResponseRedirect(self.change_url(batch_send))

    def _mistakes(
        self,
        request: HttpRequest,
        batch_send: BatchSend,
        people: int,
        opted_out: opted_out_count.OptedOut,
        *,
        again: bool,
    ) -> dict[str, str]:
        """All that is wrong with the form, by its field: said at once, and each marked where it stands."""
        found: dict[str, str] = {}
        # Who has opted out since the page was shown is left out of what was confirmed; nobody comes in unseen.
        shown = typed_number(request.POST.get("people", str(people)))
        if shown is None or shown < people:
            found["people"] = _(
                "There are %(count)d people now, more than the page showed. Nothing was sent; look at it again and "
                "confirm anew."
            ) % {"count": people}
        elif shown > TYPED_ABOVE and typed_number(request.POST.get("count", "")) != shown:
            found["count"] = _("Type the number of people, %(count)d, to confirm. Nothing was sent.") % {
                "count": people
            }
        choices = [
            check
            for check in before_start.checks(batch_send, again=again, opted_out=opted_out)
            if check.level == before_start.CHOICE
        ]
        if choices:
            found["again"] = together(*(part for check in choices for part in (check.sentence, check.advice)))
        return found

    def _confirm_page(
        self,
        request: HttpRequest,
        batch_send: BatchSend,
        *,
        again: bool = False,
        mistakes: dict[str, str] | None = None,
    ) -> TemplateResponse:
        opted_out = opted_out_count.count_in(batch_send)
        checks = before_start.checks(batch_send, opted_out=opted_out)
        against = [check for check in checks if check.level == before_start.STOP]
        choices = [check for check in checks if check.level == before_start.CHOICE]
        warnings = [check for check in checks if check.level == before_start.WARNING]
        estimate = previewing.estimate(batch_send, opted_out)
        message, note, current = preview(request.GET, batch_send)
        full = shows_full_numbers(request, batch_send.pk)
        return TemplateResponse(
            request,
            "admin/django_alisms/batchsend/confirm.html",
            {
                **self.page_context(request, batch_send),
                "title": _("Confirm and send"),
                "crumb": _("Confirm and send"),
                "under_title": batch_send.title,
                "estimate": estimate,
                "not_imported": reporting.not_imported(batch_send),
                "calls_a_second": conf.MAX_REQUESTS_PER_SECOND,
                "message": message,
                "preview_note": note,
                "current": current,
                "phone": (message.recipient.phone if full else masked(message.recipient.phone))
                if message
                else "",
                "full_numbers": full,
                "may_show_numbers": may(request, "view_full_number") and not full,
                "checks": [
                    {"check": check, "look": states.CHECKS[check.level]}
                    for check in checks
                    if check.level != before_start.PASSED
                ],
                "passed": [check for check in checks if check.level == before_start.PASSED],
                "passed_look": states.CHECKS[before_start.PASSED],
                "stops": len(against),
                "choices": len(choices),
                "warnings": len(warnings),
                "again": again,
                "mistakes": mistakes or {},
                "typed": request.POST.get("count", "")[:20],
                "must_type": estimate.people > TYPED_ABOVE,
                "typed_above": TYPED_ABOVE,
                "may_see_recipients": may(request, "view_recipient"),
            },
        )

    # -- the action ------------------------------------------------------------------------------------------

    def has_send_permission(self, request: HttpRequest) -> bool:
        return may(request, "send_batchsend")

    def send_selected(self, request: HttpRequest, queryset: QuerySet[BatchSend]) -> HttpResponse | None:
        """One: its confirm page. Several: an overview, from which each is confirmed by itself."""
        chosen = list(queryset.select_related("sign_name", "template").order_by("pk")[:100])
        if len(chosen) == 1:
            return HttpResponseRedirect(reverse("admin:django_alisms_batchsend_confirm", args=[chosen[0].pk]))
        rows = []
        for batch_send in chosen:
            checks = before_start.checks(batch_send) if batch_send.is_draft else []
            rows.append(
                {
                    "send": batch_send,
                    "look": states.SENDS[batch_send.status],
                    "estimate": previewing.estimate(batch_send),
                    "against": [
                        check for check in checks if check.level in (before_start.STOP, before_start.CHOICE)
                    ],
                }
            )
        return TemplateResponse(
            request,
            "admin/django_alisms/batchsend/overview.html",
            {
                **self.page_context(request, None),
                "title": _("Send several"),
                "crumb": _("Send several"),
                "rows": rows,
            },
        )


def preview(asked: QueryDict, batch_send: BatchSend) -> tuple[previewing.Message | None, str, str]:
    """The message the reader asked for, a remark where there is none, and which tab that is."""
    show = asked.get("show", "first")
    if show in ("next", "previous"):
        at = _recipient(batch_send, asked.get("at", ""))
        if at is not None:
            found = previewing.neighbour(batch_send, at, 1 if show == "next" else -1)
            remark = _("That was the last one.") if show == "next" else _("That was the first one.")
            return (found, "", "") if found else (previewing.message_for(batch_send, at), remark, "")
    if show == "longest":
        return previewing.longest(batch_send), "", "longest"
    if show == "random":
        return previewing.anyone(batch_send), "", "random"
    if show == "row":
        row = typed_number(asked.get("row", ""))
        found = previewing.at_row(batch_send, row) if row is not None and row < 2**31 else None
        if found is not None:
            return found, "", "row"
        return (
            previewing.first(batch_send),
            _("No recipient comes from that row; this is the first one."),
            "first",
        )
    return previewing.first(batch_send), "", "first"


def _recipient(batch_send: BatchSend, pk: str) -> Recipient | None:
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return Recipient.objects.of(batch_send.pk).filter(pk=int(pk)).select_related("batch").first()
