"""Answers to applications for sign names, templates and short links, which this app does not make.

They are kept because the console's history and receipts show them too.
"""

from __future__ import annotations

from .code import refused

ROWS = (
    *refused(
        "isv.SMS_OVER_LIMIT isv.SIGN_COUNT_OVER_LIMIT isv.TEMPLATE_COUNT_OVER_LIMIT",
        "setup",
        (
            "As many sign names or templates were applied for as a day allows.",
            "Apply again tomorrow.",
            "今天申请签名或模板的次数已用完。",
            "请明天再申请。",
        ),
    ),
    *refused(
        "isv.SIGN_OVER_LIMIT",
        "setup",
        (
            "The sign name is too long.",
            "Apply for a shorter one.",
            "签名字数超过限制。",
            "请申请更短的签名。",
        ),
    ),
    *refused(
        "isv.TEMPLATE_OVER_LIMIT",
        "setup",
        (
            "The template's text is too long.",
            "Apply for a shorter one: 500 characters at most.",
            "模板字数超过限制。",
            "请申请更短的模板，最多 500 个字符。",
        ),
    ),
    *refused(
        "isv.SIGN_FILE_LIMIT isv.ERROR_EMPTY_FILE",
        "setup",
        (
            "A file of the application is empty or too large.",
            "Attach the proof again, at most 2 MB.",
            "申请材料的文件为空或过大。",
            "请重新上传材料，不超过 2 MB。",
        ),
    ),
    *refused(
        "isv.ERROR_SIGN_NOT_DELETE isv.ERROR_SIGN_NOT_MODIFY",
        "setup",
        (
            "The sign name cannot be changed or deleted in its present state.",
            "Wait for its review to end; an approved sign name cannot be changed.",
            "签名当前状态不能修改或删除。",
            "请等待审核结束；已通过的签名不能修改。",
        ),
    ),
    *refused(
        "isv.ERROR_TEMPLATE_NOT_DELETE isv.ERROR_TEMPLATE_NOT_MODIFY",
        "setup",
        (
            "The template cannot be changed or deleted in its present state.",
            "Wait for its review to end; an approved template cannot be changed.",
            "模板当前状态不能修改或删除。",
            "请等待审核结束；已通过的模板不能修改。",
        ),
    ),
    *refused(
        "isv.SHORTURL_OVER_LIMIT isv.NO_AVAILABLE_SHORT_URL isv.SHORTURL_NAME_ILLEGAL "
        "isv.SOURCEURL_OVER_LIMIT isv.SHORTURL_TIME_ILLEGAL isv.PHONENUMBERS_OVER_LIMIT "
        "isv.SHORTURL_STILL_AVAILABLE isv.SHORTURL_DOMAIN_EMPTY",
        "setup",
        (
            "Alibaba Cloud refused something about a short link, which this program does not use.",
            "Look at the short links in the Alibaba Cloud console.",
            "短链相关的请求被拒绝，本程序不使用短链。",
            "请在阿里云控制台查看短链设置。",
        ),
    ),
)
