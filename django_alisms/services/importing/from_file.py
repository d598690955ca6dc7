"""A file on disk into a reading: its encoding, sheet, header and columns, what is hidden in it, and what has to be asked."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File

from ...models import RecipientImport, SignName, Template
from ...recipients.cells import is_blank
from ...recipients.columns import ColumnMap, ColumnQuestions, columns_by_letter, match_header
from ...recipients.duplicates import DifferentValues, Duplicates
from ...recipients.file_refused import FileRefused
from ...recipients.headers import HEADER_ROWS, column_letter, find_header
from ...recipients.readers import open_recipients_file
from ...recipients.readers.refusals import sentence as refusal_sentence
from ...recipients.reason_codes import Reason, Refusal
from ...recipients.rows import AcceptedRow, RowRules
from .answers import NO_HEADER, check_answers, column_options, remembered_aliases
from .doubts import Doubts, number_form_questions
from .from_draft import known_of, rules_for
from .reading import Reading, Refused, Row
from .samples import SHOWN_ROWS, cells_in_short, sample, samples

# Of a workbook with hundreds of sheets, the first rows of so many are shown beside the question.
SHEETS_SHOWN = 10


@contextmanager
def open_upload(opened: RecipientImport, upload: BinaryIO | File[bytes]) -> Iterator[Reading]:
    """The reading of an upload. Raises Refused."""
    send = opened.batch_send
    with tempfile.TemporaryDirectory(prefix="alisms-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            for chunk in iter(lambda: upload.read(1 << 20), b""):
                copy.write(chunk)
        with open_file(
            path,
            opened.file_name,
            send.sign_name,
            send.template,
            opened.answers,
            known=known_of(send, opened),
        ) as found:
            yield found


@contextmanager
def open_file(
    path: Path,
    file_name: str,
    sign_name: SignName,
    template: Template,
    answers: Mapping[str, Any],
    known: Iterable[tuple[str, str]] = (),
) -> Iterator[Reading]:
    """The reading of a file on disk. Raises Refused, on opening or while it is iterated."""
    try:
        workbook = open_recipients_file(path, file_name)
        with workbook:
            yield _reading(workbook, sign_name, template, answers, known)
    except FileRefused as refused:
        raise Refused(refusal_sentence(refused)) from refused


def _reading(
    workbook: Any,
    sign_name: SignName,
    template: Template,
    answers: Mapping[str, Any],
    known: Iterable[tuple[str, str]],
) -> Reading:
    check_answers(answers, template)
    rules = rules_for(sign_name, template, answers)
    found = Reading(
        rules, None, (), DifferentValues(answers.get("same_number") or DifferentValues.ASK), known
    )
    found.source["kind"] = workbook.kind
    _choose_encoding(workbook, answers, found.questions)
    if found.questions:
        return found
    sheet = _sheet(workbook, answers, found.questions)
    if sheet is None:
        return found
    found.source["sheet"] = sheet
    if unread := [one.name for one in workbook.sheets if not one.visible]:
        found.source["hidden_sheets"] = unread[:SHEETS_SHOWN]
    # Before the rows: the reader's process answers one question after the other.
    findings = workbook.findings(sheet)
    rows = iter(workbook.rows(sheet))
    head = list(islice(rows, HEADER_ROWS))
    if not head:
        raise FileRefused("no_rows")
    header = _header(head, template, answers, found.questions)
    if header is None:
        return found
    options = column_options(answers)
    exact = workbook.kind in ("csv", "tsv")
    if isinstance(header, str):
        found.width = max(len(cells) for _number, cells in head)
        widths = Counter(len(cells) for _number, cells in head if any(cells)).most_common(1)
        usual = widths[0][0] if widths else found.width
        columns = columns_by_letter(found.width, template.variables, options, exact, usual)
        body = head
    else:
        number, cells = head[header]
        found.source["header_row"] = number
        columns = match_header(cells, template.variables, options, remembered_aliases(template), exact)
        body = head[header + 1 :]
    if isinstance(columns, ColumnQuestions):
        found.questions += column_questions(columns, body)
        return found
    first = body[0][0] if body else 0
    found.blocked = {
        row: {column: Refusal(Reason(reason), {}) for column, reason in cells.items()}
        for row, cells in findings.blocked_below(first - 1).items()
    }
    shown: Iterator[Row] = chain(body, rows)
    hidden = {row for row in findings.hidden_rows if row >= first}
    if hidden:
        hidden = _hidden(workbook.rows(sheet), first, hidden, answers, found)
        # Read anew: the pass before this one used the rows up.
        rows_again = (row for row in workbook.rows(sheet) if row[0] >= first)
        shown = (row for row in rows_again if row[0] not in hidden)
    _ask_about_hidden_columns(columns, findings.hidden_columns, body, answers, found)
    found.questions += number_form_questions(columns, findings.forms, answers)
    if found.questions:
        return found
    found.columns = columns
    found.rows = shown
    found.expected = findings.last_row
    found.doubts = Doubts(columns, answers)
    if found.policy is DifferentValues.DROP_ALL:
        found.dropped = _with_different_values(
            workbook.rows(sheet), body[0][0] if body else 0, columns, rules
        )
    return found


def _choose_encoding(workbook: Any, answers: Mapping[str, Any], questions: list[dict[str, Any]]) -> None:
    """A file in GBK that could be Big5 as well: a person sees both."""
    other = workbook.other_encoding
    if not other:
        return
    told = answers.get("encoding")
    if told:
        workbook.read_as(str(told))
        return
    read = {"gb18030": workbook.first_lines(), "big5": other}
    questions.append(
        {
            "key": "encoding",
            "facts": {},
            "choices": [{"value": name, "label": " / ".join(lines)} for name, lines in read.items()],
        }
    )


def _hidden(
    rows: Iterable[Row], first: int, hidden: set[int], answers: Mapping[str, Any], found: Reading
) -> set[int]:
    """The rows that are not to be read, or a question: people filter a list and expect that what they see goes."""
    filled = 0
    unseen: set[int] = set()
    shown: list[str] = []
    for number, cells in rows:
        if number < first or all(map(is_blank, cells)):
            continue
        filled += 1
        if number in hidden:
            unseen.add(number)
            if len(shown) < SHOWN_ROWS:
                shown.append(sample(number, cells))
    if not unseen or answers.get("hidden_rows") == "all":
        return set()
    if answers.get("hidden_rows") == "visible":
        found.source["hidden_rows_left_out"] = len(unseen)
        return unseen
    found.questions.append(
        {
            "key": "hidden_rows",
            "facts": {
                "hidden": len(unseen),
                "visible": filled - len(unseen),
                "all": filled,
                "samples": shown,
            },
            "choices": [{"value": "visible"}, {"value": "all"}],
        }
    )
    return set()


def _ask_about_hidden_columns(
    columns: ColumnMap,
    hidden: Iterable[int],
    body: Sequence[Row],
    answers: Mapping[str, Any],
    found: Reading,
) -> None:
    used = {columns.phone, *(index for _name, index in columns.variables)}
    unseen = sorted(used & set(hidden))
    if unseen and answers.get("hidden_columns") != "use":
        names = ", ".join(f"“{columns.header(index)}”" for index in unseen)
        cells = ((number, [row[index] for index in unseen if index < len(row)]) for number, row in body)
        facts = {"columns": names, "samples": samples(cells)}
        found.questions.append({"key": "hidden_columns", "facts": facts, "choices": [{"value": "use"}]})


def _with_different_values(rows: Iterable[Row], first: int, columns: ColumnMap, rules: RowRules) -> set[int]:
    """A pass over the whole sheet: the numbers that come with more than one set of values."""
    seen = Duplicates()
    for number, cells in rows:
        row = rules.judge(number, cells, columns) if number >= first else None
        if isinstance(row, AcceptedRow):
            seen.see(row.row, row.phone, row.params_json)
    return seen.different


def _sheet(workbook: Any, answers: Mapping[str, Any], questions: list[dict[str, Any]]) -> str | None:
    visible = [sheet.name for sheet in workbook.sheets if sheet.visible]
    chosen = answers.get("sheet")
    if chosen:
        if chosen not in visible:
            if workbook.kind in ("csv", "tsv"):
                raise FileRefused("no_sheets", sheet=chosen)
            raise FileRefused("unknown_sheet", sheet=chosen, sheets=visible)
        return str(chosen)
    if len(visible) > 1:
        beginnings = {name: workbook.beginning(name) for name in visible}
        filled = [name for name, rows in beginnings.items() if rows]
        if len(filled) > 1:
            questions.append(
                {
                    "key": "sheet",
                    "facts": {
                        "count": len(filled),
                        "samples": [
                            f"{name} {line}"
                            for name in filled[:SHEETS_SHOWN]
                            for line in samples(beginnings[name])
                        ],
                    },
                    "choices": [{"value": name} for name in filled],
                }
            )
            return None
        visible = filled or visible[:1]
    if not visible:
        raise FileRefused("no_visible_sheet")
    return visible[0]


def _header(
    head: list[Row], template: Template, answers: Mapping[str, Any], questions: list[dict[str, Any]]
) -> int | str | None:
    """The index of the header in ``head``, NO_HEADER, or None when a person has to say."""
    told = str(answers.get("header", ""))
    if told == NO_HEADER:
        return NO_HEADER
    if told:
        for index, (number, _cells) in enumerate(head):
            if str(number) == told:
                return index
        raise FileRefused("unknown_header_row", row=told)
    place = find_header(
        [cells for _number, cells in head],
        template.variables,
        column_options(answers),
        remembered_aliases(template),
    )
    if place.index is not None and place.certain:
        return place.index
    choices = [{"value": str(number), "label": cells_in_short(cells)} for number, cells in head]
    default = str(head[place.index][0]) if place.index is not None else None
    questions.append(
        {"key": "header", "facts": {}, "choices": [*choices, {"value": NO_HEADER}], "default": default}
    )
    return None


def column_questions(found: ColumnQuestions, body: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "key": "columns",
            "facts": {"column": one.column, "samples": samples(body)},
            "choices": [
                {
                    "value": (found.headers[index] if index < len(found.headers) else "")
                    or column_letter(index),
                    "label": column_letter(index),
                }
                for index in one.candidates
            ],
        }
        for one in found.questions
    ]
