"""Drafts made by commands and code: the sign name and template looked up, the rows judged and staged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import BatchSend, EventKind, SignName, Template, digest_of
from ..models.batch_sends import LONGEST_EXTEND_CODE, is_extend_code
from . import removing
from .actors import Actor, note
from .clock import database_now
from .importing import staging, uploading
from .importing.from_code import rows_from_mappings
from .refusals import NotPossible


class RowsRejected(NotPossible):
    """Rows were bad and nothing was stored. ``rejected``: [{"row", "column", "code", "reason"}]."""

    def __init__(self, rejected: list[dict[str, Any]]) -> None:
        first = rejected[0]
        super().__init__(
            ngettext(
                "%(count)d row cannot be sent to, so nothing was stored: row %(row)s, %(column)s: %(reason)s.",
                "%(count)d rows cannot be sent to, so nothing was stored; the first is row %(row)s, %(column)s: "
                "%(reason)s.",
                len(rejected),
            )
            % {"count": len(rejected), **first}
        )
        self.rejected = rejected


def usable_sign_name(name: str) -> SignName:
    """The approved sign name, or NotPossible with why not."""
    name = name.strip().removeprefix("【").removesuffix("】")
    found = SignName.objects.filter(name_digest=digest_of(name)).first()
    if found is None:
        raise NotPossible(
            _(
                "There is no sign name “%(name)s” here. Nothing was sent; run alisms_sync, or check the spelling "
                "(without 【】)."
            )
            % {"name": name}
        )
    if not found.is_usable:
        raise NotPossible(
            _("The sign name “%(name)s” cannot be used: %(why)s Nothing was sent.")
            % {"name": name, "why": found.why_not}
        )
    return found


def usable_template(code: str) -> Template:
    """The approved template, or NotPossible with why not."""
    found = Template.objects.filter(code=code.strip()).first()
    if found is None:
        raise NotPossible(
            _("There is no template “%(code)s” here. Nothing was sent; run alisms_sync, or check the code.")
            % {"code": code}
        )
    if not found.is_usable:
        raise NotPossible(
            _("The template “%(code)s” cannot be used: %(why)s Nothing was sent.")
            % {"code": code, "why": found.why_not}
        )
    return found


def usable_extend_code(text: str) -> str:
    """The extension code for replies, or NotPossible with why it is none."""
    code = text.strip()
    if not is_extend_code(code):
        raise NotPossible(
            _("An extension code has digits only, at most %(limit)d; “%(code)s” is none. Nothing was sent.")
            % {"limit": LONGEST_EXTEND_CODE, "code": code}
        )
    return code


def draft(
    *, sign_name: SignName, template: Template, title: str, extend_code: str = "", actor: Actor
) -> BatchSend:
    """An empty draft. Raises NotPossible for an extension code that is none."""
    extend_code = usable_extend_code(extend_code)
    if actor.user is not None:
        actor.require("add_batchsend")
    now = database_now()
    with transaction.atomic():
        made = BatchSend.objects.create(
            title=(title or f"{template.name} {now:%Y-%m-%d %H:%M}")[:100],
            sign_name=sign_name,
            template=template,
            extend_code=extend_code,
            created_by=actor.user,
        )
        note(EventKind.CREATED, actor, made, at=now)
    return made


def create_from_rows(
    *,
    sign_name: str,
    template: str,
    rows: Iterable[Mapping[str, Any]],
    title: str,
    extend_code: str,
    actor: Actor,
    skip_bad_rows: bool,
) -> BatchSend:
    """A draft with recipients from mappings; see ``django_alisms.api.create_batch_send``."""
    made = draft(
        sign_name=usable_sign_name(sign_name),
        template=usable_template(template),
        title=title,
        extend_code=extend_code,
        actor=actor,
    )
    try:
        opened = uploading.open_without_file(made, actor)
        reading = rows_from_mappings(made, rows)
        done = staging.stage(opened, reading, actor=actor)
        if done.rejected and not skip_bad_rows:
            raise RowsRejected(staging.rejected_rows(done))
        if not done.good:
            raise NotPossible(_("There is nobody to send to: the rows were empty. Nothing was stored."))
    except BaseException:
        removing.delete_draft(made)
        raise
    made.refresh_from_db()
    return made
