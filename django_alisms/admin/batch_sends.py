"""The list of sends, and the one admin class whose pages stand in the modules beside this one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import Batch, BatchSend, PauseReason, SendStatus
from ..services.status import Counts, counts_of, handed_over, worker_alive
from ..templatetags.alisms import beside, figure, moment
from . import states
from .confirm_pages import ConfirmPages
from .draft_pages import DraftPages
from .filters import Creator, NeedsAttention
from .import_pages import ImportPages
from .outcome_pages import OutcomePages
from .overview_pages import OverviewPages
from .rest_pages import RestPages


class SendList(ChangeList):
    """Counts the people of the shown sends in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = counts_of([batch_send.pk for batch_send in self.result_list])
        moving = any(batch_send.status == SendStatus.SENDING for batch_send in self.result_list)
        alive = worker_alive() if moving else True
        for batch_send in self.result_list:
            batch_send.counts = counts[batch_send.pk]
            batch_send.alive = alive or handed_over(batch_send)


@admin.register(BatchSend)
class BatchSendAdmin(
    ImportPages, DraftPages, ConfirmPages, OutcomePages, RestPages, OverviewPages, admin.ModelAdmin
):
    # import-export puts the name of the list it found here; ours extends the stock one.
    ie_base_change_list_template = "admin/change_list.html"
    change_list_template = "admin/django_alisms/batchsend/list.html"
    list_display = ("summary", "people", "outcome", "state", "when")
    list_display_links = None
    list_select_related = ("template", "sign_name", "created_by")
    list_filter = ("status", NeedsAttention, ("sign_name", admin.RelatedOnlyFieldListFilter), Creator)
    list_per_page = 50
    search_fields = ("title", "template__code")
    search_help_text = gettext_lazy("Title, template code or BizId")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("send_selected",)

    # -- the list ----------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SendList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        legend = [{"look": look} for key, look in states.PEOPLE.items() if key != "left_out"]
        return super().changelist_view(request, {"al_legend": legend, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By title and template code as usual, and by a whole BizId."""
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        if term:
            by_biz_id = Batch.objects.filter(biz_id=term[:64]).values("batch_send")
            found = found | queryset.filter(pk__in=by_biz_id)
        return found, may_have_duplicates

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """No deleting in bulk: a started send stays, a draft is deleted on its own page.

        Django 6.1 passes the place where the actions are shown; 5.2 passes nothing.
        """
        place = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **place)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=gettext_lazy("Send selected…"), permissions=["send"])
    def send_selected(self, request: HttpRequest, queryset: QuerySet) -> Any:
        return ConfirmPages.send_selected(self, request, queryset)

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def summary(self, batch_send: BatchSend) -> str:
        return format_html(
            '<a class="al-title" href="{}">{}</a><span class="al-quiet">{} · {}</span>',
            self.change_url(batch_send),
            batch_send.title,
            batch_send.template.name,
            batch_send.sign_name.name,
        )

    @admin.display(description=gettext_lazy("recipients"), ordering="recipients_total")
    def people(self, batch_send: BatchSend) -> str:
        return format_html(
            '{}<span class="al-unit"> {}</span>', figure(batch_send.recipients_total), _("people")
        )

    @admin.display(description=gettext_lazy("outcome (people)"))
    def outcome(self, batch_send: BatchSend) -> str:
        parts = states.segments(batch_send.counts.as_dict())
        if not parts:
            return "—"
        return render_to_string(
            "admin/django_alisms/includes/outcome.html", {"parts": parts, "words": states.in_words(parts)}
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, batch_send: BatchSend) -> str:
        return render_to_string(
            "admin/django_alisms/includes/state_why.html",
            {
                "look": states.SENDS[batch_send.status],
                "why": why(batch_send, batch_send.counts, batch_send.alive),
            },
        )

    @admin.display(description=gettext_lazy("time · who"), ordering="id")
    def when(self, batch_send: BatchSend) -> str:
        who = batch_send.started_by
        if not who and batch_send.created_by:
            who = batch_send.created_by.get_full_name() or batch_send.created_by.get_username()
        return format_html(
            '{}<span class="al-quiet">{}</span>', moment(batch_send.started_at or batch_send.created_at), who
        )

    # -- what the pages share ------------------------------------------------------------------------------------

    def change_url(self, batch_send: BatchSend) -> str:
        return reverse("admin:django_alisms_batchsend_change", args=[batch_send.pk])

    def page_context(self, request: HttpRequest, batch_send: BatchSend | None) -> dict[str, Any]:
        """What every page of a send needs of the admin's frame."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": batch_send,
            "batch_send": batch_send,
            "has_view_permission": self.has_view_permission(request, batch_send),
            "has_change_permission": self.has_change_permission(request, batch_send),
            "add": False,
            "change": batch_send is not None,
            "is_popup": False,
            "media": self.media,
        }


def why(batch_send: BatchSend, counts: Counts, alive: bool) -> str:
    """A few words under the state in the list: why it stands where it stands, or what is left to do."""
    match batch_send.status:
        case SendStatus.DRAFT:
            if batch_send.open_imports:
                return _("a file is being read or has a question")
            return "" if batch_send.recipients_total else _("no list uploaded")
        case SendStatus.DELETING:
            return _("%(count)s people still to go") % {"count": figure(counts.recipients)}
        case SendStatus.SENDING:
            return "" if alive or counts.sending else _("no sending process is running")
        case SendStatus.PAUSED:
            return str(dict(PauseReason.choices).get(batch_send.reason, ""))
        case SendStatus.CANCELLED:
            return _("by %(who)s") % {"who": beside(batch_send.reason_by)}
    left = []
    for status, sentence in (
        (
            "unknown",
            ngettext(
                "%(count)d batch unknown", "%(count)d batches unknown", counts.batches.get("unknown", 0)
            ),
        ),
        (
            "refused",
            ngettext(
                "%(count)d batch refused", "%(count)d batches refused", counts.batches.get("refused", 0)
            ),
        ),
        (
            "absent",
            ngettext("%(count)d batch absent", "%(count)d batches absent", counts.batches.get("absent", 0)),
        ),
    ):
        if counts.batches.get(status):
            left.append(sentence % {"count": counts.batches[status]})
    return " · ".join(left)
