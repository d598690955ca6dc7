"""The documentation is held to the code: settings, commands, options, rights, links, and the example that is run."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.core.management import call_command, get_commands, load_command_class

import project.settings
from django_alisms.aliyun import operations
from django_alisms.conf import DEFAULTS
from django_alisms.sandbox import numbers
from django_alisms.sandbox.command import parser as sandbox_parser
from tests.sandbox.process import SandboxProcess

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
COMMANDS = sorted(name for name, app in get_commands().items() if app == "django_alisms")
PYTHON = re.compile(r"```python\n(from django_alisms import api\n.*?)```", re.DOTALL)


def table(page: Path, first: str) -> list[list[str]]:
    """The cells of the table whose header begins with that cell, without the header."""
    lines = iter(page.read_text().splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            next(lines)
            return list(_rows(lines))
    raise AssertionError(f"{page.name} has no table that begins with {first}")


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def code(cell: str) -> list[str]:
    """The texts in backticks."""
    return re.findall(r"`([^`]+)`", cell)


# -- settings ----------------------------------------------------------------------------------------------------


def test_every_setting_has_its_row_with_its_default():
    rows = table(DOCS / "settings.md", "key in `ALISMS`")

    assert {code(row[0])[0]: ast.literal_eval(code(row[2])[0]) for row in rows} == DEFAULTS


def test_every_setting_has_its_environment_variable():
    rows = table(DOCS / "settings.md", "key in `ALISMS`")
    documented = {code(row[0])[0]: code(row[1])[0] for row in rows if code(row[1])}

    assert documented == {key: name for key, (name, _) in project.settings._ALISMS_ENVIRONMENT.items()}


def test_every_other_variable_of_the_project_has_its_row():
    source = Path(project.settings.__file__).read_text()
    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', source))

    assert {code(row[0])[0] for row in table(DOCS / "settings.md", "environment of `project/`")} == read


# -- commands ----------------------------------------------------------------------------------------------------


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Its own options, without those every Django command has."""
    common = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    common |= {"--no-color", "--force-color", "--skip-checks"}
    found = {option for action in parser._actions for option in action.option_strings}
    return {option for option in found if option.startswith("--")} - common


def test_every_command_has_its_row():
    rows = table(DOCS / "commands.md", "command")
    documented = {code(row[0])[0].split()[0] for row in rows}

    assert documented - {"python"} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_documented(name):
    parser = load_command_class("django_alisms", name).create_parser("manage.py", name)
    row = next(row for row in table(DOCS / "commands.md", "command") if code(row[0])[0].split()[0] == name)
    text = row[0] + row[1]
    if name == "alisms_send":
        text = (DOCS / "commands.md").read_text()

    assert {option for option in options(parser) if option not in text} == set()


def test_the_options_of_the_sandbox_are_documented():
    rows = table(DOCS / "sandbox.md", "option")

    assert {text.split()[0] for row in rows for text in code(row[0])} == options(sandbox_parser())


def test_numbers_of_the_sandbox_do_what_is_documented():
    receipts = {row[0]: code(row[1]) for row in table(DOCS / "sandbox.md", "ending")}
    requests = table(DOCS / "sandbox.md", "number")

    assert {
        ending: [numbers.RECEIPTS[ending]] if found else [] for ending, found in receipts.items()
    } == receipts
    assert {ending for ending, found in receipts.items() if not found} <= {
        ending for ending, receipt in numbers.RECEIPTS.items() if receipt == numbers.NEVER
    }
    for number, does in requests:
        request = numbers.REQUESTS[number]
        words = {"refuse": "is refused", "throttle": "is throttled", "cut": "is cut"}
        assert does.startswith(words[request["fault"]])
        assert code(does) == ([request["code"]] if "code" in request else [])
        assert ("after it was accepted" in does) == bool(request.get("accepted"))


def the_object() -> dict[str, Any]:
    """The object of alisms_send --json, as docs/commands.md shows it."""
    text = (DOCS / "commands.md").read_text().split("## The object")[1]
    shown: dict[str, Any] = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])  # type: ignore[index]
    return shown


# -- rights ------------------------------------------------------------------------------------------------------


def test_the_policy_allows_what_the_app_calls_and_no_more():
    allowed = set(re.findall(r'"dysms:(\w+)"', (DOCS / "install.md").read_text()))
    source = Path(operations.__file__).read_text()

    assert allowed == set(re.findall(r'"((?:Send|Query|Get)(?:Batch)?Sms?\w+|QuerySend\w+)"', source))


@pytest.mark.django_db
def test_the_rights_exist():
    create_permissions(apps.get_app_config("django_alisms"), verbosity=0)
    named = {
        right for row in table(DOCS / "install.md", "right (`django_alisms.…`)") for right in code(row[0])
    }
    known = Permission.objects.filter(content_type__app_label="django_alisms")

    assert named - set(known.values_list("codename", flat=True)) == set()


# -- links -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [unquote(target) for target in targets if target and not re.match(r"[a-z]+:", target)]

    assert [target for target in local if not (page.parent / target).exists()] == []


def test_both_readmes_lead_to_the_same_places():
    english, chinese = (
        {target.replace(".zh-CN", "") for target in re.findall(r"\]\((docs/[^)]+\.md)\)", page.read_text())}
        for page in READMES
    )

    assert english == chinese


# -- the example -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_example_sends(readme, settings, tmp_path, capsys):
    example = PYTHON.search(readme.read_text())
    assert example is not None

    with SandboxProcess(tmp_path / "ledger.jsonl") as sandbox:
        settings.ALISMS = {
            "ENDPOINT": sandbox.url,
            "ACCESS_KEY_ID": sandbox.key_id,
            "ACCESS_KEY_SECRET": sandbox.secret,
        }
        call_command("alisms_sync", stdout=StringIO())
        exec(compile(example[1], readme.name, "exec"), {})
        call_command("alisms_worker", "--once")
        accepted = sandbox.ledger()

    assert [text for entry in accepted for text in entry["texts"]] == [
        "【某某商城】尊敬的王芳，您的订单DD20261123001已发货，金额268.00元。",
        "【某某商城】尊敬的李伟，您的订单DD20261123002已发货，金额59.90元。",
    ]
    assert capsys.readouterr().out.strip()
