"""What a receipt says of one recipient (`ErrCode` in QuerySendDetails, `err_code` in SmsReport).

Raw codes of the carriers come too and are documented nowhere: the receipt's own status decides then.
"""

from __future__ import annotations

from .code import receipt

ROWS = (
    *receipt(
        "DELIVERED",
        "accepted",
        "delivered",
        (
            "The handset received the message.",
            "Nothing to do.",
            "手机已收到。",
            "不用处理。",
        ),
        retry="never",
    ),
    *receipt(
        "REQUEST_SUCCESS",
        "server",
        "open",
        (
            "The carrier has the message and has not reported yet.",
            "Look again later; the number may be in an unusual state.",
            "运营商已接收，还没有回报结果。",
            "请稍后再看；这个号码可能状态异常。",
        ),
        retry="never",
    ),
    *receipt(
        "MOBILE_NOT_ON_SERVICE",
        "recipient",
        "undelivered",
        (
            "The phone is off, out of reach or suspended, or the number is not in use.",
            "Check the number with the person before sending again.",
            "手机关机、不在服务区、停机，或者是空号。",
            "请和本人核对号码后再发。",
        ),
    ),
    *receipt(
        "INVALID_NUMBER",
        "recipient",
        "undelivered",
        (
            "The number is not valid or its state does not allow messages.",
            "Do not send to this number again; ask the person for the right one.",
            "号码无效或状态异常。",
            "不要再发给这个号码，请向本人要正确的号码。",
        ),
        for_good="invalid",
    ),
    *receipt(
        "MOBILE_SEND_LIMIT",
        "rate",
        "undelivered",
        (
            "The number reached a limit of messages, of the platform or of its carrier.",
            "Do not send to this number again within 24 hours.",
            "这个号码达到平台或运营商的条数上限。",
            "24 小时内不要再发给这个号码。",
        ),
    ),
    *receipt(
        "MOBILE_ACCOUNT_ABNORMAL",
        "recipient",
        "undelivered",
        (
            "The subscriber is in arrears, has changed carrier, or is otherwise irregular.",
            "Check the number with the person before sending again.",
            "用户欠费、携号转网或账户异常。",
            "请和本人核对号码后再发。",
        ),
    ),
    *receipt(
        "MOBILE_IN_BLACK",
        "recipient",
        "undelivered",
        (
            "The number is on a black list of the carrier or the platform, mostly after an opt-out.",
            "Take the number out of your lists.",
            "号码在运营商或平台的黑名单里，多半是退订过。",
            "请把这个号码从名单中去掉。",
        ),
        for_good="opted_out",
        retry="never",
    ),
    *receipt(
        "USER_REJECT",
        "recipient",
        "undelivered",
        (
            "The person opted out, or the number may not get this kind of message.",
            "Take the number out of your lists.",
            "用户已退订，或这个号码没有开通此类短信。",
            "请把这个号码从名单中去掉。",
        ),
        for_good="opted_out",
        retry="never",
    ),
    *receipt(
        "MOBLLE_TERMINAL_ERROR MOBILE_TERMINAL_ERROR",  # the service's own page has the two L
        "recipient",
        "undelivered",
        (
            "The handset is full or faulty, or filters messages.",
            "Try this number again later.",
            "手机存储已满、故障或拦截了短信。",
            "可以稍后再发给这个号码。",
        ),
    ),
    *receipt(
        "CONTENT_KEYWORD FILTER",
        "content",
        "undelivered",
        (
            "The carrier or the platform blocked a word of the text.",
            "Change the wording of the template or the values.",
            "内容里有被运营商或平台拦截的关键词。",
            "请修改模板或变量的用词。",
        ),
    ),
    *receipt(
        "CONTENT_ERROR",
        "content",
        "undelivered",
        (
            "The text is a promotion without the way to opt out.",
            "End promotional templates with 拒收请回复R.",
            "推广短信没有写退订方式。",
            "推广模板请以「拒收请回复R」结尾。",
        ),
    ),
    *receipt(
        "SIGNATURE_BLACKLIST",
        "sign",
        "undelivered",
        (
            "The sign name is on a black list.",
            "Use another sign name.",
            "签名在黑名单里。",
            "请更换签名。",
        ),
        stops=True,
    ),
    *receipt(
        "PORT_NOT_REGISTERED",
        "sign",
        "undelivered",
        (
            "The sign name is not registered with this carrier yet.",
            "Wait for the registration (mostly 5 to 10 working days), or use a registered sign name.",
            "签名还没有在这个运营商完成实名报备。",
            "请等待报备完成（一般 5 到 10 个工作日），或使用已报备的签名。",
        ),
    ),
    *receipt(
        "NO_ROUTE",
        "server",
        "undelivered",
        (
            "The platform has no channel for this text.",
            "Ask Alibaba Cloud's support.",
            "平台没有可用于这个内容的通道。",
            "请向阿里云提交工单。",
        ),
    ),
    *receipt(
        "IS_CLOSE",
        "server",
        "undelivered",
        (
            "The channel was closed when the message came.",
            "Send to this number again later.",
            "发送时通道已关闭。",
            "可以稍后再发给这个号码。",
        ),
    ),
    *receipt(
        "PARAMS_ILLEGAL",
        "parameter",
        "undelivered",
        (
            "Sign name, text or number is wrong.",
            "Check the three before sending again.",
            "签名、内容或号码有误。",
            "请检查这三项后再发。",
        ),
    ),
    *receipt(
        "SP_NOT_BY_INTER_SMS",
        "recipient",
        "undelivered",
        (
            "The number cannot get messages from other countries.",
            "Reach the person in another way.",
            "这个号码没有开通国际短信。",
            "请用其他方式联系对方。",
        ),
        for_good="invalid",
        retry="never",
    ),
    *receipt(
        "SP_UNKNOWN_ERROR",
        "server",
        "undelivered",
        (
            "The carrier reports an error that it does not name.",
            "One more try is reasonable.",
            "运营商返回未知错误。",
            "可以再发一次。",
        ),
    ),
    *receipt(
        "EXPIRED",
        "server",
        "undelivered",
        (
            "The message waited at the carrier until it was too old.",
            "Send to this number again if the message still matters.",
            "短信在运营商处排队超时。",
            "如果内容仍然有效，可以再发一次。",
        ),
    ),
    *receipt(
        "UNKNOWN UNKNOW",
        "server",
        "",
        (
            "The carrier does not say what became of the message.",
            "Go by the status of the receipt.",
            "运营商没有说明结果。",
            "以回执的状态为准。",
        ),
    ),
    *receipt(
        "VALVE:M_MC VALVE:H_MC VALVE:D_MC",
        "rate",
        "undelivered",
        (
            "The number got as many messages as it may get in a minute, an hour or a day.",
            "Do not send to this number again within 24 hours.",
            "这个号码达到每分钟、每小时或每天的条数上限。",
            "24 小时内不要再发给这个号码。",
        ),
    ),
)
