"""Whether an archive (xlsx, xlsm, ods) may be read at all; run in the child, before anything believes the file.

Every entry is inflated once in pieces and its bytes counted, because what an archive says about its own sizes is a
claim. The figures are those of docs/spreadsheets.md.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..file_refused import FileRefused

MOST_ENTRIES = 200
MOST_BYTES = 1 << 30
MOST_TIMES = 100
# Up to here an entry may be packed as tightly as it likes: blank rows and styles are.
SMALL_ENTRY = 1 << 20
DEEPEST = 1000
PIECE = 1 << 20

_XML = (".xml", ".rels", ".vml", ".rdf")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PLAIN_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1"}
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")
# What the findings of a sheet are looked for by; looked for here, where it is unpacked anyway. Beside each a letter of
# it that most rows do not have: one letter is found ten times as fast as a word.
TELLING_WORDS = {
    b"hidden=": b"h",
    b"<mergeCell ": b"m",
    b"<f": b"f",
    b't="e"': b"e",
    b' ht="0': b"h",
    b' width="0': b"h",
}
_LONGEST_TELLING = 11
# What is kept of a piece for the next: a word may begin in one and end in the other.
_LONGEST_TAIL = 11
_STRETCH = 1 << 16
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
# ClosedXML and Microsoft's own kit write <x:worksheet>, and XML allows either kind of quotes.
_ROOT = re.compile(rb"<(?:([A-Za-z_][A-Za-z0-9_.-]*):)?worksheet\b([^>]*)>")
_SINGLE_QUOTED = re.compile(rb"""='([^'"<>]*)'""")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass
class Archive:
    """An archive that may be read: its kind, its entries by name, and those sheets that have none of TELLING_WORDS."""

    kind: str
    names: frozenset[str]
    plain_sheets: frozenset[str]


def examine(path: Path) -> Archive:
    """Look at the archive whole. Raises FileRefused: ``bomb``, ``unsafe_xml``, ``damaged``, ``password``, ``not_a_list``."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise FileRefused("bomb")
            _check_directory(entries)
            kind = kind_of(frozenset(entry.filename for entry in entries))
            unpacked = 0
            plain: set[str] = set()
            for entry in entries:
                unpacked += _inflate(archive, entry, MOST_BYTES - unpacked, plain)
            return Archive(kind, frozenset(entry.filename for entry in entries), frozenset(plain))
    # What zipfile raises for bytes that were changed; NotImplementedError for methods and versions it does not know.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        UnicodeError,
        ValueError,
        OSError,
    ) as broken:
        raise FileRefused("damaged") from broken
    except RuntimeError as locked:
        raise FileRefused("password") from locked


def kind_of(names: frozenset[str]) -> str:
    """xlsx, xlsm or ods by what is in the archive. Raises FileRefused for what is no list."""
    if "xl/workbook.bin" in names:
        raise FileRefused("not_a_list", kind="xlsb")
    if "xl/workbook.xml" in names:
        return "xlsm" if "xl/vbaProject.bin" in names else "xlsx"
    if "content.xml" in names:
        return "ods"
    for start, kind in (("word/", "docx"), ("ppt/", "pptx"), ("Index/", "numbers")):
        if any(name.startswith(start) for name in names):
            raise FileRefused("not_a_list", kind=kind)
    raise FileRefused("not_a_list", kind="zip")


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    """Two entries of one name or in one place, and names that lead out of the archive, are nobody's spreadsheet."""
    if len({entry.filename for entry in entries}) < len(entries):
        raise FileRefused("damaged")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise FileRefused("damaged")
        end = entry.header_offset + 30 + len(entry.filename) + entry.compress_size
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
            raise FileRefused("damaged")
        if entry.external_attr >> 16 & 0o170000 == 0o120000:
            raise FileRefused("damaged")
        if entry.flag_bits & 1:
            raise FileRefused("password")


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, plain: set[str]) -> int:
    """How many bytes came out of it. The checksum is zipfile's to compare, and the local header's name.

    A sheet without any of TELLING_WORDS joins ``plain``.
    """
    is_xml = entry.filename.lower().endswith(_XML)
    is_plain = is_xml and entry.filename.startswith("xl/worksheets/")
    count, tail = 0, b""
    with archive.open(entry) as file:
        while piece := file.read(PIECE):
            if is_xml:
                if not count:
                    _check_encoding(piece)
                    is_plain = is_plain and _is_usual(piece)
                if b"!" in piece or b"!" in tail:
                    _check_declarations(tail + piece)
                if is_plain and (_tells(piece) or _tells(tail + piece[:_LONGEST_TELLING])):
                    is_plain = False
                tail = piece[-_LONGEST_TAIL:]
                _check_depth(piece)
            count += len(piece)
            if count > left or (count > SMALL_ENTRY and count > MOST_TIMES * max(entry.compress_size, 1)):
                raise FileRefused("bomb")
    if is_plain:
        plain.add(entry.filename)
    return count


def _tells(text: bytes) -> bool:
    return any(letter in text and word in text for word, letter in TELLING_WORDS.items())


def _check_encoding(start: bytes) -> None:
    """XML in an encoding in which a declaration could hide from the search is not looked into."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        raise FileRefused("unsafe_xml")
    said = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf"))
    if said and said[1].lower() not in _PLAIN_ENCODINGS:
        raise FileRefused("unsafe_xml")


def _check_declarations(text: bytes) -> None:
    if any(word in text for word in _DECLARATIONS):
        raise FileRefused("unsafe_xml")


def _check_depth(piece: bytes) -> None:
    """A stretch in which nothing is closed must not open more than any spreadsheet does."""
    for at in range(0, len(piece), _STRETCH):
        end = at + _STRETCH
        if piece.find(b"</", at, end) < 0:
            never_open = (
                piece.count(b"/>", at, end) + piece.count(b"<?", at, end) + piece.count(b"<!", at, end)
            )
            if piece.count(b"<", at, end) - never_open > DEEPEST:
                raise FileRefused("damaged")


def _is_usual(start: bytes) -> bool:
    """Whether the words of a sheet can be looked for as most programs write them: without prefix, in double quotes."""
    root = _ROOT.search(start)
    return root is not None and not root[1] and b"'" not in root[2]


def pieces(path: Path, name: str) -> Iterator[bytes]:
    """A sheet of an archive that was examined, in pieces that end where an element ends, whole rows if there are any.

    As most programs write it: the prefix of the sheet's elements is taken away, attributes are in double quotes.
    """
    with zipfile.ZipFile(path) as archive, archive.open(name) as file:
        rest = b""
        root = None
        while piece := file.read(4 * PIECE):
            joined = rest + piece
            root = root or _ROOT.search(joined)
            if root and root[1]:
                joined = joined.replace(b"<%b:" % root[1], b"<").replace(b"</%b:" % root[1], b"</")
            if root and b"'" in root[2]:
                joined = _SINGLE_QUOTED.sub(rb'="\1"', joined)
            cut = joined.rfind(b"</row>") + 6
            if cut == 5:
                cut = joined.rfind(b">") + 1
            yield joined[:cut]
            rest = joined[cut:]
        if rest:
            yield rest


def widest(path: Path) -> int:
    """The last column that any cell of the workbook (xlsx) names, from 1."""
    last = 0
    with zipfile.ZipFile(path) as archive:
        sheets = [
            name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")
        ]
    for name in sheets:
        for piece in pieces(path, name):
            letters = {found[1] for found in _REFERENCE.finditer(piece)}
            last = max([last, *(column_number(one.decode()) for one in letters)])
    return last


def column_number(letters: str) -> int:
    """A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
