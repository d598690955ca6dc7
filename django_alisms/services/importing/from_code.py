"""Rows from code into a reading: mappings of the Python API, and tables with headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...models import BatchSend
from ...recipients.columns import PHONE, ColumnMap, ColumnQuestions, match_header
from ...recipients.duplicates import DifferentValues
from ...recipients.file_refused import FileRefused
from ...recipients.readers.refusals import sentence as refusal_sentence
from .answers import remembered_aliases
from .asking import question_sentence
from .from_draft import known_of, rules_for
from .from_file import column_questions
from .reading import Reading, Refused


def rows_from_mappings(send: BatchSend, rows: Iterable[Mapping[str, Any]]) -> Reading:
    """Rows of the Python API: ``phone`` and the variables by name; numbered from 1."""
    variables = send.template.variables
    phone = "phone_number" if PHONE in variables else PHONE
    columns = ColumnMap(
        phone=0,
        variables=tuple((name, index) for index, name in enumerate(variables, 1)),
        headers=(phone, *variables),
    )
    cells = (
        (number, (row.get(phone), *(row.get(name) for name in variables)))
        for number, row in enumerate(rows, 1)
    )
    return Reading(rules_for(send.sign_name, send.template), columns, cells, policy=DifferentValues.KEEP_ALL)


def reading_of_table(send: BatchSend, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Reading:
    """A table with headers, such as a tablib Dataset: row 1 is the header, as in a file. Raises Refused."""
    try:
        columns = match_header(headers, send.template.variables, None, remembered_aliases(send.template))
    except FileRefused as refused:
        raise Refused(refusal_sentence(refused)) from refused
    if isinstance(columns, ColumnQuestions):
        raise Refused(" ".join(question_sentence(one) for one in column_questions(columns, ())))
    rules = rules_for(send.sign_name, send.template)
    return Reading(rules, columns, enumerate(rows, 2), DifferentValues.KEEP_ALL, known_of(send))
