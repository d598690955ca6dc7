"""The page of a send that has started: live while it moves, its result when it is over, and the acts on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ..models import Batch, BatchSend, BatchStatus, KeptReceipt, OptOut, PauseReason, SendStatus
from ..recipients.phone_numbers import masked, numbers_masked
from ..services import account, controlling, settling
from ..services.receipt_health import RECEIPTS_COME_WITHIN, health
from ..services.status import Counts, counts_of, handed_over, progress_of, sentence, worker_alive
from ..templatetags.alisms import beside, clock, figure, span
from . import batch_listing, history, states
from .acts import back, may, perform, send_or_404, shows_full_numbers
from .picture import picture
from .rest_pages import kin

SHOWN_EVENTS = 20
SHOWN_REPLIES = 10
# Milliseconds between two looks of the live page: while it sends, and while only receipts come in.
SENDING_WAIT, RECEIPTS_WAIT = 2000, 5000


class OutcomePages:
    """For BatchSendAdmin: everything after the start."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "django_alisms_batchsend"
        return [
            path("<int:pk>/progress/", view(self.progress_view), name=f"{name}_progress"),
            path("<int:pk>/pause/", view(self.pause_view), name=f"{name}_pause"),
            path("<int:pk>/resume/", view(self.resume_view), name=f"{name}_resume"),
            path("<int:pk>/cancel/", view(self.cancel_view), name=f"{name}_cancel"),
            path("<int:pk>/resend-refused/", view(self.resend_refused_view), name=f"{name}_resend_refused"),
            path("<int:pk>/resend-absent/", view(self.resend_absent_view), name=f"{name}_resend_absent"),
            path("<int:pk>/look-up/<int:number>/", view(self.look_up_view), name=f"{name}_look_up"),
            *super().get_urls(),
        ]

    # -- what is seen ------------------------------------------------------------------------------------------

    def outcome_page(self, request: HttpRequest, batch_send: BatchSend) -> TemplateResponse:
        figures = figures_of(batch_send)
        counts: Counts = figures["counts"]
        asked = batch_listing.listing(
            batch_send, state=request.GET.get("state", ""), after=request.GET.get("after", "")
        )
        settled = batch_send.is_over or batch_send.status == SendStatus.PAUSED
        closed = batch_send.status == SendStatus.CANCELLED or batch_send.is_purged
        may_send = may(request, "send_batchsend") and not closed
        context = {
            **self.page_context(request, batch_send),
            "title": batch_send.title,
            "tools": True,
            "under_title": _under_title(batch_send),
            "look": states.SENDS[batch_send.status],
            **figures,
            **picture(batch_send, counts, people_url=people_url(request, batch_send)),
            **self.rest_context(request, batch_send),
            **kin(batch_send),
            **replies(request, batch_send),
            "receipts": receipts_line(batch_send, counts),
            "say_mark": "unknown"
            if batch_send.is_over and figures["tone"] == "doubt"
            else states.SENDS[batch_send.status].mark,
            "is_live": not batch_send.is_over,
            "follows": follows(batch_send, counts),
            "step": 5 if batch_send.is_over else 4,
            "states": [
                {"look": look, "people": getattr(counts, key), "batches": counts.batches.get(key)}
                for key, look in states.PEOPLE.items()
                if getattr(counts, key)
                or (not batch_send.is_over and key in ("accepted", "pending", "sending"))
            ],
            "answers": batch_listing.last_answers(batch_send),
            "shows_batches": settled,
            "listing": asked,
            "tabs": batch_listing.tabs(batch_send, counts.batches, asked.state),
            "batches_total": sum(counts.batches.values()),
            "history": [
                {"at": event.at, "words": history.in_words(event)}
                for event in batch_send.events.all()[:SHOWN_EVENTS]
            ],
            "took": (batch_send.finished_at - batch_send.started_at).total_seconds()
            if batch_send.finished_at and batch_send.started_at
            else None,
            "cost": batch_send.price_per_part * batch_send.parts_total if batch_send.price_per_part else None,
            "resendable": Batch.objects.filter(
                batch_send=batch_send,
                status=BatchStatus.REFUSED,
                needs_look_up=False,
                followed_by__isnull=True,
            ).count()
            if counts.refused
            else 0,
            "next_look_up": Batch.objects.filter(
                batch_send=batch_send, next_look_up_at__isnull=False
            ).aggregate(first=Min("next_look_up_at"))["first"]
            if counts.unknown or counts.refused
            else None,
            "contradictions": KeptReceipt.objects.filter(batch__batch_send=batch_send).count(),
            "may_send": may_send,
            "may_look_up": may(request, "send_batchsend") and not batch_send.is_purged,
            "may_resend_absent": may(request, "resend_absent") and not closed,
            "may_see_recipients": may(request, "view_recipient"),
            "may_see_batches": may(request, "view_batch"),
        }
        return TemplateResponse(request, "admin/django_alisms/batchsend/outcome.html", context)

    @method_decorator(require_GET)
    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The live page's figures, ready to be written into it."""
        batch_send = send_or_404(request, pk)
        figures = figures_of(batch_send)
        counts: Counts = figures["counts"]
        shown = {key: figure(getattr(counts, key)) for key in states.PEOPLE}
        shown |= {f"batches-{key}": figure(counts.batches.get(key, 0)) for key in BatchStatus.values}
        shown |= {
            "percent": figures["percent"],
            "done": figure(counts.done),
            "rate": figures["rate"],
            "left": figures["left"],
            "running": figures["running"],
            "updated": figures["updated"],
            "sentence": figures["sentence"],
            "receipts": receipts_line(batch_send, counts),
        }
        response = JsonResponse(
            {
                "version": figures["version"],
                "over": batch_send.is_over,
                "follows": follows(batch_send, counts),
                "wait": RECEIPTS_WAIT if batch_send.is_over else SENDING_WAIT,
                "picture": render_to_string(
                    "admin/django_alisms/includes/picture.html",
                    picture(batch_send, counts, people_url=people_url(request, batch_send)),
                    request,
                ),
                "slices": [
                    {"key": choice.key, "label": choice.label}
                    for choice in self.rest_context(request, batch_send)["slices"]
                ],
                "figures": shown,
                "words": figures["words"],
                "bar": [
                    {
                        "x": part.x_percent,
                        "width": part.width_percent,
                        "paint": part.look.paint,
                        "pattern": part.look.pattern,
                    }
                    for part in figures["segments"]
                ],
                "answers": [
                    {
                        "time": clock(row["batch"].answered_at),
                        "number": row["batch"].number,
                        "people": row["batch"].to_send,
                        "mark": row["look"].mark,
                        "tone": row["look"].tone,
                        "word": str(row["look"].word),
                        "code": row["batch"].code,
                        "meaning": row["meaning"],
                    }
                    for row in batch_listing.last_answers(batch_send)
                ],
            }
        )
        response["Cache-Control"] = "no-store"
        return response

    # -- what is done ------------------------------------------------------------------------------------------

    @method_decorator(require_POST)
    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch_send = send_or_404(request, pk, "send_batchsend")
        reason = request.POST.get("reason", "").strip()
        perform(
            request,
            lambda actor: controlling.pause(batch_send, actor=actor, reason=reason),
            lambda _done: _("Paused. What is on the wire is finished; nothing new goes out."),
        )
        return HttpResponseRedirect(self.change_url(batch_send))

    @method_decorator(require_POST)
    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch_send = send_or_404(request, pk, "send_batchsend")
        perform(
            request,
            lambda actor: controlling.resume(batch_send, actor=actor),
            lambda _done: _("It goes on: one batch alone first, the others when it is accepted."),
        )
        return HttpResponseRedirect(self.change_url(batch_send))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks, POST cancels what is not sent."""
        batch_send = send_or_404(request, pk, "send_batchsend")
        if request.method == "POST":
            perform(
                request,
                lambda actor: controlling.cancel(
                    batch_send, actor=actor, reason=request.POST.get("reason", "").strip()
                ),
                lambda people: (
                    ngettext(
                        "Cancelled: %(count)s person will get nothing from this send.",
                        "Cancelled: %(count)s people will get nothing from this send.",
                        people,
                    )
                    % {"count": f"{people:,}"}
                ),
            )
            return HttpResponseRedirect(self.change_url(batch_send))
        if batch_send.is_over:
            return HttpResponseRedirect(self.change_url(batch_send))
        return TemplateResponse(
            request,
            "admin/django_alisms/batchsend/cancel.html",
            {
                **self.page_context(request, batch_send),
                "title": _("Cancel what is not sent"),
                "crumb": _("Cancel what is not sent"),
                "under_title": batch_send.title,
                "counts": counts_of([batch_send.pk])[batch_send.pk],
            },
        )

    @method_decorator(require_POST)
    def resend_refused_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch_send = send_or_404(request, pk, "send_batchsend")
        return self._resend(
            request,
            batch_send,
            lambda actor, numbers, reason: controlling.resend_refused(
                batch_send, actor=actor, reason=reason, numbers=numbers
            ),
        )

    @method_decorator(require_POST)
    def resend_absent_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch_send = send_or_404(request, pk, "resend_absent")
        return self._resend(
            request,
            batch_send,
            lambda actor, numbers, reason: controlling.resend_absent(
                batch_send, actor=actor, reason=reason, numbers=numbers
            ),
        )

    def _resend(self, request: HttpRequest, batch_send: BatchSend, resend: Any) -> HttpResponse:
        number = request.POST.get("number", "")
        numbers = [int(number)] if number.isascii() and number.isdigit() and len(number) < 10 else None
        if number and numbers is None:
            messages.error(request, _("There is no such batch. Nothing was changed."))
        elif batch_send.status == SendStatus.CANCELLED:
            messages.error(
                request, _("This send was cancelled; its batches are not sent again. Nothing was changed.")
            )
        else:
            perform(
                request,
                lambda actor: resend(actor, numbers, request.POST.get("reason", "").strip()),
                lambda count: (
                    ngettext(
                        "%(count)d batch goes again, with a new OutId.",
                        "%(count)d batches go again, each with a new OutId.",
                        count,
                    )
                    % {"count": count}
                ),
            )
        return HttpResponseRedirect(self.change_url(batch_send))

    @method_decorator(require_POST)
    def look_up_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """One round of look-ups for one batch, now."""
        batch_send = send_or_404(request, pk, "send_batchsend")
        batch = get_object_or_404(Batch, batch_send=batch_send, number=number)
        perform(
            request,
            lambda actor: settling.settle_batch(account.client(), batch, actor),
            lambda done: _looked_up(batch, done),
        )
        return back(request, self.change_url(batch_send) + "#batches")


def figures_of(batch_send: BatchSend) -> dict[str, Any]:
    """What the live page and its JSON show."""
    counts = counts_of([batch_send.pk])[batch_send.pk]
    alive = worker_alive()
    moves = alive or handed_over(batch_send)
    progress = progress_of(batch_send, counts)
    parts = states.segments(counts.as_dict())
    total = counts.recipients
    ended = batch_send.finished_at or timezone.now()
    return {
        "counts": counts,
        "segments": parts,
        "words": states.in_words(parts),
        "sentence": sentence(batch_send, counts=counts, alive=alive),
        "tone": tone_of(batch_send, counts, moves),
        "percent": f"{100 * counts.done / total:.1f}%" if total else "—",
        "rate": "—" if progress.rate is None else f"{progress.rate:,.0f}",
        "left": "—" if progress.seconds_left is None else span(progress.seconds_left),
        "running": span((ended - batch_send.started_at).total_seconds()) if batch_send.started_at else "—",
        "updated": clock(timezone.now()),
        "alive": alive,
        # The page is loaded anew when this changes: other buttons, another sentence's colour. Once it is over a
        # person may be typing there, and whether a worker is alive changes nothing.
        "version": f"{batch_send.status}-{batch_send.reason}"
        + ("" if batch_send.is_over else "-up" if moves else "-down"),
    }


def follows(batch_send: BatchSend, counts: Counts) -> bool:
    """Whether the page asks for news: while it sends, and then while receipts may still come."""
    if not batch_send.is_over:
        return True
    if not counts.waiting or batch_send.active_at is None:
        return False
    return timezone.now() - batch_send.active_at < RECEIPTS_COME_WITHIN


def receipts_line(batch_send: BatchSend, counts: Counts) -> str:
    """How the receipts of this send are doing; empty before anything is accepted, and once none can come."""
    return health(batch_send).sentence() if counts.accepted and follows(batch_send, counts) else ""


def tone_of(batch_send: BatchSend, counts: Counts, alive: bool) -> str:
    """The colour of the sentence: go, ok, doubt, bad or quiet."""
    match batch_send.status:
        case SendStatus.SENDING:
            return "go" if alive or counts.sending else "bad"
        case SendStatus.PAUSED:
            return "doubt" if batch_send.reason in (PauseReason.PERSON, PauseReason.LATE) else "bad"
        case SendStatus.FINISHED:
            return "doubt" if counts.unknown or counts.refused or counts.absent else "ok"
    return "quiet"


def people_url(request: HttpRequest, batch_send: BatchSend) -> str:
    """The list of the send's people, for those who may see it; a part of them is asked for by ``&part=``."""
    if not may(request, "view_recipient"):
        return ""
    return (
        f"{reverse('admin:django_alisms_recipient_changelist')}?batch__batch_send__id__exact={batch_send.pk}"
    )


