"""Who may do what: a table of acts, and every role tried on every act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.urls.resolvers import URLPattern, URLResolver

from .conftest import MODELS, OUTSIDE, ROLES, client_of

pytestmark = pytest.mark.django_db

ALL_STAFF = frozenset(ROLES) - set(OUTSIDE)
VIEWERS = ALL_STAFF - {"staff"}
IMPORTERS = frozenset({"importer", "superuser"})
SENDERS = frozenset({"sender", "superuser"})
RESENDERS = frozenset({"resender", "superuser"})
FULL = frozenset({"full_viewer", "superuser"})
NOBODY: frozenset[str] = frozenset()


def nothing(world: SimpleNamespace) -> list[Any]:
    return []


@dataclass(frozen=True)
class Act:
    """One URL and method. ``args`` and ``data`` are made from the world; the roles it is open to."""

    url: str
    method: str
    roles: frozenset[str]
    args: Callable[[SimpleNamespace], list[Any]] = nothing
    data: Callable[[SimpleNamespace], dict[str, Any]] = lambda world: {}
    note: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.url}{self.note}"


def of(name: str) -> Callable[[SimpleNamespace], list[Any]]:
    return lambda world: [getattr(world, name).pk]


def posted(**data: Any) -> Callable[[SimpleNamespace], dict[str, Any]]:
    return lambda world: data


def draft_form(world: SimpleNamespace) -> dict[str, Any]:
    return {
        "title": "new title",
        "sign_name": world.sign.pk,
        "template": world.template.pk,
        "extend_code": "",
    }


def confirmation(world: SimpleNamespace) -> dict[str, Any]:
    return {"revision": world.draft.revision, "again": "1"}


ACTS = [
    # sends
    Act("batchsend_changelist", "GET", VIEWERS),
    Act("batchsend_changelist", "POST", SENDERS, data=lambda world: {
        "action": "send_selected", "_selected_action": [world.draft.pk], "select_across": "1", "index": "0"
    }, note=" action over all"),
    Act("batchsend_add", "GET", IMPORTERS),
    Act("batchsend_add", "POST", IMPORTERS, data=draft_form),
    Act("batchsend_change", "GET", VIEWERS, of("draft")),
    Act("batchsend_change", "POST", IMPORTERS, of("draft"), draft_form),
    Act("batchsend_change", "GET", VIEWERS, of("sending"), note=" sending"),
    Act("batchsend_change", "GET", VIEWERS, of("paused"), note=" paused"),
    Act("batchsend_change", "GET", VIEWERS, of("finished"), note=" finished"),
    Act("batchsend_history", "GET", VIEWERS, of("draft")),
    Act("batchsend_delete", "GET", IMPORTERS, of("draft")),
    Act("batchsend_delete", "POST", IMPORTERS, of("draft"), posted(post="yes")),
    Act("batchsend_delete", "POST", NOBODY, of("finished"), posted(post="yes"), note=" started"),
    Act("batchsend_confirm", "GET", SENDERS, of("draft")),
    Act("batchsend_confirm", "POST", SENDERS, of("draft"), confirmation),
    Act("batchsend_numbers", "POST", FULL, of("draft")),
    Act("batchsend_progress", "GET", VIEWERS, of("sending")),
    Act("batchsend_pause", "POST", SENDERS, of("sending")),
    Act("batchsend_resume", "POST", SENDERS, of("paused")),
    Act("batchsend_cancel", "GET", SENDERS, of("sending")),
    Act("batchsend_cancel", "POST", SENDERS, of("sending")),
    Act("batchsend_resend_refused", "POST", SENDERS, of("finished")),
    Act("batchsend_resend_absent", "POST", RESENDERS, of("finished"), posted(reason="seen in the console")),
    Act("batchsend_look_up", "POST", SENDERS, lambda world: [world.finished.pk, 3]),
    Act("batchsend_overview", "GET", VIEWERS),
    Act("batchsend_compare", "POST", IMPORTERS, data=posted(days="7")),
    Act("batchsend_export", "POST", VIEWERS, of("finished"), posted(slice="refused", format="csv")),
    Act("batchsend_export", "POST", FULL, of("finished"), posted(slice="all", full="1"), note=" full numbers"),
    Act("batchsend_follow", "GET", IMPORTERS, of("finished"), note=" asks"),
    Act("batchsend_follow", "POST", IMPORTERS, of("finished"), posted(slice="refused", title="the rest")),
    Act(
        "batchsend_follow",
        "POST",
        frozenset({"superuser"}),
        of("finished"),
        posted(slice="unknown", title="the rest", sure="1", reason="called"),
        note=" who may have it",
    ),
    # imports
    Act("batchsend_import", "POST", IMPORTERS, of("draft")),
    Act("batchsend_import_report", "GET", IMPORTERS, of("done")),
    Act("batchsend_rejected", "GET", IMPORTERS, of("done")),
    Act("batchsend_discard", "POST", IMPORTERS, of("done")),
    Act("batchsend_answer", "POST", IMPORTERS, of("done")),
    Act("batchsend_mend", "GET", IMPORTERS, of("rejected")),
    Act("batchsend_mend", "POST", IMPORTERS, of("rejected"), posted(**{"cell-1": "王芳"})),
    Act("batchsend_take_out", "POST", IMPORTERS, of("person")),
    Act("batchsend_sample", "GET", IMPORTERS, of("template")),
    Act("batchsend_list_help", "GET", IMPORTERS),
    # the account
    Act("signname_sync", "POST", IMPORTERS),
    Act("template_sync", "POST", IMPORTERS),
    Act("accountstate_changelist", "GET", VIEWERS),
    Act("accountstate_change", "GET", VIEWERS, of("account")),
    Act("accountstate_stop", "POST", SENDERS, data=posted(reason="x")),
    Act("accountstate_release", "POST", SENDERS),
    Act("accountstate_history", "GET", VIEWERS, of("account")),
    Act("accountstate_add", "GET", NOBODY),
    Act("accountstate_delete", "POST", NOBODY, of("account"), posted(post="yes")),
    # opt-outs: Django's own rights
    Act("optout_changelist", "GET", VIEWERS),
    Act("optout_change", "GET", VIEWERS, of("opt_out")),
    Act("optout_change", "POST", NOBODY, of("opt_out"), posted(phone="13900000001")),
    Act("optout_history", "GET", VIEWERS, of("opt_out")),
    Act("optout_add", "GET", IMPORTERS),
    Act("optout_add", "POST", IMPORTERS, data=posted(phone="13900000001", reason="called us")),
    Act("optout_import", "GET", IMPORTERS),
    Act("optout_import", "POST", IMPORTERS),
    Act("optout_delete", "GET", IMPORTERS, of("opt_out")),
    Act("optout_delete", "POST", IMPORTERS, of("opt_out"), posted(post="yes")),
    # what nobody writes by hand
    *(
        act
        for model, name in (
            ("signname", "sign"),
            ("template", "template"),
            ("batch", "batch"),
            ("recipient", "person"),
            ("event", "event"),
            ("reply", "reply"),
        )
        for act in (
            Act(f"{model}_changelist", "GET", VIEWERS),
            Act(f"{model}_change", "GET", VIEWERS, of(name)),
            Act(f"{model}_change", "POST", NOBODY, of(name), posted(name="x", status="accepted")),
            Act(f"{model}_history", "GET", VIEWERS, of(name)),
            Act(f"{model}_add", "GET", NOBODY),
            Act(f"{model}_add", "POST", NOBODY),
            Act(f"{model}_delete", "GET", NOBODY, of(name)),
            Act(f"{model}_delete", "POST", NOBODY, of(name), posted(post="yes")),
        )
    ),
]  # fmt: skip


def path_of(act: Act, world: SimpleNamespace) -> str:
    return reverse(f"admin:django_alisms_{act.url}", args=act.args(world))


def tables() -> dict[str, list[Any]]:
    """Every row of the app, to see whether anything changed."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("django_alisms").get_models()
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS, ids=str)
def test_act(act: Act, role: str, world: SimpleNamespace) -> None:
    """Open to those in the table; a log-in for those outside, 403 for the rest, and then nothing changed."""
    client = client_of(role)
    before = tables()

    response = getattr(client, act.method.lower())(path_of(act, world), act.data(world))

    if role in act.roles:
        assert response.status_code in (200, 302), response.content
        assert "/login/" not in response.get("Location", "")
    else:
        if role in OUTSIDE:
            assert response.status_code == 302
            assert "/login/" in response["Location"]
        elif act.url == "batchsend_changelist":
            # The action is not offered to them: the list comes back, and no overview.
            assert "admin/django_alisms/batchsend/overview.html" not in [
                used.name for used in response.templates
            ]
        else:
            assert response.status_code == 403
        assert tables() == before


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_get_changes_nothing(act: Act, world: SimpleNamespace) -> None:
    client = client_of("superuser")
    before = tables()

    response = client.get(path_of(act, world))

    assert response.status_code in (200, 302, 403, 405)
    assert tables() == before


