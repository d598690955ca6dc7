"""The account's sign names and templates: all pages, nothing deleted, only approved ones usable."""

from __future__ import annotations

import pytest

from django_alisms.models import SignName, Template
from django_alisms.services import account, syncing
from django_alisms.services.actors import Actor
from django_alisms.services.refusals import NotConfigured, NotPossible
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db

SHELL = Actor("operator")


@pytest.fixture(scope="module")
def aliyun():
    with SandboxProcess(None) as sandbox:
        yield sandbox


@pytest.fixture
def client(aliyun, settings):
    aliyun.reset()
    settings.ALISMS = {
        "ACCESS_KEY_ID": aliyun.key_id,
        "ACCESS_KEY_SECRET": aliyun.secret,
        "ENDPOINT": aliyun.url,
    }
    made = account.client()
    yield made
    made.close()


def test_every_page_is_read_and_what_the_account_says_is_kept(client):
    found = syncing.sync(client, actor=SHELL)

    assert found.templates == Template.objects.count() > 50
    assert 0 < found.usable_templates < found.templates
    shipping = Template.objects.get(code="SMS_218740035")
    assert (shipping.kind, shipping.variables, shipping.is_usable) == (
        "notification",
        ("name", "code", "amount"),
        True,
    )
    assert Template.objects.filter(audit_status="rejected").exclude(reason="").exists()
    seed = SignName.objects.get(name="短信迁移测试签名")
    assert seed.is_usable
    assert set(SignName.objects.get(name="某某商城").carriers) == {"mobile", "unicom", "telecom"}


def test_what_the_account_no_longer_lists_stays_and_cannot_be_used(client, aliyun):
    syncing.sync(client, actor=SHELL)
    aliyun.control(sign_name={"name": "短信迁移测试签名", "remove": True})

    syncing.sync(client, actor=SHELL)

    gone = SignName.objects.get(name="短信迁移测试签名")
    assert (gone.listed, gone.is_usable, bool(gone.why_not)) == (False, False, True)


def test_a_change_of_review_is_seen_at_the_next_sync(client, aliyun):
    syncing.sync(client, actor=SHELL)
    aliyun.control(sign_name={"name": "短信迁移测试签名", "status": "rejected", "reason": "名称不符"})

    syncing.sync(client, actor=SHELL)

    assert SignName.objects.get(name="短信迁移测试签名").why_not == "名称不符"


def test_a_sync_that_fails_half_way_stores_nothing(client, aliyun):
    aliyun.control(fault="error", status=500, operation="QuerySmsTemplateList", requests=1)

    with pytest.raises(NotPossible, match="Nothing was changed"):
        syncing.sync(client, actor=SHELL)

    assert (SignName.objects.count(), Template.objects.count()) == (0, 0)


def test_without_credentials_it_says_what_to_set(settings):
    settings.ALISMS = {}

    with pytest.raises(NotConfigured, match="ALIBABA_CLOUD_ACCESS_KEY_ID"):
        account.client()
