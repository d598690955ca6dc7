"""What a test needs of the machine: without it the test is skipped, or fails where everything is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """Skip the test, with the reason; with ``ALISMS_REQUIRE_ALL=1`` (as in CI) it fails instead."""
    if os.environ.get("ALISMS_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and ALISMS_REQUIRE_ALL=1 requires it")
    pytest.skip(reason)
