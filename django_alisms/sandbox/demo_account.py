"""The demonstration account: what staff of a shop would find in theirs, good and bad.

Among it the sign name and template of the 2018 example for Node.js (短信迁移测试签名, SMS_71175823), and more
templates than fit on one page of 50.
"""

# ruff: noqa: E501 (a table reads best with one template a line; Chinese counts double)

from __future__ import annotations

from django_alisms.sandbox.catalogue import (
    AWAITING_PROOF,
    FAILED,
    LAPSED,
    NOT_SUBMITTED,
    REGISTERED,
    REGISTERING,
    Catalogue,
    SignName,
    Template,
)

_SIGN_NAMES = (
    SignName("短信迁移测试签名", created="2018-08-18 10:00:00"),
    SignName("某某商城", created="2025-11-03 09:12:40"),
    SignName(
        "某某商城会员", registration=(REGISTERED, REGISTERED, REGISTERING), created="2026-10-30 15:02:11"
    ),
    SignName("某某优选", "review", registration=(NOT_SUBMITTED,) * 3, created="2026-11-21 17:40:05"),
    SignName(
        "某某到家",
        "rejected",
        "营业执照名称与签名主体不一致",
        registration=(NOT_SUBMITTED,) * 3,
        created="2026-11-18 11:26:54",
    ),
    SignName("某某验证", code_only=True, created="2025-11-05 14:30:00"),
    SignName("某某物流", registration=(REGISTERED, FAILED, REGISTERED), created="2026-05-11 10:08:37"),
    SignName("某某旅行", registration=(LAPSED, LAPSED, LAPSED), created="2024-07-19 16:45:20"),
    SignName(
        "某某学堂", registration=(REGISTERED, AWAITING_PROOF, AWAITING_PROOF), created="2026-11-12 09:59:01"
    ),
    SignName("某某诊所", registration=(NOT_SUBMITTED,) * 3, created="2026-11-20 13:33:33"),
    SignName("某某书店", "withdrawn", registration=(NOT_SUBMITTED,) * 3, created="2025-02-14 08:21:09"),
    SignName(
        "某某理财",
        "rejected",
        "金融类签名须上传金融业务许可证",
        registration=(NOT_SUBMITTED,) * 3,
        created="2026-09-01 10:00:48",
    ),
)

_CODE = {"code": "numberCaptcha"}
_V, _N, _P = "verification", "notification", "promotion"

