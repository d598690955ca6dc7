"""Chromium, and a site for it to look at: sandbox, worker and site in processes of their own, on a database file.

``pytest -m browser`` needs the browser of the distribution (Debian: ``apt install chromium``). With ``--screenshots``
the pages are kept in docs/pictures.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from project.demo.__main__ import Demo
from project.demo.children import Family
from tests.conftest import absent
from tests.sandbox.process import SandboxProcess

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH, HEIGHT = 1280, 800
SECONDS = 30

expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        absent("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=False, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(frozen=True)
class Site:
    """Where the pages are, and the sandbox behind them."""

    address: str
    sandbox: SandboxProcess


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An empty project with the demo's users, the account synced, a worker alive and nothing sent."""
    family = Family()
    with SandboxProcess(tmp_path / "ledger.jsonl") as sandbox:
        environment = Demo(tmp_path, port=0).environment | sandbox.environment
        environment["ALISMS_PRICE_PER_PART"] = "0.045"

        def arguments(*words: str) -> dict[str, Any]:
            return {"arguments": words, "environment": environment, "log": tmp_path / f"{words[-1]}.log"}

        def manage(*words: str) -> None:
            code, text = family.run(words[0], **arguments("-m", "project.demo.managed", *words))
            assert code == 0, text + (tmp_path / f"{words[-1]}.log").read_text()

        try:
            manage("migrate")
            manage("shell", "-c", "from project.demo.people import settle_in; settle_in()")
            manage("alisms_sync")
            family.start("worker", **arguments("-m", "project.demo.managed", "alisms_worker"))
            served = family.start("site", **arguments("-m", "project.demo.site", "0"))
            yield Site(served.wait_for("listening on "), sandbox)
        finally:
            family.end()


@pytest.fixture
def page_in(chromium: Browser, site: Site) -> Iterator[Callable[[str], Page]]:
    """A page in a browser that asks for that language. What it complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(locale: str) -> Page:
        context = chromium.new_context(
            base_url=site.address,
            locale=locale,
            timezone_id="Asia/Shanghai",
            viewport={"width": WIDTH, "height": HEIGHT},
            accept_downloads=True,
        )
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on(
            "response",
            lambda answer: (
                complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps a picture of the whole page in docs/pictures where ``--screenshots`` is given; does nothing otherwise."""
    wanted = request.config.getoption("--screenshots")

    def keep(page: Page, name: str) -> None:
        if wanted:
            PICTURES.mkdir(exist_ok=True)
            page.evaluate("window.scrollTo(0, 0)")
            page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")

    return keep
