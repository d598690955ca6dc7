"""Signature v3, stage by stage, against vectors made by the official SDKs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from django_alisms.aliyun import auth
from django_alisms.aliyun.credentials import Credentials

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "signature_vectors.json").read_text("utf-8"))[
    "v3"
]
SMALL = [vector for vector in VECTORS if vector["name"].startswith("v3-min-")]
by_name = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def signed_subset(vector):
    names = vector["signed_headers"].split(";")
    return {name: vector["inputs"]["headers"][name] for name in names}


def test_there_are_vectors_of_both_kinds():
    assert len(VECTORS) == 15
    assert len(SMALL) == 4


@by_name
def test_hashed_payload(vector):
    assert auth.hashed_payload(vector["inputs"]["body"].encode()) == vector["hashed_payload"]


@by_name
def test_canonical_query(vector):
    assert auth.canonical_query(vector["inputs"]["query"]) == vector["canonical_query"]


@by_name
def test_canonical_headers_and_signed_headers(vector):
    text, names = auth.canonical_headers(signed_subset(vector))
    assert names == vector["signed_headers"]
    assert vector["canonical_request"].split("\n", 3)[3].startswith(text + "\n" + names)


@by_name
def test_canonical_request(vector):
    text, names = auth.canonical_headers(signed_subset(vector))
    made = auth.canonical_request(
        vector["inputs"]["method"],
        vector["canonical_uri"],
        vector["canonical_query"],
        text,
        names,
        vector["hashed_payload"],
    )
    assert made == vector["canonical_request"]


@by_name
def test_string_to_sign(vector):
    assert auth.string_to_sign(vector["canonical_request"]) == vector["string_to_sign"]


@by_name
def test_signature(vector):
    assert (
        auth.signature(vector["inputs"]["access_key_secret"], vector["string_to_sign"]) == vector["signature"]
    )


@by_name
def test_authorization(vector):
    made = auth.authorization(
        vector["inputs"]["access_key_id"], vector["signed_headers"], vector["signature"]
    )
    assert made == vector["authorization"]


def prepared(vector, query_on_the_wire):
    inputs = vector["inputs"]
    request = requests.Request(
        inputs["method"],
        f"https://{inputs['host']}{inputs['path']}" + ("?" + query_on_the_wire if query_on_the_wire else ""),
        headers={
            name: inputs["headers"][name]
            for name in ("accept", "user-agent", "content-type")
            if name in inputs["headers"]
        },
        data=inputs["body"].encode() or None,
        auth=auth.ACS3Auth(
            Credentials(inputs["access_key_id"], inputs["access_key_secret"], inputs["security_token"]),
            inputs["headers"]["x-acs-action"],
            inputs["headers"]["x-acs-version"],
            clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            nonce=lambda: inputs["headers"]["x-acs-signature-nonce"],
        ),
    )
    return request.prepare()


@pytest.mark.parametrize("vector", SMALL, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("encode", [urlencode, auth.canonical_query], ids=["plus for blank", "percent-20"])
def test_a_prepared_request_is_signed_as_the_sdk_signs_it(vector, encode):
    # The server decodes the URL and encodes it again, so both ways of writing a blank give one signature.
    request = prepared(vector, encode(vector["inputs"]["query"]))
    assert request.headers["Authorization"] == vector["authorization"]
    for name in vector["signed_headers"].split(";"):
        assert request.headers[name] == vector["inputs"]["headers"][name]


def test_a_port_that_is_not_the_default_is_signed_in_the_host():
    signer = auth.ACS3Auth(Credentials("id", "secret"), "QuerySmsSignList", "2017-05-25")
    request = requests.Request("POST", "http://127.0.0.1:8765/", auth=signer).prepare()
    assert request.headers["host"] == "127.0.0.1:8765"


def test_date_and_nonce_of_two_requests():
    signer = auth.ACS3Auth(Credentials("id", "secret"), "QuerySmsSignList", "2017-05-25")
    first, second = (
        requests.Request("POST", "https://dysmsapi.aliyuncs.com/", auth=signer).prepare() for _ in "ab"
    )
    nonces = [request.headers["x-acs-signature-nonce"] for request in (first, second)]
    assert nonces[0] != nonces[1]
    assert all(len(nonce) == 32 for nonce in nonces)
    written = datetime.strptime(first.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - written).total_seconds()) < 60


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("AZaz09-_.~", "AZaz09-_.~"),
        (" +*/!'()", "%20%2B%2A%2F%21%27%28%29"),
        ("张😀", "%E5%BC%A0%F0%9F%98%80"),
        ("", ""),
    ],
)
def test_percent_encode(text, encoded):
    assert auth.percent_encode(text) == encoded


@pytest.mark.parametrize("credentials", [("LTAI5tKEYID", "s3cr3t"), ("LTAI5tKEYID", "s3cr3t", "STS.token")])
def test_credentials_do_not_show_themselves(credentials):
    shown = repr(Credentials(*credentials)) + str(Credentials(*credentials))
    for part in credentials:
        assert part not in shown


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("", "s3cr3t"), "id is missing"),
        (("LTAI", ""), "secret is missing"),
        (("LTAI\n", "s3cr3t"), "AccessKey id begins or ends"),
        (("LTAI", " s3cr3t"), "AccessKey secret begins or ends"),
        (("LTAI", "s3\u00a0cr3t"), "AccessKey secret begins or ends"),
        (("LTAI", "s3cr3t", "a\r\nb: c"), "security token begins or ends"),
    ],
)
def test_a_damaged_key_is_refused_without_being_repeated(arguments, word):
    with pytest.raises(ValueError, match=word) as refusal:
        Credentials(*arguments)
    assert "cr3t" not in str(refusal.value)