# code, name, kind, content, then what differs from an approved template without attributes
_TEMPLATES: tuple[tuple[str, str, str, str, dict[str, object]], ...] = (
    ("SMS_71175823", "注册验证码", _V, "验证码${code}，您正在注册成为${product}用户，感谢您的支持！", {}),
    ("SMS_71175824", "信息变更验证码", _V, "验证码${code}，您正在变更${product}的重要信息，请妥善保管。", {}),
    ("SMS_154950909", "登录验证码", _V, "您的验证码为：${code}，请勿泄露于他人！", {"attributes": _CODE}),
    ("SMS_154950910", "身份验证码", _V, "验证码为：${code}，您正在验证身份，若非本人操作，请勿泄露。", {"attributes": _CODE}),
    ("SMS_154950911", "修改密码验证码", _V, "您正在修改登录密码，验证码${code}，5分钟内有效。", {"attributes": _CODE}),
    ("SMS_154950912", "绑定手机验证码", _V, "您正在绑定手机，校验码${code}，请勿转发。", {"attributes": _CODE}),
    ("SMS_218740035", "发货通知", _N, "尊敬的${name}，您的订单${code}已发货，金额${amount}元。", {"sign_name": "某某商城"}),
    ("SMS_219880142", "积分到期提醒", _N, "您有${points}积分将于${date}到期，请及时使用。", {"sign_name": "某某商城会员"}),
    ("SMS_220016377", "满减预告", _P, "双十一满300减50，11月11日0点开始，欢迎光临门店选购，拒收请回复R", {"sign_name": "某某商城"}),
    ("SMS_221405518", "退款到账提醒", _N, "您的订单${code}退款${amount}元已原路退回，预计${days}天内到账。", {"status": "review", "created": "2026-11-22 10:31:00"}),
    ("SMS_221377020", "会员专享", _P, "会员专享价今日开启，全场低至五折。", {"status": "rejected", "reason": "缺少退订方式：结尾加上「拒收请回复R」后重新提交"}),
    ("SMS_223000101", "下单成功", _N, "您的订单${code}已提交成功，我们会尽快为您安排发货。", {}),
    ("SMS_223000102", "付款成功", _N, "订单${code}已付款${amount}元，感谢您的信任。", {}),
    ("SMS_223000103", "订单取消", _N, "您的订单${code}已取消，如有疑问请联系客服。", {}),
    ("SMS_223000104", "派送中", _N, "您的包裹${number}正在派送，快递员电话${phone}，请保持畅通。", {"attributes": {"phone": "phone_number2"}}),
    ("SMS_223000105", "已签收", _N, "您的包裹${number}已签收，如非本人签收请联系客服。", {}),
    ("SMS_223000106", "到店自提", _N, "您的订单${code}已到店，请凭取件码${pickup}到${shop}领取。", {}),
    ("SMS_223000107", "取件提醒", _N, "包裹已到驿站，取件码${code}，请于今天20点前领取。", {}),
    ("SMS_223000108", "缺货通知", _N, "很抱歉，您订购的${product}暂时缺货，预计${date}到货。", {}),
    ("SMS_223000109", "预售尾款", _N, "您预订的${product}已可支付尾款，请于${time}前完成。", {"attributes": {"time": "time"}}),
    ("SMS_223000110", "退货受理", _N, "您的退货申请${code}已受理，请在7天内寄回商品。", {}),
    ("SMS_223000111", "换货发出", _N, "您的换货商品已寄出，单号${number}。", {}),
    ("SMS_223000112", "发票开具", _N, "订单${code}的电子发票已开具，请登录账户查看。", {}),
    ("SMS_223000113", "余额变动", _N, "您的账户余额变动${amount}元，当前余额${balance}元。", {}),
    ("SMS_223000114", "会员升级", _N, "恭喜${name}升级为${level}会员，权益即日生效。", {}),
    ("SMS_223000115", "会员到期", _N, "您的会员将于${date}到期，届时权益停止。", {}),
    ("SMS_223000116", "优惠券到账", _N, "您的账户已到账${amount}元券，有效期至${date}。", {}),
    ("SMS_223000117", "预约成功", _N, "${name}您好，您预约的${service}已确认，时间${time}。", {}),
    ("SMS_223000118", "预约提醒", _N, "${name}您好，您预约的服务将于${time}开始，请准时到达。", {}),
    ("SMS_223000119", "预约取消", _N, "您预约的${service}已取消，欢迎重新预约。", {}),
    ("SMS_223000120", "门店搬迁", _N, "城东店已迁至新址，营业时间不变，欢迎光临。", {}),
    ("SMS_223000121", "系统维护", _N, "系统将于${time}进行维护，届时部分功能暂停使用。", {}),
    ("SMS_223000122", "活动报名成功", _N, "${name}您好，您已成功报名${event}，请准时参加。", {}),
    ("SMS_223000123", "活动改期", _N, "您报名的${event}改期至${date}，地点不变。", {}),
    ("SMS_223000124", "课程提醒", _N, "${name}同学，你的课程${course}将于${time}开始。", {"sign_name": "某某学堂"}),
    ("SMS_223000125", "成绩发布", _N, "${name}同学，你的成绩已发布，请登录查看。", {"sign_name": "某某学堂"}),
    ("SMS_223000126", "缴费提醒", _N, "您本期应缴${amount}元，请于${date}前缴纳。", {}),
    ("SMS_223000127", "缴费成功", _N, "您已成功缴费${amount}元，感谢配合。", {}),
    ("SMS_223000128", "停水通知", _N, "您所在的${area}将于${time}停水，请提前储水。", {}),
    ("SMS_223000129", "停电通知", _N, "您所在的${area}将于${time}停电检修，敬请谅解。", {}),
    ("SMS_223000130", "工单受理", _N, "您的工单${number}已受理，工程师将尽快与您联系。", {}),
    ("SMS_223000131", "工单完成", _N, "您的工单${number}已完成，欢迎评价。", {}),
    ("SMS_223000132", "设备告警", _N, "设备${device}于${time}发生告警，级别${level}，请及时处理。", {}),
    ("SMS_223000133", "异地登录提醒", _N, "您的账户于${time}在新设备登录，如非本人操作请修改密码。", {}),
    ("SMS_223000134", "面试邀请", _N, "${name}您好，邀请您于${time}参加面试，地点${place}。", {"sign_name": "某某商城"}),
    ("SMS_223000135", "入职提醒", _N, "${name}您好，请于${date}携带证件办理入职。", {}),
    ("SMS_223000136", "行程确认", _N, "您预订的${route}已确认，出发日期${date}。", {"sign_name": "某某旅行"}),
    ("SMS_223000137", "行程变更", _N, "您的行程${route}有变更，请登录查看详情。", {"sign_name": "某某旅行"}),
    ("SMS_223000138", "复诊提醒", _N, "${name}您好，请于${date}到院复诊。", {"sign_name": "某某诊所"}),
    ("SMS_223000139", "体检报告", _N, "您的体检报告已出具，请凭身份证到前台领取。", {"sign_name": "某某诊所"}),
    ("SMS_223000140", "还书提醒", _N, "您借阅的${book}将于${date}到期，请及时归还。", {"sign_name": "某某书店"}),
    ("SMS_223000201", "周年庆", _P, "周年庆全场八折，仅限本周末，欢迎光临，拒收请回复R", {}),
    ("SMS_223000202", "新品上市", _P, "${name}您好，秋冬新品已上架，会员先享，拒收请回复R", {}),
    ("SMS_223000203", "生日礼遇", _P, "${name}生日快乐，凭短信到店领取生日礼一份，拒收请回复R", {}),
    ("SMS_223000204", "清仓预告", _P, "季末清仓本周六开始，低至三折，售完即止，拒收请回复R", {"status": "review", "created": "2026-11-22 18:05:42"}),
    ("SMS_223000301", "旧版发货通知", _N, "您的订单${code}已发货。", {"status": "withdrawn"}),
    ("SMS_223000302", "中奖通知", _N, "恭喜您获得大奖，请点击链接领取。", {"status": "rejected", "reason": "通知短信不支持营销内容，且链接须在模板中报备"}),
    ("SMS_223000303", "催收通知", _N, "您的账单已逾期，请立即还款。", {"status": "rejected", "reason": "不支持催收类内容"}),
    ("SMS_223000304", "海外订单通知", "international", "Your order ${code} has been shipped.", {}),
)  # fmt: skip


def account() -> Catalogue:
    """A fresh copy of it."""
    return Catalogue(
        _SIGN_NAMES,
        (
            Template(code, name, kind, content, **more)  # type: ignore[arg-type]
            for code, name, kind, content, more in _TEMPLATES
        ),
    )
