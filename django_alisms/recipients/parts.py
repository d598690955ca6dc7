"""How long a message is and how many parts of it are billed, on the mainland.

Rule: Alibaba Cloud's page on message length and billing. Every character counts one, full or half width, the
sign name with its two brackets included; up to 70 are one part, more are split by 67. At most 500 in all:
whether the sign name counts among the 500 is not documented, so it does here.
"""

ONE_PART = 70
LONGER_PART = 67
LONGEST_MESSAGE = 500


def signed(sign: str, text: str) -> str:
    """The message as the phone shows it: the sign name in brackets, then the text."""
    return f"【{sign}】{text}" if sign else text


def message_length(sign: str, text: str) -> int:
    """Characters of the whole message; without a sign name those of the text."""
    return len(text) + (len(sign) + 2 if sign else 0)


def parts_of(length: int) -> int:
    """Parts billed for a message of this many characters; an empty one has none."""
    if length <= ONE_PART:
        return 1 if length > 0 else 0
    return -(-length // LONGER_PART)
