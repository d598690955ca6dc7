"""Which characters a mainland message can carry, and which deserve a look.

Rules: Alibaba Cloud's pages on template specifications and on unsupported content (isv.UNSUPPORTED_CONTENT):
no traditional characters, no emoji, no unusual symbols; the brackets 【】 are the sign name's. Emoji are
refused, because no carrier delivers them; the rest is taken with a notice, because carriers differ.
"""

import re
from collections.abc import Iterator

from .cells import INVISIBLE_CHARACTERS


def _simplified_characters() -> str:
    """The 6,763 characters of GB 2312, the national set of simplified ones, in code order."""
    cells = ((0xA0 + row, 0xA0 + cell) for row in range(16, 88) for cell in range(1, 95))
    return "".join(sorted(bytes(pair).decode("gb2312", "ignore") for pair in cells))


def _as_ranges(characters: str) -> str:
    """Characters in code order as the inside of a pattern's class; runs become ranges."""
    ranges: list[list[int]] = []
    for code in map(ord, characters):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in ranges)


SIMPLIFIED = _as_ranges(_simplified_characters()) + "〇"
PUNCTUATION = "、。《》〈〉〜\u3000·—–…‘’“”×÷°℃¥\uff01-\uff5e\uffe5"
"""Inside of a class: Chinese punctuation and the full-width forms, full-width letters and digits included."""

ORDINARY = f" -~{PUNCTUATION}{SIMPLIFIED}"
"""Inside of a class: what every mainland handset shows. Printable ASCII, Chinese punctuation, GB 2312."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
BRACKETS = re.compile("[【】]")
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2600-\u2604\u2607-\u2775\u2794-\u27bf"
    "\u231a\u231b\u23e9-\u23fa\u25fd\u25fe\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\u20e3\ufe0f]"
)
"""Emoji and pictographs, hearts and flags, keycaps and the mark that asks for the coloured form."""

UNORDINARY = re.compile(f"[^{ORDINARY}]")
HANZI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
INVISIBLE = re.compile(f"[{INVISIBLE_CHARACTERS}]")
LATIN = re.compile("[A-Za-z]")
LOOKALIKE = re.compile("[\u0370-\u03ff\u0400-\u052f]")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with what a reader has to be told of it: ``unseen`` (it has no shape, or turns the
    writing around), ``alike`` (a Greek or Cyrillic letter in a text that has Latin ones), or nothing."""
    odd = _UNSEEN_OR_ALIKE if LATIN.search(text) else _UNSEEN
    end = 0
    for match in odd.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], ""
        yield match[0], "alike" if LOOKALIKE.match(match[0]) else "unseen"
        end = match.end()
    if end < len(text):
        yield text[end:], ""


_UNSEEN = re.compile(f"[{INVISIBLE_CHARACTERS}\u2028\u2029]")
_UNSEEN_OR_ALIKE = re.compile(f"[{INVISIBLE_CHARACTERS}\u2028\u2029]|[\u0370-\u03ff\u0400-\u052f]+")
