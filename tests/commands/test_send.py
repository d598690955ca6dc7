"""alisms_send: the whole job from a shell, its object and its exit codes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.commands.conftest import Shell

SEED = ("--sign-name", "短信迁移测试签名", "--template", "SMS_71175823")
HEADER = "手机号,code,product\n"


def people(folder: Path, count: int = 2, *, extra: str = "", name: str = "list.csv") -> str:
    rows = "".join(f"139{number:08d},{1000 + number},ytx{number}\n" for number in range(count))
    path = folder / name
    path.write_text(HEADER + rows + extra, encoding="utf-8")
    return str(path)


def test_the_seeds_own_example(shell: Shell):
    """SendBatchSms as the user's own document calls it: two numbers, two parameter objects."""
    path = shell.folder / "seed.csv"
    path.write_text("手机号,code,product\n18040580000,1234,ytx1\n15088650000,5678,ytx2\n", encoding="gb18030")

    ended = shell.run("alisms_send", str(path), *SEED, "--extend-code", "90999", "--json")

    assert ended.code == 0, ended.err
    found = ended.json
    assert (found["status"], found["accepted"], found["rows"], found["rejected"]) == ("finished", 2, 2, [])
    (batch,) = found["batches"]
    assert (batch["number"], batch["size"], batch["code"], batch["attempts"]) == (1, 2, "OK", 1)
    (entry,) = shell.sandbox.ledger()
    assert entry["numbers"] == ["18040580000", "15088650000"]
    assert entry["params"] == [{"code": "1234", "product": "ytx1"}, {"code": "5678", "product": "ytx2"}]
    assert (entry["out_id"], entry["biz_id"]) == (batch["out_id"], batch["biz_id"])


def test_a_table_of_batches_for_people(shell: Shell):
    ended = shell.run("alisms_send", people(shell.folder, 250), *SEED)

    assert ended.code == 0, ended.err
    assert [entry["biz_id"] in ended.out for entry in shell.sandbox.ledger()] == [True] * 3
    assert sum(len(entry["numbers"]) for entry in shell.sandbox.ledger()) == 250


def test_bad_rows_stop_it_and_are_named(shell: Shell):
    path = people(shell.folder, 2, extra="1.38E+10,1,x\n13900000000,1000,ytx0\n13912345678,,x\n")

    ended = shell.run("alisms_send", path, *SEED, "--json")

    assert ended.code == 2
    assert [(row["row"], row["column"], row["code"]) for row in ended.json["rejected"]] == [
        (4, "phone", "phone_scientific"),
        (6, "code", "value_empty"),
    ]
    assert ended.json["batch_send"] is None
    assert "--skip-bad-rows" in ended.last_line
    assert shell.sandbox.ledger() == []
    assert shell.run("alisms_status", "--json").json["sends"] == []


def test_skipping_bad_rows_sends_the_good_ones(shell: Shell):
    path = people(shell.folder, 2, extra="1.38E+10,1,x\n13900000000,1000,ytx0\n")

    ended = shell.run("alisms_send", path, *SEED, "--skip-bad-rows", "--json")

    found = ended.json
    assert ended.code == 0, ended.err
    assert (found["rows"], found["recipients"], found["duplicates"], len(found["rejected"])) == (4, 2, 1, 1)
    assert found["rows"] == found["recipients"] + found["duplicates"] + len(found["rejected"])


def test_a_dry_run_sends_and_stores_nothing(shell: Shell):
    ended = shell.run("alisms_send", people(shell.folder, 30), *SEED, "--dry-run", "--json")

    found = ended.json
    assert ended.code == 0, ended.err
    assert (found["batch_send"], found["recipients"], found["batches"], len(found["preview"])) == (
        None,
        30,
        [],
        20,
    )
    assert found["preview"][0] == {
        "row": 2,
        "phone": "13900000000",
        "params": {"code": "1000", "product": "ytx0"},
        "text": "【短信迁移测试签名】验证码1000，您正在注册成为ytx0用户，感谢您的支持！",
        "parts": 1,
    }
    assert shell.sandbox.ledger() == []
    assert shell.run("alisms_status", "--json").json["sends"] == []
    everyone = shell.run(
        "alisms_send", people(shell.folder, 30), *SEED, "--dry-run", "--preview", "all", "--json"
    )
    assert len(everyone.json["preview"]) == 30


