"""csv, tsv and txt: a strict ladder of encodings, a separator that is looked for, records that are counted.

Order: a byte order mark, strict UTF-8, strict GB18030. Nothing is ever replaced: a byte that does not fit refuses the
file, because a guessed name is somebody else's.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import TextIOWrapper
from pathlib import Path

from ..cells import Cell
from ..file_refused import FileRefused

Row = tuple[int, Sequence[Cell]]
LONGEST_FIELD = 131_072
SEPARATORS = ",;\t"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LADDER = ("utf-8", "gb18030")
_CHINESE_MARKS = "，。、；：？！（）《》“”‘’—…·【】￥　"
_OFTEN_IN_BIG5 = range(0xA1, 0xC7)
SHOWN_LINES = 5


def encoding_of(path: Path) -> str:
    """The one encoding in which every byte of the file makes sense. Raises FileRefused."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _whole(path, encoding) or _refuse(path)
    found = next((encoding for encoding in _LADDER if _whole(path, encoding)), None) or _refuse(path)
    if found == "gb18030":
        _refuse_mixed(path)
    return found


def _whole(path: Path, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                if "\x00" in decoder.decode(chunk):
                    raise FileRefused("nul_bytes")
            decoder.decode(b"", final=True)
    except UnicodeError:
        return None
    return encoding


def _refuse(path: Path) -> str:
    """Neither encoding fits: say the first line that fits none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not any(_decodes(line, encoding) for encoding in _LADDER):
                raise FileRefused("unknown_encoding", line=number)
    _refuse_mixed(path, certain=True)
    raise FileRefused("unknown_encoding", line=1)  # what is cut lies between two lines


def _refuse_mixed(path: Path, *, certain: bool = False) -> None:
    """Both encodings in one file, though each line may decode as GB18030: names of the others would silently change.

    A line counts as UTF-8 when it decodes as that into nothing but Chinese (in GB18030 it would be half as many rare
    characters again), as GBK when it does not decode as UTF-8. ``certain``: one of them is there for sure.
    """
    first = ""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            kind = _kind_of_line(line, certain)
            first = first or kind
            if kind != first:
                raise FileRefused("mixed_encodings", line=number)


def _kind_of_line(line: bytes, certain: bool) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeError:
        return "gb18030"
    is_chinese = all(
        character < "\x80" or character in _CHINESE_MARKS or "\u4e00" <= character <= "\u9fff"
        for character in text
    )
    return "utf-8" if certain or is_chinese else "gb18030"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeError:
        return False
    return True


def _is_usual_big5(line: bytes) -> bool:
    if not _decodes(line, "big5"):
        return False
    at = 0
    while at < len(line):
        if line[at] < 0x80:
            at += 1
        elif line[at] in _OFTEN_IN_BIG5:
            at += 2
        else:
            return False
    return True


class TextRows:
    """The records of a text file; ``separator`` and ``encoding`` as found."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.encoding = encoding_of(path)
        self._skip_first, self.separator = self._look()
        self.kind = "tsv" if self.separator == "\t" else "csv"

    def as_big5(self) -> tuple[str, ...]:
        """The first lines as Big5, where a file that decodes as GB18030 could be that: empty if it could not.

        It could when it has characters that GB2312 has not, and every one of its bytes makes sense in the part of Big5
        that has the usual characters. A list in GB2312 cannot be taken for it.
        """
        if self.encoding != "gb18030":
            return ()
        unusual = False
        with self._path.open("rb") as file:
            for line in file:
                if line.isascii():
                    continue
                unusual = unusual or not _decodes(line, "gb2312")
                if not _is_usual_big5(line):
                    return ()
        return self.first_lines("big5") if unusual else ()

    def first_lines(self, encoding: str = "") -> tuple[str, ...]:
        """Some lines that are not English alone, for a person to see."""
        with self._path.open("rb") as file:
            some = (line for line in file if not line.isascii())
            return tuple(
                line.decode(encoding or self.encoding).strip()[:60]
                for _n, line in zip(range(SHOWN_LINES), some, strict=False)
            )

    def read_as(self, encoding: str) -> None:
        """In the encoding that a person chose."""
        self.encoding = encoding
        self._skip_first, self.separator = self._look()

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_FIELD)
        with self._open() as file:
            if self._skip_first:
                file.readline()
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            number = int(self._skip_first)
            while True:
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as broken:
                    code = "field_too_long" if "field larger" in str(broken) else "unbalanced_quote"
                    raise FileRefused(code, row=number + 1) from broken
                number += 1
                yield number, [cell or None for cell in record]

    def records(self, more_than: int) -> int:
        """How many records there are, where there may be more than that; 0 where the lines are too few for it."""
        if self.lines <= more_than:
            return 0
        csv.field_size_limit(LONGEST_FIELD)
        with self._open() as file:
            try:
                return sum(1 for _record in csv.reader(file, delimiter=self.separator, strict=True))
            except csv.Error:
                return 0  # the reading will say where

    @cached_property
    def lines(self) -> int:
        """How many lines there are at the most; records may go over several."""
        with self._path.open("rb") as file:
            return sum(
                chunk.count(b"\n") + chunk.count(b"\r") for chunk in iter(lambda: file.read(1 << 20), b"")
            )

    def _look(self) -> tuple[bool, str]:
        """Whether the first line is ``sep=…``, and the separator: the one that most of the first lines agree on."""
        with self._open() as file:
            head = [line for _number, line in zip(range(20), file, strict=False)]
        told = head[0].strip(' \r\n"') if head else ""
        if told.casefold().startswith("sep=") and len(told) == 5:
            return True, told[4]
        counts = {separator: sum(line.count(separator) for line in head) for separator in SEPARATORS}
        best = max(
            SEPARATORS, key=lambda separator: (separator in (head[0] if head else ""), counts[separator])
        )
        if not counts[best] and any("，" in line for line in head):
            raise FileRefused("full_width_comma")
        return False, best

    def _open(self) -> TextIOWrapper:
        return self._path.open(encoding=self.encoding, newline="", errors="strict")
