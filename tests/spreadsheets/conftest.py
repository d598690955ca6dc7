"""An account with the templates of the cases, and a member of staff who may upload."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_alisms.models import BatchSend
from tests import factories
from tests.sandbox.process import SandboxProcess

SIGN = factories.SIGN
CONTENTS = {
    "NAME": "${name}您好，您的快递已到达，请及时领取。",
    "ORDER": factories.CONTENT,
    "PHONE": "${name}您好，请致电${phone}联系配送员。",
    "WHEN": "您预约的时间为${date}，应付${amount}，编号${code}。",
    "PLAIN": "您的快递已到达，请及时领取。",
    "LONG": "".join(f"${{v{place}}}" for place in range(16)),
    "ABROAD": "Dear ${name}, your parcel has arrived.",
}


def code_of(template: str) -> str:
    return f"SMS_90000000{list(CONTENTS).index(template)}"


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox that has the templates."""
    with SandboxProcess(tmp_path_factory.mktemp("account") / "ledger.jsonl") as sandbox:
        sandbox.control(sign_name={"name": SIGN})
        for template, content in CONTENTS.items():
            kind = "international" if template == "ABROAD" else "notification"
            sandbox.control(
                template={"code": code_of(template), "name": template, "kind": kind, "content": content}
            )
        yield sandbox


@pytest.fixture(autouse=True)
def _bounded_memory() -> Iterator[None]:
    """A guard that fails must fail its test, not take the machine down with it: at most 6 GiB of addresses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture
def configured(account: SandboxProcess, settings: Any, db: Any) -> SandboxProcess:
    """The app speaks to that account."""
    settings.ALISMS = {
        **settings.ALISMS,
        "ENDPOINT": account.url,
        "ACCESS_KEY_ID": account.key_id,
        "ACCESS_KEY_SECRET": account.secret,
    }
    return account


@pytest.fixture
def staff(db: Any) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("林晓燕", password="x"))
    return client


def draft_of(template: str) -> BatchSend:
    """A draft with one of the templates above."""
    from django_alisms.models import SignName, Template

    sign = SignName.objects.filter(name=SIGN).first() or factories.sign_name()
    code = code_of(template)
    known = Template.objects.filter(code=code).first() or factories.template(
        code,
        name=template,
        content=CONTENTS[template],
        kind="international" if template == "ABROAD" else "notification",
    )
    return factories.draft(sign_name=sign, template=known)
