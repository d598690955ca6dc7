"""What may be kept of a text that came over the wire: no number, no key, no control character, 200 characters."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 200

# Seven digits and more, also when written in groups: 138 0013 8000, 138-0013-8000.
_DIGITS = re.compile(r"\d(?:[ \-]?\d){6,}")
# AccessKey ids and security tokens by how they begin; otherwise a long run that mixes letters with digits,
# which is what secrets and signatures look like and words and codes do not.
_KEYS = re.compile(
    r"(?:LTAI|STS\.)[A-Za-z0-9._+/=\-]{4,}"
    r"|(?=[A-Za-z0-9+/=%]{0,128}\d)(?=[A-Za-z0-9+/=%]{0,128}[A-Za-z])[A-Za-z0-9+/=%]{20,}"
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line, without digit runs of seven and more, key-like runs and `secrets`, cut at 200."""
    # Cut first, generously: what is looked through must not grow with what a stranger sends.
    text = text[: 10 * LONGEST]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    text = _KEYS.sub("[key]", text)
    text = _DIGITS.sub("[number]", text)
    text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:LONGEST]