def replies(request: HttpRequest, batch_send: BatchSend) -> dict[str, Any]:
    """What people wrote back to this send, the newest first, for those who may see replies."""
    if not may(request, "view_reply"):
        return {"replies": []}
    found = list(batch_send.replies.order_by("-pk")[: SHOWN_REPLIES + 1])
    full = shows_full_numbers(request, batch_send.pk)
    out = set(OptOut.objects.filter(phone__in=[one.phone for one in found]).values_list("phone", flat=True))
    return {
        "replies": [
            {
                "reply": one,
                "number": one.phone if full else masked(one.phone),
                "content": one.content if full else numbers_masked(one.content),
                "opted_out": one.phone in out,
            }
            for one in found[:SHOWN_REPLIES]
        ],
        "more_replies": len(found) > SHOWN_REPLIES,
    }


def _under_title(batch_send: BatchSend) -> str:
    said = [batch_send.template.name, batch_send.sign_name.name]
    if batch_send.started_at:
        said.append(
            _("started %(when)s by %(who)s")
            % {"when": clock(batch_send.started_at), "who": beside(batch_send.started_by)}
        )
    if batch_send.finished_at:
        said.append(_("ended %(when)s") % {"when": clock(batch_send.finished_at)})
    return " · ".join(said)


def _looked_up(batch: Batch, done: Any) -> str:
    if done.accepted:
        return _("Batch %(number)d was found: Alibaba Cloud has it.") % {"number": batch.number}
    if done.absent:
        return _("Batch %(number)d was looked for by the whole rule and not found: absent.") % {
            "number": batch.number
        }
    return _("Batch %(number)d was not found yet; it is looked up again by itself.") % {
        "number": batch.number
    }
