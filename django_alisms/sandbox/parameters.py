"""Parameters of a request: query text and form body → one dictionary of texts."""

from __future__ import annotations

from binascii import a2b_qp
from urllib.parse import unquote_to_bytes


def decoded(text: bytes) -> str:
    """One name or value of form text. UnicodeDecodeError where the bytes are no UTF-8.

    >>> decoded(b"%E5%BC%A0+%2B%zz")
    '张 +%zz'
    """
    if b"+" in text:
        text = text.replace(b"+", b" ")
    escapes = text.count(b"%")
    if not escapes:
        return text.decode()
    # A form of 100 numbers holds some 6,000 escapes, and urllib takes a millisecond over them: more than all the
    # rest of a request. Quoted-printable is the same notation with another sign, and its decoder is in C. It
    # swallows some things that are no escapes; each of these changes the length or needs one of these bytes.
    if not (b"=" in text or b"\n" in text or b"\r" in text):
        quick = a2b_qp(text.replace(b"%", b"="))
        if len(quick) == len(text) - 2 * escapes:
            return quick.decode()
    return unquote_to_bytes(text).decode()


def parse(text: bytes) -> dict[str, str]:
    """``a=1&b=`` → ``{"a": "1", "b": ""}``; of a repeated name the last value."""
    found: dict[str, str] = {}
    for pair in text.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found[decoded(name)] = decoded(value)
    return found
