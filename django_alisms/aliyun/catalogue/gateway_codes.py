"""Answers given before the SMS service saw the request: key, signature, clock, throttling."""

from __future__ import annotations

from .code import WAIT_EN, WAIT_ZH, proven, unknown

ROWS = (
    *proven(
        "InvalidAccessKeyId.NotFound",
        "config",
        (
            "Alibaba Cloud does not know the AccessKey id.",
            "Ask the administrator to enter the AccessKey pair again.",
            "阿里云找不到这个 AccessKey ID。",
            "请管理员重新填写 AccessKey。",
        ),
        stops=True,
    ),
    *proven(
        "InvalidAccessKeyId.Inactive",
        "config",
        (
            "The AccessKey is disabled.",
            "Ask the administrator to enable it in the console, or to enter another pair.",
            "这个 AccessKey 已被禁用。",
            "请管理员在控制台启用它，或换一个 AccessKey。",
        ),
        stops=True,
    ),
    *proven(
        "MissingAccessKeyId",
        "config",
        (
            "The request carried no AccessKey id.",
            "Ask the administrator to enter the AccessKey pair.",
            "请求没有带 AccessKey ID。",
            "请管理员填写 AccessKey。",
        ),
        stops=True,
    ),
    *proven(
        "SignatureDoesNotMatch IncompleteSignature",
        "config",
        (
            "The signature is wrong: most often the AccessKey secret does not belong to the id.",
            "Ask the administrator to enter the AccessKey secret again, without blanks around it.",
            "签名校验不通过，多半是 AccessKey Secret 和 ID 不匹配。",
            "请管理员重新填写 AccessKey Secret，前后不要有空格。",
        ),
        stops=True,
    ),
    *unknown(
        "InvalidSecurityToken.Expired InvalidSecurityToken.Malformed",
        "config",
        (
            "The temporary security token has expired or is damaged.",
            "Ask the administrator to renew the temporary credentials; the batch is looked up meanwhile.",
            "临时安全令牌已过期或不正确。",
            "请管理员更新临时凭证；这个批次会自动核实。",
        ),
        stops=True,
    ),
    *proven(
        "MissingSecurityToken",
        "config",
        (
            "The temporary security token is missing.",
            "Ask the administrator to set the security token that belongs to the AccessKey pair.",
            "缺少临时安全令牌。",
            "请管理员填写与 AccessKey 配套的安全令牌。",
        ),
        stops=True,
    ),
    *proven(
        "InvalidTimeStamp.Expired",
        "config",
        (
            "This server's clock is more than 15 minutes wrong, or the request took that long.",
            "Ask the administrator to synchronise the server's clock, then resume.",
            "服务器时钟误差超过 15 分钟，或请求在途时间过长。",
            "请管理员校准服务器时钟，再继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "InvalidTimeStamp.Format",
        "config",
        (
            "The time in the signature has a wrong form.",
            "Tell the administrator: this is a fault of this program.",
            "签名里的时间格式不正确。",
            "请告诉管理员：这是本程序的问题。",
        ),
        stops=True,
    ),
    *unknown(
        "SignatureNonceUsed",
        "server",
        (
            "Alibaba Cloud saw this very request before; the first copy may have been carried out.",
            "Wait for the look-up. Do not send again before it has settled.",
            "阿里云收到过同一个请求，第一次可能已经执行。",
            "请等待核实结果，在此之前不要重发。",
        ),
    ),
    *proven(
        "InvalidVersion InvalidAction.NotFound InvalidApi.NotFound",
        "config",
        (
            "Alibaba Cloud does not know the operation that this program called.",
            "Ask the administrator to check the endpoint setting; otherwise this program needs an update.",
            "阿里云不认识本程序调用的接口。",
            "请管理员检查接口地址设置；如果没有问题，需要更新本程序。",
        ),
        stops=True,
    ),
    *unknown(
        "UnsupportedHTTPMethod InvalidSignatureMethod",
        "config",
        (
            "Alibaba Cloud does not accept the way in which this program calls it.",
            "Tell the administrator: a proxy changed the request, or this program needs an update.",
            "阿里云不接受本程序的调用方式。",
            "请告诉管理员：代理改动了请求，或需要更新本程序。",
        ),
        stops=True,
    ),
    *proven(
        "Forbidden Forbidden.RAM NoPermission",
        "permission",
        (
            "The AccessKey's user has no right to this operation.",
            "Ask the administrator to grant the rights that the documentation lists: dysms:SendBatchSms and the like.",
            "这个 AccessKey 的 RAM 用户没有调用权限。",
            "请管理员按文档授予 dysms:SendBatchSms 等权限。",
        ),
        stops=True,
    ),
    *proven(
        "Throttling Throttling.User Throttling.Api",
        "rate",
        (
            "The account makes more requests a second than it may; nothing was sent.",
            "Nothing to do: the program slows down and tries again by itself.",
            "请求频率超过账户上限，没有发出。",
            "不用处理，程序会自动放慢并重试。",
        ),
        retry="machine",
    ),
    *unknown(
        "InternalError ServiceUnavailable",
        "server",
        (
            "Alibaba Cloud had a fault of its own.",
            WAIT_EN,
            "阿里云系统出错。",
            WAIT_ZH,
        ),
    ),
)

# Families whose members all prove the same, by how the code begins; looked at after the exact rows.
FAMILIES = (
    *proven(
        "InvalidAccessKeyId.",
        "config",
        (
            "Alibaba Cloud does not accept the AccessKey.",
            "Ask the administrator to check the AccessKey pair.",
            "阿里云不接受这个 AccessKey。",
            "请管理员检查 AccessKey。",
        ),
        stops=True,
    ),
    *proven(
        "InvalidTimeStamp.",
        "config",
        (
            "Alibaba Cloud does not accept the time in the signature.",
            "Ask the administrator to synchronise the server's clock, then resume.",
            "阿里云不接受签名里的时间。",
            "请管理员校准服务器时钟，再继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "Missing InvalidParameter",
        "parameter",
        (
            "A parameter of the request is missing or has a wrong form.",
            "Tell the administrator, with the request id: this is most likely a fault of this program.",
            "请求缺少参数，或参数格式不正确。",
            "请把 RequestId 告诉管理员，多半是本程序的问题。",
        ),
    ),
    *proven(
        "Forbidden",
        "permission",
        (
            "Alibaba Cloud forbids this operation to the AccessKey's user.",
            "Ask the administrator to check the rights of the AccessKey's user.",
            "阿里云不允许这个 AccessKey 的用户执行此操作。",
            "请管理员检查这个 RAM 用户的权限。",
        ),
        stops=True,
    ),
    *proven(
        "Throttling",
        "rate",
        (
            "The account makes more requests a second than it may; nothing was sent.",
            "Nothing to do: the program slows down and tries again by itself.",
            "请求频率超过账户上限，没有发出。",
            "不用处理，程序会自动放慢并重试。",
        ),
        retry="machine",
    ),
)
