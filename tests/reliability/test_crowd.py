"""Many press the button at once, in browsers and at shells: one starts it, the others hear who did and when."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS
from tests.reliability.harness import Child, Team

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability"), pytest.mark.timeout(3600)]

PEOPLE = 50
COMMANDS = 5
SERVERS = 3
PRESS = """
from django_alisms import api
from django_alisms.models import BatchSend
try:
    api.start(BatchSend.objects.get(pk={pk}))
    print("started")
except api.AlreadyStarted as already:
    print("already", already)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_fifty_confirm_and_five_command_and_it_starts_once(kind: str, scene: Scene, dose: Dose) -> None:
    team = scene(kind)
    sessions = team.act("log_in", count=PEOPLE)
    ports = [serve(team)[1] for _server in range(SERVERS)]
    for round_ in range(dose.of(3, 20)):
        team.stage(3, start=False, first=1_000 * round_)
        revision = team.act("revision", send=team.send)
        commands = [team.spawn("shell", "-c", PRESS.format(pk=team.send)) for _one in range(COMMANDS)]
        send = team.send
        with ThreadPoolExecutor(PEOPLE) as people:
            pressing = [
                people.submit(confirm, ports[person % SERVERS], session, send, revision)
                for person, session in enumerate(sessions)
            ]
            pages = [one.result() for one in pressing]
        assert {command.wait() for command in commands} == {0}, [command.said() for command in commands]
        heard = [*pages, *(command.said() for command in commands)]

        started = [one for one in heard if re.search(r"Started: 300 people|^started$", one, re.MULTILINE)]
        told = [
            one for one in heard if re.search(r"started this send at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", one)
        ]
        assert (len(started), len(told)) == (1, PEOPLE + COMMANDS - 1), heard
        assert [kind for kind, _actor in team.act("events", send=team.send)] == ["started"]
        assert (team.status()["status"], team.requests()) == ("sending", 0)
        team.act("cancel", send=team.send)
    dose.tell(
        f"{kind}: {PEOPLE} pages and {COMMANDS} commands at once, {round_ + 1} times, 1 start each time"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_five_commands_with_the_same_file_send_it_once(kind: str, scene: Scene, tmp_path: Path) -> None:
    """Each has a draft of its own, so only the question "again?" stands between these people and five messages."""
    team = scene(kind)
    team.manage("alisms_sync")
    file = tmp_path / "list.csv"
    file.write_text(
        "phone,name,code,amount\n" + "".join(f"1380013{n:04d},王芳,DD{n},1.00\n" for n in range(150))
    )
    command = ("alisms_send", str(file), "--sign-name", "某某商城", "--template", "SMS_218740035")
    sending = [team.spawn(*command, "--detach") for _one in range(COMMANDS)]
    codes = sorted(child.wait() for child in sending)

    assert codes == [0, 2, 2, 2, 2], "\n".join(child.said() for child in sending)
    assert sum("was started by" in child.said() for child in sending) == COMMANDS - 1
    team.start_worker()
    team.until(lambda: all(one["status"] == "finished" for one in team.act("statuses").values()))
    assert (sum(len(entry["numbers"]) for entry in team.sandbox.ledger()), team.violations()) == (150, [])


def serve(team: Team) -> tuple[Child, int]:
    """A web server on the team's database; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = team.spawn("runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks")

    def answers() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    team.until(lambda: answers() or child.poll() is not None)
    assert child.poll() is None, child.said()
    return child, port


def confirm(port: int, session: str, send: int, revision: int) -> str:
    """Press the button as a browser does; the page the person then sees."""
    token = secrets.token_hex(16)
    cookies = {"sessionid": session, "csrftoken": token}
    path = f"/admin/django_alisms/batchsend/{send}/"
    form = f"csrfmiddlewaretoken={token}&revision={revision}&count=300"
    status, location, _page = ask(port, "POST", f"{path}confirm/", cookies, form)
    assert (status, location) == (302, f"{path}change/"), (status, location, _page[:3000])
    status, _location, page = ask(port, "GET", location, cookies)
    assert status == 200
    return page


def ask(port: int, method: str, path: str, cookies: dict[str, str], body: str = "") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Accept-Language": "en",
    }
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    finally:
        connection.close()
