"""What must come of a file: rows taken and refused, a question, or the whole file refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django_alisms.recipients.readers.refusals import WORDS

Person = tuple[Any, ...]
"""``(row, number as dialled, value, value, …)``, values in the template's order."""


@dataclass(frozen=True)
class Taken:
    """``people`` are taken (None: not compared), the rows of ``bad`` are refused for these reasons, ``repeated`` are
    the same message again. ``fixes`` and ``notices`` must be among those the report names."""

    people: tuple[Person, ...] | int | None
    bad: Mapping[int, str] = field(default_factory=dict)
    repeated: int = 0
    fixes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """``code`` of the sentence; ``words`` that it must have in it."""

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asks:
    """Stops for the question ``key``; what comes of each of the answers."""

    key: str
    answers: Mapping[str, Verdict] = field(default_factory=dict)
    column: str = ""


Verdict = Taken | Refused | Asks


@dataclass(frozen=True)
class Case:
    """``number``: the case of the list. ``build``: the file's bytes. ``answers``: what the uploader says beforehand
    (``--sheet``, ``--column``, ``--answer``); ``at_upload``: whether the form offers such an answer at all.
    ``fails``: why it does not hold yet; ``kills``: and is not even tried."""

    number: int
    title: str
    build: Callable[[], bytes]
    verdict: Verdict
    file_name: str = "名单.xlsx"
    template: str = "NAME"
    answers: Mapping[str, Any] = field(default_factory=dict)
    fails: str = ""
    kills: bool = False
    slow: bool = False
    seconds: float = 30
    at_upload: bool = True

    def __str__(self) -> str:
        return f"{self.number:03d} {self.title}"


@dataclass(frozen=True)
class Outcome:
    """What came of it at one of the doors. ``sentence``: of a file refused."""

    people: tuple[Person, ...] = ()
    bad: Mapping[int, str] = field(default_factory=dict)
    repeated: int = 0
    fixes: frozenset[str] | None = None
    notices: frozenset[str] | None = None
    asked: tuple[tuple[str, str], ...] = ()
    sentence: str = ""


def check(outcome: Outcome, verdict: Verdict) -> None:
    """Raise AssertionError with what differs."""
    if isinstance(verdict, Refused):
        assert outcome.sentence, f"taken: {outcome}"
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(str(WORDS[verdict.code])))
        assert re.search(pattern, outcome.sentence, re.S), outcome.sentence
        for word in verdict.words:
            assert word in outcome.sentence, outcome.sentence
        return
    assert not outcome.sentence, outcome.sentence
    if isinstance(verdict, Asks):
        assert (verdict.key, verdict.column) in outcome.asked, outcome
        return
    assert not outcome.asked, outcome.asked
    if isinstance(verdict.people, int):
        assert len(outcome.people) == verdict.people
    elif verdict.people is not None:
        assert outcome.people == verdict.people
    assert dict(outcome.bad) == dict(verdict.bad)
    assert outcome.repeated == verdict.repeated
    if outcome.fixes is not None:
        assert outcome.fixes.issuperset(verdict.fixes), outcome.fixes
    if outcome.notices is not None:
        assert outcome.notices.issuperset(verdict.notices), outcome.notices
