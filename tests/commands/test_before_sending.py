"""alisms_send before it sends: slips in its options, and the object of a list that was read and not sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from django_alisms.models import BatchSend
from tests.commands.test_send import SEED, people
from tests.sandbox.process import SandboxProcess
from tests.test_docs import the_object

pytestmark = pytest.mark.django_db(transaction=True)

# (arguments after the file, words of the sentence)
SLIPS = {
    "an answer to no question": (("--answer", "nope=1"), ("“nope”", "hidden_rows", "number_form.product")),
    "a number's form for no variable": (("--answer", "number_form.foo=stored"), ("“number_form.foo”",)),
    "columns as an answer": (("--answer", "columns=x"), ("--column VAR=HEADER",)),
    "an extension code of letters": (("--extend-code", "abc"), ("“abc”", "digits")),
    "an extension code of 17 digits": (("--extend-code", "12345678901234567"), ("at most 16",)),
    "a column for no variable": (("--column", "foo=code"), ("no variable “foo”", "code, product, phone")),
    "a sheet of a text file": (("--sheet", "X"), ("A text file has no sheets", "“X”")),
    "a preview of some": (("--preview", "some"), ("--preview takes",)),
}


@pytest.fixture
def account(settings: Any, aliyun: SandboxProcess) -> SandboxProcess:
    aliyun.reset()
    settings.ALISMS = {
        "ENDPOINT": aliyun.url,
        "ACCESS_KEY_ID": aliyun.key_id,
        "ACCESS_KEY_SECRET": aliyun.secret,
    }
    return aliyun


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["for real", "dry"])
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_an_option_is_one_sentence_and_exit_2(
    slip: str, dry: tuple[str, ...], account: SandboxProcess, tmp_path: Path, capsys: Any
) -> None:
    arguments, words = SLIPS[slip]

    with pytest.raises(SystemExit) as ended:
        call_command("alisms_send", people(tmp_path), *SEED, *arguments, *dry)

    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert [word for word in words if word not in said.err] == []
    assert (account.ledger(), BatchSend.objects.count()) == ([], 0)


@pytest.mark.parametrize("folder", ["", ".", "uploads"])
def test_a_folder_is_no_file(folder: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    (tmp_path / "uploads").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        call_command("alisms_send", folder, *SEED, "--dry-run")

    assert ended.value.code == 2
    said = f"{(tmp_path / folder).resolve()} is a folder, not a file. Nothing was sent.\n"
    assert capsys.readouterr().err == said


# what is read → (rows beside the good ones, options, exit, status, keys beside those of the documented object)
READ = {
    "a dry run": ("", ("--dry-run",), 0, "dry_run", {"preview"}),
    "a dry run that leaves rows out": (
        "1.38E+10,1,x\n",
        ("--dry-run", "--skip-bad-rows"),
        0,
        "dry_run",
        {"preview"},
    ),
    "stopped by its rows": ("1.38E+10,1,x\n13900000000,1000,ytx0\n", (), 2, "not_started", set()),
    "sent": ("", (), 0, "finished", set()),
}


@pytest.mark.parametrize("case", READ)
def test_every_object_has_the_documented_shape(
    case: str, account: SandboxProcess, tmp_path: Path, capsys: Any
) -> None:
    extra, options, code, status, more = READ[case]

    try:
        call_command("alisms_send", people(tmp_path, extra=extra), *SEED, *options, "--json")
        ended = 0
    except SystemExit as told:
        ended = told.code

    found = json.loads(capsys.readouterr().out)
    assert (ended, found["status"]) == (code, status)
    documented = the_object()
    assert list(found) == [*documented, *more]
    assert set(found["receipts"]) == set(documented["receipts"])
    counted = ("accepted", "refused", "unknown", "absent", "pending", "sending", "cancelled", "left_out")
    assert sum(found[key] for key in counted) == found["recipients"] == 2
    assert found["rows"] == found["recipients"] + found["duplicates"] + len(found["rejected"])
    assert (found["batch_send"] is None) == (status != "finished")
