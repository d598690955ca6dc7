"""The answers of the service: the ordinary envelope and the gateway's (Alibaba Cloud's pages of the SMS API).

An answer of the SMS service itself, ``OK`` or a refusal, comes with HTTP 200 and has ``RequestId``, ``Code`` and
``Message``. The gateway before it answers with HTTP 4xx or 5xx and adds ``HostId`` and ``Recommend``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import urandom
from typing import Any
from urllib.parse import quote

JSON_TYPE = "application/json;charset=utf-8"

GATEWAY_STATUS = {
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "InvalidApi.NotFound": 404,
    "Forbidden": 403,
    "Forbidden.RAM": 403,
    "NoPermission": 403,
    "InternalError": 500,
    "ServiceUnavailable": 503,
}
"""HTTP status of gateway codes; those not named here have 400."""

MESSAGES = {
    "isv.SMS_SIGNATURE_ILLEGAL": "签名不合法(不存在或被拉黑)",
    "isv.SIGN_STATE_ILLEGAL": "签名状态不可用",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "验证码签名不能用于其他类型的模板",
    "isv.SMS_TEMPLATE_ILLEGAL": "模板不合法(不存在或被拉黑)",
    "isv.TEMPLATE_MISSING_PARAMETERS": "模板变量缺少对应参数值",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "模板变量值不符合变量属性",
    "isv.PARAM_LENGTH_LIMIT": "参数超过长度限制",
    "isv.PARAM_NOT_SUPPORT_URL": "变量不支持传入URL",
    "isv.INVALID_JSON_PARAM": "JSON参数不合法，只接受字符串值",
    "isv.INVALID_PARAMETERS": "参数异常",
    "isv.SMS_CONTENT_ILLEGAL": "短信内容非法",
    "isv.MOBILE_NUMBER_ILLEGAL": "手机号码格式错误",
    "isv.MOBILE_COUNT_OVER_LIMIT": "手机号码数量超过限制",
    "isv.BLACK_KEY_CONTROL_LIMIT": "黑名单管控",
    "isv.CUSTOMER_REFUSED": "用户已退订推广短信",
    "isv.BUSINESS_LIMIT_CONTROL": "触发天级流控Permits:50",
    "isv.DAY_LIMIT_CONTROL": "触发日发送限额",
    "isv.MONTH_LIMIT_CONTROL": "触发月发送限额",
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "isv.OUT_OF_SERVICE": "业务停机",
    "isv.ACCOUNT_NOT_EXISTS": "账户不存在",
    "isv.ACCOUNT_ABNORMAL": "账户异常",
    "isv.SECURITY_FROZEN_ACCOUNT": "账户被冻结",
    "isv.PRODUCT_UN_SUBSCRIPT": "未开通云通信产品的阿里云客户",
    "isv.PRODUCT_UNSUBSCRIBE": "产品未开通",
    "isv.DENY_IP_RANGE": "源IP地址所在的地区被禁用",
    "isv.EXTEND_CODE_ERROR": "扩展码使用错误，相同的扩展码不可用于多个签名",
    "isv.ONE_CODE_MULTIPLE_SIGN": "一码多签",
    "isv.CODE_ERROR": "扩展码长度错误",
    "isp.RAM_PERMISSION_DENY": "没有访问权限",
    "isp.SYSTEM_ERROR": "系统错误",
    "isp.GATEWAY_ERROR": "调用发送应用模块失败",
    "InvalidAccessKeyId.NotFound": "Specified access key is not found.",
    "InvalidAccessKeyId.Inactive": "Specified access key is disabled.",
    "InvalidTimeStamp.Expired": "Specified time stamp or date value is expired.",
    "InvalidTimeStamp.Format": "Specified time stamp or date value is not well formatted.",
    "SignatureNonceUsed": "Specified signature nonce was used already.",
    "InvalidVersion": "Specified parameter Version is not valid.",
    "InvalidAction.NotFound": "Specified api is not found, please check your url and method.",
    "UnsupportedHTTPMethod": "The HTTP method is not supported.",
    "InvalidSignatureMethod": "Specified signature method is not valid.",
    "Throttling.User": "Request was denied due to user flow control.",
    "Throttling.Api": "Request was denied due to api flow control.",
    "Throttling": "Request was denied due to request throttling.",
    "Forbidden.RAM": "User not authorized to operate on the specified resource.",
    "InternalError": "The request processing has failed due to some unknown error, exception or failure.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
}
"""The sentences that come with codes; people read them, programs must not."""


class Refusal(Exception):
    """The request is refused with ``code``; ``status`` None means what belongs to the code."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES.get(code, code)
        self.status = status_of(code) if status is None else status


def belongs_to_the_service(code: str) -> bool:
    """True for codes of the SMS service, False for those of the gateway before it."""
    return code.startswith(("isv.", "isp.")) or code in ("OK", "SIGNATURE_BLACKLIST")


def status_of(code: str) -> int:
    return 200 if belongs_to_the_service(code) else GATEWAY_STATUS.get(code, 400)


def request_id() -> str:
    """An id in the service's form, ``6F9C3B52-0D1A-5E77-9A41-3C0A7B1E2D44``."""
    digits = urandom(16).hex().upper()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{digits[16:20]}-{digits[20:]}"


def headers_of(identity: str) -> dict[str, str]:
    return {
        "Content-Type": JSON_TYPE,
        "x-acs-request-id": identity,
        "x-acs-trace-id": identity.replace("-", "").lower(),
    }


def envelope(identity: str, code: str, message: str, **more: Any) -> bytes:
    return compact({"RequestId": identity, "Code": code, "Message": message, **more})


def gateway_envelope(identity: str, code: str, message: str, host: str) -> bytes:
    link = f"https://api.aliyun.com/troubleshoot?q={quote(code)}&product=Dysmsapi&requestId={identity}"
    return compact(
        {"RequestId": identity, "HostId": host, "Code": code, "Message": message, "Recommend": link}
    )


def refusal_body(identity: str, refusal: Refusal, host: str) -> bytes:
    if belongs_to_the_service(refusal.code):
        return envelope(identity, refusal.code, refusal.message)
    return gateway_envelope(identity, refusal.code, refusal.message, host)


def compact(value: Mapping[str, Any]) -> bytes:
    return encoded(value).encode()


encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
