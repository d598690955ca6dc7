"""``python -m django_alisms.recipients.readers.child PATH KIND``: reads one workbook in a process of its own.

The reader is a library in another language that aborts its process on some broken files and reserves what a file
asks for. Here it may: memory and time are limited, nothing is shared, and whoever started this sees it end.

On stdin a line each: ``sheets``, ``rows NAME``, ``beginning NAME``, ``findings NAME``, or ``width`` alone, to be
told why the others failed. On stdout frames: four bytes of length, then a pickle of texts, numbers, truths and moments:
``("sheets", kind, [[name, visible], …])``, ``("rows", [[number, cells], …])`` or ``("texts", first number, text)``…,
``("end", None)``, ``("width", columns)``,
``("findings", hidden rows, hidden columns, {row: {column: reason}}, last row, {column: {form: number}},
{row: {column: row}})``,
``("refused", code, facts)``.
"""

from __future__ import annotations

import gc
import io
import pickle
import resource
import struct
import sys
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from ..file_refused import FileRefused
from .findings import Findings, findings_of
from .guard import examine, widest
from .sheets import BETWEEN_CELLS, BETWEEN_ROWS, CalamineSheets, Row

BLOCK = 1000
# Rows that tell people, and us, what a sheet is.
BEGINNING = 5
MOST_MEMORY = 1 << 30
CPU_SECONDS = 60


def main() -> None:
    path, kind = Path(sys.argv[1]), sys.argv[2]
    _limit()
    gc.disable()  # rows make no circles
    out = sys.stdout.buffer
    source = None
    plain: frozenset[str] = frozenset()
    try:
        if kind == "zip":
            archive = examine(path)
            kind, plain = archive.kind, archive.plain_sheets
        for line in sys.stdin.buffer:
            told = line.decode().rstrip("\n")
            if told == "width":
                _write(out, ("width", widest(path) if kind != "xls" else 0))
                continue
            source = source or CalamineSheets(path)
            _answer(out, path, kind, plain, source, told)
    except FileRefused as refused:
        # The archive was whole when it was examined: what the library cannot read then is a way of writing.
        code = "unreadable_ods" if kind == "ods" and refused.code == "damaged" else refused.code
        _write(out, ("refused", code, refused.facts))
    except MemoryError:
        _write(out, ("refused", "bomb", {}))


def _answer(
    out: BinaryIO, path: Path, kind: str, plain: frozenset[str], source: CalamineSheets, told: str
) -> None:
    if told == "sheets":
        _write(out, ("sheets", kind, [[sheet.name, sheet.visible] for sheet in source.sheets]))
        return
    if told.startswith("findings "):
        name = told.removeprefix("findings ")
        found = _findings(path, kind, name, source.last_row(name), plain)
        hidden = found.hidden_rows, found.hidden_columns
        _write(out, ("findings", *hidden, found.blocked, found.last_row, found.forms, found.merged_from))
        return
    word, name = told.split(" ", 1)
    if word == "rows":
        source.keep_only(name)
    rows = islice(source.rows(name), BEGINNING if word == "beginning" else None)
    while block := list(islice(rows, BLOCK)):
        _write(out, _packed(block))
    _write(out, ("end", None))


def _packed(block: list[Row]) -> tuple[Any, ...]:
    """A frame of rows. Of texts alone it is one text: to pack and unpack each cell takes longer than to read it."""
    first = block[0][0]
    lines: list[Any] = [cells for _number, cells in block]
    try:
        text = BETWEEN_ROWS.join(map(BETWEEN_CELLS.join, lines))
    except TypeError:  # a number, a moment, a truth
        return ("rows", block)
    # No row is empty or left out, and nothing that stands between cells stands in one.
    marks = text.count(BETWEEN_ROWS) + text.count(BETWEEN_CELLS)
    if marks != sum(map(len, lines)) - 1 or block[-1][0] != first + len(block) - 1 or not all(lines):
        return ("rows", block)
    return ("texts", first, text)


def _findings(path: Path, kind: str, name: str, last_row: int, plain: frozenset[str]) -> Findings:
    if kind != "xls":
        return findings_of(path, kind, name, last_row, plain)
    from .xls_findings import xls_findings_of  # a library of its own, which the others need not wait for

    return xls_findings_of(path, name, last_row)


def _write(out: BinaryIO, frame: tuple[Any, ...]) -> None:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.fast = True  # cells are trees; not to look for one that came before halves the work on both sides
    pickler.dump(frame)
    packed = buffer.getbuffer()
    out.write(struct.pack(">I", len(packed)))
    out.write(packed)
    out.flush()


def _limit() -> None:
    """What a file may cost at the most. A limit that the system does not know is left out."""
    for what, limit in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
        _soft, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(what, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
