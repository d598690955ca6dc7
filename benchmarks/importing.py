"""A list into a draft, beside what reads, writes or imports the same file.

``python -m benchmarks.importing KIND FILE`` is one run. KIND: ``bare`` (calamine reads it), ``sqlite`` and ``copy`` (read,
one pattern, written by the driver: the floors), ``base`` (the project, and nothing), ``ours``.
"""

from __future__ import annotations

import csv
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.board import Board
from benchmarks.databases import postgresql, why_no_postgresql
from benchmarks.measure import Case, Run, interleaved, median, report

HEADER = ["手机号", "姓名", "订单号", "金额"]


_folder = tempfile.TemporaryDirectory()


@cache
def lists(rows: int) -> tuple[Path, Path]:
    """The same for everything that this process compares."""
    return make_lists(Path(_folder.name), rows)


def make_lists(folder: Path, rows: int) -> tuple[Path, Path]:
    """The same list as Excel and WPS write a workbook (shared strings), and as csv."""
    import xlsxwriter

    workbook, text = folder / f"{rows}.xlsx", folder / f"{rows}.csv"
    book = xlsxwriter.Workbook(str(workbook), {"constant_memory": False})
    sheet = book.add_worksheet("名单")
    with text.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate([HEADER, *_people(rows)]):
            sheet.write_row(number, 0, row)
            writer.writerow(row)
    book.close()
    return workbook, text


def _people(rows: int) -> Iterator[list[str]]:
    for n in range(rows):
        yield [f"139{n:08d}", f"王{n % 977}", f"DD{n:010d}", f"{n % 500}.50"]


# -- one run ---------------------------------------------------------------------------------------------------


def cells_of(path: str) -> Iterator[list[Any]]:
    if path.endswith(".csv"):
        with open(path, encoding="utf-8", newline="") as file:
            yield from csv.reader(file)
        return
    from python_calamine import CalamineWorkbook

    yield from CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()


def bare(path: str) -> dict[str, Any]:
    return {"rows": sum(1 for _row in cells_of(path)) - 1}


def plain_rows(path: str) -> Iterator[tuple[str, str]]:
    rows = cells_of(path)
    next(rows)
    is_mobile = re.compile("1[3-9][0-9]{9}").fullmatch
    for phone, name, code, amount in rows:
        if is_mobile(phone):
            yield phone, f'{{"name":"{name}","code":"{code}","amount":"{amount}"}}'


def into_sqlite(path: str, folder: str) -> dict[str, Any]:
    import sqlite3

    database = sqlite3.connect(f"{folder}/floor.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE people (id integer PRIMARY KEY, phone varchar(20), params text)")
    database.execute("CREATE INDEX by_phone ON people (phone)")
    with database:
        database.executemany("INSERT INTO people (phone, params) VALUES (?, ?)", plain_rows(path))
    return {"recipients": database.execute("SELECT count(*) FROM people").fetchone()[0]}


def into_postgresql(path: str) -> dict[str, Any]:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as database, database.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE people (id bigserial PRIMARY KEY, phone varchar(20), params text)"
        )
        cursor.execute("CREATE INDEX by_phone ON people (phone)")
        with cursor.copy("COPY people (phone, params) FROM STDIN") as copy:
            for row in plain_rows(path):
                copy.write_row(row)
        found: Any = cursor.execute("SELECT count(*) FROM people").fetchone()
    return {"recipients": found[0]}


def ours(path: str) -> dict[str, Any]:
    from tests import factories

    return read_into(factories.draft(), path)


def read_into(draft: Any, path: str) -> dict[str, Any]:
    """Uploaded, and read as a worker does it."""
    from django.core.files import File

    from django_alisms.models import BatchSend
    from django_alisms.services.actors import Actor
    from django_alisms.services.importing import staging, uploading

    actor = Actor("benchmark")
    with open(path, "rb") as file:
        opened = uploading.upload(draft, File(file, name=Path(path).name), Path(path).name, actor=actor)
    done = staging.read(opened.pk, actor=actor)
    return {"rows": done.rows, "recipients": BatchSend.objects.get(pk=draft.pk).recipients_total}


