"""A template of the account: its content, and the variables the content asks for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..recipients.variables import variables_of
from .sign_names import AccountItem


class TemplateKind(models.TextChoices):
    """OuterTemplateType 0 to 3 (aliyun-sms-api §2.7: not TemplateType, whose numbers differ)."""

    VERIFICATION = "verification", _("Verification code")
    NOTIFICATION = "notification", _("Notification")
    PROMOTION = "promotion", _("Promotion")
    INTERNATIONAL = "international", _("International")
    UNRECOGNISED = "unrecognised", _("Not recognised")


class Template(AccountItem):
    code = models.CharField(_("template code"), max_length=40, unique=True)
    name = models.CharField(_("template name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=TemplateKind.choices)
    content = models.TextField(_("content"))
    # variable → attribute as the account gave it ("numberCaptcha", …); empty where it does not say.
    variable_attributes = models.JSONField(_("variable rules"), default=dict, blank=True)
    # What staff answered for this template's files: {"columns": {…}, "answers": {…}}.
    remembered = models.JSONField(_("remembered answers"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names between ``${`` and ``}``, in the order of the text."""
        return variables_of(self.content)

    @property
    def is_international(self) -> bool:
        return self.kind == TemplateKind.INTERNATIONAL
