"""Codes of ours: `local.*` when nothing left this machine, `wire.*` when it may have, without any proof."""

from __future__ import annotations

from .code import WAIT_EN, WAIT_ZH, proven, unknown

_NETWORK_EN = "The program tries again by itself; if it goes on, ask the administrator to check "
_NETWORK_ZH = "程序会自动重试；如果一直这样，请管理员检查"

ROWS = (
    *proven(
        "local.dns",
        "network",
        (
            "The address of Alibaba Cloud's server could not be found; nothing was sent.",
            _NETWORK_EN + "this server's name resolution (DNS).",
            "无法解析阿里云服务器的域名，没有发出。",
            _NETWORK_ZH + "服务器的域名解析（DNS）。",
        ),
        retry="machine",
    ),
    *proven(
        "local.connect_refused",
        "network",
        (
            "The connection to Alibaba Cloud was refused; nothing was sent.",
            _NETWORK_EN + "the endpoint setting and the firewall.",
            "连接阿里云被拒绝，没有发出。",
            _NETWORK_ZH + "接口地址设置和防火墙。",
        ),
        retry="machine",
    ),
    *proven(
        "local.connect_timeout",
        "network",
        (
            "No connection to Alibaba Cloud came about in time; nothing was sent.",
            _NETWORK_EN + "this server's way to the internet.",
            "连接阿里云超时，没有发出。",
            _NETWORK_ZH + "服务器的网络出口。",
        ),
        retry="machine",
    ),
    *proven(
        "local.connect_failed",
        "network",
        (
            "No connection to Alibaba Cloud could be made; nothing was sent.",
            _NETWORK_EN + "this server's way to the internet.",
            "无法连接阿里云，没有发出。",
            _NETWORK_ZH + "服务器的网络出口。",
        ),
        retry="machine",
    ),
    *proven(
        "local.proxy",
        "network",
        (
            "The proxy did not open a way to Alibaba Cloud; nothing was sent.",
            _NETWORK_EN + "the proxy setting and the proxy itself.",
            "代理没有连通阿里云，没有发出。",
            _NETWORK_ZH + "代理设置和代理本身。",
        ),
        retry="machine",
    ),
    *proven(
        "local.tls",
        "network",
        (
            "The server that answered could not prove to be Alibaba Cloud's; nothing was sent.",
            _NETWORK_EN + "the clock, the endpoint, and a proxy's own certificate (ALISMS_CA_BUNDLE).",
            "无法确认对方是阿里云的服务器（TLS 证书校验失败），没有发出。",
            _NETWORK_ZH + "时钟、接口地址，以及代理自己的证书（ALISMS_CA_BUNDLE）。",
        ),
        retry="machine",
    ),
    *proven(
        "local.late",
        "server",
        (
            "The process was held up for so long that it let the batch go; nothing was sent.",
            "The program tries again by itself; if it goes on, ask the administrator whether the server is overloaded.",
            "进程停顿过久，放弃了这个批次，没有发出。",
            "程序会自动重试；如果一直这样，请管理员检查服务器负载。",
        ),
        retry="machine",
    ),
    *proven(
        "local.held_back",
        "server",
        (
            "The account was stopped just before this batch would have gone; nothing was sent.",
            "Nothing to do for this batch: it goes when the account is released and the send resumed.",
            "这个批次即将发出时账号被停止，没有发出。",
            "这个批次无需处理：解除账号停发并继续任务后会自动发送。",
        ),
        retry="machine",
    ),
    *proven(
        "local.credentials",
        "config",
        (
            "The AccessKey pair is missing or damaged; nothing was sent.",
            "Ask the administrator to set the AccessKey pair, then resume.",
            "没有可用的 AccessKey，没有发出。",
            "请管理员配置 AccessKey，再继续发送。",
        ),
        stops=True,
    ),
    *proven(
        "local.build",
        "config",
        (
            "The request could not be built or signed; nothing was sent.",
            "Tell the administrator, with the message: this is most likely a fault of this program.",
            "请求无法生成或签名，没有发出。",
            "请把返回信息告诉管理员，多半是本程序的问题。",
        ),
    ),
    *unknown(
        "wire.read_timeout",
        "network",
        (
            "No answer came in time.",
            WAIT_EN,
            "在规定时间内没有收到应答。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "wire.reset",
        "network",
        (
            "The connection was cut before an answer.",
            WAIT_EN,
            "连接在应答之前断开。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "wire.half_answer",
        "network",
        (
            "Only a part of the answer came.",
            WAIT_EN,
            "应答只收到一部分。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "wire.not_http wire.not_json wire.empty wire.no_code wire.no_request_id wire.encoding",
        "network",
        (
            "The answer is not one that Alibaba Cloud gives; perhaps something in between answered instead.",
            WAIT_EN + " If it goes on, ask the administrator to check proxy and endpoint.",
            "收到的应答不是阿里云的格式，可能是中间设备的应答。",
            WAIT_ZH + "如果一直这样，请管理员检查代理和接口地址。",
        ),
    ),
    *unknown(
        "wire.no_biz_id",
        "server",
        (
            "Alibaba Cloud said OK without a BizId, which is no proof that it took the batch.",
            WAIT_EN,
            "阿里云返回 OK 但没有 BizId，不能确定批次已受理。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "wire.too_large",
        "network",
        (
            "The answer was larger than any that Alibaba Cloud gives, and was not read.",
            WAIT_EN + " If it goes on, ask the administrator to check proxy and endpoint.",
            "应答过大，不是阿里云的正常应答，没有读取。",
            WAIT_ZH + "如果一直这样，请管理员检查代理和接口地址。",
        ),
    ),
    *unknown(
        "wire.redirect",
        "network",
        (
            "The answer pointed to another address, which Alibaba Cloud never does, and was not followed.",
            WAIT_EN + " If it goes on, ask the administrator to check proxy and endpoint.",
            "应答要求转到别的地址，阿里云不会这样应答，没有跟随。",
            WAIT_ZH + "如果一直这样，请管理员检查代理和接口地址。",
        ),
    ),
    *unknown(
        "wire.http_4xx",
        "network",
        (
            "Something refused the request without saying why in Alibaba Cloud's form.",
            WAIT_EN + " If it goes on, ask the administrator to check proxy and endpoint.",
            "请求被拒绝，但没有给出阿里云格式的原因。",
            WAIT_ZH + "如果一直这样，请管理员检查代理和接口地址。",
        ),
    ),
    *unknown(
        "wire.http_5xx",
        "server",
        (
            "A server on the way had a fault.",
            WAIT_EN,
            "服务器出错。",
            WAIT_ZH,
        ),
    ),
    *unknown(
        "wire.error local.error",
        "network",
        (
            "The request failed after it had begun to leave this machine.",
            WAIT_EN + " Tell the administrator the message.",
            "请求开始发出后失败。",
            WAIT_ZH + "请把返回信息告诉管理员。",
        ),
    ),
    *unknown(
        "wire.orphaned local.orphaned",
        "server",
        (
            "The process that was sending stopped before it could record the answer.",
            WAIT_EN,
            "发送进程在记录应答之前停止了。",
            WAIT_ZH,
        ),
    ),
)
