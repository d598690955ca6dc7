"""The filters beside the list of sends."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Batch, BatchSend, BatchStatus, ImportStatus, RecipientImport, SendStatus
from ..services import slices
from . import slice_words

# People on a page of their list.
PER_PAGE = 50


class NeedsAttention(admin.SimpleListFilter):
    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("unknown", _("with results unknown")),
            ("refused", _("with refused")),
            ("absent", _("with absent")),
            ("paused", _("paused")),
            ("question", _("file with a question")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case BatchStatus.UNKNOWN | BatchStatus.REFUSED | BatchStatus.ABSENT as status:
                return queryset.filter(Exists(Batch.objects.filter(batch_send=OuterRef("pk"), status=status)))
            case "paused":
                return queryset.filter(status=SendStatus.PAUSED)
            case "question":
                asking = RecipientImport.objects.filter(batch_send=OuterRef("pk"), status=ImportStatus.ASKING)
                return queryset.filter(Exists(asking))
        return queryset


class Creator(admin.SimpleListFilter):
    title = _("created by")
    parameter_name = "creator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        makers = (
            BatchSend.objects.order_by().exclude(created_by=request.user.pk).values("created_by").distinct()
        )
        others = get_user_model()._default_manager.filter(pk__in=makers)[:50]
        names = [(str(user.pk), user.get_full_name() or user.get_username()) for user in others]
        return [("me", _("me")), *names]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value == "me":
            return queryset.filter(created_by=request.user.pk)
        if value and value.isascii() and value.isdigit() and len(value) < 19:
            return queryset.filter(created_by=int(value))
        return queryset


class OfSend(admin.SimpleListFilter):
    """Batches or recipients of one send; comes from a link, and shows which one it is."""

    title = _("send")
    parameter_name = "batch_send__id__exact"
    path = "batch_send"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = request.GET.get(self.parameter_name, "")
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            return []
        title = BatchSend.objects.filter(pk=int(value)).values_list("title", flat=True).first()
        return [(value, title or value)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self.path: int(self.value())}) if self.value() else queryset


class OfSendByBatch(OfSend):
    parameter_name = "batch__batch_send__id__exact"
    path = "batch__batch_send"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Beside a draft no part is offered, so the page of its people is found here."""
        found = super().queryset(request, queryset)
        draft = BatchSend.objects.filter(pk=int(self.value() or 0), status=SendStatus.DRAFT).first()
        if draft is None or request.GET.get("q"):
            return found
        return _page_of(request, draft, slices.Slice(slices.Kind.ALL), found)


class PartOfSend(admin.SimpleListFilter):
    """Recipients of one send by what became of them; offered beside a send only, whose batches find them."""

    title = _("what became of them")
    parameter_name = "part"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        wanted = request.GET.get(OfSendByBatch.parameter_name, "")
        of_send = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
        self.batch_send = BatchSend.objects.filter(pk=int(wanted)).first() if of_send else None
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        if self.batch_send is None or self.batch_send.is_draft:
            return []
        return [
            (choice.key, choice.label)
            for choice in slice_words.choices(self.batch_send)
            if choice.key != slices.Kind.ALL
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.batch_send is None:
            return queryset
        try:
            part = slices.Slice.parse(self.value() or slices.Kind.ALL)
        except ValueError:
            return queryset.none()
        if request.GET.get("q"):  # a search looks among all of them
            found = slices.batches(self.batch_send, part)
            return queryset.filter(slices.people(self.batch_send, part), batch__in=found.values("pk"))
        return _page_of(request, self.batch_send, part, queryset)


def _page_of(request: HttpRequest, batch_send: BatchSend, part: slices.Slice, queryset: QuerySet) -> QuerySet:
    """Of the people of a part those of the page that is asked for, and perhaps a few on both sides of it."""
    page = request.GET.get("p", "1")
    number = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    found_in, request.alisms_skipped = slices.window(batch_send, part, (number - 1) * PER_PAGE, PER_PAGE)
    return queryset.filter(slices.people(batch_send, part), batch__in=found_in)
