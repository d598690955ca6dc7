"""Recipients: masked numbers, found by an exact number, taken out of a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..aliyun.codes import Code, explain, explain_undelivered
from ..models import BatchSend, LeftOut, Recipient
from ..recipients.phone_numbers import GoodPhone, judge_phone, masked, numbers_masked
from ..services import exporting, slices
from ..services.status import language
from ..templatetags.alisms import clock, seen
from . import states
from .acts import may, shows_full_numbers
from .batches import ReadOnly
from .filters import PER_PAGE, OfSendByBatch, PartOfSend
from .paginators import COUNTED, WindowPaginator


@admin.register(Recipient)
class RecipientAdmin(ReadOnly, admin.ModelAdmin):
    change_list_template = "admin/django_alisms/recipients.html"
    change_form_template = "admin/django_alisms/plain_page.html"
    list_display = ("row", "number", "said", "parts", "state", "send", "take_out")
    list_filter = (OfSendByBatch, PartOfSend)
    list_select_related = ("batch__batch_send",)
    search_fields = ("phone",)
    search_help_text = _("A whole phone number")
    ordering = ("id",)
    sortable_by = ()
    actions = None
    paginator = WindowPaginator
    list_per_page = PER_PAGE
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "send",
        "batch",
        "row",
        "number",
        "said",
        "parts",
        "state",
        "reported",
        "billed_parts",
        "advice",
    )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The filter's own parameter has one relation more than the stock rule allows for."""
        return lookup == OfSendByBatch.parameter_name or super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecipientList

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> WindowPaginator:
        """How many people a part of a send has stands in counters; only what a search finds is counted."""
        paginator = super().get_paginator(request, *args, **kwargs)
        people = people_of(request)
        if people is not None:
            paginator.count = min(people, COUNTED)
        paginator.skipped = getattr(request, "alisms_skipped", 0)
        return paginator

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Of one send as its file has them; of all as they were stored, which needs no sorting of millions."""
        return ("batch__number", "id") if getattr(request, "alisms_skipped", None) is not None else ("id",)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Recipient | None:
        found = super().get_object(request, object_id, from_field)
        return None if found is None else dress(request, found)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """An exact number, written in any way the import understands: the index finds it among millions."""
        term = search_term.strip()
        if not term:
            return queryset, False
        judged = judge_phone(term)
        return queryset.filter(phone=judged.number if isinstance(judged, GoodPhone) else term[:20]), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        wanted = request.GET.get("batch__batch_send__id__exact", "")
        batch_send = None
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
            batch_send = BatchSend.objects.filter(pk=int(wanted)).first()
        may_show = (
            batch_send is not None
            and may(request, "view_full_number")
            and not shows_full_numbers(request, batch_send.pk)
        )
        return super().changelist_view(
            request, {"of_send": batch_send, "may_show_numbers": may_show, **(extra_context or {})}
        )

    @admin.display(description=_("phone number"))
    def number(self, recipient: Recipient) -> str:
        return recipient.shown_number

    @admin.display(description=_("variables"))
    def said(self, recipient: Recipient) -> str:
        return seen(recipient.shown_values)

    @admin.display(description=_("send"))
    def send(self, recipient: Recipient) -> str:
        return recipient.batch.batch_send.title

    @admin.display(description=_("status"))
    def state(self, recipient: Recipient) -> str:
        part = slices.part_of(recipient.left_out, recipient.delivery, recipient.batch.status)
        look = states.RECEIPTS.get(part) or states.PEOPLE[part]
        return render_to_string(
            "admin/django_alisms/includes/state_why.html", {"look": look, "why": why(recipient, part)}
        )

    @admin.display(description=_("reported"))
    def reported(self, recipient: Recipient) -> str:
        return clock(recipient.reported_at)

    @admin.display(description=_("advice"))
    def advice(self, recipient: Recipient) -> str:
        part = slices.part_of(recipient.left_out, recipient.delivery, recipient.batch.status)
        code = code_of(recipient, part)
        return explained(code, part).advice(language()) if code else "—"

    @admin.display(description="")
    def take_out(self, recipient: Recipient) -> str:
        """A button of the list's own form: it posts its token to the page that takes this person out."""
        if not recipient.may_be_taken_out:
            return ""
        return format_html(
            '<button type="submit" class="button al-btn2 al-sm" formmethod="post" formaction="{}">{}</button>',
            reverse("admin:django_alisms_batchsend_take_out", args=[recipient.pk]),
            _("Take out"),
        )


def people_of(request: HttpRequest) -> int | None:
    """How many people the list has, where the asked send's counters say it; None where somebody must count."""
    wanted = request.GET.get(OfSendByBatch.parameter_name, "")
    if request.GET.get("q") or not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return None
    batch_send = BatchSend.objects.filter(pk=int(wanted)).first()
    if batch_send is None:
        return None
    try:
        part = slices.Slice.parse(request.GET.get(PartOfSend.parameter_name) or slices.Kind.ALL)
    except ValueError:
        return 0
    return exporting.how_many(batch_send, part)


def code_of(recipient: Recipient, part: str) -> str:
    """The code that says why: the carrier's, or Alibaba Cloud's of the batch; empty where there is nothing to say."""
    if part == slices.Kind.UNDELIVERED:
        return recipient.receipt_code
    if part in (slices.Kind.REFUSED, slices.Kind.UNKNOWN, slices.Kind.ABSENT):
        return recipient.batch.code
    return ""


def why(recipient: Recipient, part: str) -> str:
    """A few words under the state: the explanation with its code, or when it arrived."""
    if part == slices.Kind.LEFT_OUT:
        return str(dict(LeftOut.choices).get(recipient.left_out, ""))
    if part == slices.Kind.DELIVERED:
        return clock(recipient.reported_at)
    code = code_of(recipient, part)
    return f"{explained(code, part).meaning(language())} {code}" if code else ""


def explained(code: str, part: str) -> Code:
    return explain_undelivered(code) if part == slices.Kind.UNDELIVERED else explain(code)


class RecipientList(ChangeList):
    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str]:
        """Whatever an address asks for: to sort a million people is no page's work."""
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = [dress(request, recipient) for recipient in self.result_list]


def dress(request: HttpRequest, recipient: Recipient) -> Recipient:
    """Put on the row what this user may see of it and do with it."""
    batch_send = recipient.batch.batch_send
    full = shows_full_numbers(request, batch_send.pk)
    recipient.shown_number = recipient.phone if full else masked(recipient.phone)
    values = " · ".join(str(value) for value in recipient.values.values()) or "—"
    recipient.shown_values = values if full else numbers_masked(values)
    recipient.may_be_taken_out = (
        batch_send.is_draft and not recipient.left_out and may(request, "import_recipients")
    )
    return recipient
