"""The benchmarks run, on little: their figures mean nothing here, that they come does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_benchmarks_run():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks"],
        cwd=ROOT,
        env=os.environ | {"SMOKE": "1"},
        capture_output=True,
        text=True,
        timeout=800,
    )

    assert done.returncode == 0, done.stderr
    for part in (
        "import of 2,000 rows",
        "django-import-export, admin",
        "upload of lists of 3,000 rows",
        "judging a mobile number",
        "16 threads",
        "64 in flight, stored",
        "3,000 recipients from the file to the last answer",
        "99th percentile",
        "pages of a send of 5,000 people (SQLite)",
        "| goal |",
    ):
        assert part in done.stdout
    assert "batches sent twice or never | ≤ 0 | 0 | met" in done.stdout
