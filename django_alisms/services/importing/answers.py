"""A person's answers to a file's questions: which there are, and which are remembered for a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...models import RecipientImport, Template
from ...recipients.duplicates import DifferentValues
from ...recipients.file_refused import FileRefused
from ...recipients.values import DATE_FORMATS, is_number_form

NO_HEADER = "none"
_POSSIBLE = {
    "hidden_rows": ("visible", "all"),
    "hidden_columns": ("use",),
    "six_zeros": ("keep",),
    "encoding": ("gb18030", "big5"),
    "date_format": tuple(DATE_FORMATS),
    "same_number": tuple(policy.value for policy in DifferentValues),
}


def answer_keys(template: Template) -> list[str]:
    """What can be answered for a file of this template, beside its columns."""
    return ["sheet", "header", *_POSSIBLE, *(f"number_form.{name}" for name in template.variables)]


def check_answers(answers: Mapping[str, Any], template: Template) -> None:
    """An answer that does not exist is refused: taken for none, the question would come back for ever."""
    for key, possible in _POSSIBLE.items():
        if answers.get(key) and str(answers[key]) not in possible:
            raise FileRefused("unknown_answer", key=key, value=str(answers[key])[:50], choices=list(possible))
    for name, form in number_forms_of(answers, template).items():
        if not is_number_form(form):
            forms = ["stored", "percent.N", "fixed.N", "grouped.N", "pad.N"]
            raise FileRefused("unknown_answer", key=f"number_form.{name}", value=form[:50], choices=forms)


def column_options(answers: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in dict(answers.get("columns", {})).items() if value}


def number_forms_of(answers: Mapping[str, Any], template: Template) -> dict[str, str]:
    """What a person chose for the numbers of each variable."""
    said = {name: str(answers.get(f"number_form.{name}", "")) for name in template.variables}
    return {name: form for name, form in said.items() if form}


def remembered_aliases(template: Template) -> dict[str, list[str]]:
    """Headers that were chosen for this template before."""
    return {str(key): [str(value)] for key, value in dict(template.remembered.get("columns", {})).items()}


def remember(opened: RecipientImport) -> None:
    """Keep what a person answered for the next file of this template: columns are found by it, other answers are ticked
    when the same question comes again; it still is asked, because it is another file."""
    columns = column_options(opened.answers)
    answers = {key: value for key, value in opened.answers.items() if _is_remembered(key)}
    if not (columns or answers):
        return
    template = Template.objects.get(pk=opened.batch_send.template_id)
    remembered = dict(template.remembered)
    if columns:
        remembered["columns"] = {**dict(remembered.get("columns", {})), **columns}
    if answers:
        remembered["answers"] = {**dict(remembered.get("answers", {})), **answers}
    Template.objects.filter(pk=template.pk).update(remembered=remembered)


def _is_remembered(key: str) -> bool:
    """Not what is about the numbers of one file."""
    return key.startswith("number_form.") or key in {"sheet", "header", *_POSSIBLE} - {"six_zeros"}
