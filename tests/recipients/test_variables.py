"""Variables of a content, and messages made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_alisms.recipients.variables import (
    Segment,
    fixed_length,
    occurrences,
    render,
    segments,
    variables_of,
)

CONTENT = "尊敬的${name}，您的订单${code}已发货，金额${amount}元。"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (CONTENT, ("name", "code", "amount")),
        ("${b}和${a}和${b}", ("b", "a")),
        ("满减预告，拒收请回复R", ()),
        ("${ name }", ("name",)),
        ("${中文} $x ${} ${a${b}}", ("中文", "b")),
        ("", ()),
    ],
)
def test_variables_stand_in_the_order_of_the_text(content, names):
    assert variables_of(content) == names


def test_a_value_is_never_expanded_a_second_time():
    """spreadsheets case 97."""
    assert render("${name}：${code}", {"name": "${code}", "code": "\\1 ${name}"}) == "${code}：\\1 ${name}"


def test_a_variable_without_a_value_stays_visible():
    assert render(CONTENT, {"name": "王芳"}) == "尊敬的王芳，您的订单${code}已发货，金额${amount}元。"


def test_segments_say_what_was_filled_in():
    assert list(segments("您的${code}已到", {"code": "A1"})) == [
        Segment("您的", ""),
        Segment("A1", "code"),
        Segment("已到", ""),
    ]


@given(st.dictionaries(st.sampled_from(["name", "code", "amount"]), st.text()))
def test_the_segments_joined_are_the_message(params):
    assert "".join(segment.text for segment in segments(CONTENT, params)) == render(CONTENT, params)


def test_the_length_of_a_message_is_that_of_its_own_text_and_its_values():
    params = {"name": "王芳", "code": "DD1", "amount": "268.00"}
    values = sum(len(params[name]) * times for name, times in occurrences(CONTENT).items())
    assert fixed_length(CONTENT) + values == len(render(CONTENT, params))
