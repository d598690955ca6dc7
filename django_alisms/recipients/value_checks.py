"""Whether a text may stand in a variable: the refusals and the notices, in the order of their weight."""

import re
from typing import Any

from . import characters, links
from .cells import distinct, is_blank
from .characters import SIMPLIFIED
from .reason_codes import Notice, Reason, Refusal, Remark
from .variable_rules import MAY_HOLD_A_PHONE, MAY_HOLD_AN_ADDRESS, OFFICIAL, THIRD_PARTY, VariableRule


def check_value(variable: str, value: str, rule: VariableRule) -> Refusal | list[Remark]:
    """Judge one value. Out: the first reason against it, or what deserves a look (mostly an empty list)."""
    refusal = _refusal(value, rule)
    if refusal:
        return Refusal(refusal.reason, {"variable": variable, **refusal.facts})
    return [Remark(notice, {"variable": variable, **facts}) for notice, facts in _notices(value, rule)]


def _refusal(value: str, rule: VariableRule) -> Refusal | None:
    if is_blank(value):
        return Refusal(Reason.VALUE_EMPTY)
    for pattern, reason in (
        (characters.CONTROL, Reason.VALUE_CONTROL),
        (characters.BRACKETS, Reason.VALUE_BRACKETS),
        (characters.EMOJI, Reason.VALUE_EMOJI),
    ):
        found = pattern.findall(value)
        if found:
            return Refusal(reason, {"characters": distinct(found)})
    official = OFFICIAL.get(rule.kind)
    if official and not official[0].fullmatch(value):
        return Refusal(official[1], {"kind": rule.kind})
    if len(value) > rule.maximum:
        return Refusal(Reason.VALUE_TOO_LONG, {"length": len(value), "limit": rule.maximum})
    if len(value) < rule.minimum:
        return Refusal(Reason.VALUE_TOO_SHORT, {"length": len(value), "limit": rule.minimum})
    if rule.kind not in MAY_HOLD_AN_ADDRESS or not THIRD_PARTY[rule.kind].fullmatch(value):
        link = links.link_in(value)
        if link:
            return Refusal(Reason.VALUE_LINK, {"found": link})
    return None


def _notices(value: str, rule: VariableRule) -> list[tuple[Notice, dict[str, Any]]]:
    notices: list[tuple[Notice, dict[str, Any]]] = []
    odd = characters.UNORDINARY.findall(value)
    if odd:
        turning = [c for c in odd if characters.DIRECTION.match(c)]
        unseen = [c for c in odd if characters.INVISIBLE.match(c) and c not in turning]
        alike = [c for c in odd if characters.LOOKALIKE.match(c)] if characters.LATIN.search(value) else []
        hanzi = [c for c in odd if characters.HANZI.match(c)]
        others = [
            c for c in odd if c not in turning and c not in unseen and c not in alike and c not in hanzi
        ]
        for notice, found in (
            (Notice.DIRECTION_CHARACTERS, turning),
            (Notice.INVISIBLE_CHARACTERS, unseen),
            (Notice.LOOKALIKE_LETTERS, alike),
            (Notice.UNUSUAL_HANZI, hanzi),
            (Notice.SPECIAL_CHARACTERS, others),
        ):
            if found:
                notices.append((notice, {"characters": distinct(found)}))
    if rule.kind not in MAY_HOLD_A_PHONE and links.has_contact(value):
        notices.append((Notice.CONTACT, {}))
    expected = THIRD_PARTY.get(rule.kind)
    if expected and not expected.fullmatch(value):
        notices.append((Notice.UNEXPECTED_KIND, {"kind": rule.kind}))
    return notices


# What needs no further look: no character that is refused or remarked, none that an address or an error value
# needs, none that JSON escapes, and no apostrophe, which may be the mark of spreadsheet_text.
_PLAIN = f" !$%&()*+,;<=>?_~0-9A-Za-z{SIMPLIFIED}、，；！？（）《》“”‘’—–·…￥-"
# Amounts, dates and clock times: they have a point, a slash or a colon, and are as plain as the rest.
_DATE = r"[0-9]{4}(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.)[0-9]{1,2}"
_FIGURES = rf"-?[0-9]{{1,12}}\.[0-9]{{1,6}}|(?:{_DATE} )?[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?|{_DATE}"


# Between the cells of a row that is matched whole; no plain value has it.
BETWEEN = "\x1f"


def plain_pattern(rule: VariableRule) -> re.Pattern[str] | None:
    """A pattern whose full match saves ``check_value`` all its work; None where the kind has rules of its own.

    It may be put between others, with BETWEEN. It does not look for contact details: a value of SHORTEST_CONTACT or
    more characters needs that besides.
    """
    if rule.kind in OFFICIAL or rule.kind in THIRD_PARTY:
        return None
    text = rf"(?= *[^ {BETWEEN}])[{_PLAIN}]{{{rule.minimum},{rule.maximum}}}"
    return re.compile(f"{text}|{_FIGURES}" if rule.minimum <= 3 and rule.maximum >= 20 else text)
