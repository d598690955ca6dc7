"""Sign names, templates and the account itself: read from Alibaba Cloud, stopped and released by people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ..aliyun.codes import explain
from ..models import AccountState, BatchSend, SignName, Template
from ..services import account, syncing
from ..services.actors import Actor
from ..services.status import language, worker_alive
from . import states
from .acts import back, may, perform, require


class AccountItemAdmin(admin.ModelAdmin):
    """What the account has: shown as it says, never written here, never deleted."""

    change_list_template = "admin/django_alisms/account_items.html"
    change_form_template = "admin/django_alisms/account_item.html"
    list_filter = ("audit_status", "listed")
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_sync"
        return [path("sync/", self.admin_site.admin_view(self.sync_view), name=name), *super().get_urls()]

    @method_decorator(require_POST)
    def sync_view(self, request: HttpRequest) -> HttpResponse:
        """Read all sign names and templates of the account now. The right: whoever may make a draft."""
        require(request, "add_batchsend")
        perform(
            request,
            lambda actor: syncing.sync(account.client(), actor=actor),
            lambda synced: synced.sentence,
        )
        return back(request, reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request,
            {
                "synced_at": AccountState.objects.current().synced_at,
                "may_sync": may(request, "add_batchsend"),
                "sync_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_sync"),
                **(extra_context or {}),
            },
        )

    @admin.display(description=gettext_lazy("review"), ordering="audit_status")
    def review(self, item: SignName | Template) -> str:
        return render_to_string(
            "admin/django_alisms/includes/state.html", {"look": states.REVIEWS[item.audit_status]}
        )

    @admin.display(description=gettext_lazy("why it cannot be used"))
    def why_not(self, item: SignName | Template) -> str:
        return item.why_not


@admin.register(SignName)
class SignNameAdmin(AccountItemAdmin):
    list_display = ("name", "review", "registration", "why_not", "synced_at")
    search_fields = ("name",)
    fields = (
        "name",
        "review",
        "why_not",
        "reason",
        "registration",
        "verification_only",
        "applied_at",
        "listed",
        "synced_at",
    )

    @admin.display(description=gettext_lazy("carrier registration"))
    def registration(self, item: SignName) -> str:
        return render_to_string(
            "admin/django_alisms/includes/carriers.html", {"carriers": states.carriers(item.carriers)}
        )


@admin.register(Template)
class TemplateAdmin(AccountItemAdmin):
    list_display = ("name", "code", "kind", "review", "variable_names", "why_not", "synced_at")
    list_filter = ("audit_status", "kind", "listed")
    search_fields = ("name", "code", "content")
    fields = (
        "name",
        "code",
        "kind",
        "text",
        "variable_names",
        "review",
        "why_not",
        "reason",
        "applied_at",
        "listed",
        "synced_at",
    )

    @admin.display(description=gettext_lazy("variables"))
    def variable_names(self, item: Template) -> str:
        return ", ".join(item.variables) or "—"

    @admin.display(description=gettext_lazy("content"))
    def text(self, item: Template) -> str:
        return render_to_string("admin/django_alisms/includes/content.html", {"template": item})


@admin.register(AccountState)
class AccountStateAdmin(admin.ModelAdmin):
    """The one row of the account: what it is doing, and the stop that people set and release."""

    change_form_template = "admin/django_alisms/account_state.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        own = [
            path("stop/", self.admin_site.admin_view(self.stop_view), name="django_alisms_accountstate_stop"),
            path(
                "release/",
                self.admin_site.admin_view(self.release_view),
                name="django_alisms_accountstate_release",
            ),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one account: its list is its page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self._url())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        state = AccountState.objects.current()
        code = explain(state.stop_code) if state.stop_code else None
        return super().change_view(
            request,
            object_id,
            form_url,
            {
                "title": _("Account"),
                "state": state,
                "alive": worker_alive(),
                "stop_meaning": code.meaning(language()) if code else "",
                "stop_advice": code.advice(language()) if code else "",
                "sending": BatchSend.objects.sending().count(),
                "may_send": may(request, "send_batchsend"),
                "may_sync": may(request, "add_batchsend"),
                **(extra_context or {}),
            },
        )

    @method_decorator(require_POST)
    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """Pause every send of the account, with the reason that was typed."""
        require(request, "send_batchsend")
        reason = request.POST.get("reason", "").strip()

        def stop(actor: Actor) -> bool:
            return account.stop(code="", message=reason or str(_("stopped by a person")), actor=actor)

        perform(
            request,
            stop,
            lambda stopped: (
                _("The account is stopped: nothing new goes out.")
                if stopped
                else _("The account was stopped before; nothing was changed.")
            ),
        )
        return HttpResponseRedirect(self._url())

    @method_decorator(require_POST)
    def release_view(self, request: HttpRequest) -> HttpResponse:
        """Let the account send again; paused sends wait for a person each."""
        require(request, "send_batchsend")
        reason = request.POST.get("reason", "").strip()
        perform(
            request,
            lambda actor: account.release(actor=actor, reason=reason),
            lambda _done: _("The account is released. Paused sends stay paused until somebody resumes each."),
        )
        return HttpResponseRedirect(self._url())

    def _url(self) -> str:
        return reverse("admin:django_alisms_accountstate_change", args=[AccountState.objects.current().pk])
