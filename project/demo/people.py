"""Who may log in to the demo: one who may do everything, one who sends, one who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.translation import get_language

PASSWORD = "demo"  # noqa: S105 (on loopback, over invented numbers)


@dataclass(frozen=True)
class Person:
    """``rights``: names of permissions of the app; None: all there are."""

    name: str
    full_name: str
    does: str
    does_in_chinese: str
    rights: tuple[str, ...] | None


_LOOKS = (
    "view_batchsend",
    "view_batch",
    "view_recipient",
    "view_recipientimport",
    "view_signname",
    "view_template",
    "view_event",
)
PEOPLE = (
    Person("admin", "管理员", "may do everything", "什么都可以做", None),
    Person(
        "sender",
        "林晓燕",
        "prepares and sends",
        "准备和发送",
        (*_LOOKS, "add_batchsend", "change_batchsend", "import_recipients", "send_batchsend"),
    ),
    Person("viewer", "陈伟", "looks; numbers are masked", "只能查看，号码打码", _LOOKS),
)


def settle_in() -> None:
    """Make them, or make them what they were: the demo's logins always work."""
    from django.contrib.auth.models import Permission  # needs Django to be set up

    users = get_user_model()._default_manager
    for person in PEOPLE:
        user, _made = users.get_or_create(username=person.name)
        # Django joins first and last name the western way round, so a Chinese name is one of them.
        user.first_name, user.last_name = person.full_name, ""
        user.is_active = user.is_staff = True
        user.is_superuser = person.rights is None
        if not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
        user.save()
        user.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="django_alisms", codename__in=person.rights or ()
            )
        )


def hint(request: HttpRequest) -> dict[str, Any]:
    """For templates/admin/login.html: the logins, as rows of name, password and what one may do."""
    chinese = (get_language() or "").startswith("zh")
    return {
        "demo_people": [
            (person.name, PASSWORD, person.does_in_chinese if chinese else person.does) for person in PEOPLE
        ]
    }