def test_detached_a_worker_sends(shell: Shell):
    ended = shell.run("alisms_send", people(shell.folder, 150), *SEED, "--detach", "--json")
    assert (ended.code, ended.json["status"], ended.json["pending"]) == (0, "sending", 150)
    assert shell.sandbox.ledger() == []

    worked = shell.run("alisms_worker", "--once")

    assert worked.code == 0, worked.err
    found = shell.run("alisms_status", str(ended.json["batch_send"]), "--json").json
    assert (found["status"], found["accepted"]) == ("finished", 150)


def test_the_same_again_has_to_be_meant(shell: Shell):
    path = people(shell.folder)
    assert shell.run("alisms_send", path, *SEED).code == 0

    second = shell.run("alisms_send", path, *SEED)
    third = shell.run("alisms_send", path, *SEED, "--again")

    assert (second.code, "--again" in second.last_line) == (2, True)
    assert third.code == 0
    assert len(shell.sandbox.ledger()) == 2


def test_a_refusal_is_exit_1_and_keeps_code_and_message(shell: Shell):
    shell.sandbox.control(fault="refuse", code="isv.BUSINESS_LIMIT_CONTROL", message="触发天级流控Permits:50")

    ended = shell.run("alisms_send", people(shell.folder, 150), *SEED, "--json")

    found = ended.json
    assert ended.code == 1
    assert sorted(batch["status"] for batch in found["batches"]) == ["accepted", "refused"]
    refused = next(batch for batch in found["batches"] if batch["status"] == "refused")
    assert (refused["code"], refused["message"], refused["biz_id"]) == (
        "isv.BUSINESS_LIMIT_CONTROL",
        "触发天级流控Permits:50",
        "",
    )


def test_a_cut_answer_is_unknown_exit_1_and_settled_by_a_look_up(shell: Shell):
    shell.sandbox.control(fault="cut", accepted=True, requests=1)

    ended = shell.run("alisms_send", people(shell.folder, 50), *SEED, "--json")
    assert (ended.code, ended.json["unknown"], ended.json["status"]) == (1, 50, "finished")

    settled = shell.run("alisms_settle", "--now")

    assert settled.code == 0, settled.err
    found = shell.run("alisms_status", str(ended.json["batch_send"]), "--json").json
    assert (found["accepted"], found["unknown"]) == (50, 0)
    assert len(shell.sandbox.ledger()) == 1


def test_what_did_not_go_stays_unknown_for_an_hour_and_the_command_says_so(shell: Shell):
    """docs/operate.md: nobody can hasten it."""
    shell.sandbox.control(fault="cut", accepted=False, requests=1)
    assert shell.run("alisms_send", people(shell.folder, 50), *SEED).code == 1

    settled = shell.run("alisms_settle", "--now")

    assert settled.code == 1
    assert "looked up 1: accepted 0, absent 0, still unknown 1" in settled.err
    assert "absent only 60 minutes after" in settled.last_line


def test_without_balance_the_account_stops_and_a_person_goes_on(shell: Shell):
    shell.sandbox.control(balance=100)
    ended = shell.run("alisms_send", people(shell.folder, 500), *SEED, "--json", ALISMS_CONCURRENCY="1")
    found = ended.json
    assert (ended.code, found["status"], found["reason"], found["accepted"]) == (1, "paused", "account", 100)
    assert shell.run("alisms_status", "--json").json["account"]["stopped"] is True
    send = str(found["batch_send"])
    assert shell.run("alisms_control", "resume", send).code == 2

    shell.sandbox.control(balance=1000)
    assert shell.run("alisms_control", "release-account", "--reason", "topped up").code == 0
    assert shell.run("alisms_control", "resume", send).code == 0
    assert shell.run("alisms_worker", "--once").code == 0

    after = shell.run("alisms_status", send, "--json").json
    assert (after["status"], after["accepted"] + after["refused"]) == ("finished", 500)
    numbers = [number for entry in shell.sandbox.ledger() for number in entry["numbers"]]
    assert len(numbers) == len(set(numbers))


def test_an_endpoint_that_nobody_answers_is_exit_2_and_nothing_is_stored(shell: Shell):
    ended = shell.run("alisms_send", people(shell.folder), *SEED, ALISMS_ENDPOINT="http://127.0.0.1:9")

    assert ended.code == 2
    assert "local.connect_refused" in ended.last_line
    assert shell.run("alisms_status", "--json").json["sends"] == []


