"""What a reading takes from its draft: the rules for its rows, and who is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...conf import conf
from ...models import BatchSend, ImportStatus, Recipient, RecipientImport, SignName, Template
from ...models.recipient_imports import OPEN_IMPORTS
from ...recipients.rows import RowRules
from ...recipients.variable_rules import LONGEST_VALUE, VariableRule
from .answers import number_forms_of


def rules_for(sign_name: SignName, template: Template, answers: Mapping[str, Any] | None = None) -> RowRules:
    """The one rule set, for this template and sign name."""
    answers = answers or {}
    return RowRules(
        content=template.content,
        sign=sign_name.name,
        rules=variable_rules(template),
        date_format=str(answers.get("date_format", "")),
        number_forms=number_forms_of(answers, template),
        international=template.is_international,
    )


def variable_rules(template: Template) -> dict[str, VariableRule]:
    """What the account's template says about its variables, and ALISMS['LONGEST_VALUES'] about this template."""
    longest = conf.LONGEST_VALUES.get(template.code, LONGEST_VALUE)
    kinds = template.variable_attributes
    return {name: VariableRule(kind=str(kinds.get(name, "")), maximum=longest) for name in template.variables}


def known_of(send: BatchSend, but: RecipientImport | None = None) -> Iterator[tuple[str, str]]:
    """Numbers and values that the draft has already, from other imports: a second file doubles nobody.

    Of those that are done: what another one is only staging may still go, and nobody must be left out for its sake.
    """
    people = Recipient.objects.of(send.pk)
    if but is not None:
        people = people.exclude(batch__recipient_import=but)
    people = people.exclude(batch__recipient_import__status__in=[*OPEN_IMPORTS, ImportStatus.FAILED])
    return people.values_list("phone", "params").iterator(chunk_size=5000)
