"""Every case of the list at both doors."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from .cases import CASES
from .conftest import SIGN, code_of, draft_of
from .doors import through_command, through_upload
from .verdicts import Asks, Case, Verdict, check

pytestmark = pytest.mark.django_db


def _parameters(*, at_upload: bool = False) -> list[Any]:
    found = []
    for case in CASES:
        if at_upload and not case.at_upload:
            continue
        marks: list[Any] = [pytest.mark.slow] if case.slow else []
        if case.fails:
            marks.append(pytest.mark.xfail(strict=True, reason=case.fails, run=not case.kills))
        found.append(pytest.param(case, id=str(case), marks=marks))
    return found


@cache
def _built(number: int) -> bytes:
    return CASES[number].build()


def _content(case: Case) -> bytes:
    if case.slow:  # large: not kept
        return case.build()
    return _built(CASES.index(case))


def _answered(case: Case) -> list[tuple[dict[str, Any], Verdict]]:
    """Without an answer first, then with each answer to the question."""
    rounds: list[tuple[dict[str, Any], Verdict]] = [(dict(case.answers), case.verdict)]
    if isinstance(case.verdict, Asks):
        key = f"{case.verdict.key}.{case.verdict.column}" if case.verdict.column else case.verdict.key
        rounds += [({**case.answers, key: value}, verdict) for value, verdict in case.verdict.answers.items()]
    return rounds


# The machine runs other tests beside these.
BUSY = 5


@pytest.mark.parametrize("case", _parameters(at_upload=True))
def test_through_the_upload(case: Case, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    content = _content(case)
    for answers, verdict in _answered(case):
        started = time.monotonic()
        outcome, opened = through_upload(staff, draft_of(case.template), content, case.file_name, answers)
        assert time.monotonic() - started <= case.seconds * BUSY
        check(outcome, verdict)
        if opened is not None:
            assert "/" not in opened.file_name
            assert not opened.file_name.startswith(".")


@pytest.mark.parametrize("case", _parameters())
def test_through_the_command(case: Case, tmp_path: Path, configured: Any) -> None:
    path = tmp_path / "list"
    path.write_bytes(_content(case))
    for answers, verdict in _answered(case):
        started = time.monotonic()
        outcome = through_command(path, SIGN, code_of(case.template), answers)
        assert time.monotonic() - started <= case.seconds * BUSY
        check(outcome, verdict)


def test_no_case_of_the_list_is_left_out() -> None:
    assert {case.number for case in CASES} == set(range(1, 103))
