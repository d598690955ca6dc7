"""The older RPC signature, version 1.0 with HMAC-SHA1, one function a stage (Alibaba Cloud's RPC signature page).

The app itself signs with version 3. This one is for the seed's Node SDK and for SDKs told to use it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from hmac import new as hmac
from urllib.parse import quote


def percent_encode(text: str) -> str:
    """UTF-8 bytes; letters, digits and ``-_.~`` stay, every other byte becomes ``%XX``."""
    return quote(text, safe="~")


def canonical_query(parameters: Mapping[str, str]) -> str:
    """All parameters of query and form together but ``Signature``, sorted by name, encoded once."""
    return "&".join(
        f"{percent_encode(name)}={percent_encode(parameters[name])}"
        for name in sorted(parameters)
        if name != "Signature"
    )


def string_to_sign(method: str, query: str) -> str:
    """``query`` is the canonical one; it is encoded a second time here."""
    return f"{method}&%2F&{percent_encode(query)}"


def hmac_key(secret: str) -> str:
    return secret + "&"


def signature(key: str, text: str) -> str:
    return b64encode(hmac(key.encode(), text.encode(), sha1).digest()).decode()
