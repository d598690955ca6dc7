"""The form of SendBatchSms decodes to the JSON it was made from, exactly as the standard library would encode it."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest

from django_alisms.aliyun.auth import percent_encode
from django_alisms.aliyun.fields import FieldError, batch_form, batch_query, encode_json

VALUES = {
    "plain": ["张三", "1234"],
    "punctuation": ["a,b:c{d}[e]", "&=+?#/;@$!'()*"],
    "percent signs": ["100%", "%25%20%E5"],
    "quotes and backslashes": ['say "hi"', "back\\slash \\u4e2d"],
    "blanks": ["a b", " \t\r\n\u3000\u00a0"],
    "unreserved": ["a-b_c.d~e", "~"],
    "outside the basic plane": ["𠮷野家", "😀👨‍👩‍👧"],
    "control": ["\x00\x1f\x7f", "\u2028\ufeff"],
    "empty": ["", ""],
    "latin": ["Zoë", "Åse"],
}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def decoded(form):
    return {name: json.loads(text) for name, text in parse_qsl(form.decode("ascii"), strict_parsing=True)}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("sign_name", ["示例公司", 'odd"&%,name', "Demo Sign"])
def test_the_form_decodes_to_the_same_json_as_urlencode(values, sign_name):
    phones = ["15000000000", "15000000001"]
    people = [{"name": values[0], "k&y%": values[1]}, {"name": values[1], "k&y%": values[0]}]
    form = batch_form(phones, sign_name, [compact(person) for person in people], "90999")
    expected = {
        "PhoneNumberJson": phones,
        "SignNameJson": [sign_name] * 2,
        "TemplateParamJson": people,
        "SmsUpExtendCodeJson": ["90999"] * 2,
    }
    assert decoded(form) == expected
    plain = urlencode({name: compact(value) for name, value in expected.items()})
    assert parse_qsl(form.decode("ascii")) == parse_qsl(plain)


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_quick_encoder_is_the_slow_one(values):
    for text in (*values, compact(values), compact({"k": values})):
        assert encode_json(text) == percent_encode(text)


def test_every_character_of_the_basic_plane_is_encoded_as_by_the_slow_encoder():
    text = "".join(chr(number) for number in range(0x10000) if not 0xD800 <= number < 0xE000)
    assert encode_json(text) == percent_encode(text)


@pytest.mark.parametrize("first", range(128))
def test_every_two_ascii_characters_between_letters_that_are_hex_digits(first):
    text = "".join(f"{chr(first)}{chr(second)}abcdefxABCDEFé\\xe7" for second in range(0x20, 0x7F))
    assert encode_json(text) == percent_encode(text)


@pytest.mark.parametrize("count", [1, 2, 99, 100])
def test_any_size_of_batch(count):
    phones = [f"138{number:08d}" for number in range(count)]
    form = decoded(batch_form(phones, "示例公司", [f'{{"n":"{number}"}}' for number in range(count)]))
    assert form["PhoneNumberJson"] == phones
    assert form["SignNameJson"] == ["示例公司"] * count
    assert form["TemplateParamJson"] == [{"n": str(number)} for number in range(count)]
    assert "SmsUpExtendCodeJson" not in form


def test_parameters_are_left_out_only_where_nobody_has_any():
    phones = ["15000000000", "15000000001"]
    assert "TemplateParamJson" not in decoded(batch_form(phones, "示例公司", ["{}", "{}"]))
    assert decoded(batch_form(phones, "示例公司", ["{}", '{"a":"b"}']))["TemplateParamJson"] == [
        {},
        {"a": "b"},
    ]


@pytest.mark.parametrize(
    ("phones", "params", "sign_name", "word"),
    [
        ([], [], "示例公司", "1 to 100"),
        (["1"] * 101, ["{}"] * 101, "示例公司", "1 to 100"),
        (["15000000000"], [], "示例公司", "sets of variables"),
        (["15000000000"], ["{}", "{}"], "示例公司", "sets of variables"),
        (['15000000000","1'], ["{}"], "示例公司", "other than digits"),
        (["１５０００００００００"], ["{}"], "示例公司", "other than digits"),
        (["15000000000", ""], ["{}", "{}"], "示例公司", "other than digits"),
        (["15000000000"], ["{}"], "", "sign name"),
    ],
)
def test_what_does_not_fit_into_a_request_is_refused_without_repeating_it(phones, params, sign_name, word):
    with pytest.raises(FieldError, match=word) as refusal:
        batch_form(phones, sign_name, params)
    assert "15000000000" not in str(refusal.value)


@pytest.mark.parametrize("out_id", ["", "x" * 256])
def test_an_out_id_has_1_to_255_characters(out_id):
    with pytest.raises(FieldError, match="OutId"):
        batch_query("SMS_1", out_id)
    assert batch_query("SMS_1", "x" * 255) == {"OutId": "x" * 255, "TemplateCode": "SMS_1"}


def test_the_template_code_must_be_there():
    with pytest.raises(FieldError, match="template"):
        batch_query("", "x")
