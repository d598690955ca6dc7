"""docs/deploy/engines.md as the tests run it: the table of engines and the blocks of a plain Celery."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deploy" / "engines.md"
ROWS = {"celery": "Celery on RabbitMQ", "rq": "RQ on Redis", "database": "a database"}


def documented(engine: str) -> list[str]:
    """The settings in the row of that engine, one statement each."""
    row = re.search(rf"^\| {ROWS[engine]} \|(.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    return re.findall(r"`([^`]+)`", row[1].split(" | ")[1])


def plain_celery() -> dict[str, str]:
    """{name of a module of ``myproject``: its lines}."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"```python\n# myproject/(\w+)\.py\n(.*?)```", text, re.DOTALL))
