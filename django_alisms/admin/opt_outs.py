"""Opt-outs, entered and removed by hand; replies, to read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from ..models import OptOut, Reply
from ..recipients.phone_numbers import GoodPhone, judge_phone, masked, numbers_masked
from ..recipients.readers import refusals
from ..services import opting_out
from ..services.actors import Actor
from ..services.refusals import NotPossible
from ..templatetags.alisms import figure
from .acts import may
from .batches import ReadOnly
from .filters import OfSend
from .paginators import UncountedPaginator


class OptOutForm(forms.ModelForm):
    """The number as people write it, kept as it would be dialled."""

    class Meta:
        model = OptOut
        fields = ("phone", "reason")

    def clean_phone(self) -> str:
        judged = judge_phone(self.cleaned_data["phone"])
        if not isinstance(judged, GoodPhone):
            raise ValidationError(_("This is no mobile number of the Chinese mainland. Nothing was changed."))
        return judged.number


class OptOutFileForm(forms.Form):
    """A list as it is uploaded for a send; its content decides what it is."""

    file = forms.FileField(
        label=gettext_lazy("List of numbers"),
        help_text=gettext_lazy("xlsx, xls, ods or csv with a column 手机号; or one column of numbers."),
        error_messages={"empty": refusals.WORDS["empty_file"]},
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ByExactNumber:
    """Masked in lists; found by a whole number, which the index answers."""

    search_fields = ("phone",)
    search_help_text = gettext_lazy("A whole phone number")
    paginator = UncountedPaginator
    show_full_result_count = False
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        judged = judge_phone(term)
        return queryset.filter(phone=judged.number if isinstance(judged, GoodPhone) else term[:20]), False

    @admin.display(description=gettext_lazy("phone number"))
    def number(self, row: Any) -> str:
        return masked(row.phone)


@admin.register(OptOut)
class OptOutAdmin(ByExactNumber, admin.ModelAdmin):
    form = OptOutForm
    change_form_template = "admin/change_form.html"
    change_list_template = "admin/django_alisms/optout_list.html"
    list_display = ("number", "reason", "source", "since", "created_by")
    list_filter = ("source",)
    list_select_related = ("created_by",)

    def get_fields(self, request: HttpRequest, obj: OptOut | None = None) -> tuple[str, ...]:
        return ("phone", "reason") if obj is None else ("number", "reason", "source", "since", "created_by")

    def get_readonly_fields(self, request: HttpRequest, obj: OptOut | None = None) -> tuple[str, ...]:
        return () if obj is None else ("number", "reason", "source", "since", "created_by")

    def has_change_permission(self, request: HttpRequest, obj: OptOut | None = None) -> bool:
        """Entered or removed; never turned into another number's."""
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="django_alisms_optout_import"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {**(extra_context or {}), "may_import": self.has_add_permission(request)}
        )

    @method_decorator(require_http_methods(["GET", "POST"]))
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """A file of numbers that are not to be messaged."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = OptOutFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                done = _import(form, Actor.of(request.user))
            except NotPossible as refused:
                form.add_error("file", str(refused))
            else:
                self._say(request, done)
                return HttpResponseRedirect(reverse("admin:django_alisms_optout_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Import opt-outs"),
            "form": form,
        }
        return TemplateResponse(request, "admin/django_alisms/optout_import.html", context)

    def _say(self, request: HttpRequest, done: opting_out.ImportedOptOuts) -> None:
        messages.success(
            request,
            ngettext(
                "%(new)s number opted out from now on; %(known)s had opted out before or stood twice.",
                "%(new)s numbers opted out from now on; %(known)s had opted out before or stood twice.",
                done.new,
            )
            % {"new": figure(done.new), "known": figure(done.rows - done.refused - done.new)},
        )
        if done.refused:
            messages.warning(
                request,
                _("%(count)s rows hold no mobile number and changed nothing: row %(rows)s%(more)s.")
                % {
                    "count": figure(done.refused),
                    "rows": ", ".join(map(str, done.refused_rows)),
                    "more": " …" if done.refused > len(done.refused_rows) else "",
                },
            )

    def save_model(self, request: HttpRequest, obj: OptOut, form: OptOutForm, change: bool) -> None:
        obj.created_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Reply)
class ReplyAdmin(ByExactNumber, ReadOnly, admin.ModelAdmin):
    list_display = ("number", "said", "sent_at", "stored_at", "batch_send")
    list_filter = (OfSend,)
    list_select_related = ("batch_send",)
    fields = ("number", "said", "sent_at", "stored_at", "dest_code", "batch_send")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(shows_numbers=Value(may(request, "view_full_number")))

    @admin.display(description=gettext_lazy("content"))
    def said(self, reply: Any) -> str:
        return reply.content if reply.shows_numbers else numbers_masked(reply.content)


def _import(form: OptOutFileForm, actor: Actor) -> opting_out.ImportedOptOuts:
    """The upload in a folder of its own, gone afterwards."""
    upload = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory(prefix="alisms-") as folder:
        path_of = Path(folder) / "list"
        with path_of.open("wb") as copy:
            for chunk in upload.chunks():
                copy.write(chunk)
        return opting_out.import_file(path_of, upload.name, actor=actor, reason=form.cleaned_data["reason"])
