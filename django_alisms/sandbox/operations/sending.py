"""SendBatchSms and SendSms: what the service checks before it takes a request.

Where Alibaba Cloud's pages leave open what happens, this is what the sandbox does: arrays of unequal length are
isv.INVALID_PARAMETERS; one wrong number among good ones fails alone, by its receipt; one element's bad variable refuses
the request; a key that the template does not have is let pass; an empty value counts as missing; the same number
twice is sent to twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django_alisms.sandbox import numbers
from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.catalogue import Catalogue, Template
from django_alisms.sandbox.gateway import missing
from django_alisms.sandbox.messages import Submission

MOST_IN_BATCH = 100
MOST_IN_ONE = 1000
LONGEST_OUT_ID = 255
LONGEST_VALUE = 35
LONGEST_EXTEND_CODE = 7

_LINK = re.compile(r"https?://|www\.|[\w-]+\.(?:com|cn|net|org)\b", re.IGNORECASE | re.ASCII)
_INTERNATIONAL = re.compile(r"[1-9]\d{6,14}", re.ASCII)

_ALL_BARE = re.compile(r"1[3-9]\d{9}(?:,1[3-9]\d{9})*", re.ASCII).fullmatch

# Only the attributes whose rule Alibaba Cloud's page TemplateRule states.
_ATTRIBUTES = {
    "numberCaptcha": re.compile(r"\d{4,6}", re.ASCII),
    "characterWithNumber2": re.compile(r"(?!\d+$)[A-Za-z0-9]{4,6}", re.ASCII),
    "phone_number2": re.compile(r"1\d{10}|(?=.{5,15}$)\d+(?:-\d+)*", re.ASCII),
    "time": re.compile(r"[\d年月日时点分秒上下午晚\s:：/-]+"),
}
_CAPTCHAS = ("numberCaptcha", "characterWithNumber2")


class ExtendCodes:
    """Which sign name an extension code of replies was used with first."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def check(self, codes: Sequence[str], sign_names: Sequence[str]) -> None:
        """Refusal where a code is none, or belongs to another sign name; it is remembered otherwise."""
        now: dict[str, str] = {}
        for code, sign_name in zip(codes, sign_names, strict=True):
            if not code:
                continue
            if not (code.isascii() and code.isdigit() and len(code) <= LONGEST_EXTEND_CODE):
                raise Refusal("isv.CODE_ERROR")
            if now.setdefault(code, sign_name) != sign_name:
                raise Refusal("isv.EXTEND_CODE_ERROR")
            if self._owners.get(code, sign_name) != sign_name:
                raise Refusal("isv.ONE_CODE_MULTIPLE_SIGN")
        self._owners.update(now)


def read_batch(given: Mapping[str, str], catalogue: Catalogue, extend_codes: ExtendCodes) -> Submission:
    """The parameters of SendBatchSms → what would be sent."""
    _require(given, "PhoneNumberJson", "SignNameJson", "TemplateCode")
    phones = _texts(given["PhoneNumberJson"])
    if len(phones) > MOST_IN_BATCH:
        raise Refusal("isv.MOBILE_COUNT_OVER_LIMIT")
    sign_names = _texts(given["SignNameJson"])
    text = given.get("TemplateParamJson", "")
    values = _array(text) if text else [{} for _ in phones]
    codes = _texts(given["SmsUpExtendCodeJson"]) if given.get("SmsUpExtendCodeJson") else [""] * len(phones)
    if not phones or not len(phones) == len(sign_names) == len(values) == len(codes):
        raise Refusal(
            "isv.INVALID_PARAMETERS", "PhoneNumberJson, SignNameJson, TemplateParamJson: 长度不一致或为空"
        )
    return _checked(given, phones, sign_names, values, codes, catalogue, extend_codes)


def read_single(given: Mapping[str, str], catalogue: Catalogue, extend_codes: ExtendCodes) -> Submission:
    """The parameters of SendSms: one sign name and one set of variables for up to 1,000 numbers."""
    _require(given, "PhoneNumbers", "SignName", "TemplateCode")
    phones = given["PhoneNumbers"].split(",")
    if len(phones) > MOST_IN_ONE:
        raise Refusal("isv.MOBILE_COUNT_OVER_LIMIT")
    text = given.get("TemplateParam", "")
    values = _parsed(text) if text else {}
    return _checked(
        given,
        phones,
        [given["SignName"]] * len(phones),
        [values] * len(phones),
        [given.get("SmsUpExtendCode", "")] * len(phones),
        catalogue,
        extend_codes,
    )


