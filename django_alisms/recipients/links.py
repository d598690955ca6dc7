"""Web addresses and contact details inside a value.

Rule: no address in a variable (isv.PARAM_NOT_SUPPORT_URL); contact details are what carriers stop. 7.50,
v1.2, 3.5kg and Mr.Wang are no addresses.
"""

import re

from .cells import without_invisible

# For looking only: the value itself is never changed by this.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("。"): ord("."), ord("｡"): ord(".")}

_SCHEME = re.compile(r"h(?:tt|xx)ps?:|h(?:tt|xx)ps?//|[a-z][a-z0-9+]{1,15}://|www\.", re.I | re.A)
_DOMAIN = re.compile(
    r"(?<![a-z0-9_.-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8})([a-z]{2,24})(?![a-z0-9_])",
    re.I | re.A,
)
_CHINESE_DOMAIN = re.compile(
    r"[0-9a-z\u4e00-\u9fff]\.(?:中国|公司|网络|网址|商城|网店|集团|在线|中文网|我爱你)(?![0-9a-z\u4e00-\u9fff])",
    re.I,
)
_CHINESE_HOST = re.compile(r"[\u4e00-\u9fff]\.(?:com|cn|net|org|top|xyz|vip|cc|shop|club)(?![a-z0-9_])", re.I)
_ADDRESS = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}[:/]", re.A)

_ABBREVIATIONS = frozenset(["mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "no.", "jr.", "sr.", "vs.", "room."])
_NUMBERED_DOMAINS = frozenset(
    ["com", "cn", "net", "org", "cc", "top", "xyz", "vip", "club", "shop", "me", "tv", "info"]
)

# Of both patterns every alternative begins with one class of characters, then looks back at which it was: that lets
# the engine skip through a value without any of them in a tenth of the time.
PHONE_NUMBER = re.compile(
    r"[014](?<![0-9].)(?:(?<=1)[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|(?<=0)[1-9][0-9]{1,2}[ -]?[0-9]{7,8}"
    r"|(?<=4)00[ -]?[0-9]{3}[ -]?[0-9]{4})(?![0-9])"
)
CHAT_ID = re.compile(
    r"[QqVvWw扣抠企微薇威加]"
    r"(?:(?:(?<=[Qq])[Qq]|(?<=[扣抠])[扣抠]|(?<=企)鹅)[^0-9]{0,6}[0-9]{5,11}"
    r"|(?:(?<=[微薇威Vv])信|(?<=加)[Vv]|(?<=[Ww])(?:ei[Xx]in|e[Cc]hat|ECHAT|EIXIN)|(?<=[VvWw])(?<![A-Za-z].)[Xx])"
    r"[：:号 ]{0,3}[A-Za-z0-9_-]{5,20})"
)

SHORTEST_CONTACT = 7
"""No phone number, QQ or WeChat id is found in fewer characters."""


def has_contact(value: str) -> bool:
    """Whether the value seems to hold a phone number, a QQ number or a WeChat id."""
    return PHONE_NUMBER.search(value) is not None or CHAT_ID.search(value) is not None


def link_in(value: str) -> str:
    """The first web address in the value, or an empty text.

    Looked for behind full-width letters and dots and invisible marks too: that is how filters are dodged.
    """
    text = without_invisible(value).translate(_NARROW)
    for pattern in (_SCHEME, _ADDRESS, _CHINESE_DOMAIN, _CHINESE_HOST):
        match = pattern.search(text)
        if match:
            return text[match.start() :].split()[0][:40]
    for match in _DOMAIN.finditer(text):
        labels, last = match[1].casefold(), match[2].casefold()
        if labels in _ABBREVIATIONS or (labels == "co." and last == "ltd"):
            continue
        if labels.replace(".", "").isdigit() and last not in _NUMBERED_DOMAINS:
            continue  # 11.Nov, 3.floor; but 163.com
        return match[0]
    return ""
