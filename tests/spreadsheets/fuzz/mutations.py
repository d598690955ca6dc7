"""A file made wrong: its bytes, the members of its archive, its XML, its cells. All of it from one seed."""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable

NASTY = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b'"', b",,,", b"PK\x03\x04", b"\x1a", b"<!DOCTYPE x>", b"&x;", b"]]>",
    "𠮷".encode("gb18030"), b"\x80", b"\xed\xa0\x80", b"=1+1", b"1e309", b"-1", b"99999999999999999999", b"NaN", b"#N/A",
]  # fmt: skip
VALUES = [
    "", "0", "-1", "1", "16385", "1048577", "4294967295", "4294967296", "18446744073709551616", "1e400", "NaN", "inf",
    "A0", "XFD1048576", "ZZZZZZ9999999999", "s", "n", "b", "e", "str", "inlineStr", "d", "x" * 5000, "１２３", "\u202e", "true",
]  # fmt: skip


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to four mutations, each of a kind that fits what the file is by then."""
    for _ in range(chance.choice([1, 1, 1, 2, 3, 4])):
        kinds: list[Callable[[bytes, random.Random], bytes]] = [flipped, cut, spliced, repeated]
        if zipfile.is_zipfile(io.BytesIO(content)):
            kinds += [member, member, member, xml, xml, xml, xml, xml]
        content = chance.choice(kinds)(content, chance)
    return content


def flipped(content: bytes, chance: random.Random) -> bytes:
    """A few bytes become others."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 8, 64])):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(content: bytes, chance: random.Random) -> bytes:
    """The end, the beginning or a piece of the middle is missing."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return chance.choice([content[:first], content[first:], content[:first] + content[last:]])


def spliced(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(NASTY) * chance.choice([1, 1, 3, 50]) + content[at:]


def repeated(content: bytes, chance: random.Random) -> bytes:
    """A piece comes several times over."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    piece = content[first : min(last, first + 4096)]
    return content[:last] + piece * chance.choice([1, 2, 20]) + content[last:]


def member(content: bytes, chance: random.Random) -> bytes:
    """A member of the archive is lost, doubled, renamed, emptied, exchanged or damaged within."""
    found = _members(content)
    if not found:
        return content
    place = chance.randrange(len(found))
    name, part = found[place]
    match chance.randrange(6):
        case 0:
            del found[place]
        case 1:
            found.append((name, flipped(part, chance)))
        case 2:
            found[place] = (
                chance.choice(["../" + name, "/" + name, name.upper(), "x" * 300, name + "\x01"]),
                part,
            )
        case 3:
            found[place] = (name, b"")
        case 4:
            found[place] = (name, chance.choice(found)[1])
        case 5:
            found[place] = (name, chance.choice([flipped, cut, spliced, repeated])(part, chance))
    return _packed(found, chance)


def xml(content: bytes, chance: random.Random) -> bytes:
    """One part stays XML mostly: an attribute or a text gets another value, an element is lost, doubled or nested."""
    found = _members(content)
    parts = [place for place, (name, _part) in enumerate(found) if name.endswith((".xml", ".rels"))]
    if not parts:
        return content
    place = chance.choice(parts)
    name, part = found[place]
    text = part.decode("utf-8", "replace")
    match chance.randrange(5):
        case 0:
            text = _at_random(r'(?<==")[^"]*(?=")', text, chance, lambda _old: chance.choice(VALUES))
        case 1:
            text = _at_random(r"(?<=>)[^<]+(?=<)", text, chance, lambda _old: chance.choice(VALUES))
        case 2:
            text = _at_random(r"<[^>]+>", text, chance, lambda _old: "")
        case 3:
            text = _at_random(
                r"<[^>]+/>|<(\w+)[^>]*>[^<]*</\1>", text, chance, lambda old: old * chance.choice([2, 3, 300])
            )
        case 4:
            text = _at_random(
                r"</?\w+", text, chance, lambda old: old + chance.choice(["x", ":y", " a='1'", " r='0'", "<"])
            )
    found[place] = (name, text.encode())
    return _packed(found, chance)


def _at_random(pattern: str, text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    matches = list(re.finditer(pattern, text))
    if not matches:
        return text
    match = chance.choice(matches)
    return text[: match.start()] + change(match[0]) + text[match.end() :]


def _members(content: bytes) -> list[tuple[str, bytes]]:
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.file_size <= 1 << 20:
                    found.append((entry.filename, archive.read(entry)))
    except Exception:  # damaged by an earlier mutation
        return []
    return found


def _packed(members: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    file = io.BytesIO()
    how = chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", how) as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for name, part in members:
            archive.writestr(zipfile.ZipInfo(name) if name else zipfile.ZipInfo("x"), part, how)
    return file.getvalue()
