"""The rest of them: a part of a send's people, taken away as a file or taken on in a new send."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..models import BatchSend, RecipientImport
from ..recipients.list_files import csv_pieces, write_workbook
from ..services import exporting, following
from ..services.actors import Actor
from ..services.importing import staging
from ..services.refusals import NotAllowed, NotPossible
from ..services.slices import Slice
from . import slice_words, states
from .acts import may, send_or_404
from .import_downloads import IN_MEMORY

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A workbook has to be finished before its first byte can go; csv goes while it is read, whatever its length.
WORKBOOK_PEOPLE = 100_000
FOLLOW_RIGHTS = ("add_batchsend", "import_recipients")
SHOWN_FOLLOWERS = 20


class RestPages:
    """For BatchSendAdmin: slices of a send that has started."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "django_alisms_batchsend"
        return [
            path("<int:pk>/export/", view(self.export_view), name=f"{name}_export"),
            path("<int:pk>/follow/", view(self.follow_view), name=f"{name}_follow"),
            *super().get_urls(),
        ]

    def rest_context(self, request: HttpRequest, batch_send: BatchSend) -> dict[str, Any]:
        """What includes/rest.html shows; nothing for those who may not see recipients."""
        if not may(request, "view_recipient"):
            return {"slices": []}
        return {
            "slices": slice_words.choices(batch_send),
            "may_export_full": may(request, "view_full_number") and not batch_send.is_purged,
            "may_follow": may(request, *FOLLOW_RIGHTS) and not batch_send.is_purged,
        }

    @method_decorator(require_POST)
    def export_view(
        self, request: HttpRequest, pk: int
    ) -> HttpResponse | FileResponse | StreamingHttpResponse:
        """A slice as a file. POST, because the history keeps who took what."""
        batch_send = send_or_404(request, pk, "view_recipient")
        part = self._slice(request.POST.get("slice", ""))
        if part is None:
            messages.error(request, _("There is no such part of this send. Nothing was exported."))
            return HttpResponseRedirect(self.change_url(batch_send) + "#rest")
        as_csv = request.POST.get("format") == "csv"
        if not as_csv and exporting.how_many(batch_send, part) > WORKBOOK_PEOPLE:
            messages.error(
                request,
                _(
                    "These are more than %(limit)s people, which is too long for a workbook made while you wait. "
                    "Nothing was exported; take csv, which spreadsheet programs open as well."
                )
                % {"limit": f"{WORKBOOK_PEOPLE:,}"},
            )
            return HttpResponseRedirect(self.change_url(batch_send) + "#rest")
        try:
            table = exporting.export(
                batch_send, part, actor=Actor.of(request.user), full=request.POST.get("full") == "1"
            )
        except NotAllowed as refused:
            raise PermissionDenied from refused
        name = f"{batch_send.pk}-{part.key.replace(':', '-')}"
        return _csv(table, name) if as_csv else _workbook(table, name)

    def follow_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks, POST makes the draft and goes to the report of its list."""
        batch_send = send_or_404(request, pk, *FOLLOW_RIGHTS)
        given = request.POST if request.method == "POST" else request.GET
        part = self._slice(given.get("slice", ""))
        try:
            if part is None:
                raise NotPossible(_("There is no such part of this send. Nothing was changed."))
            before = following.prospect(batch_send, part)
        except NotPossible as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(self.change_url(batch_send) + "#rest")
        if request.method == "POST" and "ask" in request.POST:  # the button beside the list of parts
            return HttpResponseRedirect(f"{request.path}?{urlencode({'slice': part.key})}")
        if request.method == "POST":
            made = self._follow(request, batch_send, part)
            if made is not None:
                return HttpResponseRedirect(
                    reverse("admin:django_alisms_batchsend_import_report", args=[made.pk])
                )
            before = following.prospect(batch_send, part)
        return TemplateResponse(
            request,
            "admin/django_alisms/batchsend/follow.html",
            {
                **self.page_context(request, batch_send),
                "title": _("New send from these"),
                "crumb": _("New send from these"),
                "under_title": f"{batch_send.title} · {slice_words.in_words(part.key)}",
                "slice": part.key,
                "word": slice_words.in_words(part.key),
                "before": before,
                "given_title": request.POST.get("title", "")
                or f"{batch_send.title[:80]} · {slice_words.in_words(part.kind)}"[:100],
                "reason": request.POST.get("reason", "")[:500],
                "may_resend_absent": may(request, "resend_absent"),
            },
        )

    def _follow(self, request: HttpRequest, batch_send: BatchSend, part: Slice) -> RecipientImport | None:
        """The new draft's import, read at once where it is short; None where it was not possible, which is said."""
        actor = Actor.of(request.user)
        title = request.POST.get("title", "").strip() or batch_send.title
        word = slice_words.in_words(part.key)
        try:
            opened = following.follow(
                batch_send,
                part,
                actor=actor,
                title=title,
                name=_("“%(title)s”: %(part)s") % {"title": batch_send.title, "part": word},
                reason=request.POST.get("reason", "").strip(),
                sure=request.POST.get("sure") == "1",
            )
        except NotAllowed as refused:
            raise PermissionDenied from refused
        except NotPossible as refused:
            messages.error(request, str(refused))
            return None
        staging.read_if_small(opened, actor=actor)
        messages.success(
            request, _("The draft “%(title)s” is made. Nothing has been sent.") % {"title": title[:100]}
        )
        return opened

    def _slice(self, key: str) -> Slice | None:
        try:
            return Slice.parse(key)
        except ValueError:
            return None


def kin(batch_send: BatchSend) -> dict[str, Any]:
    """Where the people of a send come from, and which sends were made from it: for its page, both ways."""
    return {
        "source": batch_send.source,
        "source_part": slice_words.in_words(batch_send.source_slice) if batch_send.source else "",
        "followers": [
            {
                "send": follower,
                "part": slice_words.in_words(follower.source_slice),
                "look": states.SENDS[follower.status],
            }
            for follower in batch_send.followers.order_by("pk")[:SHOWN_FOLLOWERS]
        ],
    }


def _csv(table: exporting.Export, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        csv_pieces(table.headers, table.lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{_safe(name)}.csv"'
    return _private(response)


def _workbook(table: exporting.Export, name: str) -> FileResponse:
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the response closes it)
    write_workbook(file, table.headers, table.lines, sheet=_("Recipients"))
    file.seek(0)
    return _private(
        FileResponse(file, as_attachment=True, filename=f"{_safe(name)}.xlsx", content_type=WORKBOOK)
    )


def _private(response: Any) -> Any:
    """Numbers of people: kept by no cache and taken for nothing but what it is."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _safe(name: str) -> str:
    """Of a file's name: the codes of carriers hold anything."""
    return "".join(
        character if character.isascii() and (character.isalnum() or character in "-_.") else "_"
        for character in name
    )