def main() -> None:
    kind, path = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "bare":
            report(lambda: bare(path))
        elif kind == "sqlite":
            report(lambda: into_sqlite(path, folder))
        elif kind == "copy":
            report(lambda: into_postgresql(path))
        else:
            use_project(folder)
            report(lambda: ours(path) if kind == "ours" else {})


def use_project(folder: str) -> None:
    """Its tables in the database that DATABASE_URL names, or in a file in the folder."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ALISMS_UPLOADS": f"{folder}/uploads"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


# -- side by side ----------------------------------------------------------------------------------------------

BARE, BASE, OURS = "calamine, bare read of the xlsx", "the project, nothing imported", "ours"
PEER_ADMIN = "django-import-export, admin"


def compare(board: Board, rows: int, rounds: int, *, peers: bool) -> None:
    """The table for lists of so many rows. ``peers``: with django-import-export, which takes minutes for a million."""
    files = lists(rows)
    cases = {BARE: _case("bare", files[0]), BASE: _case("base", files[0])}
    for file in files:
        kind = file.suffix[1:]
        cases[f"floor, {kind} into raw sqlite3"] = _case("sqlite", file)
        cases[f"{OURS}, {kind} (SQLite)"] = _case("ours", file)
        if peers:
            cases[f"django-import-export, direct, {kind}"] = Case(["benchmarks.peer", "direct", str(file)])
            cases[f"{PEER_ADMIN}, {kind}"] = Case(["benchmarks.peer", "admin", str(file)])
    runs = interleaved(cases, rounds)
    if why := why_no_postgresql():
        board.line(f"PostgreSQL left out: {why}")
    else:
        runs |= _on_postgresql(files, rounds)
    board.title(f"import of {rows:,} rows of 4 columns (a ratio is CPU over calamine's bare read)")
    of_bare = median(runs[BARE], "cpu")
    for name, of in runs.items():
        wall, cpu, peak = (median(of, figure) for figure in ("wall", "cpu", "peak"))
        board.line(
            f"  {name:<40} {wall:>7.2f} s  CPU {cpu:>7.2f} s {cpu / of_bare:>7.1f}x   peak {peak:>5.0f} MB"
        )
    _against_the_goals(board, runs, f"{rows:,}", peers)


def _against_the_goals(board: Board, runs: dict[str, list[Run]], rows: str, peers: bool) -> None:
    cpu = {name: median(of, "cpu") for name, of in runs.items()}
    peak = {name: median(of, "peak") for name, of in runs.items()}
    xlsx, text = f"{OURS}, xlsx (SQLite)", f"{OURS}, csv (SQLite)"
    board.at_most(f"import of {rows} rows, xlsx, CPU over calamine's bare read", cpu[xlsx] / cpu[BARE], 3)
    if not peers:  # the goals of a million; of a short list most is the project itself
        times = peak[xlsx] / peak[BARE]
        board.at_most(f"… peak memory over calamine's own, xlsx ({peak[xlsx]:.0f} MB)", times, 1.25)
        board.at_most("… peak memory over the project's own, csv", peak[text] - peak[BASE], 60, " MB")
        return
    for kind, mine in (("xlsx", xlsx), ("csv", text)):
        ratio = cpu[f"{PEER_ADMIN}, {kind}"] / cpu[mine]
        board.at_least(f"… faster than django-import-export's fastest through the admin, {kind}", ratio, 10)


def _on_postgresql(files: Iterable[Path], rounds: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {}
    for _round in range(rounds):
        for file in files:
            for name, kind in (("floor, {} by COPY", "copy"), (OURS + ", {} (PostgreSQL)", "ours")):
                with postgresql() as url:
                    found = interleaved(
                        {name.format(file.suffix[1:]): _case(kind, file, DATABASE_URL=url)}, 1
                    )
                for of, one in found.items():
                    runs.setdefault(of, []).extend(one)
    return runs


def _case(kind: str, file: Path, **environment: str) -> Case:
    return Case(["benchmarks.importing", kind, str(file)], environment)


if __name__ == "__main__":
    main()
