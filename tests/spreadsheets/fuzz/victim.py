"""Reads files that stdin names, one a line, as ``alisms_send --dry-run`` does; says one line of JSON about each.

A process of its own, because what is looked for is that it dies. ``--answer`` questions are answered by the first
choice, so that what lies behind them is read too.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.utils import translation

    translation.activate("en")
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        started = time.monotonic()
        try:
            said = read(path)
        except BaseException as broken:
            last = traceback.extract_tb(broken.__traceback__)[-1]
            said = {
                "broken": f"{type(broken).__name__}: {str(broken)[:200]}",
                "at": f"{Path(last.filename).name}:{last.lineno}",
            }
        peak = max(
            resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        said |= {"seconds": round(time.monotonic() - started, 3), "peak": peak * 1024}
        print(json.dumps(said, ensure_ascii=False), flush=True)


def read(path: Path) -> dict[str, Any]:
    """Read it, and again with the first choice to each question, up to six times."""
    from django_alisms.models import SignName, Template
    from django_alisms.services.importing import asking, dry_running
    from django_alisms.services.refusals import NotPossible

    sign = SignName(name="某某商城")
    template = Template(code="SMS_1", kind="notification", content="${name}您好，您的快递已到达。")
    answers: dict[str, Any] = {}
    for _round in range(6):
        try:
            found = dry_running.dry_run(path, path.name, sign, template, answers, limit=None)
        except NotPossible as refused:
            sentence = str(refused)
            assert sentence.strip(), "refused without a word"
            return {"refused": sentence[:80]}
        if not found.questions:
            assert found.rows == found.good + found.duplicates + len(found.rejected)
            assert len(found.shown) == found.good
            assert all(row["reason"] and "…" not in row["reason"][:1] for row in found.rejected)
            return {"rows": found.rows, "good": found.good}
        for question in found.questions:
            assert asking.question_sentence(question)
            labels = [asking.choice_label(question, choice) for choice in question["choices"]]
            assert all(labels), "a choice without words"
            value, column = question["choices"][0]["value"], question.get("facts", {}).get("column", "")
            if question["key"] == "columns":
                answers.setdefault("columns", {})[column] = value
            elif question["key"] == "number_form":
                answers[f"number_form.{column}"] = value
            else:
                answers[question["key"]] = value
    return {"asked": [question["key"] for question in found.questions]}


if __name__ == "__main__":
    main()
