"""The gateway before the service: which operation, whose key, whose signature, what time, seen before?

Both signature versions: ``Authorization: ACS3-HMAC-SHA256 …`` is version 3, anything else version 1. A version 3
request must have signed ``host``, ``content-type`` (if it has one) and all its ``x-acs-*`` headers, as Alibaba
Cloud's page on the V3 signature says; which other headers it signed is its own affair.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from time import time

from django_alisms.aliyun import auth
from django_alisms.sandbox import parameters, signature_v1
from django_alisms.sandbox.answers import MESSAGES, Refusal
from django_alisms.sandbox.server import Request

VERSION = "2017-05-25"
WINDOW = 15 * 60
"""Seconds that a timestamp may differ from our clock, and that a nonce is remembered."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]*), ?SignedHeaders=([^,]*), ?Signature=([0-9a-f]*)"
)
_FORM = "application/x-www-form-urlencoded"


class Call:
    """An admitted request: the operation's name and its parameters."""

    __slots__ = ("action", "nonce", "parameters")

    def __init__(self, action: str, parameters: dict[str, str], nonce: str) -> None:
        self.action = action
        self.parameters = parameters
        self.nonce = nonce


class Gateway:
    """Admits requests signed with one key pair (and, where one is set, its security token).

    ``clock`` gives seconds since 1970; :meth:`admit` raises :class:`Refusal`.
    """

    def __init__(
        self, key_id: str, secret: str, security_token: str = "", clock: Callable[[], float] = time
    ) -> None:
        self._key_id = key_id
        self._secret = secret
        self._security_token = security_token
        self._clock = clock
        self._nonces: set[str] = set()
        self._nonces_by_age: deque[tuple[float, str]] = deque()

    def action_of(self, request: Request) -> str:
        """The operation a request names, before anything is checked."""
        named = request.headers.get("x-acs-action", "")
        if named:
            return named
        found = re.search(r"(?:^|&)Action=(\w+)", request.query)
        if found is None:
            found = re.search(r"(?:^|&)Action=(\w+)", request.body.decode("latin-1"))
        return found[1] if found else ""

    def admit(self, request: Request) -> Call:
        if request.method not in ("GET", "POST"):
            raise Refusal("UnsupportedHTTPMethod")
        try:
            query = parameters.parse(request.query.encode("latin-1"))
            form = (
                parameters.parse(request.body)
                if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
                else {}
            )
        except UnicodeDecodeError:
            raise Refusal("InvalidParameter.Format", "The parameters are not valid UTF-8.") from None
        given = {**query, **form}
        authorization = request.headers.get("authorization", "")
        if authorization.startswith("ACS3-"):
            nonce = self._verify_v3(request, query, authorization)
            version = request.headers.get("x-acs-version", "")
        else:
            nonce = self._verify_v1(request, given)
            version = given.get("Version", "")
        if version != VERSION:
            raise Refusal("InvalidVersion")
        self._remember(nonce)
        action = request.headers.get("x-acs-action", "") or given.get("Action", "")
        if not action:
            raise missing("Action")
        return Call(action, given, nonce)

    def forget(self, call: Call) -> None:
        """As if the request had never come: its nonce may be used again."""
        self._nonces.discard(call.nonce)

    def _verify_v3(self, request: Request, query: dict[str, str], authorization: str) -> str:
        parts = _AUTHORIZATION.fullmatch(authorization)
        if parts is None:
            raise Refusal(
                "InvalidSignatureMethod" if "HMAC-SHA256" not in authorization else "IncompleteSignature"
            )
        key_id, signed_headers, given = parts.groups()
        headers = request.headers
        self._check_key(key_id, headers.get("x-acs-security-token", ""))
        for name, parameter in (("x-acs-date", "Timestamp"), ("x-acs-signature-nonce", "SignatureNonce")):
            if not headers.get(name):
                raise missing(parameter)
        names = signed_headers.split(";")
        must = {"host", *(name for name in headers if name == "content-type" or name.startswith("x-acs-"))}
        unsigned = must.difference(names)
        if unsigned:
            raise Refusal(
                "SignatureDoesNotMatch",
                f"{MISMATCH} These headers must be signed and are not: {';'.join(sorted(unsigned))}",
            )
        payload_hash = sha256(request.body).hexdigest()
        text, listed = auth.canonical_headers({name: headers.get(name, "") for name in names})
        canonical = auth.canonical_request(
            request.method, request.path, auth.canonical_query(query), text, listed, payload_hash
        )
        to_sign = auth.string_to_sign(canonical)
        if headers.get("x-acs-content-sha256") != payload_hash or not compare_digest(
            auth.signature(self._secret, to_sign), given
        ):
            raise Refusal(
                "SignatureDoesNotMatch",
                f"{MISMATCH} server string to sign is:{to_sign} server canonical request is:{canonical}",
            )
        self._check_time(headers["x-acs-date"])
        return headers["x-acs-signature-nonce"]

    def _verify_v1(self, request: Request, given: dict[str, str]) -> str:
        if not given.get("AccessKeyId"):
            raise missing("AccessKeyId")
        self._check_key(given["AccessKeyId"], given.get("SecurityToken", ""))
        for name in ("Signature", "SignatureNonce", "Timestamp"):
            if not given.get(name):
                raise missing(name)
        if given.get("SignatureMethod") != "HMAC-SHA1":
            raise Refusal("InvalidSignatureMethod")
        to_sign = signature_v1.string_to_sign(request.method, signature_v1.canonical_query(given))
        ours = signature_v1.signature(signature_v1.hmac_key(self._secret), to_sign)
        if not compare_digest(ours.encode(), given["Signature"].encode()):
            raise Refusal("SignatureDoesNotMatch", f"{MISMATCH} server string to sign is:{to_sign}")
        self._check_time(given["Timestamp"])
        return given["SignatureNonce"]

    def _check_key(self, key_id: str, security_token: str) -> None:
        if not compare_digest(key_id.encode(), self._key_id.encode()):
            raise Refusal("InvalidAccessKeyId.NotFound")
        if self._security_token and not security_token:
            raise missing("SecurityToken")
        if self._security_token and not compare_digest(
            security_token.encode(), self._security_token.encode()
        ):
            raise Refusal("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")

    def _check_time(self, text: str) -> None:
        try:
            if _TIMESTAMP.fullmatch(text) is None:
                raise ValueError
            at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise Refusal("InvalidTimeStamp.Format") from None
        if abs(at.timestamp() - self._clock()) > WINDOW:
            raise Refusal("InvalidTimeStamp.Expired")

    def _remember(self, nonce: str) -> None:
        now = self._clock()
        while self._nonces_by_age and self._nonces_by_age[0][0] < now - WINDOW:
            self._nonces.discard(self._nonces_by_age.popleft()[1])
        if nonce in self._nonces:
            raise Refusal("SignatureNonceUsed")
        self._nonces.add(nonce)
        self._nonces_by_age.append((now, nonce))


MISMATCH = "Specified signature is not matched with our calculation."
MESSAGES["SignatureDoesNotMatch"] = MISMATCH


def missing(parameter: str) -> Refusal:
    return Refusal(f"Missing{parameter}", f"{parameter} is mandatory for this action.")
