"""500 rows with more than 60 kinds of damage come out equal to a key that knows nothing of our rules.

``keyed/typed.jsonl`` has the cells as typed (a text, or a number, formula, date or truth with its format);
``keyed/key.tsv`` says for each row what a person would read there: who is sent what, or why nobody is.
"""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.sandbox.process import SandboxProcess

from .conftest import SIGN, code_of, draft_of
from .doors import through_command, through_upload
from .made.programs import libreoffice
from .made.workbooks import xlsxwriter
from .verdicts import Asks, Taken, check

HERE = Path(__file__).parent / "keyed"
HEADER = ["手机号", "name", "code", "amount"]
KINDS = 60


def key() -> list[dict[str, str]]:
    with (HERE / "key.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def workbook() -> bytes:
    lines = (HERE / "typed.jsonl").read_text(encoding="utf-8").splitlines()

    def change(book: Any, sheet: Any) -> None:
        for row, line in enumerate(lines, 1):
            for column, cell in enumerate(json.loads(line)):
                write(book, sheet, row, column, cell)

    return xlsxwriter([HEADER], change)()


def write(book: Any, sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, column, cell)
        return
    form = book.add_format({"num_format": cell["format"]}) if "format" in cell else None
    if "number" in cell:
        sheet.write_number(row, column, cell["number"], form)
    elif "formula" in cell:
        sheet.write_formula(row, column, cell["formula"], form, cell["value"])
    elif "date" in cell:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(row, column, date.fromisoformat(cell["date"]), day)
    else:
        sheet.write_boolean(row, column, cell["truth"])


def expected() -> Taken:
    rows = key()
    people = tuple(
        (int(row["row"]), row["number_or_reason"], row["name"], row["code"], row["amount"])
        for row in rows
        if row["verdict"] == "sent"
    )
    bad = {int(row["row"]): row["number_or_reason"] for row in rows if row["verdict"] == "refused"}
    return Taken(people, bad, repeated=sum(row["verdict"] == "repeated" for row in rows))


def test_the_key_is_large_and_varied_enough() -> None:
    rows = key()

    assert len(rows) == len((HERE / "typed.jsonl").read_text(encoding="utf-8").splitlines()) == 500
    assert len({row["damage"] for row in rows} - {""}) >= KINDS


@pytest.mark.django_db
def test_through_the_upload(staff: Client) -> None:
    outcome, opened = through_upload(staff, draft_of("ORDER"), workbook(), "名单.xlsx")

    check(outcome, expected())
    firsts = {int(row["row"]): int(row["number_or_reason"]) for row in key() if row["verdict"] == "repeated"}
    repeated = opened.rejected_rows.filter(duplicate=True)
    assert {row.row: row.facts["first_row"] for row in repeated} == firsts


@pytest.mark.django_db
def test_through_the_command(tmp_path: Path, configured: Any) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook())

    check(through_command(path, SIGN, code_of("ORDER")), expected())


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.xdist_group("spreadsheet_programs")
@pytest.mark.parametrize("target", ["xlsx:Calc MS Excel 2007 XML", "xls"])
def test_saved_again_by_libreoffice(target: str, staff: Client, tmp_path: Path) -> None:
    content = libreoffice({"list.xlsx": workbook()}, target, tmp_path / "soffice")["list.xlsx"]

    outcome, _opened = through_upload(staff, draft_of("ORDER"), content, "名单.xls")

    check(outcome, expected())


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.xdist_group("spreadsheet_programs")
def test_a_truth_in_an_ods_of_libreoffice_is_asked_about(staff: Client, tmp_path: Path) -> None:
    """It writes the number 1 in a format that shows TRUE: which of both is meant, only a person can say."""
    content = libreoffice({"list.xlsx": workbook()}, "ods", tmp_path / "soffice")["list.xlsx"]

    outcome, _opened = through_upload(staff, draft_of("ORDER"), content, "名单.ods")

    check(outcome, Asks("number_form", column="code"))


@pytest.mark.django_db(transaction=True)
def test_the_numbers_and_values_that_arrive_are_those_of_the_key(
    tmp_path: Path, configured: SandboxProcess
) -> None:
    """Sent through the sandbox: what stands in its ledger, byte for byte."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook())
    before = len(configured.ledger())

    call_command(
        "alisms_send",
        str(path),
        f"--sign-name={SIGN}",
        f"--template={code_of('ORDER')}",
        "--skip-bad-rows",
        verbosity=0,
    )

    arrived = {
        (number, values["name"], values["code"], values["amount"])
        for entry in configured.ledger()[before:]
        for number, values in zip(entry["numbers"], entry["params"], strict=True)
    }
    people = expected().people
    assert isinstance(people, tuple)
    assert arrived == {person[1:] for person in people}
    assert sum(len(entry["numbers"]) for entry in configured.ledger()[before:]) == len(people)
