"""Answers about the template and the values of its variables."""

from __future__ import annotations

from .code import proven, refused, unknown

ROWS = (
    *proven(
        "isv.SMS_TEMPLATE_ILLEGAL",
        "template",
        (
            "The template is not approved, not of this account, or its variables do not fit.",
            "Read the templates of the account again and compare the variables with the columns of the file.",
            "模板未通过审核、不属于这个账户，或变量对不上。",
            "请重新同步模板，并核对模板变量和表格的列。",
        ),
        stops=True,
    ),
    *unknown(
        "TemplateNotFound",
        "template",
        (
            "Alibaba Cloud does not find the template.",
            "Read the templates of the account again and pick one that is approved.",
            "阿里云找不到这个模板。",
            "请重新同步模板，再选择一个已通过的模板。",
        ),
        stops=True,
    ),
    *refused(
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "template",
        (
            "A variable of the template has no value.",
            "Read the template again, see which column is missing, and make a new send with a complete file.",
            "模板里有变量没有值。",
            "请重新同步模板，查看缺哪一列，补全表格后新建群发任务。",
        ),
    ),
    *refused(
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "template",
        (
            "A value does not fit what its variable allows, or holds a forbidden word.",
            "Compare the values with the template's rules in the console, and mend those rows.",
            "有变量的值不符合变量规则，或含有禁用词。",
            "请对照控制台里模板的变量规则检查并修改这些行。",
        ),
    ),
    *unknown(
        "template_parameter_count_illegal",
        "template",
        (
            "A template for verification codes may have one variable only.",
            "Use another template, or apply for one with a single variable.",
            "验证码模板只能有一个变量。",
            "请换模板，或申请只有一个变量的模板。",
        ),
        stops=True,
    ),
    *refused(
        "isv.PARAM_LENGTH_LIMIT",
        "template",
        (
            "A value is too long: 35 characters at most, 4 to 6 for a verification code.",
            "Shorten the values of the column that the message names, in a new send.",
            "有变量的值过长：最多 35 个字符，验证码为 4 到 6 个字符。",
            "请缩短相应列的内容，再新建群发任务。",
        ),
    ),
    *refused(
        "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT",
        "template",
        (
            "A test sign name and a test template can only be used together.",
            "Pick a real sign name with a real template.",
            "测试签名和测试模板只能一起使用。",
            "请选择正式签名和正式模板。",
        ),
        stops=True,
    ),
    *refused(
        "isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL",
        "template",
        (
            "The test template takes values of 4 to 6 digits only.",
            "Pick a real template, or put 4 to 6 digits into the values.",
            "测试模板的变量只能是 4 到 6 位数字。",
            "请选择正式模板，或把变量改成 4 到 6 位数字。",
        ),
    ),
)
