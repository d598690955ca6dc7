"""The pure parts of the sandbox: form text, the older signature, numbers, templates, paging of memory."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from django_alisms.sandbox import numbers, parameters, signature_v1
from django_alisms.sandbox.answers import request_id
from django_alisms.sandbox.catalogue import Template
from django_alisms.sandbox.weather import Fault
from tests.sandbox.process import ROOT

VECTORS = json.loads((ROOT / "tests" / "data" / "signature_vectors.json").read_text(encoding="utf-8"))["v1"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_stage_of_the_older_signature(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    given = {**inputs["query"], **(inputs.get("body_params") or {})}
    query = signature_v1.canonical_query({**given, "Signature": "not signed"})
    assert query == vector["canonical_query"]
    text = signature_v1.string_to_sign(inputs["method"], query)
    assert text == vector["string_to_sign"]
    key = signature_v1.hmac_key(inputs["access_key_secret"])
    assert key == vector["hmac_key"]
    assert signature_v1.signature(key, text) == vector["signature"]


FORMS = [
    b"",
    b"a=1&b=&c",
    b"a=1&&b=2",
    b"a=1&a=2",
    b"%E5%BC%A0=%E4%B8%89+%2B",
    b"a=100%&b=%zz&c=%4",
    b"a=%%41&b=%=41&c==",
    b"a=%\n41&b=%\r\nx&c=x \n&d=%41 \n",
    b"a=%3D%3D41&b=%0A%0D%00",
    b"a=_%5F~*'()%2a",
    "a=生&b=%E7".encode()[:-3],
    urlencode({"a": "张三 + % = & ~ * ' ( ) \r\n\t\x00", "b": json.dumps(["号"] * 50)}).encode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_form_text_is_read_as_the_standard_library_reads_it(form: bytes) -> None:
    assert parameters.parse(form) == dict(parse_qsl(form.decode(), keep_blank_values=True))


@pytest.mark.parametrize("form", [b"a=%E7", b"%FF=a", b"a=\xff"])
def test_form_text_that_is_not_utf8_is_refused(form: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        parameters.parse(form)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("+13800138000", "13800138000"),
        ("12800138000", None),
        ("1380013800", None),
        ("138001380000", None),
        ("0013800138000", None),
        ("85200000000", None),
        ("１３８００１３８０００", None),
        ("13800138000\n", None),
        (" 13800138000", None),
        ("", None),
    ],
)
def test_mainland_numbers(text: str, bare: str | None) -> None:
    assert numbers.mainland(text) == bare


@pytest.mark.parametrize("phone", numbers.REQUESTS)
def test_every_number_of_the_table_is_a_mainland_number_with_a_usable_fault(phone: str) -> None:
    assert numbers.mainland(phone) == phone
    assert numbers.striking(["13800138000", phone]) == phone
    fault = Fault.from_message(numbers.REQUESTS[phone])
    assert fault.requests == 1


def test_ordinary_numbers_strike_nothing() -> None:
    assert numbers.striking([str(13800000000 + number) for number in range(10_000)]) is None
    assert numbers.receipt_of("18040580000") == numbers.receipt_of("15088650000") == "DELIVERED"


def test_a_template_is_rendered_in_one_pass() -> None:
    template = Template("SMS_1", "x", "notification", "${a}，${b}和${a}。$ {c} ${}")
    assert template.variables == ("a", "b")
    assert template.rendered("某某", {"a": "${b}", "b": "乙"}) == "【某某】${b}，乙和${b}。$ {c} ${}"


def test_request_ids_have_the_services_form() -> None:
    found = {request_id() for _ in range(100)}
    assert len(found) == 100
    assert all(len(text) == 36 and text == text.upper() and text.count("-") == 4 for text in found)