def _checked(
    given: Mapping[str, str],
    phones: list[str],
    sign_names: list[str],
    values: list[Any],
    codes: list[str],
    catalogue: Catalogue,
    extend_codes: ExtendCodes,
) -> Submission:
    if len(given.get("OutId", "")) > LONGEST_OUT_ID:
        raise Refusal("isv.INVALID_PARAMETERS", "OutId: 长度超过255")
    template = _usable_template(given["TemplateCode"], catalogue)
    for name in dict.fromkeys(sign_names):
        _check_sign_name(name, template, catalogue)
    _check_values(values, template)
    phones, bad = _normalized(phones, template)
    extend_codes.check(codes, sign_names)
    return Submission(template, given.get("OutId", ""), phones, sign_names, values, bad)


def _usable_template(code: str, catalogue: Catalogue) -> Template:
    template = catalogue.templates.get(code)
    if template is None or template.status != "approved":
        raise Refusal("isv.SMS_TEMPLATE_ILLEGAL")
    return template


def _check_sign_name(name: str, template: Template, catalogue: Catalogue) -> None:
    sign = catalogue.sign_names.get(name)
    if sign is not None and sign.status == "withdrawn":
        raise Refusal("isv.SIGN_STATE_ILLEGAL")
    if sign is None or sign.status != "approved":
        raise Refusal("isv.SMS_SIGNATURE_ILLEGAL")
    if sign.code_only and template.kind != "verification":
        raise Refusal("isv.SMS_SIGNATURE_SCENE_ILLEGAL")


def _check_values(all_values: list[Any], template: Template) -> None:
    rules = [_rule(variable, template) for variable in template.variables]
    before: Any = None
    for values in all_values:
        if values is before:  # SendSms has one set for all its numbers
            continue
        before = values
        if type(values) is not dict:
            raise Refusal("isv.INVALID_JSON_PARAM")
        for value in values.values():
            if type(value) is not str:
                raise Refusal("isv.INVALID_JSON_PARAM")
        for variable, longest, pattern in rules:
            value = values.get(variable)
            if not value:
                raise Refusal("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少对应参数值：{variable}")
            if len(value) > longest:
                raise Refusal("isv.PARAM_LENGTH_LIMIT", f"参数超过长度限制：{variable}")
            if ("." in value or ":" in value) and not _amount(value) and _LINK.search(value):
                raise Refusal("isv.PARAM_NOT_SUPPORT_URL")
            if pattern is not None and pattern.fullmatch(value) is None:
                raise Refusal("isv.TEMPLATE_PARAMS_ILLEGAL", f"模板变量值不符合变量属性：{variable}")


def _amount(value: str) -> bool:
    """Whether it is like 268.00, which is the usual thing with a full stop and not worth a search for links."""
    return value.replace(".", "", 1).isdigit()


def _rule(variable: str, template: Template) -> tuple[str, int, re.Pattern[str] | None]:
    """A variable, its longest value, and the pattern of its attribute."""
    attribute = template.attributes.get(variable, "")
    return variable, 6 if attribute in _CAPTCHAS else LONGEST_VALUE, _ATTRIBUTES.get(attribute)


def _normalized(phones: list[str], template: Template) -> tuple[list[str], frozenset[str]]:
    """Bare numbers, and which of them are wrong; Refusal where all are."""
    together = ",".join(phones)
    # The length shows that no comma but ours is in it.
    if template.kind != "international" and len(together) == 12 * len(phones) - 1 and _ALL_BARE(together):
        return phones, frozenset()
    found: list[str] = []
    bad: set[str] = set()
    for phone in phones:
        bare = numbers.mainland(phone)
        if template.kind == "international":
            if bare is not None:
                raise Refusal("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "国际模板不支持国内号码")
            if _INTERNATIONAL.fullmatch(phone) is None:
                bad.add(phone)
        elif bare is None:
            bad.add(phone)
        found.append(bare or phone)
    if len(bad) == len(set(found)):
        raise Refusal("isv.MOBILE_NUMBER_ILLEGAL")
    return found, frozenset(bad)


def _require(given: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not given.get(name):
            raise missing(name)


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text: ValueError
    except (ValueError, RecursionError):
        raise Refusal("isv.INVALID_JSON_PARAM") from None
    return found


def _array(text: str) -> list[Any]:
    found = _parsed(text)
    if not isinstance(found, list):
        raise Refusal("isv.INVALID_JSON_PARAM")
    return found


def _texts(text: str) -> list[str]:
    found = _array(text)
    for value in found:
        if not isinstance(value, str):
            raise Refusal("isv.INVALID_JSON_PARAM")
    return found
