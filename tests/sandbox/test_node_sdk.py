"""The SDK of the seed (``@alicloud/sms-sdk`` 1.1.6 for Node.js) sends through the sandbox.

It is installed once by npm, from the lock file beside this test, into ``.make/node`` of the repository.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.process import ROOT, SandboxProcess
from tests.sandbox.requirement import absent

HERE = Path(__file__).parent / "node"
INSTALLED = ROOT / ".make" / "node"

SEED = {
    "PhoneNumberJson": '["18040580000","15088650000"]',
    "SignNameJson": '["短信迁移测试签名","短信迁移测试签名"]',
    "TemplateCode": "SMS_71175823",
    "TemplateParamJson": '[{"code":"1234","product":"ytx1"},{"code":"5678","product":"ytx2"}]',
}


@pytest.fixture(scope="session")
def node() -> str:
    """Path of node, with the SDK installed."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        absent("node and npm are not here")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it at once
        wanted = (HERE / "package-lock.json").read_bytes()
        mark = INSTALLED / "installed-lock.json"
        if not mark.exists() or mark.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(HERE / name, INSTALLED / name)
            command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            try:
                done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=180)
            except subprocess.TimeoutExpired:
                absent("npm could not install @alicloud/sms-sdk within three minutes")
            if done.returncode:
                absent(f"npm could not install @alicloud/sms-sdk: {done.stderr.strip()[-300:]}")
            mark.write_bytes(wanted)
    return program


def run(node: str, sandbox: SandboxProcess, *calls: dict[str, Any], secret: str = "") -> list[dict[str, Any]]:
    asked = {
        "endpoint": sandbox.url,
        "accessKeyId": sandbox.key_id,
        "secretAccessKey": secret or sandbox.secret,
        "calls": calls,
    }
    done = subprocess.run(
        [node, str(HERE / "calls.js")],
        input=json.dumps(asked),
        env={**os.environ, "NODE_PATH": str(INSTALLED / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("options", [{}, {"method": "POST"}], ids=["GET", "POST"])
def test_the_seeds_own_example(node: str, sandbox: SandboxProcess, options: dict[str, str]) -> None:
    [result] = run(node, sandbox, {"call": "sendBatchSMS", "params": SEED, "options": options})
    assert set(result["ok"]) == {"RequestId", "Code", "Message", "BizId"}
    assert (result["ok"]["Code"], result["ok"]["Message"]) == ("OK", "OK")
    [entry] = sandbox.ledger()
    assert (entry["biz_id"], entry["out_id"]) == (result["ok"]["BizId"], "")
    assert entry["numbers"] == ["18040580000", "15088650000"]
    assert entry["texts"][1] == "【短信迁移测试签名】验证码5678，您正在注册成为ytx2用户，感谢您的支持！"


def test_send_sms_and_query_detail(node: str, sandbox: SandboxProcess) -> None:
    day = datetime.now(timezone(timedelta(hours=8))).strftime("%Y%m%d")
    single = {
        "PhoneNumbers": "13800138905",
        "SignName": "某某商城",
        "TemplateCode": "SMS_219880142",
        "TemplateParam": '{"points":"12 00~*\'","date":"12月31日"}',
        "OutId": "out-1",
    }
    query = {"PhoneNumber": "13800138905", "SendDate": day, "PageSize": "10", "CurrentPage": "1"}
    sent, details = run(
        node, sandbox, {"call": "sendSMS", "params": single}, {"call": "queryDetail", "params": query}
    )
    assert sent["ok"]["Code"] == "OK"
    assert details["ok"]["TotalCount"] == 1
    [row] = details["ok"]["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (row["PhoneNum"], row["SendStatus"], row["ErrCode"], row["OutId"]) == (
        "13800138905",
        2,
        "MOBILE_IN_BLACK",
        "out-1",
    )
    assert row["Content"] == "【某某商城】您有12 00~*'积分将于12月31日到期，请及时使用。"


def test_a_wrong_secret_is_refused(node: str, sandbox: SandboxProcess) -> None:
    results = run(
        node,
        sandbox,
        {"call": "sendBatchSMS", "params": SEED},
        {"call": "sendBatchSMS", "params": SEED, "options": {"method": "POST"}},
        secret="sandbax",
    )
    assert [result["code"] for result in results] == ["SignatureDoesNotMatch"] * 2
    assert sandbox.ledger() == []


def test_a_refusal_is_an_error_with_its_code(node: str, sandbox: SandboxProcess) -> None:
    [result] = run(node, sandbox, {"call": "sendBatchSMS", "params": {**SEED, "TemplateCode": "SMS_1"}})
    assert (result["name"], result["code"]) == ("isv.SMS_TEMPLATE_ILLEGALError", "isv.SMS_TEMPLATE_ILLEGAL")
    assert "模板不合法" in result["message"]


def test_receive_msg_takes_receipts_and_replies_from_the_queues(node: str, sandbox: SandboxProcess) -> None:
    sandbox.control(queue=True, queue_visibility=1)
    single = {
        "PhoneNumbers": "13800138901",
        "SignName": "某某商城",
        "TemplateCode": "SMS_219880142",
        "TemplateParam": '{"points":"1200","date":"12月31日"}',
        "OutId": "out-1",
    }
    sandbox.control(reply={"phone": "13800138000", "content": "退订"})
    prefix = "Alicom-Queue-1000000000000001-"

    sent, seen, deleted, gone, reply = run(
        node,
        sandbox,
        {"call": "sendSMS", "params": single},
        {"call": "receiveMsg", "list": [0, prefix, 5, False]},
        {"call": "receiveMsg", "list": [0, prefix, 5, True]},
        {"call": "receiveMsg", "list": [0, prefix, 1, True]},
        {"call": "receiveMsg", "list": [1, prefix, 5, True]},
    )

    assert [answer["ok"]["code"] for answer in (seen, deleted, reply)] == [200] * 3
    assert gone["name"] == "MNSMessageNotExistError"
    first, again = (answer["ok"]["body"] for answer in (seen, deleted))
    assert (again["MessageId"], again["DequeueCount"]) == (first["MessageId"], "2")
    receipt = json.loads(base64.b64decode(again["MessageBody"]))
    assert {name: receipt[name] for name in ("phone_number", "success", "err_code", "out_id", "biz_id")} == {
        "phone_number": "13800138901",
        "success": False,
        "err_code": "MOBILE_NOT_ON_SERVICE",
        "out_id": "out-1",
        "biz_id": sent["ok"]["BizId"],
    }
    assert json.loads(base64.b64decode(reply["ok"]["body"]["MessageBody"]))["content"] == "退订"
    assert sandbox.state()["queues"] == {"SmsReport": 0, "SmsUp": 0}
