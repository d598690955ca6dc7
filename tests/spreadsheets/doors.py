"""The two ways in: the upload of the admin, and ``alisms_send --dry-run --json``. Both end in an ``Outcome``."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from django_alisms.models import BatchSend, Recipient, RecipientImport
from django_alisms.services.actors import Actor
from django_alisms.services.importing import staging

from .verdicts import Outcome

Answers = Mapping[str, Any]


def through_upload(
    client: Client, draft: BatchSend, content: bytes, name: str, answers: Answers | None = None
) -> tuple[Outcome, RecipientImport]:
    """Upload to the draft, let the worker read what was too large for the request, answer, look at the report."""
    upload = SimpleUploadedFile(name, content)
    path = reverse("admin:django_alisms_batchsend_import", args=[draft.pk])
    before = set(RecipientImport.objects.values_list("pk", flat=True))
    page = client.post(path, {"import_file": upload}, follow=True)
    assert page.status_code == 200
    opened = RecipientImport.objects.exclude(pk__in=before).order_by("-pk").first()
    if opened is None:  # refused before it was stored: the draft's page says why
        return Outcome(sentence=" ".join(str(one) for one in page.context["messages"])), None  # type: ignore[return-value]
    opened = read_if_waiting(opened)
    while answers and opened.status == "asking" and _knows(answers, opened):
        data = {f"q{place}": _answer(answers, one) for place, one in enumerate(opened.questions)}
        answered = client.post(reverse("admin:django_alisms_batchsend_answer", args=[opened.pk]), data)
        assert answered.status_code == 302, answered.context["questions"].errors
        opened = read_if_waiting(opened)
    report = client.get(reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk]))
    assert report.status_code == 200
    assert len(report.content) <= 100_000
    draft.refresh_from_db()
    counts_agree(draft, opened)
    return outcome_of(opened), opened


def read_if_waiting(opened: RecipientImport) -> RecipientImport:
    """As the worker does."""
    opened.refresh_from_db()
    if opened.status == "waiting":
        opened = staging.read(opened.pk, actor=Actor.command("alisms_worker"))
    return opened


def outcome_of(opened: RecipientImport) -> Outcome:
    if opened.status == "failed" and not opened.rejected:
        return Outcome(sentence=opened.error)
    people = tuple(
        (person.row, person.phone, *person.values.values())
        for person in Recipient.objects.filter(batch__recipient_import=opened).order_by("row", "id")
    )
    bad = opened.rejected_rows.filter(duplicate=False).values_list("row", "reason")
    return Outcome(
        people=people,
        bad=dict(bad),
        repeated=opened.rejected_rows.filter(duplicate=True).count(),
        fixes=frozenset(opened.reading.get("fixes", {})),
        notices=frozenset(opened.reading.get("notices", {})),
        asked=tuple((one["key"], one.get("facts", {}).get("column", "")) for one in opened.questions),
    )


def counts_agree(draft: BatchSend, opened: RecipientImport) -> None:
    """Rows = recipients + duplicates + refused, on the import, on the draft and in the tables."""
    assert opened.status in ("done", "failed", "asking"), opened.status
    stored = Recipient.objects.filter(batch__recipient_import=opened).count()
    if opened.status == "done":
        assert opened.rows == opened.good + opened.duplicates + opened.rejected
        assert (stored, opened.rejected_rows.filter(duplicate=False).count()) == (
            opened.good,
            opened.rejected,
        )
        assert opened.rejected_rows.filter(duplicate=True).count() == opened.duplicates
    else:
        assert stored == 0, "half imported"
    assert draft.rows_total == draft.recipients_total + draft.duplicates_total + draft.rejected_total
    assert draft.recipients_total == Recipient.objects.of(draft.pk).count()
    assert draft.open_imports == (opened.status == "asking")


def _knows(answers: Answers, opened: RecipientImport) -> bool:
    try:
        return bool([_answer(answers, question) for question in opened.questions])
    except KeyError:
        return False


def _answer(answers: Answers, question: Mapping[str, Any]) -> str:
    key, column = question["key"], question.get("facts", {}).get("column", "")
    if key == "columns":
        return str(answers["columns"][column])
    return str(answers[f"{key}.{column}" if f"{key}.{column}" in answers else key])


def through_command(path: Path, sign: str, template: str, answers: Answers | None = None) -> Outcome:
    """``alisms_send --dry-run --json`` in this process; ``path`` has the file."""
    arguments = ["--dry-run", "--json", "--skip-bad-rows", "--preview", "all"]
    for key, value in dict(answers or {}).items():
        if key == "sheet":
            arguments += ["--sheet", value]
        elif key == "columns":
            arguments += [part for pair in value.items() for part in ("--column", "=".join(pair))]
        else:
            arguments += ["--answer", f"{key}={value}"]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        with contextlib.redirect_stderr(err):
            call_command(
                "alisms_send",
                str(path),
                f"--sign-name={sign}",
                f"--template={template}",
                *arguments,
                stdout=out,
                stderr=err,
                no_color=True,
            )
    except SystemExit as ended:
        code = int(ended.code or 0)
    return outcome_of_command(code, out.getvalue(), err.getvalue())


_OPTION = re.compile(
    r"(.*?) Answer with --(?:answer (?P<key>[\w.]+)=|(?P<sheet>sheet)|(?P<column>column))[^ ]*"
)


def outcome_of_command(code: int, out: str, err: str) -> Outcome:
    """What the command said: its object, or the sentence of its exit 2."""
    assert "Traceback" not in err, err
    if not out.strip():
        assert code == 2, (code, err)
        line = err.strip().splitlines()[-1]
        if "Answer with --" in line:
            return Outcome(asked=_asked(line))
        return Outcome(sentence=line)
    found = json.loads(out)
    assert found["rows"] == found["recipients"] + found["duplicates"] + len(found["rejected"])
    assert len(found["preview"]) == found["recipients"]
    assert code == (0 if found["recipients"] else 2), err
    people = sorted((one["row"], one["phone"], *one["params"].values()) for one in found["preview"])
    return Outcome(
        people=tuple(people),
        bad={one["row"]: one["code"] for one in found["rejected"]},
        repeated=found["duplicates"],
    )


def _asked(line: str) -> tuple[tuple[str, str], ...]:
    asked = []
    for match in _OPTION.finditer(line):
        variable = re.search(r"variable “(.*?)”", match[1])
        if match["sheet"]:
            asked.append(("sheet", ""))
        elif match["column"]:
            asked.append(("columns", variable[1] if variable else "phone"))
        else:
            key, _, column = match["key"].partition(".")
            asked.append((key, column))
    return tuple(asked)
