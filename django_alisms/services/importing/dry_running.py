"""A file read and judged whole, and nothing stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...models import SignName, Template
from ...recipients import reasons
from ...recipients.file_refused import FileRefused
from ...recipients.readers.refusals import sentence as refusal_sentence
from ...recipients.rows import AcceptedRow
from ..refusals import NotPossible
from .from_file import open_file
from .reading import Refused


@dataclass
class DryRun:
    """What an import would have done."""

    rows: int = 0
    good: int = 0
    duplicates: int = 0
    parts: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    shown: list[AcceptedRow] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)


def dry_run(
    path: Path,
    file_name: str,
    sign_name: SignName,
    template: Template,
    answers: Mapping[str, Any],
    *,
    limit: int | None,
) -> DryRun:
    """Read and judge everything, store nothing. ``limit``: how many accepted rows to keep for showing."""
    found = DryRun()
    try:
        with open_file(path, file_name, sign_name, template, answers) as judged:
            for row in judged:
                found.rows += 1
                if isinstance(row, AcceptedRow):
                    found.good += 1
                    found.parts += row.parts
                    if limit is None or len(found.shown) < limit:
                        found.shown.append(row)
                elif row.duplicate:
                    found.duplicates += 1
                else:
                    found.rejected.append(
                        {
                            "row": row.row,
                            "column": row.column,
                            "code": str(row.reason),
                            "reason": str(reasons.sentence(row.reason, **row.facts)),
                        }
                    )
            found.questions = judged.questions
            if not found.rows and not found.questions:
                raise Refused(refusal_sentence(FileRefused("only_header")))
    except Refused as refused:
        raise NotPossible(refused.sentence) from refused
    return found
