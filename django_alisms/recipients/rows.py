"""One row judged: a recipient with everything a message needs, or the reasons why not.

A bad row is data, not an exception: the reading goes on and the report counts. Plain rows are judged many at once
(``plain_rows``); a row with a clean number and clean values takes a short way of a few compiled patterns; every other
one is judged thoroughly, and all of its problems are collected, so that a person mends it once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import international_numbers, links
from .cells import Cell, cell_as_typed, is_blank, is_error_value
from .columns import PHONE, ColumnMap
from .judged_rows import AcceptedRow, Finding, Problem, RejectedRow, rejected
from .parts import LONGEST_MESSAGE, ONE_PART, message_length, parts_of
from .phone_numbers import MOBILE, GoodPhone, judge_phone
from .plain_rows import NumberedRow, PlainRows
from .reason_codes import Fix, Reason, Refusal
from .spreadsheet_text import LONGEST_CELL, without_defusing, without_text_formula
from .value_checks import check_value, plain_pattern
from .values import DATE_FORMATS, SPREADSHEET_DIGITS, is_number_form, text_of
from .variable_rules import VariableRule
from .variables import fixed_length, occurrences, variables_of

__all__ = ["AcceptedRow", "Finding", "Problem", "RejectedRow", "RowRules", "rejected"]

_is_mobile = MOBILE.fullmatch
_phone_number = links.PHONE_NUMBER.search
_chat_id = links.CHAT_ID.search
_LONG = 10**SPREADSHEET_DIGITS
_CONTACT = links.SHORTEST_CONTACT
# Fewer are judged as quickly one by one.
FEWEST_AT_ONCE = 8


class RowRules:
    """The rules of one import: a template's variables and content, a sign name, and a person's answers.

    ``rules``: by variable, where the template says more than the default. ``date_format``, and ``number_forms``
    by variable: see ``values``. ``international``: the template is one for other countries and regions. Raises
    ValueError for an answer that does not exist, InternationalExtraMissing without the library.
    """

    def __init__(
        self,
        variables: Sequence[str] | None = None,
        *,
        content: str = "",
        sign: str = "",
        rules: Mapping[str, VariableRule] | None = None,
        international: bool = False,
        date_format: str = "",
        number_forms: Mapping[str, str] | None = None,
    ) -> None:
        self.variables = tuple(variables_of(content) if variables is None else variables)
        self.rules = {name: (rules or {}).get(name, VariableRule()) for name in self.variables}
        self.date_format = date_format
        self.number_forms = dict(number_forms or {})
        if date_format and date_format not in DATE_FORMATS:
            raise ValueError(f"unknown date format {date_format!r}")
        for form in self.number_forms.values():
            if not is_number_form(form):
                raise ValueError(f"unknown number form {form!r}")
        if international:
            international_numbers.library()
        self.international = international
        self._fixed = message_length(sign, "") + fixed_length(content)
        counts = occurrences(content)
        self._times = tuple(counts.get(name, 0) for name in self.variables)
        # Plain values need no escapes: the object is made by putting them between these.
        self._names = [json.dumps(name, ensure_ascii=False) for name in self.variables]
        escaped = [name.replace("%", "%%") for name in self._names]
        self._json = "{" + ",".join(f'{name}:"%s"' for name in escaped) + "}"
        self._json_length = (
            len(self._json % (("",) * len(escaped))) if all(t == 1 for t in self._times) else None
        )
        self._columns: ColumnMap | None = None
        self._phone = 0
        self._width = 0
        self._values: tuple[tuple[int, str, VariableRule, Callable[[str], object], bool], ...] | None = None
        self._plain_rows: PlainRows | None = None

    def judge_all(
        self, rows: Sequence[NumberedRow], columns: ColumnMap
    ) -> Sequence[AcceptedRow | RejectedRow | None]:
        """As ``judge`` of each of these rows, nothing blocked; stretches of plain rows are judged at once."""
        if columns is not self._columns:
            self._bind(columns)
        if self._plain_rows is None or len(rows) < FEWEST_AT_ONCE:
            return [self.judge(number, cells, columns) for number, cells in rows]
        plain = self._plain_rows.judge(rows)
        if plain is not None:
            return plain
        # One that is not plain spoils its own part only.
        half = len(rows) // 2
        return [*self.judge_all(rows[:half], columns), *self.judge_all(rows[half:], columns)]

    def judge(
        self,
        row: int,
        cells: Sequence[Cell],
        columns: ColumnMap,
        blocked: Mapping[int, Refusal] | None = None,
    ) -> AcceptedRow | RejectedRow | None:
        """Judge a row. None when it is blank: it is no data row, and counted nowhere.

        ``row``: its number as the spreadsheet program shows it. ``blocked``: cells that the reader knows to have
        no value of their own (covered by a merge, a formula without a result), by index.
        """
        if columns is not self._columns:
            self._bind(columns)
        if blocked or self._values is None or (self._width and len(cells) != self._width):
            return self._judge_thoroughly(row, cells, columns, blocked or {})
        try:
            phone = cells[self._phone]
            fixes: tuple[Fix, ...] = ()
            if type(phone) is float and phone % 1_000_000 >= 1 and phone.is_integer():
                phone = str(int(phone))  # what workbooks have for numbers; one with six zeros is remarked on
            if type(phone) is not str or not _is_mobile(phone):
                verdict = judge_phone(phone)
                if type(verdict) is not GoodPhone or verdict.notices:
                    return self._judge_thoroughly(row, cells, columns, {})
                phone, fixes, _ = verdict
            values = []
            plain = True
            for index, variable, rule, is_plain, plain_numbers in self._values:
                value = cells[index]
                if type(value) is not str:
                    if not plain_numbers or (type(value) is not float and type(value) is not int):
                        return self._judge_thoroughly(row, cells, columns, {})
                    value = _plain_number(value)
                if not is_plain(value):
                    if (
                        is_error_value(value)
                        or value.startswith(("'", '="'))
                        or check_value(variable, value, rule) != []
                    ):
                        return self._judge_thoroughly(row, cells, columns, {})
                    plain = False
                elif len(value) >= _CONTACT and (_phone_number(value) or _chat_id(value)):
                    return self._judge_thoroughly(row, cells, columns, {})
                values.append(value)
        except IndexError:  # the row ends before the last column that is used
            return self._judge_thoroughly(row, cells, columns, {})
        params_json = self._json % tuple(values) if plain else self._params_json(values)
        if plain and self._json_length is not None:
            length = self._fixed + len(params_json) - self._json_length
        else:
            length = self._length(values)
        if length <= ONE_PART:
            return AcceptedRow(row, phone, params_json, 1, fixes, length)
        if length > LONGEST_MESSAGE:
            return self._judge_thoroughly(row, cells, columns, {})
        return AcceptedRow(row, phone, params_json, parts_of(length), fixes, length)

    def _bind(self, columns: ColumnMap) -> None:
        """Prepare the short way for these columns; there is none for numbers abroad and declared kinds."""
        self._columns = columns
        self._phone = columns.phone
        self._width = columns.width if columns.exact_width else 0
        if tuple(name for name, _ in columns.variables) != self.variables:
            raise ValueError(
                f"the columns are those of {columns.variables}, the rules those of {self.variables}"
            )
        self._plain_rows = None
        places, plain = [], []
        for variable, index in columns.variables:
            rule = self.rules[variable]
            pattern = plain_pattern(rule)
            if pattern is None or self.international:
                self._values = None
                return
            plain.append(pattern.pattern)
            stored = self.number_forms.get(variable, "stored") == "stored"
            places.append((index, variable, rule, pattern.fullmatch, stored))
        self._values = None if self.international else tuple(places)
        if self._values is not None and self._json_length is not None:
            self._plain_rows = PlainRows(columns, plain, self._names, self._fixed, self._width)

    def _judge_thoroughly(
        self, row: int, cells: Sequence[Cell], columns: ColumnMap, blocked: Mapping[int, Refusal]
    ) -> AcceptedRow | RejectedRow | None:
        if not blocked and all(map(is_blank, cells)):
            return None
        texts: dict[int, str] = {}
        ragged = _ragged(cells, columns)
        if ragged:
            return rejected(row, [Problem("", None, *_cell_facts(None, ragged))], self._typed(cells, texts))
        problems: list[Problem] = []
        findings: list[Finding] = []
        fixes: list[Fix] = []

        cell = cells[columns.phone] if columns.phone < len(cells) else None
        if columns.phone in blocked:
            phone: Any = blocked[columns.phone]
        elif self.international:
            phone = international_numbers.judge_international_phone(cell)
        else:
            phone = judge_phone(cell)
        if isinstance(phone, Refusal):
            problems.append(Problem(PHONE, columns.phone, *_cell_facts(cell, phone)))
        else:
            fixes.extend(phone.fixes)
            findings.extend(Finding(PHONE, notice, {}) for notice in phone.notices)

        values: list[str] = []
        for variable, index in columns.variables:
            cell = cells[index] if index < len(cells) else None
            text = blocked.get(index) or text_of(
                cell, self.date_format, self.number_forms.get(variable, "stored")
            )
            if isinstance(text, Refusal):
                refusal = Refusal(text.reason, {"variable": variable, **text.facts})
                problems.append(Problem(variable, index, *_cell_facts(cell, refusal)))
                continue
            value = without_defusing(text)
            if columns.exact_width:
                value = without_text_formula(value)
            if value != text:
                fixes.append(Fix.QUOTES)
            texts[index] = value
            verdict = check_value(variable, value, self.rules[variable])
            if isinstance(verdict, Refusal):
                problems.append(Problem(variable, index, *_cell_facts(cell, verdict)))
                continue
            values.append(value)
            findings.extend(Finding(variable, remark.notice, remark.facts) for remark in verdict)
        if problems:
            return rejected(row, problems, self._typed(cells, texts))

        length = self._length(values)
        if length > LONGEST_MESSAGE:
            long = Refusal(Reason.MESSAGE_TOO_LONG, {"length": length, "limit": LONGEST_MESSAGE})
            return rejected(row, [Problem("", None, *_cell_facts(None, long))], self._typed(cells, texts))
        return AcceptedRow(
            row,
            phone.number,
            self._params_json(values),
            parts_of(length),
            tuple(fixes),
            length,
            tuple(findings),
        )

    def _params_json(self, values: Sequence[str]) -> str:
        params = dict(zip(self.variables, values, strict=True))
        return json.dumps(params, ensure_ascii=False, separators=(",", ":"))

    def _length(self, values: Sequence[str]) -> int:
        return self._fixed + sum(len(v) * times for v, times in zip(values, self._times, strict=True))

    def _typed(self, cells: Sequence[Cell], texts: Mapping[int, str]) -> list[str]:
        """The row as text: what is used as it would be sent, the rest as a person would recognise it."""
        return [cell_as_typed(texts.get(index, cell), LONGEST_CELL) for index, cell in enumerate(cells)]


def _plain_number(number: int | float) -> str:
    """The text of an ordinary number; for any other one a text that no pattern takes for plain."""
    if type(number) is float:
        if number.is_integer() and -_LONG < number < _LONG:
            return str(int(number))
        text = f"{number:.{SPREADSHEET_DIGITS}g}"
        return "" if "e" in text or "n" in text else text  # 1e-07, inf, nan
    return str(number) if -_LONG < number < _LONG else ""


def _ragged(cells: Sequence[Cell], columns: ColumnMap) -> Refusal | None:
    """Whether a row of a text file has lost a separator or gained one."""
    if not columns.exact_width:
        return None
    expected = columns.width
    named = max((index + 1 for index, header in enumerate(columns.headers) if header), default=expected)
    if named <= len(cells) and all(map(is_blank, cells[expected:])):
        return None
    return Refusal(Reason.RAGGED_ROW, {"cells": len(cells), "expected": expected})


def _cell_facts(cell: Cell, refusal: Refusal) -> tuple[Reason, str, dict[str, Any]]:
    return refusal.reason, cell_as_typed(cell), refusal.facts
