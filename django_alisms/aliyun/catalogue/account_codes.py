"""Answers about the account, its rights, its money and its limits, and about this installation."""

from __future__ import annotations

from .code import WAIT_EN, WAIT_ZH, accepted, proven, refused, unknown

ROWS = (
    *accepted(
        "OK",
        "accepted",
        (
            "Alibaba Cloud took the batch.",
            "Nothing to do: the receipts will say who got it.",
            "阿里云已受理这个批次。",
            "不用处理，等回执说明谁收到了。",
        ),
    ),
    *proven(
        "isv.ACCOUNT_NOT_EXISTS",
        "account",
        (
            "Alibaba Cloud does not know the account of this AccessKey.",
            "Ask the administrator to check that the AccessKey belongs to the account with your sign names.",
            "阿里云找不到这个 AccessKey 所属的账户。",
            "请管理员核对 AccessKey 是不是拥有这些签名的那个账户的。",
        ),
        stops=True,
    ),
    *proven(
        "isv.ACCOUNT_ABNORMAL",
        "account",
        (
            "Alibaba Cloud finds something wrong with the account or its billing.",
            "Open the account's console and follow its notice, or ask Alibaba Cloud's support; then resume.",
            "阿里云认为账户或计费状态异常。",
            "请打开阿里云控制台按提示处理，或提交工单；处理好后再继续发送。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SECURITY_FROZEN_ACCOUNT",
        "account",
        (
            "The account was frozen for safety because the SMS service had not been used for long.",
            "Ask your account manager at Alibaba Cloud, or its support, to lift the freeze; then resume.",
            "账户因长期未使用短信服务被安全冻结。",
            "请联系阿里云客户经理或提交工单解冻，再继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE",
        "account",
        (
            "The account has not activated the SMS service.",
            "Activate the SMS service in the Alibaba Cloud console, then resume.",
            "账户还没有开通短信服务。",
            "请在阿里云控制台开通短信服务，再继续发送。",
        ),
        stops=True,
    ),
    *refused(
        "isv.AMOUNT_NOT_ENOUGH",
        "account",
        (
            "The account's balance or its package is used up; some of the batch may have gone out before.",
            "Top up or buy a package, then resume; the batch is looked up before it can be sent again.",
            "阿里云账户余额不足或套餐包已用完，这个批次里可能有一部分已经发出。",
            "请充值或购买套餐包后继续发送；这个批次核实之后才能重发。",
        ),
        stops=True,
    ),
    *refused(
        "isv.OUT_OF_SERVICE",
        "account",
        (
            "The service is stopped because the account owes money, even if a package has units left.",
            "Settle the account's debt in the console, then resume.",
            "账户欠费，短信服务已停止，套餐包有余量也不能用。",
            "请在控制台结清欠费，再继续发送。",
        ),
        stops=True,
    ),
    *refused(
        "isv.DAY_LIMIT_CONTROL",
        "quota",
        (
            "The account's own limit of messages a day is reached.",
            "Raise the limit in the console (general settings), or resume tomorrow after 00:00 Beijing time.",
            "今日发送条数已到账户设置的上限。",
            "请在控制台「通用设置」里调高上限，或明天 00:00 之后继续发送。",
        ),
        stops=True,
    ),
    *refused(
        "isv.MONTH_LIMIT_CONTROL",
        "quota",
        (
            "The account's own limit of messages a month is reached.",
            "Raise the limit in the console (general settings), or resume next month.",
            "本月发送条数已到账户设置的上限。",
            "请在控制台「通用设置」里调高上限，或下个月继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "isp.RAM_PERMISSION_DENY",
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
        "isv.DENY_IP_RANGE",
        "config",
        (
            "The request came from an address outside mainland China, which the service does not allow.",
            "Ask the administrator to send from a server, or through a proxy, in mainland China.",
            "请求来自中国内地以外的 IP 地址，短信服务不允许。",
            "请管理员改用中国内地的服务器或代理发送。",
        ),
        stops=True,
    ),
    *refused(
        "isv.INTERFACE_OFFLINE",
        "config",
        (
            "Alibaba Cloud has withdrawn the operation that this program called.",
            "Tell the administrator: this program needs an update.",
            "阿里云已下线这个接口。",
            "请告诉管理员：需要更新本程序。",
        ),
        stops=True,
    ),
    *unknown(
        "isp.SYSTEM_ERROR isp.GATEWAY_ERROR",
        "server",
        (
            "Alibaba Cloud had a fault of its own.",
            WAIT_EN,
            "阿里云系统出错。",
            WAIT_ZH,
        ),
    ),
)
