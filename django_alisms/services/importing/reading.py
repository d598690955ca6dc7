"""A file, or rows from code, into judged rows. No tables are written: a dry run is this alone.

What cannot be known from the file is a question; nothing is chosen for the uploader. Answers come from the person,
from options of the command, or from what was answered for this template before.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File

from ...models import BatchSend, ImportStatus, Recipient, RecipientImport, SignName, Template
from ...models.recipient_imports import OPEN_IMPORTS
from ...recipients import reasons
from ...recipients.cells import cell_as_typed, is_blank
from ...recipients.columns import PHONE, ColumnMap, ColumnQuestions, columns_by_letter, match_header
from ...recipients.duplicates import NEW, DifferentValues, Duplicates, Seen, Sighting
from ...recipients.file_refused import FileRefused
from ...recipients.headers import HEADER_ROWS, find_header
from ...recipients.readers import open_recipients_file
from ...recipients.readers.refusals import sentence as refusal_sentence
from ...recipients.reason_codes import Reason, Refusal
from ...recipients.rows import AcceptedRow, Problem, RejectedRow, RowRules, rejected
from ...recipients.spreadsheet_text import LONGEST_CELL
from ...recipients.values import DATE_FORMATS, is_number_form
from ...recipients.variable_rules import VariableRule
from .asking import question_sentence
from .doubts import ZEROS, Doubts, number_form_questions
from .samples import SHOWN_ROWS, cells_in_short, sample, samples

Row = tuple[int, Sequence[Any]]
NO_HEADER = "none"
SHOWN_EXAMPLES = 10
ROWS_AT_ONCE = 1000
# Of a workbook with hundreds of sheets, the first rows of so many are shown beside the question.
SHEETS_SHOWN = 10


class Refused(Exception):
    """The file cannot be read at all; ``sentence`` says why and what to do."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def words_of(refused: Refused | FileRefused) -> Any:
    """The sentence for whoever uploaded it."""
    return refused.sentence if isinstance(refused, Refused) else refusal_sentence(refused)


