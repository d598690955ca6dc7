"""People of another send, judged again for a draft: those that may be tried, and each only once.

They are rows like those of a file, judged by the same rules against today's template. Who does not come along stands in
the import's report with why: bad for good, opted out, or taken over before. Numbers are masked in that report, because
whoever makes the new send did not upload them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from ...aliyun.codes import explain
from ...models import BatchSend, BatchStatus, OptOut, Recipient, RecipientImport
from ...models.recipient_imports import FROM_SEND
from ...recipients.columns import PHONE, ColumnMap
from ...recipients.duplicates import DifferentValues, Duplicates, Seen
from ...recipients.phone_numbers import masked
from ...recipients.reason_codes import Reason
from ...recipients.rows import AcceptedRow, Problem, RejectedRow, rejected
from .. import slices
from ..slices import Slice
from .from_draft import known_of, rules_for
from .reading import Reading, Refused

NUMBERS_AT_ONCE = 500

Person = tuple[str, tuple[tuple[str, Any], ...]]
"""A number and the values of its message: the same twice is the same message."""


def person_of(phone: str, params: str) -> Person:
    return phone, tuple(sorted(json.loads(params).items()))


class PeopleOfSend(Reading):
    """The people of a slice as rows of an import, read once."""

    def __init__(self, opened: RecipientImport, source: BatchSend, part: Slice) -> None:
        draft = opened.batch_send
        variables = draft.template.variables
        first = source.imports.filter(status="done").order_by("pk").first()
        self._headers: dict[str, Any] = dict(first.reading) if first else {}
        # The cells of a row: the number, then the variables.
        self._cells = ColumnMap(
            phone=0,
            variables=tuple((name, index) for index, name in enumerate(variables, 1)),
            headers=("phone_number" if PHONE in variables else PHONE, *variables),
        )
        super().__init__(
            rules_for(draft.sign_name, draft.template),
            self._cells,
            (),
            policy=DifferentValues.KEEP_ALL,
            known=known_of(draft, opened),
        )
        self._draft, self._source, self._part = draft, source, part
        self._variables = variables

    def __iter__(self) -> Iterator[AcceptedRow | RejectedRow]:
        seen = Duplicates()
        for phone, params in self.known:
            seen.see(0, phone, params)
        for some in slices.walk(
            self._source, self._part, ("row", "phone", "params", "receipt_code"), only=self._only()
        ):
            rows = [row for _batch, row in some]
            numbers = [row["phone"] for row in rows]
            out, elsewhere = _opted_out(numbers), _taken_over(self._source, self._draft, numbers)
            for row in rows:
                yield self._judged(row, seen, out, elsewhere)

    def _only(self) -> Q:
        """Of batches that could be sent again, those that were handed over to this draft; of the others all."""
        return Q(followed_by=self._draft) if self._part.kind.value in HANDED_OVER else Q()

    def _judged(
        self, row: dict[str, Any], seen: Duplicates, out: set[str], elsewhere: set[Person]
    ) -> AcceptedRow | RejectedRow:
        phone, values = row["phone"], json.loads(row["params"])
        cells = [masked(phone), *(str(values.get(name, "")) for name in self._variables)]
        if row["receipt_code"] and explain(row["receipt_code"]).bad_for_good:
            return _left(row["row"], Reason.NUMBER_BAD_FOR_GOOD, cells, code=row["receipt_code"])
        if phone in out:
            return _left(row["row"], Reason.OPTED_OUT, cells)
        if person_of(phone, row["params"]) in elsewhere:
            return _left(row["row"], Reason.IN_ANOTHER_SEND, cells)
        international = self.rules.international
        judged = self.rules.judge(
            row["row"], (f"+{phone}" if international else phone, *cells[1:]), self._cells
        )
        if judged is None or isinstance(judged, RejectedRow):
            problems = judged.problems if judged else (Problem(PHONE, 0, Reason.PHONE_EMPTY, "", {}),)
            return rejected(row["row"], [one._replace(cell=_shown(one, phone)) for one in problems], cells)
        sighting = seen.see(judged.row, judged.phone, judged.params_json)
        if sighting.seen is Seen.REPEATED:
            return _left(judged.row, Reason.REPEATED, cells, duplicate=True, first_row=sighting.first_row)
        self._note(judged)
        return judged

    def facts(self) -> dict[str, Any]:
        """With the headers of the file they once came from, so that they go back under them."""
        found = super().facts()
        kept = self._headers.get("uploaded") or {
            key: self._headers[key] for key in ("places", "columns") if key in self._headers
        }
        # Places and headers stay ours, because the cells of the report are: the number, then the variables.
        return found | ({"columns": kept["columns"], "uploaded": kept} if "columns" in kept else {})


# Batches that somebody could still send again by themselves: their people are handed over as a whole.
HANDED_OVER = (BatchStatus.REFUSED, BatchStatus.UNKNOWN, BatchStatus.ABSENT)


def reading_of(opened: RecipientImport) -> PeopleOfSend:
    """The people an import without a file asks for. Raises Refused when their send is gone."""
    asked = opened.answers[FROM_SEND]
    source = BatchSend.objects.filter(pk=asked["batch_send"]).first()
    if source is None:
        raise Refused(
            _("The send these people were to come from is not there any more. Nothing was imported.")
        )
    return PeopleOfSend(opened, source, Slice.parse(asked["slice"]))


def _left(
    row: int, reason: Reason, cells: list[str], *, duplicate: bool = False, **facts: Any
) -> RejectedRow:
    return rejected(row, [Problem(PHONE, 0, reason, cells[0], facts)], cells, duplicate=duplicate)


def _shown(problem: Problem, phone: str) -> str:
    return masked(phone) if problem.column == PHONE else problem.cell


def _opted_out(numbers: Iterable[str]) -> set[str]:
    return {
        phone
        for some in _some(numbers)
        for phone in OptOut.objects.filter(phone__in=some).values_list("phone", flat=True)
    }


def _taken_over(source: BatchSend, draft: BatchSend, numbers: Iterable[str]) -> set[Person]:
    """People whom another send made from the same one has and has not given up."""
    others = list(BatchSend.objects.filter(source=source).exclude(pk=draft.pk).values_list("pk", flat=True))
    if not others:
        return set()
    return {
        person_of(phone, params)
        for some in _some(numbers)
        for phone, params in Recipient.objects.to_send()
        .filter(phone__in=some, batch__batch_send__in=others)
        .exclude(batch__status=BatchStatus.CANCELLED)
        .values_list("phone", "params")
    }


def _some(numbers: Iterable[str]) -> Iterator[list[str]]:
    found = list(numbers)
    for at in range(0, len(found), NUMBERS_AT_ONCE):
        yield found[at : at + NUMBERS_AT_ONCE]
