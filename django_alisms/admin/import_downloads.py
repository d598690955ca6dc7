"""Workbooks that staff take away: the rows that were not imported, and a sample for a template."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from ..models import RecipientImport, Template
from ..recipients.rejected_workbook import RejectedWorkbook, headers_to_write
from ..recipients.sample_workbook import write_sample_workbook
from ..services.importing import from_draft, mending, reporting

IN_MEMORY = 2 * 1024 * 1024


def rejected_workbook(done: RecipientImport, language: str) -> IO[bytes]:
    """All rejected rows with the uploader's own columns and a reason column; mended, it can be uploaded again."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the response closes it)
    facts: dict[str, Any] = done.reading
    headers = headers_to_write(
        facts.get("headers", []), facts.get("places", {}), facts.get("width", 0), language
    )
    used = list(facts.get("columns", {}).values())
    with RejectedWorkbook(file, headers, used=used, language=language) as book:
        for row in reporting.rejected_rows(done):
            book.add(row.row, row.cells, mending.problems_of(row))
    file.seek(0)
    return file


def sample_workbook(template: Template, language: str) -> IO[bytes]:
    """Right headers, the numbers' column set to text, two rows that are good by the template's own rules."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the response closes it)
    write_sample_workbook(
        file,
        template.variables,
        rules=from_draft.variable_rules(template),
        international=template.is_international,
        language=language,
    )
    file.seek(0)
    return file