@dataclass
class Reading:
    """Judged rows, once. Iterate it, then ask for the rest: counts, questions that only the whole file shows."""

    rules: RowRules
    columns: ColumnMap | None
    rows: Iterable[Row]
    policy: DifferentValues
    known: Iterable[tuple[str, str]] = ()
    # About how many rows there will be; only memory is laid out by it.
    expected: int = 0
    # With "drop all": the numbers that come with different values, found by a pass over the file before this one.
    dropped: set[int] = field(default_factory=set)
    # {row: {column: why its value is not to be taken}}: merged cells, formulas without a value.
    blocked: dict[int, dict[int, Refusal]] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    fixes: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    # Rows whose number stood before with other values; the first few of these numbers, to show.
    different: int = 0
    examples: list[str] = field(default_factory=list)
    # What only the rows of a file show; rows from code are not asked about.
    doubts: Doubts | None = None
    width: int = 0
    shortest: int = 0
    longest: int = 0
    longest_row: int | None = None
    long: int = 0

    def __iter__(self) -> Iterator[AcceptedRow | RejectedRow]:
        if self.columns is None:
            return
        seen = Duplicates(self.expected)
        for phone, params in self.known:
            seen.see(0, phone, params)
        rows = iter(self.rows)
        taken_any = False
        while some := list(islice(rows, ROWS_AT_ONCE)):
            judged = self._judge(some, self.columns)
            accepted = [row for row in judged if type(row) is AcceptedRow]
            taken_any = taken_any or bool(accepted)
            known = seen.see_all(accepted)
            if len(accepted) == len(some) and not known and self.policy is not DifferentValues.DROP_ALL:
                self._note_all(accepted)
                yield from accepted
            else:
                yield from self._one_by_one(some, judged, known)
        if self.doubts is not None:
            self.questions += self.doubts.questions(taken_any)
        if self.different and self.policy == DifferentValues.ASK:
            self.questions.append(
                {
                    "key": "same_number",
                    "facts": {"count": self.different},
                    "choices": [
                        {"value": policy.value}
                        for policy in DifferentValues
                        if policy is not DifferentValues.ASK
                    ],
                }
            )

    def _judge(self, some: Sequence[Row], columns: ColumnMap) -> Sequence[AcceptedRow | RejectedRow | None]:
        if not self.blocked:
            return self.rules.judge_all(some, columns)
        judge, blocked = self.rules.judge, self.blocked
        return [judge(number, cells, columns, blocked.get(number, {})) for number, cells in some]

    def _one_by_one(
        self,
        some: Sequence[Row],
        judged: Sequence[AcceptedRow | RejectedRow | None],
        known: Mapping[int, Sighting],
    ) -> Iterator[AcceptedRow | RejectedRow]:
        """Those that are to be told apart. ``known``: by row, what stood before with the same number."""
        decides = self.policy in (DifferentValues.KEEP_FIRST, DifferentValues.DROP_ALL)
        for (_number, cells), row in zip(some, judged, strict=True):
            if row is None:  # a blank row
                continue
            if isinstance(row, AcceptedRow):
                sighting = known.get(row.row, NEW)
                if sighting.seen is Seen.REPEATED:
                    yield self._repeated(row, cells, sighting.first_row)
                    continue
                if sighting.seen is Seen.DIFFERENT:
                    self.different += 1
                    if len(self.examples) < SHOWN_EXAMPLES and row.phone not in self.examples:
                        self.examples.append(row.phone)
                if decides and self._is_not_to_go(row, sighting.seen):
                    yield self._other_values(row, cells, sighting.first_row)
                    continue
                self._note_all([row])
            elif self.doubts is not None:
                self.doubts.refused(row, cells)
            yield row

    def _note_all(self, taken: Iterable[AcceptedRow]) -> None:
        """What the report says of rows that go. Most are like one before."""
        doubts = self.doubts
        for row in taken:
            place, phone, _params, parts, fixes, length, findings = row
            if fixes or findings or parts > 1 or not self.shortest <= length <= self.longest:
                self._note(row)
            if doubts is not None and phone[-6:] == ZEROS:
                doubts.taken(phone, place)

    def _is_not_to_go(self, row: AcceptedRow, seen: Seen) -> bool:
        """One number with different values, and a person chose that this one does not go."""
        if self.policy is DifferentValues.KEEP_FIRST:
            return seen is Seen.DIFFERENT
        return self.policy is DifferentValues.DROP_ALL and int(row.phone) in self.dropped

    def _repeated(self, row: AcceptedRow, cells: Sequence[Any], first_row: int) -> RejectedRow:
        """The same number with the same values: the same message, which goes once."""
        reason = Reason.REPEATED if first_row else Reason.ALREADY_IN_DRAFT
        return self._bad(row, cells, reason, first_row, duplicate=True)

    def _other_values(self, row: AcceptedRow, cells: Sequence[Any], first_row: int) -> RejectedRow:
        return self._bad(row, cells, Reason.SAME_NUMBER_DIFFERENT_VALUES, first_row)

    def _bad(
        self,
        row: AcceptedRow,
        cells: Sequence[Any],
        reason: Reason,
        first_row: int,
        *,
        duplicate: bool = False,
    ) -> RejectedRow:
        place = self.columns.phone if self.columns is not None else 0
        problem = Problem(PHONE, place, reason, cell_as_typed(cells[place]), {"first_row": first_row})
        typed = [cell_as_typed(cell, LONGEST_CELL) for cell in cells]
        if self.columns is not None:  # as it would be sent: the workbook that goes back has no formats
            values = json.loads(row.params_json)
            for name, index in self.columns.variables:
                if index != place:
                    typed[index] = values[name]
        return rejected(row.row, [problem], typed, duplicate=duplicate)

    def facts(self) -> dict[str, Any]:
        """How the file was read, for the report: sheet, header row, columns, mended cells."""
        found: dict[str, Any] = dict(self.source)
        if self.policy is DifferentValues.KEEP_ALL and self.different:
            found["further"] = self.different
        found["fixes"] = {str(key): count for key, count in self.fixes.items()}
        found["notices"] = {str(key): count for key, count in self.notices.items()}
        if self.columns is not None:
            header = self.columns.header
            found["headers"] = list(self.columns.headers)
            found["width"] = self.width or len(self.columns.headers)
            found["places"] = {PHONE: self.columns.phone} | {
                name: index for name, index in self.columns.variables if name != PHONE
            }
            found["ours"] = list(self.columns.ours)
            found["variables"] = dict(self.columns.variables)
            found["columns"] = {
                PHONE: header(self.columns.phone),
                **{f"${{{name}}}": header(index) for name, index in self.columns.variables},
            }
            found["unused"] = [header(index) for index in self.columns.extra]
        return found

    def _note(self, row: AcceptedRow) -> None:
        if row.fixes:
            self.fixes.update(row.fixes)
        if row.findings:
            self.notices.update(finding.notice for finding in row.findings)
        length = row.length
        if length > self.longest:
            self.longest, self.longest_row = length, row.row
        if not self.shortest or length < self.shortest:
            self.shortest = length
        if row.parts > 1:
            self.long += 1


