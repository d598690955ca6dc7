"""What must be asked after all rows were seen: dates, numbers that a spreadsheet may have rounded, columns that stand in
each other's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...recipients.cells import Cell
from ...recipients.columns import PHONE, ColumnMap
from ...recipients.headers import column_letter
from ...recipients.judged_rows import RejectedRow
from ...recipients.phone_numbers import counts_as_number
from ...recipients.reason_codes import Reason
from ...recipients.values import date_samples
from .samples import SHOWN_ROWS, sample

Question = dict[str, Any]
ZEROS = "000000"


class Doubts:
    """Told of rows while they are read, asked at the end. ``answers``: what a person has said already."""

    def __init__(self, columns: ColumnMap, answers: Mapping[str, Any]) -> None:
        self._columns = columns
        self._answers = answers
        self._zeros: dict[str, int] = {}
        self._moment: Any = None
        self._dates: list[str] = []
        self._has_number = False
        self._elsewhere: set[int] = set()
        self._refused: list[str] = []

    def taken(self, phone: str, row: int) -> None:
        """A number that ends in six zeros and goes."""
        if len(self._zeros) < 1000:
            self._zeros.setdefault(phone, row)

    def refused(self, row: RejectedRow, cells: Sequence[Cell]) -> None:
        """A row that does not go."""
        for problem in row.problems:
            if problem.reason is Reason.VALUE_DATE_FORMAT and problem.place is not None:
                moment = cells[problem.place]
                self._moment = self._moment or moment
                if len(self._dates) < SHOWN_ROWS:
                    self._dates.append(sample(row.row, [moment]))
        if self._has_number or row.duplicate:
            return
        numbers = {index for index, cell in enumerate(cells) if counts_as_number(cell)}
        self._has_number = self._columns.phone in numbers
        self._elsewhere |= numbers
        if len(self._refused) < SHOWN_ROWS:
            self._refused.append(sample(row.row, cells))

    def questions(self, taken_any: bool) -> list[Question]:
        """What a person has to say; empty when nothing is in doubt."""
        if self._is_in_another_column(taken_any):
            return [self._column_question()]
        return [*self._date_question(), *self._zeros_question()]

    def _is_in_another_column(self, taken_any: bool) -> bool:
        said = PHONE in dict(self._answers.get("columns", {})) or "${phone}" in self._answers.get(
            "columns", {}
        )
        return not (taken_any or self._has_number or said) and bool(self._elsewhere)

    def _column_question(self) -> Question:
        header = self._columns.headers
        places = range(len(header) or max(self._elsewhere) + 1)
        return {
            "key": "columns",
            "facts": {"column": PHONE, "samples": self._refused},
            "choices": [
                {
                    "value": (header[index] if header else "") or column_letter(index),
                    "label": column_letter(index),
                }
                for index in places
                if not header or header[index]
            ],
        }

    def _date_question(self) -> list[Question]:
        if self._moment is None or self._answers.get("date_format"):
            return []
        samples = date_samples(self._moment)
        return [
            {
                "key": "date_format",
                "facts": {"samples": self._dates},
                "choices": [{"value": name, "label": text} for name, text in samples.items()],
            }
        ]

    def _zeros_question(self) -> list[Question]:
        if len(self._zeros) < 2 or self._answers.get("six_zeros") == "keep":
            return []
        samples = [sample(row, [phone]) for phone, row in [*self._zeros.items()][:SHOWN_ROWS]]
        return [
            {
                "key": "six_zeros",
                "facts": {"count": len(self._zeros), "samples": samples},
                "choices": [{"value": "keep"}],
            }
        ]


def number_form_questions(
    columns: ColumnMap, forms: Mapping[int, Mapping[str, float]], answers: Mapping[str, Any]
) -> list[Question]:
    """One for each variable whose numbers are shown otherwise than they are stored.

    A form is offered only where all numbers of the column have it: applied to others it would change them.
    """
    from ...recipients.readers.number_formats import OTHER, STORED, shown

    asked = []
    for variable, index in columns.variables:
        found = forms.get(index)
        if not found or answers.get(f"number_form.{variable}"):
            continue
        number = next(value for form, value in found.items() if form != STORED)
        offered = [form for form in found if form not in (OTHER, STORED)] if len(found) == 1 else []
        choices = [{"value": form, "label": shown(number, form)} for form in (*offered, STORED)]
        asked.append(
            {"key": "number_form", "facts": {"column": variable, "mixed": not offered}, "choices": choices}
        )
    return asked
