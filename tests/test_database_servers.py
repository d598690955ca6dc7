"""``python -m tests.databases`` says plainly when a server is not there, and CI does not take that for success."""

from __future__ import annotations

import socket

import pytest

from tests.databases import SERVERS, Server, run_on


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
@pytest.mark.parametrize(("required", "well"), [("", True), ("1", False)])
def test_a_server_that_is_absent(server: Server, required, well, closed_port, monkeypatch, capsys):
    scheme = server.url.partition(":")[0]
    monkeypatch.setenv(server.variable, f"{scheme}://somebody:hidden@127.0.0.1:{closed_port}/name")
    monkeypatch.setenv("ALISMS_REQUIRE_ALL", required)

    assert run_on(server, []) is well
    told = capsys.readouterr().out
    assert f"{server.name} at 127.0.0.1:{closed_port}: " in told
    assert "hidden" not in told


def test_two_runs_do_not_share_a_database(monkeypatch):
    monkeypatch.setenv("ALISMS_TEST_POSTGRESQL_URL", "postgres://a:b@127.0.0.1:1/postgres?sslmode=disable")
    postgresql = SERVERS[0]

    monkeypatch.setattr("os.getpid", lambda: 7)
    assert postgresql.database_url() == "postgres://a:b@127.0.0.1:1/alisms_7?sslmode=disable"
