"""A few of the cases through ``alisms_send`` in processes of their own: exit codes, one object, one last line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Shell, aliyun, migrated, shell

from .cases import CASES
from .doors import outcome_of_command
from .verdicts import Case, check

__all__ = ["aliyun", "migrated", "shell"]  # fixtures

TEMPLATE = "SMS_900000000"
CONTENT = "${name}您好，您的快递已到达，请及时领取。"
CHOSEN = [1, 4, 22, 34, 35, 46, 76, 78]


def _first(number: int) -> Case:
    return next(
        case for case in CASES if case.number == number and case.template == "NAME" and not case.fails
    )


@pytest.mark.parametrize("case", [_first(number) for number in CHOSEN], ids=str)
def test_a_case_as_a_real_process(case: Case, shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(case.build())
    shell.sandbox.control(sign_name={"name": "某某商城"})
    shell.sandbox.control(
        template={"code": TEMPLATE, "name": "到件", "kind": "notification", "content": CONTENT}
    )

    ended = shell.run(
        "alisms_send",
        str(path),
        "--sign-name=某某商城",
        f"--template={TEMPLATE}",
        "--dry-run",
        "--json",
        "--skip-bad-rows",
        "--preview=all",
    )

    check(outcome_of_command(ended.code, ended.out, ended.err), case.verdict)
    assert shell.sandbox.ledger() == []
