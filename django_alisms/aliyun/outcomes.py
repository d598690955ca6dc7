"""Accepted, refused, unknown: what one call came to, decided in one place from what was seen of it.

Two ways in, both pure: `judge` for an answer (status, headers, body), `failed` for a call without one. Whatever
they return, `answer.outcome` is that of the code's own row in `codes`: where an answer contradicts itself (a
refusal under 502, OK without a BizId) it gets a code of ours, and the service's words stay in the message.

The rule is docs/reliability.md; the envelope is that of Alibaba Cloud's SendBatchSms page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .codes import Outcome, explain
from .scrubbing import scrub

__all__ = ["Answer", "Outcome", "failed", "judge"]

LONGEST_RETRY_AFTER = 3600.0
OURS = ("local.", "wire.")

# What is kept as it came must look like what it claims to be. Text longer than our columns is never cut: a
# BizId that is not whole would match no receipt.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:\-]{0,63}")
_IDENTIFIER = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One call's end. `elapsed` and `retry_after` are seconds; `data` is the parsed body of a look-up.

    `message` is scrubbed and at most 200 characters; `data` is kept out of the repr, for it holds numbers.
    """

    outcome: Outcome
    code: str
    message: str
    request_id: str = ""
    biz_id: str = ""
    http_status: int | None = None
    elapsed: float = 0.0
    retry_after: float | None = None
    data: Any = field(default=None, repr=False)


def failed(code: str, reason: str = "", *, elapsed: float = 0.0, http_status: int | None = None) -> Answer:
    """A call that brought no answer: `code` is one of ours, which says whether anything left this machine."""
    return Answer(explain(code).outcome, code, scrub(reason), http_status=http_status, elapsed=elapsed)


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    sending: bool,
    elapsed: float = 0.0,
    secrets: Iterable[str] = (),
) -> Answer:
    """What an answer proves. `sending`: OK then needs a BizId; otherwise the parsed body becomes `data`.

    `headers` finds names in lower case. `secrets`: texts that must not survive in the message.
    """
    envelope = _envelope(body)
    said = _text(envelope, "Code") or _text(envelope, "code")
    request_id = _identifier(envelope, "RequestId")
    biz_id = _identifier(envelope, "BizId")
    message = _text(envelope, "Message") or _text(envelope, "message")
    code = _code(status, body, envelope, request_id, biz_id, sending)
    # The message of a wrong signature is the signed text, with the numbers and the key id in it. It is told by
    # what it says too, for a gateway in between may give it another code.
    if "SignatureDoesNotMatch" in said or "string to sign" in message.lower():
        message = ""
    if said and said != code:
        message = f"{said}: {message}".rstrip(": ")
    outcome = explain(code).outcome
    return Answer(
        outcome,
        code,
        scrub(message, secrets),
        request_id=request_id,
        biz_id=biz_id if outcome is Outcome.ACCEPTED else "",
        http_status=status,
        elapsed=elapsed,
        retry_after=_retry_after(headers),
        data=envelope if outcome is Outcome.ACCEPTED and not sending else None,
    )


def _code(
    status: int, body: bytes, envelope: dict[str, Any] | None, request_id: str, biz_id: str, sending: bool
) -> str:
    """The service's own code where it proves what its row says, otherwise one of ours."""
    said = _text(envelope, "Code")
    if not _CODE.fullmatch(said) or said.startswith(OURS):
        said = ""
    row = explain(said) if said else None
    if 300 <= status < 400:
        return "wire.redirect"
    if status >= 500:
        # A fault on the way: even a refusal in it is no proof. A code that proves nothing stays as it is.
        return said if row is not None and row.outcome is Outcome.UNKNOWN else "wire.http_5xx"
    if row is None:
        return _nameless(status, body, envelope)
    if not request_id:
        return "wire.no_request_id"
    if row.outcome is Outcome.ACCEPTED:
        if status != 200:
            return "wire.http_4xx" if status >= 400 else "wire.no_code"
        if sending and not biz_id:
            return "wire.no_biz_id"
    return said


def _nameless(status: int, body: bytes, envelope: dict[str, Any] | None) -> str:
    if status >= 400:
        return "wire.http_4xx"
    if not body.strip():
        return "wire.empty"
    return "wire.not_json" if envelope is None else "wire.no_code"


def _envelope(body: bytes) -> dict[str, Any] | None:
    """The JSON object in the body; None when it is anything else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):  # not JSON, not text, a number beyond reason, nested beyond reason
        return None
    return parsed if isinstance(parsed, dict) else None


def _text(envelope: dict[str, Any] | None, name: str) -> str:
    value = envelope.get(name) if envelope else None
    return value if isinstance(value, str) else ""


def _identifier(envelope: dict[str, Any] | None, name: str) -> str:
    """An opaque id of the service; a whole number is taken as its digits (BizIds of digits only occur)."""
    value = envelope.get(name) if envelope else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: x-acs-retry-after is milliseconds, Retry-After seconds; an hour at most."""
    for name, unit in (("x-acs-retry-after", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]{1,12}", value) and int(value) > 0:
            return min(int(value) / unit, LONGEST_RETRY_AFTER)
    return None
