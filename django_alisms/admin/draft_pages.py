"""The page of a draft: what can be sent, what the file must look like, and what has been uploaded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import AccountState, BatchSend, EventKind, SendStatus, SignName, Template
from ..recipients.column_aliases import names_of, phone_names
from ..recipients.variables import segments
from ..services import removing, status
from ..services.actors import Actor, note
from ..services.clock import database_now
from ..services.refusals import NotPossible
from ..templatetags.alisms import figure
from . import states
from .acts import may
from .draft_form import DraftForm
from .rest_pages import kin

SHOWN_ALIASES = 6


class DraftPages:
    """For BatchSendAdmin: adding and changing while it is a draft. Started sends are handed to ``outcome_page``."""

    form = DraftForm
    change_form_template = "admin/django_alisms/batchsend/draft.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        batch_send = self.get_object(request, unquote(object_id))
        if batch_send is None or batch_send.is_draft:
            # The stock page puts the object before its title; here the title is the object's name.
            context = {} if batch_send is None else {"title": batch_send.title, "subtitle": None}
            return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        if not self.has_view_permission(request, batch_send):
            raise PermissionDenied
        if batch_send.status == SendStatus.DELETING:
            return self._deleting_page(request, batch_send)
        if request.method == "POST":
            messages.error(
                request, _("This send has started and cannot be changed any more. Nothing was changed.")
            )
            return HttpResponseRedirect(request.path)
        return self.outcome_page(request, batch_send)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The draft is saved and committed first; only then is its file taken, so that it outlives a bad file."""
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        except NotPossible as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(request.path)
        saved = getattr(request, "_alisms_saved", None)
        return response if saved is None else self._after_saving(request, saved)

    def save_model(self, request: HttpRequest, obj: BatchSend, form: Any, change: bool) -> None:
        """A new draft is made; an old one changes only while it is one, and its revision rises."""
        actor, now = Actor.of(request.user), database_now()
        if not change:
            obj.created_by = request.user
            obj.save()
            note(EventKind.CREATED, actor, obj, at=now)
        elif form.changed_data:
            changes = {field: form.cleaned_data[field] for field in form.changed_data}
            if not BatchSend.objects.touch_draft(obj.pk, **changes):
                raise NotPossible(
                    _(
                        "Somebody started or cancelled this send while you were changing it. Nothing was changed."
                    )
                )
            note(EventKind.EDITED, actor, obj, at=now, fields=sorted(changes))

    def response_add(
        self, request: HttpRequest, obj: BatchSend, post_url_continue: Any = None
    ) -> HttpResponse:
        request._alisms_saved = obj
        return HttpResponseRedirect(self.change_url(obj))

    def response_change(self, request: HttpRequest, obj: BatchSend) -> HttpResponse:
        request._alisms_saved = obj
        return HttpResponseRedirect(self.change_url(obj))

    def _after_saving(self, request: HttpRequest, saved: BatchSend) -> HttpResponse:
        if request.FILES.get("import_file"):
            return self.take_upload(request, saved)
        if "_upload" in request.POST:
            messages.warning(request, _("The draft is saved. Choose a file, then press the button again."))
        elif "_confirm" in request.POST and may(request, "send_batchsend"):
            return HttpResponseRedirect(reverse("admin:django_alisms_batchsend_confirm", args=[saved.pk]))
        else:
            messages.success(request, _("The draft “%(title)s” is saved.") % {"title": saved.title})
        return HttpResponseRedirect(self.change_url(saved))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: BatchSend | None = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        writable = "sign_name" in form.fields
        sign_id = _pk(form["sign_name"].value()) if writable else obj.sign_name_id
        template_id = _pk(form["template"].value()) if writable else obj.template_id
        # What can be chosen first; the others follow with why not.
        templates = sorted(Template.objects.all(), key=lambda template: not template.is_usable)
        context |= {
            "form": form,
            "writable": writable,
            "chosen": template_id is not None,
            "tools": True,
            "look": states.SENDS[obj.status] if obj else None,
            "acts": writable
            or (
                obj is not None
                and (
                    (obj.to_send > 0 and may(request, "send_batchsend"))
                    or self.has_delete_permission(request, obj)
                )
            ),
            "sign_names": [
                {
                    "item": sign,
                    "on": sign.pk == sign_id,
                    "review": states.REVIEWS[sign.audit_status],
                    "carriers": states.carriers(sign.carriers),
                }
                for sign in sorted(SignName.objects.all(), key=lambda sign: not sign.is_usable)
                if writable or sign.pk == sign_id
            ],
            "templates": [
                {
                    "item": template,
                    "on": template.pk == template_id,
                    "review": states.REVIEWS[template.audit_status],
                    "segments": list(segments(template.content, {})),
                    "columns": columns_of(template),
                }
                for template in templates
                if writable or template.pk == template_id
            ],
            "synced_at": AccountState.objects.current().synced_at,
            "may_sync": may(request, "add_batchsend"),
            "may_import": may(request, "import_recipients"),
            "may_send": may(request, "send_batchsend"),
            "may_see_recipients": may(request, "view_recipient"),
            "imports": obj.imports.order_by("-id") if obj else [],
            **(kin(obj) if obj else {}),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    # -- deleting: drafts only, with what they staged ------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: BatchSend | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The draft alone is named, with how many people: they may be a million, and their numbers are not for a page."""
        return [_what_goes(draft) for draft in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: BatchSend) -> None:
        """A short one at once; a long one by a worker, slice by slice."""
        request._alisms_deleting = None if removing.delete_draft(obj, now=False) else obj

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        going = getattr(request, "_alisms_deleting", None)
        if going is None:
            return super().response_delete(request, obj_display, obj_id)
        messages.info(
            request, _("“%(title)s” is being deleted; nothing of it was sent.") % {"title": going.title}
        )
        return HttpResponseRedirect(self.change_url(going))

    def _deleting_page(self, request: HttpRequest, batch_send: BatchSend) -> TemplateResponse:
        """How far it is; it follows by itself."""
        context = {
            **self.page_context(request, batch_send),
            "title": batch_send.title,
            "sentence": status.sentence(batch_send),
            "people": batch_send.recipients_total,
            "worker_alive": status.worker_alive(),
        }
        response = TemplateResponse(request, "admin/django_alisms/batchsend/deleting.html", context)
        response["Refresh"] = "2"
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except NotPossible as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("admin:django_alisms_batchsend_changelist"))


def _what_goes(draft: BatchSend) -> str:
    people = ngettext("%(count)s person", "%(count)s people", draft.recipients_total)
    return f"{draft}: {people % {'count': figure(draft.recipients_total)}}"


def columns_of(template: Template) -> list[dict[str, Any]]:
    """The columns a file for this template needs, each with the headers that are known for it."""
    phone = [name for name in phone_names(None) if not name.isascii()][:4]
    rows: list[dict[str, Any]] = [{"variable": "", "headers": [*phone, "phone", "mobile", "…"]}]
    for variable in template.variables:
        rows.append(
            {"variable": variable, "headers": list(dict.fromkeys(names_of(variable, None)))[:SHOWN_ALIASES]}
        )
    return rows


def _pk(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
