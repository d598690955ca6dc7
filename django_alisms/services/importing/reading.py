"""A file, or rows from code, into judged rows. No tables are written: a dry run is this alone.

What cannot be known from the file is a question; nothing is chosen for the uploader. Answers come from the person,
from options of the command, or from what was answered for this template before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ...recipients.cells import cell_as_typed
from ...recipients.columns import PHONE, ColumnMap
from ...recipients.duplicates import NEW, DifferentValues, Duplicates, Seen, Sighting
from ...recipients.file_refused import FileRefused
from ...recipients.readers.refusals import sentence as refusal_sentence
from ...recipients.reason_codes import Reason, Refusal
from ...recipients.rows import AcceptedRow, Problem, RejectedRow, RowRules, rejected
from ...recipients.spreadsheet_text import LONGEST_CELL
from .doubts import ZEROS, Doubts

Row = tuple[int, Sequence[Any]]
SHOWN_EXAMPLES = 10
ROWS_AT_ONCE = 1000


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
