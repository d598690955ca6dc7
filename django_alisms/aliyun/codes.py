"""One table: what a code means, what it proves, who may send again, and whether the account stops.

Every answer, receipt and failure of the app is explained here and nowhere else. A code that nobody knows
has a row too: `isv.*` is a refusal without proof, anything else proves nothing.
"""

from __future__ import annotations

from dataclasses import replace

from .catalogue import (
    account_codes,
    gateway_codes,
    message_codes,
    own_codes,
    receipt_codes,
    setup_codes,
    sign_name_codes,
    template_codes,
)
from .catalogue.code import WAIT_EN, WAIT_ZH, Code, Outcome, receipt, refused, unknown

__all__ = ["CODES", "Code", "Outcome", "explain", "explain_undelivered"]

MODULES = (
    account_codes,
    sign_name_codes,
    template_codes,
    message_codes,
    gateway_codes,
    own_codes,
    receipt_codes,
    setup_codes,
)
CODES: dict[str, Code] = {row.code: row for module in MODULES for row in module.ROWS}

# Looked at from above, and only for a code without a row of its own.
_BY_PREFIX = (
    *gateway_codes.FAMILIES,
    *refused(
        "isv.",
        "parameter",
        (
            "Alibaba Cloud refused the batch for a reason that this program does not know yet.",
            "Look the code up in Alibaba Cloud's list of SMS error codes; the batch is looked up meanwhile.",
            "阿里云拒绝了这个批次，本程序还不认识这个错误码。",
            "请在阿里云短信服务的错误码文档里查询；这个批次会自动核实。",
        ),
    ),
    *unknown(
        "isp.",
        "server",
        (
            "Alibaba Cloud had a fault of its own.",
            WAIT_EN,
            "阿里云系统出错。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "local. wire.",
        "network",
        (
            "The request failed in a way that proves nothing.",
            WAIT_EN,
            "请求失败，不能说明是否发出。",
            WAIT_ZH,
        ),
    ),
)

(_NOBODY_KNOWS,) = unknown(
    "?",
    "server",
    (
        "This program does not know the code, so it is not certain what became of the messages.",
        "Wait for the look-up or the receipts, and look the code up in Alibaba Cloud's documentation.",
        "本程序不认识这个代码，不能确定短信的结果。",
        "请等待核实结果或回执，并在阿里云文档里查询这个代码。",
    ),
)

_OF_RECEIPTS = frozenset(row.code for row in receipt_codes.ROWS)
(_NOT_DELIVERED,) = receipt(
    "?",
    "server",
    "undelivered",
    (
        "The message was not delivered; the reason is a code that no published list explains.",
        "One more try is reasonable; where many people have this code, ask Alibaba Cloud about it.",
        "短信没有送达，原因代码不在公开的代码表里。",
        "可以再试一次；如果很多人都是这个代码，请拿它询问阿里云。",
    ),
)


def explain_undelivered(code: str) -> Code:
    """The row of the code with which a receipt says that somebody did not get it. Never fails.

    Here the end is certain: words of `explain` for what an answer leaves in doubt would be wrong.
    """
    row = CODES.get(code)
    if row is not None and (code in _OF_RECEIPTS or row.outcome is Outcome.REFUSED):
        return row
    return replace(_NOT_DELIVERED, code=code)


def explain(code: str) -> Code:
    """The row of a code, exact in case: its own, or that of its family under its own name. Never fails."""
    row = CODES.get(code)
    if row is None:
        family = next((family for family in _BY_PREFIX if code.startswith(family.code)), _NOBODY_KNOWS)
        row = replace(family, code=code)
    return row
