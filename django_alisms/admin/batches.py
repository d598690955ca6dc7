"""Batches of all sends: found by BizId, looked at, never written by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from ..models import Attempt, Batch, BatchStatus
from ..services import settling
from ..services.sentences import together
from ..templatetags.alisms import clock
from . import states
from .batch_listing import row_of
from .filters import OfSend
from .paginators import UncountedPaginator


class ReadOnly:
    """Looked at by those with the view right; written by nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AttemptInline(ReadOnly, admin.TabularInline):
    model = Attempt
    extra = 0
    fields = ("number", "times", "result", "code", "message", "ids")
    readonly_fields = ("times", "result", "ids")

    @admin.display(description=_("Time"))
    def times(self, attempt: Attempt) -> str:
        """When it was written down, and when its answer came."""
        return format_html_join(
            "",
            '<span class="al-nowrap al-line">{}</span>',
            ((clock(at),) for at in (attempt.created_at, attempt.answered_at)),
        )

    @admin.display(description=_("outcome"))
    def result(self, attempt: Attempt) -> str:
        return str(dict(BatchStatus.choices).get(attempt.outcome, attempt.outcome)) or "—"

    @admin.display(description=_("Numbers"))
    def ids(self, attempt: Attempt) -> str:
        """One under the other: each is longer than a column."""
        lines = (("OutId", attempt.out_id), ("BizId", attempt.biz_id), ("RequestId", attempt.request_id))
        return format_html_join(
            "",
            '<span class="al-line"><span class="al-quiet">{}</span> <span class="al-mono">{}</span></span>',
            ((word, number or "—") for word, number in lines),
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The requests of a batch are part of it."""
        return request.user.has_perm("django_alisms.view_batch")


@admin.register(Batch)
class BatchAdmin(ReadOnly, admin.ModelAdmin):
    change_list_template = "admin/django_alisms/plain_list.html"
    change_form_template = "admin/django_alisms/plain_page.html"
    list_display = ("name", "state", "to_send", "code", "message", "biz_id_", "request_id_", "answered_at")
    list_filter = (OfSend, "status")
    list_select_related = ("batch_send",)
    search_fields = ("biz_id",)
    search_help_text = _("A whole BizId or OutId")
    ordering = ("-id",)
    paginator = UncountedPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    inlines = (AttemptInline,)
    fields = (
        "batch_send",
        "number",
        "state",
        "size",
        "left_out",
        "parts",
        "code",
        "explained",
        "message",
        "biz_id",
        "request_id",
        "newest_out_id",
        "attempts",
        "answered_at",
        "looked_up",
        "not_seen",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Whole ids only: both have an index, parts of them would not."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_out_id = Attempt.objects.filter(out_id=term[:80]).values("batch")
        return queryset.filter(biz_id=term[:64]) | queryset.filter(pk__in=by_out_id), False

    @admin.display(description=_("batch"))
    def name(self, batch: Batch) -> str:
        return f"{batch.batch_send.title} / {batch.number}"

    @admin.display(description=_("status"), ordering="status")
    def state(self, batch: Batch) -> str:
        return render_to_string(
            "admin/django_alisms/includes/state.html", {"look": states.PEOPLE[batch.status]}
        )

    @admin.display(description=_("recipients"))
    def to_send(self, batch: Batch) -> int:
        return batch.to_send

    @admin.display(description="BizId")
    def biz_id_(self, batch: Batch) -> str:
        return format_html('<span class="al-mono">{}</span>', batch.biz_id) if batch.biz_id else "—"

    @admin.display(description="RequestId")
    def request_id_(self, batch: Batch) -> str:
        return format_html('<span class="al-mono">{}</span>', batch.request_id) if batch.request_id else "—"

    @admin.display(description="OutId")
    def newest_out_id(self, batch: Batch) -> str:
        return batch.out_id or "—"

    @admin.display(description=_("meaning"))
    def explained(self, batch: Batch) -> str:
        row = row_of(batch)
        return together(row["meaning"], row["advice"]) or "—"

    @admin.display(description=_("looked up"))
    def looked_up(self, batch: Batch) -> str:
        return _("%(count)d times") % {"count": batch.look_ups} if batch.look_ups else "—"

    @admin.display(description=_("not seen"))
    def not_seen(self, batch: Batch) -> str:
        people = settling.people_not_seen(batch)
        if not people:
            return "—"
        return _(
            "%(count)d of its people, in these rows: %(rows)s. Nothing proves that they got the message."
        ) % {
            "count": len(people),
            "rows": ", ".join(str(person.row) for person in people),
        }
