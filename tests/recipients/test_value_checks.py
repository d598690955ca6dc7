"""What may stand in a variable. The numbers in the tables are spreadsheets cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_alisms.recipients.links import SHORTEST_CONTACT, has_contact, link_in
from django_alisms.recipients.reason_codes import Notice, Reason, Refusal
from django_alisms.recipients.value_checks import check_value, plain_pattern
from django_alisms.recipients.variable_rules import OFFICIAL, THIRD_PARTY, VariableRule

DEFAULT = VariableRule()

REFUSED = [
    (87, "小美😀", Reason.VALUE_EMOJI),
    (87, "小美♡", Reason.VALUE_EMOJI),
    (87, "❤", Reason.VALUE_EMOJI),
    (87, "☀️", Reason.VALUE_EMOJI),
    (87, "1️⃣", Reason.VALUE_EMOJI),
    (87, "🇨🇳", Reason.VALUE_EMOJI),
    (87, "👨‍👩‍👧", Reason.VALUE_EMOJI),
    (88, "a" * 36, Reason.VALUE_TOO_LONG),
    (88, "DD1123000204,DD1123000205,DD1123000206", Reason.VALUE_TOO_LONG),
    (90, "", Reason.VALUE_EMPTY),
    (90, "  \u3000\t", Reason.VALUE_EMPTY),
    (90, "\u200b\ufeff", Reason.VALUE_EMPTY),
    (92, "http://a.com", Reason.VALUE_LINK),
    (92, "详见https://x.cn/a", Reason.VALUE_LINK),
    (92, "hxxp://evil", Reason.VALUE_LINK),
    (92, "hxxps://evil.top", Reason.VALUE_LINK),
    (92, "weixin://dl", Reason.VALUE_LINK),
    (92, "www.baidu", Reason.VALUE_LINK),
    (92, "t.cn/A6abc", Reason.VALUE_LINK),
    (92, "dwz.cn", Reason.VALUE_LINK),
    (92, "baidu.com", Reason.VALUE_LINK),
    (92, "BAIDU.COM", Reason.VALUE_LINK),
    (92, "163.com", Reason.VALUE_LINK),
    (92, "请看baidu.com谢谢", Reason.VALUE_LINK),
    (92, "www。baidu。com", Reason.VALUE_LINK),
    (92, "baidu．com", Reason.VALUE_LINK),
    (92, "ｂａｉｄｕ．ｃｏｍ", Reason.VALUE_LINK),
    (92, "bai\u200bdu.com", Reason.VALUE_LINK),
    (92, "a@b.com", Reason.VALUE_LINK),
    (92, "例子.中国", Reason.VALUE_LINK),
    (92, "例子.com", Reason.VALUE_LINK),
    (92, "10.0.0.1/login", Reason.VALUE_LINK),
    (94, "【某某】", Reason.VALUE_BRACKETS),
    (94, "】", Reason.VALUE_BRACKETS),
    (95, "a\nb", Reason.VALUE_CONTROL),
    (95, "a\tb", Reason.VALUE_CONTROL),
    (95, "a\r", Reason.VALUE_CONTROL),
    (95, "a\x00b", Reason.VALUE_CONTROL),
    (95, "a\x7f", Reason.VALUE_CONTROL),
    (95, "a\u2028b", Reason.VALUE_CONTROL),
    (95, "a\ud800", Reason.VALUE_CONTROL),
]

TAKEN = [
    (92, "7.50"),
    (92, "v1.2"),
    (92, "No.12"),
    (92, "Mr.Wang"),
    (92, "3.5kg"),
    (92, "1.5"),
    (92, "2026.11.23"),
    (92, "U.S.A"),
    (92, "ABC Co.Ltd"),
    (92, "11.Nov"),
    (92, "10.0.0.1"),
    (92, "http协议"),
    (96, 'a"b\\c'),
    (96, "</script>"),
    (96, '"},{"x":"'),
    (97, "${code}"),
    (99, "007"),
    (99, "1e5"),
    (99, "True"),
    (100, "=cmd|'/C calc'!A0"),
    (100, "+1"),
    (100, "-1"),
    (100, "@x"),
    (100, "＝1+1"),
    (101, "<img src=x onerror=alert(1)>"),
    (101, "javascript:alert(1)"),
    (101, "{{ 7*7 }}"),
    (88, "字" * 35),
    (0, "2026-11-23 14:30"),
    (0, "阿卜杜拉·买买提"),
    (0, "ＡＢＣ１２３"),
]

REMARKED = [
    (93, "13800138000", Notice.CONTACT),
    (93, "致电138-0013-8000", Notice.CONTACT),
    (93, "010-62581234", Notice.CONTACT),
    (93, "400-123-4567", Notice.CONTACT),
    (93, "QQ:12345678", Notice.CONTACT),
    (93, "qq12345", Notice.CONTACT),
    (93, "微信号abc12345", Notice.CONTACT),
    (93, "加V abc123456", Notice.CONTACT),
    (93, "wx12345", Notice.CONTACT),
    (98, "張三", Notice.UNUSUAL_HANZI),
    (98, "马喆", Notice.UNUSUAL_HANZI),
    (98, "𠮷野", Notice.UNUSUAL_HANZI),
    (98, "①号楼", Notice.SPECIAL_CHARACTERS),
    (98, "★会员", Notice.SPECIAL_CHARACTERS),
    (98, "89m²", Notice.SPECIAL_CHARACTERS),
    (98, "『书』", Notice.SPECIAL_CHARACTERS),
    (98, "A™", Notice.SPECIAL_CHARACTERS),
    (102, "аdmin王", Notice.LOOKALIKE_LETTERS),
    (102, "王\u202e芳", Notice.DIRECTION_CHARACTERS),
    (102, "王\u200b芳", Notice.INVISIBLE_CHARACTERS),
]


@pytest.mark.parametrize(("case", "value", "reason"), REFUSED)
def test_a_value_that_aliyun_or_a_carrier_refuses_is_refused_here(case, value, reason):
    verdict = check_value("name", value, DEFAULT)
    assert isinstance(verdict, Refusal), verdict
    assert verdict.reason is reason
    assert verdict.facts["variable"] == "name"


@pytest.mark.parametrize(("case", "value"), TAKEN)
def test_an_innocent_value_is_taken_without_a_word(case, value):
    assert check_value("name", value, DEFAULT) == []


@pytest.mark.parametrize(("case", "value", "notice"), REMARKED)
def test_what_carriers_may_stop_is_taken_and_remarked(case, value, notice):
    verdict = check_value("name", value, DEFAULT)
    assert [remark.notice for remark in verdict] == [notice]


KINDS = [
    # kind, good, bad
    ("numberCaptcha", ["1234", "123456"], ["123", "1234567", "12a4", "１２３４", "١٢٣٤"]),
    ("characterWithNumber2", ["abcd", "a1b2c3"], ["1234", "abc", "abcdefg", "ab-1"]),
    ("characterWithNumber", ["A123"], ["1234"]),
    (
        "phone_number2",
        ["13800138000", "0571-82123456", "400-123-1234", "10086"],
        ["1380", "0571--8212", "abc12345"],
    ),
    (
        "time",
        [
            *("20261123", "2026-11-23", "2026/1/3", "2026年11月23日", "11月23日", "14:30", "14:30:05"),
            *("下午3点", "2026-11-23 14:30", "2026年11月23日 上午9时30分", "11月23日晚上8点半", "9时"),
        ],
        ["明天", "2026_11_23", '["2026"]', "soon", "12"],
    ),
]


@pytest.mark.parametrize(("kind", "good", "bad"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_an_official_kind_is_a_rule(kind, good, bad):
    rule = VariableRule(kind=kind)
    assert [value for value in good if check_value("code", value, rule) != []] == []
    reason = OFFICIAL[kind][1]
    verdicts = [check_value("code", value, rule) for value in bad]
    assert [verdict.reason for verdict in verdicts if isinstance(verdict, Refusal)] == [reason] * len(bad)


THIRD = [
    ("money", "268.00", "￥268"),
    ("other_number2", "DD1123", "订单1"),
    ("name", "王小芳", "Wang"),
    ("user_nick", "小芳", "x" * 21),
    ("unit_name", "某某公司", "ABC"),
    ("address", "北京市", "x" * 31),
    ("license_plate_number", "京A12345", "京A1234567890"),
    ("tracking_number", "SF12345678", "SF1"),
    ("pick_up_code", "12-3456", "A1"),
    ("link_param", "abc123", "abc/1"),
    ("email_address", "wang@example.com", "wang"),
    ("verifyTime", "5", "100"),
]


@pytest.mark.parametrize(("kind", "good", "odd"), THIRD)
def test_a_kind_known_from_third_parties_only_is_remarked_and_stops_nobody(kind, good, odd):
    rule = VariableRule(kind=kind)
    assert check_value("x", good, rule) == []
    assert Notice.UNEXPECTED_KIND in [remark.notice for remark in check_value("x", odd, rule)]


def test_every_third_party_kind_is_tried():
    assert {kind for kind, *_ in THIRD} == set(THIRD_PARTY)
    assert {kind for kind, *_ in KINDS} == set(OFFICIAL)


@pytest.mark.parametrize(("length", "good"), [(1, False), (2, True), (20, True), (21, False)])
def test_a_template_can_have_limits_of_its_own(length, good):
    """spreadsheets case 88: older templates have 20."""
    verdict = check_value("name", "字" * length, VariableRule(minimum=2, maximum=20))
    assert (verdict == []) is good
    if not good:
        assert verdict.facts["length"] == length


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 35), (5, 4)])
def test_impossible_limits_are_refused(minimum, maximum):
    with pytest.raises(ValueError, match="minimum"):
        VariableRule(minimum=minimum, maximum=maximum)


def test_the_link_is_named_in_the_refusal():
    assert link_in("详见 https://x.cn/abc 谢谢") == "https://x.cn/abc"


VALUES = st.text(max_size=40) | st.text(
    alphabet="王芳abQqVvwx微信0123456789.:/-+=@'\"\\ 。，！%【】\n\u200b★張😀comnet", max_size=40
)


@given(VALUES, st.sampled_from([DEFAULT, VariableRule(minimum=4, maximum=20), VariableRule(maximum=5)]))
def test_the_short_way_never_takes_what_the_thorough_way_would_not(value, rule):
    pattern = plain_pattern(rule)
    if pattern.fullmatch(value) and not (len(value) >= SHORTEST_CONTACT and has_contact(value)):
        assert check_value("x", value, rule) == []
        assert not set(value) & set("\"\\'")


@given(VALUES)
def test_no_contact_is_found_in_fewer_characters_than_stated(value):
    assert not has_contact(value[: SHORTEST_CONTACT - 1])
