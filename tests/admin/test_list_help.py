"""Beside the upload: what a list may look like, in the language of the interface."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("en", "Mended and counted"), ("zh-hans", "自动整理并计数")])
def test_the_draft_leads_to_it(admin_client: Client, language: str, word: str) -> None:
    url = reverse("admin:django_alisms_batchsend_list_help")
    draft = factories.draft()

    page = admin_client.get(reverse("admin:django_alisms_batchsend_change", args=[draft.pk]))
    help_page = admin_client.get(url, headers={"accept-language": language})

    assert url in page.content.decode()
    assert word in help_page.content.decode()
