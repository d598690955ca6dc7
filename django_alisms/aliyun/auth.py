"""Signature version 3 (ACS3-HMAC-SHA256), one function a stage: a failing test says which stage is wrong.

The stages have the names of Alibaba Cloud's page "V3 request structure and signature". Only `host`,
`content-type` and the `x-acs-*` headers are signed: that is what the page requires, and a proxy that
rewrites User-Agent or Accept then breaks nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from .credentials import Credentials

ALGORITHM = "ACS3-HMAC-SHA256"


def percent_encode(text: str) -> str:
    """UTF-8 bytes; `A-Z a-z 0-9 - _ . ~` stay, every other byte becomes %XX with capitals."""
    return quote(text, safe="~")


def hashed_payload(body: bytes) -> str:
    """SHA-256, lower-case hex, of exactly the bytes that are sent; also the value of x-acs-content-sha256."""
    return hashlib.sha256(body).hexdigest()


def canonical_query(params: Mapping[str, str]) -> str:
    """Parameters in the byte order of their names, both sides encoded; an empty value keeps its `=`.

    No parameters make an empty text.
    """
    return "&".join(f"{percent_encode(name)}={percent_encode(params[name])}" for name in sorted(params))


def canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """(canonical headers, signed headers) of exactly the headers given; the caller chooses which.

    Each header is a line of its own, so the text ends with a line break.
    """
    lowered = sorted((name.lower(), value.strip()) for name, value in headers.items())
    return "".join(f"{name}:{value}\n" for name, value in lowered), ";".join(name for name, _ in lowered)


def canonical_request(
    method: str, uri: str, query: str, headers: str, signed_headers: str, payload_hash: str
) -> str:
    """The six parts, each a line; `headers` ends with a line break already, which makes the blank line."""
    return "\n".join((method, uri, query, headers, signed_headers, payload_hash))


def string_to_sign(canonical_request: str) -> str:
    """The algorithm's name and the SHA-256 of the canonical request."""
    return f"{ALGORITHM}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"


def signature(secret: str, string_to_sign: str) -> str:
    """HMAC-SHA256, lower-case hex; the secret is the key as it is."""
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def authorization(key_id: str, signed_headers: str, signature: str) -> str:
    """The value of the Authorization header: commas without blanks."""
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed_headers},Signature={signature}"


def utc_now() -> datetime:
    """The clock of a signature. The service refuses one that is more than 15 minutes off."""
    return datetime.now(UTC)


def fresh_nonce() -> str:
    """32 hex digits, never twice: the service refuses a nonce that it saw within the last 15 minutes."""
    return uuid.uuid4().hex


class ACS3Auth(AuthBase):
    """Signs a prepared request as it will be on the wire; called last, once a request.

    `credentials`: the key pair or the temporary triple. `action`: the operation's name. `version`: the API's,
    `2017-05-25` for SMS. `clock` returns the time in UTC, `nonce` a text that was never used before.
    """

    def __init__(
        self,
        credentials: Credentials,
        action: str,
        version: str,
        clock: Callable[[], datetime] = utc_now,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        self.credentials = credentials
        self.action = action
        self.version = version
        self.clock = clock
        self.nonce = nonce

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = urlsplit(request.url or "")
        body = request.body or b""
        payload_hash = hashed_payload(body.encode() if isinstance(body, str) else body)
        signed = {
            "host": request.headers.get("host") or url.netloc,
            "x-acs-action": self.action,
            "x-acs-version": self.version,
            "x-acs-date": self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self.nonce(),
            "x-acs-content-sha256": payload_hash,
        }
        if self.credentials.security_token:
            signed["x-acs-accesskey-id"] = self.credentials.access_key_id
            signed["x-acs-security-token"] = self.credentials.security_token
        request.headers.update(signed)
        if "content-type" in request.headers:
            signed["content-type"] = request.headers["content-type"]
        headers, names = canonical_headers(signed)
        text = canonical_request(
            request.method or "POST",
            url.path or "/",
            canonical_query(dict(parse_qsl(url.query, keep_blank_values=True))),
            headers,
            names,
            payload_hash,
        )
        proof = signature(self.credentials.access_key_secret, string_to_sign(text))
        request.headers["Authorization"] = authorization(self.credentials.access_key_id, names, proof)
        return request
