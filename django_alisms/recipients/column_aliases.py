"""The headers people write over a column, by what they mean. Compared without case, white space and width."""

from collections.abc import Iterable, Mapping

PHONE_ALIASES: tuple[str, ...] = (
    *("phone", "mobile", "cellphone", "cell phone", "cell", "tel", "telephone", "msisdn"),
    *(
        "phone number",
        "mobile number",
        "phonenumber",
        "phone_number",
        "mobile_number",
        "phone no",
        "phone no.",
    ),
    *("mobile phone", "mobile_phone", "mobile no", "mobile no.", "phone numbers", "phonenumbers", "phones"),
    *(
        "手机",
        "手机号",
        "手机号码",
        "手机号码(11位)",
        "电话",
        "电话号码",
        "电话号",
        "号码",
        "移动电话",
        "联系电话",
    ),
    *(
        "联系手机",
        "联系号码",
        "联系方式",
        "接收号码",
        "接收手机号",
        "接收人手机",
        "接收人手机号",
        "接收人电话",
    ),
    *(
        "收件人手机",
        "收件人手机号",
        "收件人电话",
        "收货人手机",
        "收货人手机号",
        "收货人电话",
        "收货电话",
        "收货手机",
    ),
    *(
        "客户手机",
        "客户手机号",
        "客户电话",
        "会员手机",
        "会员手机号",
        "用户手机",
        "用户手机号",
        "本人手机",
        "手機",
        "手機號碼",
        "電話",
    ),
)

# What a variable of this name is usually headed with; a header equal to the name itself always comes first.
VARIABLE_ALIASES: Mapping[str, tuple[str, ...]] = {
    "name": (
        "姓名",
        "名字",
        "名称",
        "称呼",
        "客户姓名",
        "客户名称",
        "会员姓名",
        "收货人",
        "收件人",
        "联系人",
        "客户",
        "full name",
    ),
    "username": ("用户名", "姓名", "用户姓名", "user name"),
    "code": ("验证码", "取件码", "编号", "单号", "订单号", "订单编号", "运单号", "快递单号", "order number"),
    "order": ("订单", "订单号", "订单编号", "order number"),
    "orderno": ("订单号", "订单编号", "order number"),
    "amount": ("金额", "实付金额", "应付金额", "付款金额", "总金额"),
    "money": ("金额", "实付金额", "应付金额", "付款金额", "总金额"),
    "price": ("价格", "金额", "单价"),
    "time": ("时间", "预约时间", "开始时间"),
    "date": ("日期", "预约日期"),
    "address": ("地址", "收货地址", "详细地址"),
    "company": ("公司", "公司名称", "快递公司"),
    "product": ("产品", "商品", "产品名称", "商品名称"),
    "number": ("编号", "数量", "单号"),
    "points": ("积分",),
    "score": ("积分", "分数", "成绩"),
    "city": ("城市",),
    "shop": ("店铺", "门店"),
    "store": ("门店", "店铺"),
}

REASON_HEADERS: Mapping[str, tuple[str, str]] = {
    "zh": ("原因", "未导入原因"),
    "en": ("Reason", "Reason not imported"),
}
"""The column that we add to a workbook of refused rows, and its name when the file has a column of the first."""


def names_of(variable: str, aliases: Mapping[str, Iterable[str]] | None) -> tuple[str, ...]:
    """All headers by which a variable is known, its own name first."""
    return (variable, *(aliases or {}).get(variable, ()), *VARIABLE_ALIASES.get(variable.casefold(), ()))


def phone_names(aliases: Mapping[str, Iterable[str]] | None) -> tuple[str, ...]:
    """All headers by which the column of numbers is known."""
    return (*(aliases or {}).get("phone", ()), *PHONE_ALIASES)
