"""The app's settings: one dict, ``ALISMS``, read when a value is asked for.

Names, types and defaults stand here once; docs/settings.md is checked against this table by a test, and
``checks.py`` refuses a key that is not in it. Secrets are settings too, so nothing here has a repr that shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # Credentials: a static pair (with an STS token where one is used) or a callable that returns
    # aliyun.credentials.Credentials, for those whose keys rotate.
    "ACCESS_KEY_ID": "",
    "ACCESS_KEY_SECRET": "",
    "SECURITY_TOKEN": "",
    "CREDENTIALS": None,
    "ENDPOINT": "https://dysmsapi.aliyuncs.com",
    "CA_BUNDLE": None,
    "PROXY": None,
    # The sender. Seconds, except where the name says otherwise.
    "CONCURRENCY": 16,
    "MAX_REQUESTS_PER_SECOND": 100,
    "CONNECT_TIMEOUT": 5,
    "READ_TIMEOUT": 30,
    "LEASE_SECONDS": 90,
    "SETTLE_SCHEDULE": (120, 600, 1800, 3600),
    # Receipts. Without a token the addresses for pushes do not exist; without a queue's name none is read. Seconds
    # after an acceptance at which receipts still missing are asked for, as long as any can come.
    "RECEIPT_TOKEN": "",
    "RECEIPT_QUEUE": "",
    "RECEIPT_POLL_SCHEDULE": (300, 1800, 7200, 43200, 86400, 259200),
    "TOKEN_ENDPOINT": "https://dybaseapi.aliyuncs.com",
    "QUEUE_ENDPOINT": "https://1943695596114318.mns.cn-hangzhou.aliyuncs.com",
    # Imports.
    "IMPORT_INLINE_ROWS": 2000,
    # Characters of a value at the most, by template code, where it is not 35: older templates have 20, and an account
    # may have more.
    "LONGEST_VALUES": {},
    # Policy.
    "OPT_OUT_WORDS": ("TD", "T", "R", "N", "退订"),
    "PRICE_PER_PART": None,
    # Mails to the maker of a send when it finishes or stops; where the admin is, for the link in them.
    "MAIL": True,
    "SITE_URL": "",
    # A task engine instead of alisms_worker: {"BACKEND": alias in the project's TASKS, "QUEUE_NAME": …}.
    "TASKS": None,
    # Tests of crashes only: failpoints.py.
    "FAILPOINTS": "",
}


class Settings:
    """``conf.CONCURRENCY`` is ``settings.ALISMS["CONCURRENCY"]``, or its default. Never cached."""

    def __getattr__(self, name: str) -> Any:
        try:
            default = DEFAULTS[name]
        except KeyError:
            raise AttributeError(f"django_alisms has no setting {name}") from None
        return configured().get(name, default)

    def __repr__(self) -> str:
        return "<django_alisms settings>"


def configured() -> Mapping[str, Any]:
    """What the project wrote into ``ALISMS``; an empty mapping where it wrote nothing."""
    value = getattr(settings, "ALISMS", {})
    return value if isinstance(value, Mapping) else {}


conf = Settings()

# 128 bit, as secrets.token_urlsafe(16) writes them.
SHORTEST_TOKEN = 22


def given_tokens() -> list[str]:
    """What RECEIPT_TOKEN says: one, or two separated by a comma while changing over."""
    return [token.strip() for token in str(conf.RECEIPT_TOKEN or "").split(",") if token.strip()]


def receipt_tokens() -> list[str]:
    """The tokens that open the addresses for pushes; one that can be guessed opens nothing."""
    return [token for token in given_tokens() if len(token) >= SHORTEST_TOKEN][:2]
