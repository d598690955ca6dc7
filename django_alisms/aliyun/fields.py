"""What SendBatchSms and the look-ups are given, as the form and query texts that go on the wire.

Placed as today's SDK places it: the four JSON arrays in the form, TemplateCode and OutId in the query. Percent-
encoding is the largest part of a request's CPU time, so the form is put together from pieces that are encoded
already (phones, the sign name) and one look into a table for each byte of the variables; it decodes to what
`urlencode` would give.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from .auth import percent_encode

MOST_NUMBERS = 100
LONGEST_OUT_ID = 255

_COMMA = "%2C"
_QUOTE = "%22"
# What becomes of each of the 256 bytes; letters, digits and four marks stay. A list: its look-up is the quickest.
_ENCODED = [percent_encode(chr(byte)) if byte < 0x80 else f"%{byte:02X}" for byte in range(256)]


class FieldError(ValueError):
    """The batch cannot be put into one request. Says why, without repeating a number or a value."""


def batch_form(
    phones: Sequence[str], sign_name: str, params_json: Sequence[str], extend_code: str = ""
) -> bytes:
    """The form body of SendBatchSms.

    `phones`: 1 to 100, digits only. `params_json`: for each phone the text of a JSON object, joined unparsed;
    where all are `{}` TemplateParamJson is left out. Raises FieldError.
    """
    if not 1 <= len(phones) <= MOST_NUMBERS:
        raise FieldError(f"A request takes 1 to {MOST_NUMBERS} numbers, not {len(phones)}.")
    if len(params_json) != len(phones):
        raise FieldError(f"There are {len(phones)} numbers and {len(params_json)} sets of variables.")
    digits = "".join(phones)
    if not (digits.isascii() and digits.isdigit() and all(phones)):
        raise FieldError("A number has something other than digits.")
    if not sign_name:
        raise FieldError("The sign name is missing.")
    parts = [
        "PhoneNumberJson=%5B%22" + f"{_QUOTE}{_COMMA}{_QUOTE}".join(phones) + "%22%5D",
        "SignNameJson=" + _repeated(sign_name, len(phones)),
    ]
    if any(params != "{}" for params in params_json):
        parts.append("TemplateParamJson=%5B" + encode_json(",".join(params_json)) + "%5D")
    if extend_code:
        parts.append("SmsUpExtendCodeJson=" + _repeated(extend_code, len(phones)))
    return "&".join(parts).encode("ascii")


def batch_query(template_code: str, out_id: str) -> dict[str, str]:
    """The query of SendBatchSms. Raises FieldError."""
    if not template_code:
        raise FieldError("The template code is missing.")
    if not 1 <= len(out_id) <= LONGEST_OUT_ID:
        raise FieldError(f"An OutId has 1 to {LONGEST_OUT_ID} characters, not {len(out_id)}.")
    return {"OutId": out_id, "TemplateCode": template_code}


def encode_json(text: str) -> str:
    """Percent-encodes text that is mostly JSON, as `auth.percent_encode` does and several times faster."""
    return "".join(map(_ENCODED.__getitem__, text.encode()))


@lru_cache(maxsize=64)
def _repeated(text: str, count: int) -> str:
    """The encoded JSON array that holds one text `count` times."""
    piece = encode_json(json.dumps(text, ensure_ascii=False))
    return "%5B" + _COMMA.join([piece] * count) + "%5D"
