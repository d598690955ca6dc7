"""Reads the account's sign names and templates into our tables: all pages, never deleting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from ..aliyun.codes import explain
from ..aliyun.operations import (
    Client,
    SignRecord,
    TemplateRecord,
    sign_record,
    sign_records,
    template_record,
    template_records,
)
from ..aliyun.outcomes import Answer, Outcome
from ..models import AccountState, AuditStatus, EventKind, SignName, Template, digest_of
from .actors import Actor, note
from .clock import database_now
from .patience import patiently
from .refusals import NotPossible

PAGE_SIZE = 50
# 200 pages of 50: more than an account may have; a service that never ends its pages must not keep us for ever.
MOST_PAGES = 200

Record = TypeVar("Record", SignRecord, TemplateRecord)


@dataclass(frozen=True)
class Synced:
    sign_names: int
    usable_sign_names: int
    templates: int
    usable_templates: int

    def as_dict(self) -> dict[str, int]:
        return {
            "sign_names": self.sign_names,
            "usable_sign_names": self.usable_sign_names,
            "templates": self.templates,
            "usable_templates": self.usable_templates,
        }

    @property
    def sentence(self) -> str:
        return (
            _(
                "Read %(sign_names)d sign names (%(usable_sign_names)d can be used) and %(templates)d templates "
                "(%(usable_templates)d can be used)."
            )
            % self.as_dict()
        )


def sync(client: Client, *, actor: Actor) -> Synced:
    """Read everything, then store it in one transaction: half an account is never stored.

    Raises NotPossible with what Aliyun said and what to do; then nothing was changed.
    """
    sign_names = [
        _with_registration(client, record) for record in _all(client.query_sms_sign_list, sign_records)
    ]
    templates = [
        _with_attributes(client, record) for record in _all(client.query_sms_template_list, template_records)
    ]
    now = database_now()
    with transaction.atomic():
        for one in sign_names:
            store_sign_name(one, now)
        for found in templates:
            store_template(found, now)
        SignName.objects.filter(synced_at__lt=now).update(listed=False)
        Template.objects.filter(synced_at__lt=now).update(listed=False)
        AccountState.objects.current()
        AccountState.objects.filter(name="default").update(synced_at=now)
        note(EventKind.SYNCED, actor, at=now, sign_names=len(sign_names), templates=len(templates))
    return Synced(
        sign_names=len(sign_names),
        usable_sign_names=SignName.objects.usable().count(),
        templates=len(templates),
        usable_templates=Template.objects.usable().count(),
    )


def refresh(client: Client, *, sign_name: str, template: str) -> None:
    """Ask the account about one sign name and one template, before a command sends: so a fresh database needs no
    sync, and a wrong key or an endpoint that cannot be reached is found out before anything is stored.

    Raises NotPossible for what concerns every call. What the account does not know, or does not let this key ask,
    is left to our own tables.
    """
    now = database_now()
    name = sign_name.strip().removeprefix("【").removesuffix("】")
    answer = client.get_sms_sign(name)
    if answer.outcome is Outcome.ACCEPTED:
        store_sign_name(sign_record(answer), now)
    elif not _only_about_this_item(answer):
        accepted_or_raise(answer)
    answer = client.get_sms_template(template.strip())
    if answer.outcome is Outcome.ACCEPTED:
        store_template(template_record(answer), now)
    elif not _only_about_this_item(answer):
        accepted_or_raise(answer)


def _only_about_this_item(answer: Answer) -> bool:
    """Whether the answer says something about the item (or the right to ask for it), not about every call."""
    return explain(answer.code).klass in ("sign", "template", "permission", "parameter", "setup")


def _all(
    fetch: Callable[[int, int], Answer], read: Callable[[Answer], tuple[int, list[Record]]]
) -> list[Record]:
    """Every page, until as many came as the account says it has."""
    records: list[Record] = []
    for page in range(1, MOST_PAGES + 1):
        total, found = read(accepted_or_raise(fetch(page, PAGE_SIZE)))
        records += found
        if not found or 0 <= total <= len(records):
            break
    return records


def _with_registration(client: Client, record: SignRecord) -> SignRecord:
    """The carriers' registration, which only GetSmsSign tells; without it the sign name is known all the same."""
    if record.audit_status != AuditStatus.APPROVED:
        return record
    answer = client.get_sms_sign(record.name)
    if answer.outcome is not Outcome.ACCEPTED:
        return record
    return replace(record, carriers=sign_record(answer).carriers)


def _with_attributes(client: Client, record: TemplateRecord) -> TemplateRecord:
    """The kinds of the variables, which only GetSmsTemplate tells."""
    if record.audit_status != AuditStatus.APPROVED or "${" not in record.content:
        return record
    answer = client.get_sms_template(record.code)
    if answer.outcome is not Outcome.ACCEPTED:
        return record
    return replace(record, variable_attributes=template_record(answer).variable_attributes)


def store_sign_name(record: SignRecord, now: Any) -> SignName:
    """One sign name as the account has it today."""
    facts: dict[str, Any] = {
        "name": record.name,
        "audit_status": record.audit_status,
        "reason": record.reason[:500],
        "applied_at": record.applied_at,
        "listed": True,
        "synced_at": now,
    }
    if record.verification_only is not None:
        facts["verification_only"] = record.verification_only
    if record.carriers is not None:
        facts["carriers"] = record.carriers
    digest = digest_of(record.name)
    row, _created = patiently(lambda: SignName.objects.update_or_create(name_digest=digest, defaults=facts))
    return row


def store_template(record: TemplateRecord, now: Any) -> Template:
    """One template as the account has it today."""
    facts: dict[str, Any] = {
        "name": record.name[:100],
        "kind": record.kind,
        "content": record.content,
        "audit_status": record.audit_status,
        "reason": record.reason[:500],
        "applied_at": record.applied_at,
        "listed": True,
        "synced_at": now,
    }
    if record.variable_attributes is not None:
        facts["variable_attributes"] = record.variable_attributes
    row, _created = patiently(lambda: Template.objects.update_or_create(code=record.code, defaults=facts))
    return row


def accepted_or_raise(answer: Answer) -> Answer:
    """The answer of a reading call; NotPossible with a sentence when it is not OK."""
    if answer.outcome is Outcome.ACCEPTED:
        return answer
    code = explain(answer.code)
    from .status import language

    raise NotPossible(
        _("Alibaba Cloud did not answer as hoped (%(code)s): %(meaning)s %(advice)s Nothing was changed.")
        % {
            "code": answer.code,
            "meaning": code.meaning(language()),
            "advice": code.advice_when_reading(language()),
        },
        code=answer.code,
    )
