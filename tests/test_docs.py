"""The documentation is held to the code: settings, commands, options, rights, links, and the example that is run."""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
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


# -- in a project of one's own --------------------------------------------------------------------------------------


def blocks(page: Path, first: str) -> list[str]:
    """The Python blocks of a page whose first line is this comment."""
    return re.findall(rf"```python\n# {re.escape(first)}\n(.*?)```", page.read_text(), re.DOTALL)


def test_the_documented_settings_are_enough_for_a_fresh_project(tmp_path):
    """startproject, the blocks of install.md and sandbox.md as they stand, then their commands: a person is sent to."""
    settings = tmp_path / "fresh" / "settings.py"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("ALISMS_", "DJANGO_"))
    }
    environment |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "x",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x",
        "PYTHONPATH": str(ROOT),
    }

    def run(*command: str, may_complain: bool = False) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0 or may_complain, done.stdout + done.stderr
        return done.stdout + done.stderr

    with SandboxProcess(tmp_path / "ledger.jsonl") as sandbox:
        run(sys.executable, "-m", "django", "startproject", "fresh", ".")
        assert "alisms." not in settings.read_text()
        (told,) = blocks(DOCS / "install.md", "settings.py")
        (sqlite,) = blocks(DOCS / "install.md", "settings.py, SQLite")
        (account,) = blocks(DOCS / "sandbox.md", "settings.py")
        pieces = [told, sqlite, account.replace("http://127.0.0.1:8765", sandbox.url)]
        settings.write_text("\n".join([settings.read_text(), *pieces]))

        # Django's own complaints of a fresh project are errors where its mails go to the console (6.1).
        check = ("manage.py", "check", "--deploy", "--database", "default")
        checked = run(sys.executable, *check, may_complain=True)
        run(sys.executable, "manage.py", "migrate", "-v0")
        (lines,) = re.findall(r"```sh\n(printf.*?)```", (DOCS / "sandbox.md").read_text(), re.DOTALL)
        for line in lines.splitlines():
            run("sh", "-c", line.replace("python ", f"{sys.executable} "))
        accepted = sandbox.ledger()

    assert "security.W" in checked  # the deployment's checks were made at all
    assert "alisms." not in checked
    assert [entry["numbers"] for entry in accepted] == [["13800138000"]]


def test_nobody_is_told_to_set_a_variable_that_only_this_project_reads():
    told = re.compile(r"(?:\bexport|\bset)\s+`?ALISMS_[A-Z]", re.IGNORECASE)

    assert [page.name for page in PAGES if told.search(page.read_text())] == []


def test_there_is_one_unit_for_a_worker_and_it_waits_long_enough():
    found = [int(text) for page in PAGES for text in re.findall(r"TimeoutStopSec=(\d+)", page.read_text())]

    assert len(found) == 1
    assert found[0] >= DEFAULTS["READ_TIMEOUT"] + 10


# -- in two languages ----------------------------------------------------------------------------------------------


def lists_of(text: str) -> list[tuple[int, int]]:
    """Of each section: how many lines of lists and of tables."""
    return [
        (len(re.findall(r"^\* ", part, re.MULTILINE)), len(re.findall(r"^\|", part, re.MULTILINE)))
        for part in text.split("\n## ")
    ]


@pytest.mark.parametrize("page", ["docs/spreadsheets", "docs/tour", "README"])
def test_the_chinese_page_says_what_the_english_one_says(page):
    english, chinese = ((ROOT / f"{page}{ending}").read_text() for ending in (".md", ".zh-CN.md"))

    assert lists_of(chinese) == lists_of(english)


def test_the_chinese_list_page_has_the_same_figures():
    english, chinese = ((DOCS / f"spreadsheets{ending}").read_text() for ending in (".md", ".zh-CN.md"))

    def figures(text: str) -> list[str]:
        # Of two digits and more: small ones are words in one language or the other.
        return sorted(re.findall(r"\d[\d,.]*\d", re.sub(r"`[^`]*`", "", text)))

    assert figures(chinese) == figures(english)
