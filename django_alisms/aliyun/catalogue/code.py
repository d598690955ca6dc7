"""The shape of a row, and one constructor for each thing that an answer can prove."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

Klass = Literal[
    "accepted",  # the request was taken
    "config",  # our settings, our clock, our program
    "permission",
    "account",  # money, activation, freeze
    "sign",
    "template",
    "recipient",
    "parameter",
    "content",
    "rate",  # a short-term limit
    "quota",  # a limit a day or a month
    "server",
    "network",
    "setup",  # only when applying for sign names, templates, short links
]
Retry = Literal["machine", "person", "never"]
Receipt = Literal["", "delivered", "undelivered", "open"]
# Why a number is bad for good: it is none, or its owner does not want messages.
ForGood = Literal["", "invalid", "opted_out"]


class Outcome(enum.StrEnum):
    """What is known of one call: taken, refused, or not known. There is no fourth."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means and what follows from it.

    `proof`: nothing was sent to anyone of the batch. `retry`: who may send the same batch again ("machine":
    with a back-off; "person": at once when `proof`, otherwise after a look-up). `stops_account`: every other
    request of the account would meet the same answer. `receipt`: what the code says of one recipient when it
    comes in a receipt; empty when it does not come there or says nothing. `for_good`: why that recipient's number
    is bad for good; empty where another try is reasonable.
    """

    code: str
    klass: Klass
    proof: bool
    retry: Retry
    outcome: Outcome
    stops_account: bool
    meaning_en: str
    advice_en: str
    meaning_zh: str
    advice_zh: str
    receipt: Receipt = ""
    for_good: ForGood = ""

    @property
    def bad_for_good(self) -> bool:
        """Of one recipient's receipt: another message to this number would end the same way."""
        return bool(self.for_good)

    @property
    def opts_out(self) -> bool:
        """Of one recipient's receipt: the person, or the carrier for them, refuses messages."""
        return self.for_good == "opted_out"

    def meaning(self, language: str) -> str:
        """What happened, in one sentence; Chinese for any `zh…` language, otherwise English."""
        return self.meaning_zh if language.lower().startswith("zh") else self.meaning_en

    def advice(self, language: str) -> str:
        """What to do about it, in one sentence or two; languages as in `meaning`."""
        return self.advice_zh if language.lower().startswith("zh") else self.advice_en

    def advice_when_reading(self, language: str) -> str:
        """What to do when the code answers a call that only reads, so that nothing can have been sent."""
        if self.outcome is not Outcome.UNKNOWN and self.retry != "machine":
            return self.advice(language)
        if language.lower().startswith("zh"):
            return "请过几分钟再试；如果一直这样，请管理员检查网络和接口地址。"
        return (
            "Try again in a few minutes; if it goes on, ask the administrator to check network and endpoint."
        )


# What an unknown asks of staff, whatever made it one.
WAIT_EN = "The people of this batch may or may not have got it: wait for the look-up, and do not send again before that."
WAIT_ZH = "这个批次的人可能收到了，也可能没有，请等待核实结果，在此之前不要重发。"

Text = tuple[str, str, str, str]  # meaning and advice in English, then in Chinese


def proven(
    codes: str, klass: Klass, text: Text, *, stops: bool = False, retry: Retry = "person"
) -> tuple[Code, ...]:
    """Refused, and nothing was sent. `codes`: one or more, with blanks between them."""
    return _rows(codes, klass, Outcome.REFUSED, text, proof=True, retry=retry, stops=stops)


def refused(
    codes: str, klass: Klass, text: Text, *, stops: bool = False, for_good: ForGood = ""
) -> tuple[Code, ...]:
    """Refused, but some numbers of the batch may have been sent: looked up before a person sends again."""
    return _rows(codes, klass, Outcome.REFUSED, text, stops=stops, for_good=for_good)


def unknown(codes: str, klass: Klass, text: Text, *, stops: bool = False) -> tuple[Code, ...]:
    """Proves nothing."""
    return _rows(codes, klass, Outcome.UNKNOWN, text, stops=stops)


def accepted(codes: str, klass: Klass, text: Text) -> tuple[Code, ...]:
    """Taken by the platform."""
    return _rows(codes, klass, Outcome.ACCEPTED, text, retry="never")


def receipt(
    codes: str,
    klass: Klass,
    verdict: Receipt,
    text: Text,
    *,
    stops: bool = False,
    retry: Retry = "person",
    for_good: ForGood = "",
) -> tuple[Code, ...]:
    """Speaks of one recipient, in a receipt. As the answer to a request it would prove nothing."""
    return _rows(
        codes, klass, Outcome.UNKNOWN, text, retry=retry, stops=stops, verdict=verdict, for_good=for_good
    )


def _rows(
    codes: str,
    klass: Klass,
    outcome: Outcome,
    text: Text,
    *,
    proof: bool = False,
    retry: Retry = "person",
    stops: bool = False,
    verdict: Receipt = "",
    for_good: ForGood = "",
) -> tuple[Code, ...]:
    return tuple(
        Code(
            code,
            klass,
            proof,
            retry,
            outcome,
            stops,
            *text,
            # The platform's own codes also come as the ErrCode of a receipt, and then the message failed.
            receipt="undelivered" if code.startswith(("isv.", "isp.")) else verdict,
            for_good=for_good,
        )
        for code in codes.split()
    )
