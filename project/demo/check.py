"""What a person would look at in the demo, looked at over HTTP: the login, the list, the send with its batches."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from .people import PASSWORD

SECONDS = 30
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class CheckFailed(AssertionError):
    """The demo is not what it should be; the text says where."""


def look(address: str, batch_send: Mapping[str, Any]) -> list[str]:
    """Log in and look; a line for each thing seen. ``batch_send``: the object of ``alisms_status ID --json``.

    Raises CheckFailed, or what requests raises.
    """
    with requests.Session() as session:
        session.trust_env = False  # a proxy of this machine has no part in it
        seen = [_log_in(session, address)]
        listed = _page(session, f"{address}/admin/django_alisms/batchsend/")
        _holds(listed, [batch_send["title"]], "the list of sends")
        seen.append("the list shows the send")
        page = _page(session, f"{address}/admin/django_alisms/batchsend/{batch_send['batch_send']}/change/")
        batches = batch_send["batches"][:3]
        if len(batches) < 3:
            raise CheckFailed(f"the send has {len(batches)} batches, not three")
        rows = re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)
        for batch in batches:
            row = next((row for row in rows if html.escape(batch["biz_id"] or "no BizId") in row), "")
            if f">{html.escape(batch['code'])}<" not in row:
                raise CheckFailed(f"batch {batch['number']} does not show its Code beside its BizId")
        seen.append("its page shows Code and BizId of " + ", ".join(batch["biz_id"] for batch in batches))
        delivered, undelivered = batch_send["delivered"], batch_send["undelivered"]
        chart = re.search(r'<svg class="al-chart".*?</svg>', page, re.DOTALL)
        if chart is None or not delivered or not undelivered:
            raise CheckFailed("the send's page has no chart with both endings")
        _holds(chart[0], [f"{delivered:,}", f"{undelivered:,}"], "the chart of the send")
        seen.append(f"its chart ends at {delivered:,} delivered and {undelivered:,} not")
        return seen


def _log_in(session: requests.Session, address: str) -> str:
    login = f"{address}/admin/login/"
    token = _TOKEN.search(_page(session, login))
    if token is None:
        raise CheckFailed("the login page has no form")
    answer = session.post(
        login,
        {
            "csrfmiddlewaretoken": token[1],
            "username": "admin",
            "password": PASSWORD,
            "next": "/admin/",
        },
        headers={"Referer": login},
        timeout=SECONDS,
    )
    if answer.status_code != 200 or not answer.url.endswith("/admin/"):
        raise CheckFailed(f"logging in ended at {answer.url} with {answer.status_code}")
    for style in set(re.findall(r'href="(/static/[^"]+\.css)"', answer.text)):
        _page(session, address + style)
    return "logged in as admin, style sheets are served"


def _page(session: requests.Session, url: str) -> str:
    answer = session.get(url, timeout=SECONDS)
    if answer.status_code != 200:
        raise CheckFailed(f"{url} answered {answer.status_code}")
    return answer.text


def _holds(page: str, texts: Sequence[str], where: str) -> None:
    missing = [text for text in texts if not text or html.escape(text) not in page]
    if missing:
        raise CheckFailed(f"{where} does not show {', '.join(map(repr, missing))}")
