"""Answers about what was to be sent: numbers, how often, parameters, words."""

from __future__ import annotations

from .code import proven, refused

ROWS = (
    # -- recipients
    *refused(
        "isv.MOBILE_NUMBER_ILLEGAL",
        "recipient",
        (
            "At least one number of the batch is not a number that the service accepts.",
            "Find and take out the number; what became of the others, the look-up says.",
            "这个批次里至少有一个号码不被接受。",
            "请找出并去掉这个号码；其余的人是否收到，以核实结果为准。",
        ),
        for_good="invalid",
    ),
    *refused(
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        "recipient",
        (
            "The template is for other countries and the batch has numbers of mainland China.",
            "Pick a template for mainland China.",
            "模板是国际模板，不能发给内地号码。",
            "请选择国内模板。",
        ),
    ),
    *refused(
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "recipient",
        (
            "A number of the batch is on the platform's black list, after a complaint or an opt-out.",
            "Take the number out of your lists: the block cannot be lifted.",
            "这个批次里有号码在平台黑名单里（退订或投诉）。",
            "请把这个号码从名单中去掉，这个限制无法解除。",
        ),
        for_good="opted_out",
    ),
    *refused(
        "isv.CUSTOMER_REFUSED",
        "recipient",
        (
            "Somebody in the batch has opted out of promotional messages.",
            "Record the opt-out and do not send promotions to this number again.",
            "这个批次里有人退订了推广短信。",
            "请登记退订，以后不要再给这个号码发推广短信。",
        ),
        for_good="opted_out",
    ),
    *refused(
        "isv.SMS_TEST_NUMBER_LIMIT",
        "recipient",
        (
            "With a test sign name or template, only numbers bound in the console can be sent to.",
            "Bind the number in the console, or use a real sign name and template.",
            "使用测试签名或测试模板时，只能发给控制台里绑定的号码。",
            "请在控制台绑定号码，或改用正式签名和模板。",
        ),
    ),
    *refused(
        "isv.BUSINESS_LIMIT_CONTROL",
        "rate",
        (
            "A number of the batch got as many messages as it may get in a minute, an hour or a day.",
            "Wait for the time that the message names, and see whether a number comes up repeatedly; "
            "the limits can be changed in the console.",
            "这个批次里有号码达到了每分钟、每小时或每天的条数上限。",
            "请按返回信息等待，并检查是否有号码重复出现；上限可在控制台调整。",
        ),
    ),
    # -- parameters: a fault of this program, mostly
    *proven(
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "parameter",
        (
            "The request held more numbers than one call may have.",
            "Tell the administrator: this is a fault of this program.",
            "一次调用的号码数超过上限。",
            "请告诉管理员：这是本程序的问题。",
        ),
    ),
    *proven(
        "isv.INVALID_JSON_PARAM",
        "parameter",
        (
            "The variables could not be read: not valid JSON, or a value that is not text.",
            "Tell the administrator: this is a fault of this program.",
            "变量参数无法解析：不是合法的 JSON，或有值不是字符串。",
            "请告诉管理员：这是本程序的问题。",
        ),
    ),
    *refused(
        "isv.INVALID_PARAMETERS",
        "parameter",
        (
            "A parameter of the request has a wrong form.",
            "Tell the administrator, with the request id: this is most likely a fault of this program.",
            "请求里有参数格式不正确。",
            "请把 RequestId 告诉管理员，多半是本程序的问题。",
        ),
    ),
    *refused(
        "isv.EXTEND_CODE_ERROR isv.ONE_CODE_MULTIPLE_SIGN",
        "parameter",
        (
            "The extension code for replies is already used with another sign name.",
            "Leave the extension code empty, or use one of its own for each sign name.",
            "上行扩展码已用于另一个签名。",
            "请不填扩展码，或给每个签名用不同的扩展码。",
        ),
    ),
    *refused(
        "isv.CODE_EXCEED_LIMIT isv.CODE_ERROR",
        "parameter",
        (
            "The extension code for replies has a wrong length, or there are too many of them.",
            "Leave the extension code empty.",
            "上行扩展码长度不对，或数量过多。",
            "请不填扩展码。",
        ),
    ),
    # -- words
    *refused(
        "isv.SMS_CONTENT_ILLEGAL",
        "content",
        (
            "The text holds something forbidden; calls from abroad have got this answer too.",
            "Change the wording of template or values; if it looks harmless, ask where the server stands.",
            "短信内容含有禁止的内容；从境外调用时也会返回这个错误。",
            "请修改模板或变量的用词；如果内容没有问题，请确认服务器所在地。",
        ),
    ),
    *refused(
        "isv.UNSUPPORTED_CONTENT",
        "content",
        (
            "The text holds characters that cannot be sent: traditional Chinese, emoji or unusual symbols.",
            "Take these characters out of the values and make a new send.",
            "内容含有不支持的字符：繁体字、表情或特殊符号。",
            "请去掉变量里的这些字符，再新建群发任务。",
        ),
    ),
    *refused(
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
        "content",
        (
            "The text advertises, but the template is for notices.",
            "Use a promotional template, which ends with 拒收请回复R.",
            "通知模板里出现了营销内容。",
            "请改用以「拒收请回复R」结尾的推广模板。",
        ),
    ),
    *refused(
        "isv.PARAM_NOT_SUPPORT_URL",
        "content",
        (
            "A value holds a link or other content that variables may not have.",
            "Put the link into the template's own text, and take it out of the values.",
            "变量的值里有链接或受限内容。",
            "请把链接写进模板正文，并从变量里去掉。",
        ),
    ),
)