@pytest.mark.parametrize("act", [act for act in ACTS if act.method == "POST"], ids=str)
def test_post_without_a_token_is_refused(act: Act, world: SimpleNamespace) -> None:
    client = client_of("superuser", enforce_csrf_checks=True)
    before = tables()

    assert client.post(path_of(act, world), act.data(world)).status_code == 403
    assert tables() == before


@pytest.mark.parametrize("act", [act for act in ACTS if act.args is not nothing], ids=str)
def test_an_object_that_is_not_there(act: Act, world: SimpleNamespace) -> None:
    """404, or the admin's own way of saying it: back to the index with a message."""
    client = client_of("superuser")
    before = tables()
    path = reverse(f"admin:django_alisms_{act.url}", args=[987654321, *act.args(world)[1:]])

    response = getattr(client, act.method.lower())(path, act.data(world))

    if act.url.startswith("accountstate") and act.method == "GET":
        assert response.status_code in (200, 302, 404)
    else:
        assert response.status_code in (302, 403, 404)
        if response.status_code == 302:
            assert response["Location"] == reverse("admin:index")
    assert tables() == before


def test_every_url_of_the_app_is_in_the_table() -> None:
    """A page that nobody thought about here fails the suite."""
    named = {f"django_alisms_{act.url}" for act in ACTS}
    missing = [name for name in _names(admin.site.urls[0]) if name.startswith("django_alisms_")]
    assert sorted(set(missing) - named) == []


def test_every_model_of_the_admin_has_its_view_right_in_the_roles() -> None:
    registered = {
        model._meta.model_name for model in admin.site._registry if model._meta.app_label == "django_alisms"
    }
    assert registered == set(MODELS)


def _names(patterns: Any) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += _names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.append(pattern.name)
    return found
