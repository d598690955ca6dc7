"""The list of a send comes in: upload, report, questions, the rows that go back, discard, take one person out.

The door is django-import-export's own mixin, with three of its holes closed: its permission (any staff user by
default), its confirm step (which reads whatever temporary file a form names) and its memory (it reads the whole
upload twice). Our confirm step is the report.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from import_export.admin import ImportMixin
from import_export.forms import ImportForm

from ..models import BatchSend, ImportStatus, Recipient, RecipientImport, RejectedRow, Template
from ..recipients.readers import refusals
from ..resources import ImportedList, ListFormat, RecipientResource
from ..services import removing, status
from ..services.actors import Actor
from ..services.clock import database_now
from ..services.importing import asking, mending, reporting, staging, uploading
from ..services.refusals import NotPossible
from .import_downloads import rejected_workbook, sample_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Unread:
    """An upload that import-export's mixin carries along without reading it into memory."""

    def __init__(self, upload: Any) -> None:
        self.upload = upload
        self.name = upload.name

    def chunks(self) -> tuple[bytes, ...]:
        return ()


class ListForm(ImportForm):
    """import-export's form with one format: any list. The content decides, not the name."""

    refuse_all_on_bad_row = forms.BooleanField(
        required=False, label=gettext_lazy("Import nothing if any row is bad")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("format", "resource"):
            self.fields[name].required = False
            self.fields[name].widget = forms.HiddenInput()
        self.fields["import_file"].error_messages["empty"] = refusals.WORDS["empty_file"]

    def clean_format(self) -> str:
        return "0"

    def clean_import_file(self) -> Unread:
        return Unread(self.cleaned_data["import_file"])


class QuestionsForm(forms.Form):
    """What the file does not say by itself: one field a question, nothing chosen beforehand but a sure default."""

    def __init__(self, opened: RecipientImport, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._opened = opened
        remembered = opened.batch_send.template.remembered.get("answers", {})
        for number, question in enumerate(opened.questions):
            choices = [
                (choice["value"], asking.choice_label(question, choice)) for choice in question["choices"]
            ]
            self.fields[f"q{number}"] = forms.ChoiceField(
                label=asking.question_sentence(question),
                choices=choices,
                widget=forms.RadioSelect,
                initial=_beforehand(question, remembered),
            )
            self.fields[f"q{number}"].examples = question.get("facts", {}).get("examples", [])
            self.fields[f"q{number}"].samples = question.get("facts", {}).get("samples", [])

    def answers(self) -> dict[str, Any]:
        """As the reading takes them; columns gather in one answer."""
        found: dict[str, Any] = {}
        for number, question in enumerate(self._opened.questions):
            value = self.cleaned_data[f"q{number}"]
            if question["key"] == "columns":
                columns = found.setdefault("columns", dict(self._opened.answers.get("columns", {})))
                columns[question["facts"]["column"]] = value
            elif question["key"] == "number_form":
                found[f"number_form.{question['facts']['column']}"] = value
            else:
                found[question["key"]] = value
        return found


def _beforehand(question: dict[str, Any], remembered: dict[str, Any]) -> str | None:
    """What is ticked when the form opens: what was answered for this template before, if it is a choice this time."""
    key = question["key"]
    last = remembered.get(f"{key}.{question['facts']['column']}" if key == "number_form" else key)
    if last in [choice["value"] for choice in question["choices"]]:
        return last
    return question.get("default")


class ImportPages(ImportMixin):
    """Mixed into the admin of sends."""

    import_form_class = ListForm
    skip_import_confirm = True
    resource_classes = [RecipientResource]

    # -- import-export's entry points --------------------------------------------------------------------

    def init_change_list_template(self) -> None:
        """No import button on the list: a list is imported into a send."""

    def get_import_formats(self) -> list[type[ListFormat]]:
        return [ListFormat]

    def is_skip_import_confirm_enabled(self) -> bool:
        return True

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_alisms.import_recipients")

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"batch_send": kwargs.get("batch_send"), "actor": Actor.of(request.user)}

    def process_dataset(
        self, dataset: Any, form: ListForm, request: HttpRequest, **kwargs: Any
    ) -> ImportedList:
        """The upload goes to the draft as it is; nothing of it is read here."""
        resource = RecipientResource(batch_send=kwargs["batch_send"], actor=Actor.of(request.user))
        return resource.import_upload(
            form.cleaned_data["import_file"].upload,
            refuse_all_on_bad_row=form.cleaned_data["refuse_all_on_bad_row"],
        )

    def process_result(self, result: ImportedList, request: HttpRequest) -> HttpResponse:
        assert result.recipient_import is not None
        return self._to_report(result.recipient_import)

    def get_urls(self) -> list[Any]:
        """Ours, and of import-export's none: its confirm step reads files that a form names."""
        urls = [
            url
            for url in super().get_urls()
            if url.name not in ("django_alisms_batchsend_process_import", "django_alisms_batchsend_import")
        ]
        view = self.admin_site.admin_view
        name = "django_alisms_batchsend_{}".format
        return [
            path("<int:pk>/import/", view(self.import_view), name=name("import")),
            path("imports/<int:pk>/", view(self.report_view), name=name("import_report")),
            path("imports/<int:pk>/rejected.xlsx", view(self.rejected_view), name=name("rejected")),
            path("imports/<int:pk>/discard/", view(self.discard_view), name=name("discard")),
            path("imports/<int:pk>/answer/", view(self.answer_view), name=name("answer")),
            path("imports/rows/<int:pk>/mend/", view(self.mend_view), name=name("mend")),
            path("recipients/<int:pk>/take-out/", view(self.take_out_view), name=name("take_out")),
            path("imports/help/", view(self.list_help_view), name=name("list_help")),
            path("sample/<int:pk>/", view(self.sample_view), name=name("sample")),
            *urls,
        ]

    # -- pages -------------------------------------------------------------------------------------------

    @method_decorator(require_POST)
    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A file into a draft."""
        return self.take_upload(request, get_object_or_404(BatchSend, pk=pk))

    def take_upload(self, request: HttpRequest, batch_send: BatchSend) -> HttpResponse:
        """Hand the uploaded file over and go to its report; what is wrong is said on the draft's page."""
        self._check_import(request)
        form = self.create_import_form(request)
        if not form.is_valid():
            messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
            return self._to_draft(batch_send)
        # import-export takes a POST without fields for no POST; a token in a header leaves only the file.
        request.POST = request.POST.copy()
        request.POST.setdefault("format", "0")
        try:
            return self.import_action(request, batch_send=batch_send)
        except NotPossible as refused:
            messages.error(request, str(refused))
            return self._to_draft(batch_send)

    @method_decorator(require_GET)
    def report_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What became of every row of a file."""
        self._check_import(request)
        return self._report(request, self._import(pk))

    def _report(
        self, request: HttpRequest, opened: RecipientImport, questions: QuestionsForm | None = None
    ) -> HttpResponse:
        send = opened.batch_send
        asking = opened.status == ImportStatus.ASKING
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import report"),
            "crumb": _("Import report"),
            "original": send,
            "under_title": f"{send.title} · {send.template.name} · {send.sign_name}",
            "batch_send": send,
            "opened": opened,
            "questions": (questions or QuestionsForm(opened)) if asking else None,
            "reasons": reporting.counted(opened),
            "rejected_rows": reporting.first_rows(opened),
            "duplicate_rows": reporting.repeated(opened),
            "fixes": reporting.fixes(opened),
            "notices": reporting.notices(opened),
            "columns": opened.reading.get("columns", {}),
            "unused": opened.reading.get("unused", []),
            "is_reading": opened.status in (ImportStatus.WAITING, ImportStatus.READING),
            "progress": reporting.progress(opened, database_now()),
            "worker_alive": status.worker_alive(),
            "can_mend": send.is_draft and opened.status == ImportStatus.DONE and not opened.is_from_send,
            "from_send": opened.is_from_send,
            "is_discarding": opened.status == ImportStatus.DISCARDING,
            "left": removing.left_of_import(opened) if opened.status == ImportStatus.DISCARDING else 0,
            "can_discard": send.is_draft
            and opened.status not in (ImportStatus.READING, ImportStatus.DISCARDING, ImportStatus.DISCARDED),
            "can_add": send.is_draft and not opened.is_open,
            "can_confirm": send.is_draft and send.to_send > 0 and not send.open_imports,
            "shown_rows": reporting.SHOWN_ROWS,
        }
        response = TemplateResponse(request, "admin/django_alisms/batchsend/import_report.html", context)
        if context["is_reading"] or context["is_discarding"]:
            response["Refresh"] = "2"
        return response

    @method_decorator(require_POST)
    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person answers what the file does not say; small files are read again at once."""
        self._check_import(request)
        opened = self._import(pk)
        if opened.status == ImportStatus.ASKING:
            form = QuestionsForm(opened, request.POST)
            if not form.is_valid():
                return self._report(request, opened, form)
            try:
                actor = Actor.of(request.user)
                uploading.answer(opened, form.answers(), actor=actor)
                staging.read_if_small(opened, actor=actor)
            except NotPossible as refused:
                messages.error(request, str(refused))
        return self._to_report(opened)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def mend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One refused row: its cells, what is wrong with them, and a way to put them right."""
        self._check_import(request)
        row = RejectedRow.objects.filter(pk=pk).first()
        if row is None:
            return self._nothing_to_mend(request)
        cells = _cells(request.POST)
        try:
            found = (
                mending.mend(
                    pk, cells, actor=Actor.of(request.user), send_both=bool(request.POST.get("send_both"))
                )
                if request.method == "POST"
                else None
            )
            if found is not None and (found.recipient or found.duplicate):
                messages.success(request, mending.result_sentence(found))
                return self._to_report(row.recipient_import)
            row = mending.mendable(pk)
        except NotPossible as refused:
            messages.error(request, str(refused))
            return self._to_report(row.recipient_import)
        return self._mend_page(request, row, cells, found)

    def _nothing_to_mend(self, request: HttpRequest) -> HttpResponse:
        """The row is gone: where the form said which report it came from, back to that."""
        messages.error(request, str(mending.gone()))
        known = RecipientImport.objects.filter(pk=_number(request.POST.get("import"))).first()
        if known is not None:
            return self._to_report(known)
        return HttpResponseRedirect(reverse("admin:index"))

    def _mend_page(
        self, request: HttpRequest, row: RejectedRow, cells: dict[int, str], found: mending.Mended | None
    ) -> HttpResponse:
        opened = row.recipient_import
        send = opened.batch_send
        problems = found.problems if found is not None else mending.problems_of(row)
        title = _("Mend row %(row)s") % {"row": f"{row.row:,}"}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "crumb": title,
            "original": send,
            "under_title": f"{send.title} · {opened.file_name}",
            "row": row,
            "opened": opened,
            "fields": mending.fields_of(row, cells, problems),
            "row_problems": mending.row_sentences(problems),
            "others": mending.other_cells(row),
            "found": found,
        }
        return TemplateResponse(request, "admin/django_alisms/batchsend/mend.html", context)

    @method_decorator(require_GET)
    def rejected_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """All rows that were not imported, as a workbook with the reason beside each."""
        self._check_import(request)
        opened = self._import(pk)
        return _download(
            rejected_workbook(opened, get_language() or "en"), _("not-imported") + f"-{opened.pk}.xlsx"
        )

    @method_decorator(require_GET)
    def sample_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """A file with the right columns for a template."""
        self._check_import(request)
        template = get_object_or_404(Template, pk=pk)
        return _download(sample_workbook(template, get_language() or "en"), f"{template.code}.xlsx")

    @method_decorator(require_GET)
    def list_help_view(self, request: HttpRequest) -> HttpResponse:
        """What is accepted, mended, asked and refused, for whoever prepares a list."""
        self._check_import(request)
        title = _("What a list may look like")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "crumb": title}
        return TemplateResponse(request, "admin/django_alisms/batchsend/list_help.html", context)

    @method_decorator(require_POST)
    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take everything of an import out of the draft again."""
        self._check_import(request)
        opened = self._import(pk)
        try:
            if removing.discard(opened, actor=Actor.of(request.user)):
                messages.success(
                    request, _("The import of “%(name)s” was discarded.") % {"name": opened.file_name}
                )
            else:
                messages.info(
                    request,
                    _(
                        "“%(name)s” is being discarded. Nobody of it gets anything; this page follows by itself."
                    )
                    % {"name": opened.file_name},
                )
                return self._to_report(opened)
        except NotPossible as refused:
            messages.error(request, str(refused))
        return self._to_draft(opened.batch_send)

    @method_decorator(require_POST)
    def take_out_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one person out of a draft."""
        self._check_import(request)
        person = get_object_or_404(Recipient.objects.select_related("batch__batch_send"), pk=pk)
        send = person.batch.batch_send
        try:
            uploading.take_out(person, actor=Actor.of(request.user))
            send.refresh_from_db()
            left = ngettext("%(count)d person is left.", "%(count)d people are left.", send.to_send)
            messages.success(
                request,
                _("Row %(row)d was taken out.") % {"row": person.row} + " " + left % {"count": send.to_send},
            )
        except NotPossible as refused:
            messages.error(request, str(refused))
        people = reverse("admin:django_alisms_recipient_changelist")
        return HttpResponseRedirect(f"{people}?batch__batch_send__id__exact={send.pk}")

    # -- shared ------------------------------------------------------------------------------------------

    def _check_import(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _import(self, pk: int) -> RecipientImport:
        imports = RecipientImport.objects.select_related(
            "batch_send__template", "batch_send__sign_name", "created_by"
        )
        return get_object_or_404(imports, pk=pk)

    def _to_report(self, opened: RecipientImport) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk]))

    def _to_draft(self, batch_send: BatchSend) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:django_alisms_batchsend_change", args=[batch_send.pk]))


def _cells(posted: QueryDict) -> dict[int, str]:
    """The form's cells by their place: ``cell-3`` is the fourth column."""
    found = {}
    for name, text in posted.items():
        place = _number(name.removeprefix("cell-")) if name.startswith("cell-") else None
        if place is not None:
            found[place] = str(text)
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _download(file: Any, name: str) -> FileResponse:
    response = FileResponse(file, as_attachment=True, filename=name, content_type=WORKBOOK)
    response["X-Content-Type-Options"] = "nosniff"
    return response
