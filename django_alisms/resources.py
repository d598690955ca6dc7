"""Sheet → rows for django-import-export: its Format and Resource as the door, our row rules behind it.

The stock classes read the file twice and keep every row in memory and on the page; ours hand the upload over
unread, and the result is a RecipientImport. Somebody who uses the Resource directly, with a tablib Dataset, gets the
same verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tablib
from import_export import fields, resources, results, widgets
from import_export.formats.base_formats import Format

from .models import BatchSend, ImportStatus, Recipient, RecipientImport
from .recipients.columns import PHONE
from .recipients.rows import AcceptedRow
from .recipients.spreadsheet_text import spreadsheet_text
from .services import exporting
from .services.actors import Actor
from .services.importing import from_code, staging, uploading
from .services.importing.reading import Refused
from .services.refusals import NotPossible
from .services.slices import Slice


class ListFormat(Format):
    """Any list we read: xlsx, xls, ods, csv, tsv; judged by its content when it is read, not here."""

    def get_title(self) -> str:
        return "xlsx, xls, ods, csv, tsv"

    def get_extension(self) -> str:
        return "xlsx"

    def can_import(self) -> bool:
        return True

    def create_dataset(self, in_stream: Any) -> tablib.Dataset:
        """Nothing is read here: the upload goes on as it is."""
        return tablib.Dataset()


class ImportedList(results.Result):
    """The result of an import: ``recipient_import`` has the counts and the rejected rows."""

    def __init__(self, recipient_import: RecipientImport | None = None) -> None:
        super().__init__()
        self.recipient_import = recipient_import
        if recipient_import is not None:
            self.total_rows = recipient_import.rows
            self.totals[results.RowResult.IMPORT_TYPE_NEW] = recipient_import.good
            self.totals[results.RowResult.IMPORT_TYPE_SKIP] = recipient_import.duplicates
            self.totals[results.RowResult.IMPORT_TYPE_INVALID] = recipient_import.rejected


class RecipientResource(resources.ModelResource):
    """Recipients of one draft: ``phone`` and one field for each variable of its template."""

    class Meta:
        model = Recipient
        fields = ("phone",)

    def __init__(
        self, batch_send: BatchSend | None = None, actor: Actor | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.batch_send = batch_send
        self.actor = actor or Actor.command("import_export")
        if batch_send is not None:
            for name in batch_send.template.variables:
                if name != PHONE:
                    self.fields[name] = fields.Field(
                        column_name=name, attribute=None, widget=widgets.CharWidget()
                    )

    def get_import_order(self) -> tuple[str, ...]:
        return tuple(self.fields)

    def import_upload(
        self, upload: Any, *, answers: Mapping[str, Any] | None = None, **options: Any
    ) -> ImportedList:
        """An uploaded file into the draft: read here when it is small, left to a worker when it is not."""
        opened = uploading.upload(
            self._draft(),
            upload,
            upload.name,
            actor=self.actor,
            answers=dict(answers or {}),
            read_here=uploading.is_small(upload.size),
            **options,
        )
        opened = staging.read_if_small(opened, actor=self.actor)
        return ImportedList(opened)

    def import_data(self, dataset: tablib.Dataset, dry_run: bool = False, **kwargs: Any) -> ImportedList:
        """The rows of a Dataset into the draft. ``dry_run``: judged and counted, not stored.

        Raises NotPossible for what is wrong with the whole: no draft, a missing column.
        """
        draft = self._draft()
        try:
            judged = from_code.reading_of_table(draft, list(dataset.headers or ()), dataset)
        except Refused as refused:
            raise NotPossible(refused.sentence) from refused
        if not dry_run:
            return ImportedList(
                staging.stage(uploading.open_without_file(draft, self.actor), judged, actor=self.actor)
            )
        counted = RecipientImport(batch_send=draft, status=ImportStatus.DONE)
        for row in judged:
            counted.rows += 1
            if isinstance(row, AcceptedRow):
                counted.good += 1
            elif row.duplicate:
                counted.duplicates += 1
            else:
                counted.rejected += 1
        return ImportedList(counted)

    def export(self, queryset: Any = None, part: str = "all", **kwargs: Any) -> tablib.Dataset:
        """A slice of the send as a Dataset: the same table as the export of the pages, with the same rights.

        ``part``: a key of ``services.slices``, such as ``undelivered`` or ``undelivered:MOBILE_IN_BLACK``. Numbers are
        whole for whoever may see them, masked otherwise, and the history keeps who took what. A Dataset holds all of
        its rows; long lists are better taken as csv from the page of the send. Raises NotAllowed, NotPossible.
        """
        if queryset is not None:
            raise NotPossible("RecipientResource exports slices of its send: give part=…, no queryset.")
        try:
            wanted = Slice.parse(part)
        except ValueError as unknown:
            raise NotPossible(f"There is no slice {part!r}.") from unknown
        user = self.actor.user
        full = user is None or user.has_perm("django_alisms.view_full_number")
        table = exporting.export(self._draft(), wanted, actor=self.actor, full=full)
        rows = (
            [cell if isinstance(cell, int) else spreadsheet_text(cell) for cell in line]
            for line in table.lines
        )
        return tablib.Dataset(*rows, headers=[spreadsheet_text(header) for header in table.headers])

    def _draft(self) -> BatchSend:
        if self.batch_send is None:
            raise NotPossible("RecipientResource needs its send: RecipientResource(batch_send=…).")
        return self.batch_send