# case → (arguments after the file, environment, a word of the sentence)
BAD = {
    "no such file": (None, SEED, {}, "There is no file"),
    "unknown sign name": (
        HEADER + "13800138000,1,x\n",
        ("--sign-name", "没有这个", *SEED[2:]),
        {},
        "no sign name",
    ),
    "unknown template": (HEADER + "13800138000,1,x\n", (*SEED[:2], "--template", "SMS_0"), {}, "no template"),
    "missing column": ("手机号,code\n13800138000,1\n", SEED, {}, "product"),
    "empty file": ("", SEED, {}, "empty"),
    "only a header": (HEADER, SEED, {}, "no row below the header"),
    "no credentials": (
        HEADER + "13800138000,1,x\n",
        SEED,
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": ""},
        "credentials",
    ),
    "wrong key": (
        HEADER + "13800138000,1,x\n",
        SEED,
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIwrong"},
        "InvalidAccessKeyId",
    ),
    "wrong secret": (
        HEADER + "13800138000,1,x\n",
        SEED,
        {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "no"},
        "SignatureDoesNotMatch",
    ),
    "an endpoint that is not Aliyun's": (
        HEADER,
        SEED,
        {"ALISMS_ENDPOINT": "https://example.com"},
        "ENDPOINT",
    ),
    "no such user": (HEADER + "13800138000,1,x\n", (*SEED, "--user", "nobody"), {}, "no user"),
    "a column that is not there": (
        HEADER + "13800138000,1,x\n",
        (*SEED, "--column", "code=单号"),
        {},
        "单号",
    ),
    "an option without its value": (HEADER, (*SEED, "--column", "code"), {}, "VAR=HEADER"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_exit_2(shell: Shell, case: str):
    content, arguments, environment, word = BAD[case]
    path = shell.folder / "list.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    ended = shell.run("alisms_send", str(path), *arguments, **environment)

    assert ended.code == 2
    assert word in ended.last_line
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert shell.sandbox.ledger() == []
    assert shell.run("alisms_status", "--json").json["sends"] == []


def test_an_unapproved_template_says_why(shell: Shell):
    shell.sandbox.control(
        template={
            "code": "SMS_900",
            "name": "新",
            "kind": "notification",
            "content": "${a}",
            "status": "rejected",
            "reason": "缺少退订方式",
        }
    )
    path = shell.folder / "list.csv"
    path.write_text("手机号,a\n13800138000,1\n", encoding="utf-8")

    ended = shell.run("alisms_send", str(path), *SEED[:2], "--template", "SMS_900")

    assert (ended.code, "缺少退订方式" in ended.last_line) == (2, True)


def test_told_to_end_while_it_reads_it_sends_and_keeps_nothing(shell: Shell):
    """SIGTERM between two slices of the list, where the failpoint holds it up."""
    running = shell.start("alisms_send", people(shell.folder, 60_000), *SEED)
    shell.until(lambda: shell.count("django_alisms_batch") > 0)
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=60)

    assert running.returncode == 2
    assert "Traceback" not in said[1]
    assert said[1].strip().splitlines()[-1].startswith("Ended before anything was sent")
    assert shell.sandbox.ledger() == []
    assert shell.count("django_alisms_batchsend") == shell.count("django_alisms_recipient") == 0


COMMANDS = {
    "send": ["alisms_send", "list.csv", *SEED],
    "sync": ["alisms_sync"],
    "status": ["alisms_status"],
    "settle": ["alisms_settle"],
    "control": ["alisms_control", "stop-account", "--reason", "x"],
    "receipts": ["alisms_receipts"],
    "worker": ["alisms_worker", "--once"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "database", ["sqlite:///{folder}/empty.sqlite3", "postgres://nobody@127.0.0.1:9/nothing"]
)
def test_without_a_database_it_is_one_sentence_and_exit_2(shell: Shell, command: str, database: str):
    people(shell.folder, 1)

    ended = shell.run(*COMMANDS[command], DATABASE_URL=database.format(folder=shell.folder))

    assert (ended.code, "Traceback" in ended.err) == (2, False), ended.err
    assert "manage.py migrate" in ended.last_line
    assert shell.sandbox.ledger() == []
