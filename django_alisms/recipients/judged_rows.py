"""What comes of judging a row."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .reason_codes import Fix, Notice, Reason


class Finding(NamedTuple):
    """A notice about one column of a row that was taken."""

    column: str
    notice: Notice
    facts: dict[str, Any]


class AcceptedRow(NamedTuple):
    """A row that will be a recipient.

    ``params_json`` is compact JSON, keys in the template's order, values strings. ``length`` is in characters
    with the sign name, ``parts`` is what is billed for it.
    """

    row: int
    phone: str
    params_json: str
    parts: int
    fixes: tuple[Fix, ...] = ()
    length: int = 0
    findings: tuple[Finding, ...] = ()


class Problem(NamedTuple):
    """One wrong cell. ``column``: ``phone``, a variable, or empty for the whole row; ``place``: its index."""

    column: str
    place: int | None
    reason: Reason
    cell: str
    facts: dict[str, Any]


class RejectedRow(NamedTuple):
    """A row that was not taken: its first problem, the others, and the row itself as text for the way back.

    ``duplicate``: it is no bad row, but the same as one that was taken.
    """

    row: int
    column: str
    reason: Reason
    cell: str
    facts: dict[str, Any]
    place: int | None = None
    others: tuple[Problem, ...] = ()
    cells: Sequence[str] = ()
    duplicate: bool = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the row, the first one first."""
        return (Problem(self.column, self.place, self.reason, self.cell, self.facts), *self.others)

    @property
    def stored_facts(self) -> dict[str, Any]:
        """The facts with the place and the other problems, as JSON can hold them; ``problems_of`` reads them."""
        others = [[other.column, other.place, other.reason.value, other.facts] for other in self.others]
        return {**self.facts, "place": self.place, **({"others": others} if others else {})}


def rejected(
    row: int, problems: Sequence[Problem], cells: Sequence[str], duplicate: bool = False
) -> RejectedRow:
    """A row refused for these problems, of which there is at least one."""
    first, *others = problems
    return RejectedRow(
        row, first.column, first.reason, first.cell, first.facts, first.place, tuple(others), cells, duplicate
    )


def problems_of(column: str, reason: str, facts: Mapping[str, Any]) -> tuple[Problem, ...]:
    """All problems of a row that was stored as column, code and ``stored_facts``. Their cells are in the row."""
    first = Problem(column, facts.get("place"), Reason(reason), "", dict(facts))
    others = (Problem(c, place, Reason(code), "", told) for c, place, code, told in facts.get("others", ()))
    return (first, *others)
