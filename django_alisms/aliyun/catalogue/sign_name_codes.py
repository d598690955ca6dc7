"""Answers about the sign name: approved, usable, of the right kind. They would meet every batch with it."""

from __future__ import annotations

from .code import proven, refused, unknown

ROWS = (
    *proven(
        "isv.SMS_SIGNATURE_ILLEGAL",
        "sign",
        (
            "The account has no approved sign name written exactly like this.",
            "Read the sign names of the account again and pick one that is approved.",
            "账户下没有这个写法的、已审核通过的签名。",
            "请重新同步签名，再选择一个已通过的签名。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SMS_SIGN_NAME_ILLEGAL",
        "sign",
        (
            "The sign name is missing or not approved.",
            "Read the sign names of the account again and pick one that is approved.",
            "签名不存在或还没有审核通过。",
            "请重新同步签名，再选择一个已通过的签名。",
        ),
        stops=True,
    ),
    *proven(
        "isv.SMS_SIGN_ILLEGAL",
        "sign",
        (
            "Alibaba Cloud has forbidden this sign name.",
            "Use another approved sign name, or apply for one that follows the rules.",
            "这个签名被阿里云禁用。",
            "请换一个已通过的签名，或重新申请合规的签名。",
        ),
        stops=True,
    ),
    *proven(
        "isv.SIGN_STATE_ILLEGAL",
        "sign",
        (
            "The sign name is not usable at present.",
            "Open the sign name in the Alibaba Cloud console, follow the reason given there, then resume.",
            "签名当前不可用。",
            "请在阿里云控制台查看这个签名的原因并处理，再继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "sign",
        (
            "The sign name is for verification codes only and the template is of another kind.",
            "Pick a general sign name for this template.",
            "这个签名只能用于验证码，而模板不是验证码类型。",
            "请为这个模板选择通用签名。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SIGN_NAME_ILLEGAL",
        "sign",
        (
            "The sign name breaks the rules for names.",
            "Apply for a sign name of 2 to 12 Chinese characters, letters or digits without any marks.",
            "签名不符合命名规则。",
            "请申请 2 到 12 个汉字、字母或数字组成、不带符号的签名。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SIGNATURE_BLACKLIST",
        "sign",
        (
            "The sign name holds words that are not allowed.",
            "Use another sign name.",
            "签名含有不允许的内容。",
            "请更换签名。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SIGN_SOURCE_ILLEGAL",
        "sign",
        (
            "The kind of proof behind this sign name is not accepted any more.",
            "Apply for a sign name after a company's name or a trademark.",
            "这个签名的来源类型已不再支持。",
            "请用企业名称或商标重新申请签名。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SMS_SIGN_EMOJI_ILLEGAL",
        "sign",
        (
            "The sign name holds an emoji.",
            "Use a sign name without emoji.",
            "签名含有表情符号。",
            "请使用不含表情符号的签名。",
        ),
        stops=True,
    ),
    *unknown(
        "SignatureNotFound",
        "sign",
        (
            "Alibaba Cloud does not find the sign name.",
            "Read the sign names of the account again and pick one that is approved.",
            "阿里云找不到这个签名。",
            "请重新同步签名，再选择一个已通过的签名。",
        ),
        stops=True,
    ),
)