# -- from a file -----------------------------------------------------------------------------------------------


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
    _check_answers(answers, template)
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
    options = _column_options(answers)
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
        found.questions += _column_questions(columns, body)
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
        _column_options(answers),
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


def _column_options(answers: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in dict(answers.get("columns", {})).items() if value}


def _column_questions(found: ColumnQuestions, body: Sequence[Row]) -> list[dict[str, Any]]:
    from ...recipients.headers import column_letter

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


# -- what the rules need ---------------------------------------------------------------------------------------


def rules_for(sign_name: SignName, template: Template, answers: Mapping[str, Any] | None = None) -> RowRules:
    """The one rule set, for this template and sign name."""
    answers = answers or {}
    return RowRules(
        content=template.content,
        sign=sign_name.name,
        rules=variable_rules(template),
        date_format=str(answers.get("date_format", "")),
        number_forms=number_forms_of(answers, template),
        international=template.is_international,
    )


def number_forms_of(answers: Mapping[str, Any], template: Template) -> dict[str, str]:
    """What a person chose for the numbers of each variable."""
    said = {name: str(answers.get(f"number_form.{name}", "")) for name in template.variables}
    return {name: form for name, form in said.items() if form}


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


def _check_answers(answers: Mapping[str, Any], template: Template) -> None:
    """An answer that does not exist is refused: taken for none, the question would come back for ever."""
    for key, possible in _POSSIBLE.items():
        if answers.get(key) and str(answers[key]) not in possible:
            raise FileRefused("unknown_answer", key=key, value=str(answers[key])[:50], choices=list(possible))
    for name, form in number_forms_of(answers, template).items():
        if not is_number_form(form):
            forms = ["stored", "percent.N", "fixed.N", "grouped.N", "pad.N"]
            raise FileRefused("unknown_answer", key=f"number_form.{name}", value=form[:50], choices=forms)


def variable_rules(template: Template) -> dict[str, VariableRule]:
    """What the account's template says about its variables."""
    return {name: VariableRule(kind=str(kind)) for name, kind in template.variable_attributes.items()}


def known_of(send: BatchSend, but: RecipientImport | None = None) -> Iterator[tuple[str, str]]:
    """Numbers and values that the draft has already, from other imports: a second file doubles nobody.

    Of those that are done: what another one is only staging may still go, and nobody must be left out for its sake.
    """
    people = Recipient.objects.of(send.pk)
    if but is not None:
        people = people.exclude(batch__recipient_import=but)
    people = people.exclude(batch__recipient_import__status__in=[*OPEN_IMPORTS, ImportStatus.FAILED])
    return people.values_list("phone", "params").iterator(chunk_size=5000)


def remembered_aliases(template: Template) -> dict[str, list[str]]:
    """Headers that were chosen for this template before."""
    return {str(key): [str(value)] for key, value in dict(template.remembered.get("columns", {})).items()}


def remember(opened: RecipientImport) -> None:
    """Keep what a person answered for the next file of this template: columns are found by it, other answers are ticked
    when the same question comes again; it still is asked, because it is another file."""
    columns = _column_options(opened.answers)
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


# -- from code -------------------------------------------------------------------------------------------------


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
        raise Refused(" ".join(question_sentence(one) for one in _column_questions(columns, ())))
    rules = rules_for(send.sign_name, send.template)
    return Reading(rules, columns, enumerate(rows, 2), DifferentValues.KEEP_ALL, known_of(send))


# -- a dry run -------------------------------------------------------------------------------------------------


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
    from ..refusals import NotPossible

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
