"""What kind of file it is, by its first bytes; then the reader for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..cells import Cell
from ..file_refused import FileRefused
from .findings import Findings
from .isolation import IsolatedSheets
from .sheets import MOST_ROWS, SheetInfo
from .text import TextRows

Row = tuple[int, Sequence[Cell]]
LARGEST_FILE = 100 * 1024 * 1024

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHER_OLE = (("WordDocument", "doc"), ("PowerPoint Document", "ppt"), ("__nameid_version1.0", "msg"))
_FOREIGN = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"{\\rtf", "rtf"),
    (b"ID;P", "slk"),
    (b"TABLE\r\n0,1", "dif"),
    (b"TABLE\n0,1", "dif"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
)


class Workbook:
    """An opened file: ``kind``, ``encoding`` (text files), ``sheets``, and the ``rows`` of a sheet."""

    def __init__(self, kind: str, source: IsolatedSheets | TextRows) -> None:
        self.kind = kind
        self.encoding = source.encoding if isinstance(source, TextRows) else ""
        self._source = source
        self.sheets = source.sheets if isinstance(source, IsolatedSheets) else [SheetInfo("", True)]

    def rows(self, name: str = "") -> Iterator[Row]:
        """``(number, cells)`` of a sheet, from its first row on. Raises FileRefused where reading finds a fault."""
        if isinstance(self._source, TextRows):
            # Known before the first of a million rows is stored.
            records = self._source.records(more_than=MOST_ROWS)
            if records > MOST_ROWS:
                raise FileRefused("too_many_rows", rows=f"{records:,}", limit=f"{MOST_ROWS:,}")
            return self._source.rows()
        return self._source.rows(name)

    def beginning(self, name: str) -> list[Row]:
        """The first rows of a sheet of a workbook; empty when nothing is in it."""
        return self._source.beginning(name) if isinstance(self._source, IsolatedSheets) else []

    def findings(self, name: str = "") -> Findings:
        """Hidden rows and columns, and cells whose value is not to be taken; of a text file only how long it is."""
        if isinstance(self._source, TextRows):
            return Findings(last_row=min(self._source.lines, MOST_ROWS))
        return self._source.findings(name)

    @property
    def other_encoding(self) -> tuple[str, ...]:
        """Lines of a text file as another encoding would have them, where nobody can tell which it is."""
        return self._source.as_big5() if isinstance(self._source, TextRows) else ()

    def first_lines(self) -> tuple[str, ...]:
        """The same lines as they are read now."""
        return self._source.first_lines() if isinstance(self._source, TextRows) else ()

    def read_as(self, encoding: str) -> None:
        """Read the text file in the encoding that a person has chosen."""
        if isinstance(self._source, TextRows):
            self._source.read_as(encoding)
            self.encoding = encoding

    def close(self) -> None:
        if isinstance(self._source, IsolatedSheets):
            self._source.close()

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()


def open_recipients_file(path: Path | str, filename: str = "") -> Workbook:
    """Open a file of recipients. ``filename`` is for words only. Raises FileRefused."""
    path = Path(path)
    size = path.stat().st_size
    if not size:
        raise FileRefused("empty_file")
    if size > LARGEST_FILE:
        raise FileRefused("too_large", size=size, limit=LARGEST_FILE)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        sheets = IsolatedSheets(path, "zip")
        return Workbook(sheets.kind, sheets)
    if head.startswith(_OLE):
        _refuse_other_ole(path.read_bytes())
        return Workbook("xls", IsolatedSheets(path, "xls"))
    for mark, kind in _FOREIGN:
        if head.startswith(mark):
            raise FileRefused("not_a_list", kind=kind)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        raise FileRefused("html_or_xml")
    text = TextRows(path)
    return Workbook(text.kind, text)


def _refuse_other_ole(content: bytes) -> None:
    """What else is kept in the container of an .xls, by the names of its streams; a list may have a letter inside."""

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise FileRefused("password")
    if has("Workbook") or has("Book"):
        return
    for stream, kind in _OTHER_OLE:
        if has(stream):
            raise FileRefused("not_a_list", kind=kind)
