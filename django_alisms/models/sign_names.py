"""Sign names and templates as the account has them: read by sync, never written by staff, never deleted."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditStatus(models.TextChoices):
    """Aliyun's review of a sign name or template, in our words (aliyun-sms-api §2.6, §2.7)."""

    REVIEWING = "reviewing", _("In review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNRECOGNISED = "unrecognised", _("Not recognised")


class AccountItemQuerySet(models.QuerySet):
    """The questions sign names and templates share."""

    def usable(self) -> AccountItemQuerySet:
        """Approved, and still listed by the account at the last sync."""
        return self.filter(audit_status=AuditStatus.APPROVED, listed=True)


class AccountItem(models.Model):
    """What a sign name and a template have in common: the account's own words about it."""

    audit_status = models.CharField(_("review"), max_length=16, choices=AuditStatus.choices, db_index=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    applied_at = models.CharField(_("applied for"), max_length=32, blank=True)
    listed = models.BooleanField(_("in the account"), default=True)
    synced_at = models.DateTimeField(_("last synced"))

    objects = AccountItemQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_usable(self) -> bool:
        return self.listed and self.audit_status == AuditStatus.APPROVED

    @property
    def why_not(self) -> str:
        """Why staff cannot pick it: a sentence, empty when they can."""
        if not self.listed:
            return str(_("The account no longer has it."))
        if self.audit_status == AuditStatus.REVIEWING:
            return str(_("Alibaba Cloud is still reviewing it."))
        if self.audit_status == AuditStatus.REJECTED:
            return self.reason or str(_("Alibaba Cloud rejected it. The console says why."))
        if self.audit_status == AuditStatus.WITHDRAWN:
            return str(_("The application was withdrawn."))
        if self.audit_status == AuditStatus.UNRECOGNISED:
            return str(_("The account reports a review status this app does not know."))
        return ""


class CarrierRegistration(models.TextChoices):
    """Real-name registration of a sign name with one carrier (aliyun-sms-api §2.8, RegisterStatus)."""

    NOT_SUBMITTED = "not_submitted", _("not submitted")
    IN_PROGRESS = "in_progress", _("in progress")
    FAILED = "failed", _("failed")
    AWAITING_PROOF = "awaiting_proof", _("registered, to be confirmed")
    LAPSED = "lapsed", _("lapsed")
    REGISTERED = "registered", _("registered")


def digest_of(name: str) -> str:
    """A sign name is exact text, and MySQL compares text without case: its digest is what is unique."""
    return hashlib.sha256(name.encode()).hexdigest()


class SignName(AccountItem):
    """A sign name of the account, without its 【】."""

    name = models.CharField(_("sign name"), max_length=64)
    name_digest = models.CharField(max_length=64, unique=True, editable=False)
    verification_only = models.BooleanField(_("verification codes only"), default=False)
    # {"mobile": "registered", "unicom": …, "telecom": …}; empty where the account does not say.
    carriers = models.JSONField(_("carrier registration"), default=dict, blank=True)

    class Meta:
        verbose_name = _("sign name")
        verbose_name_plural = _("sign names")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_digest = digest_of(self.name)
        super().save(*args, **kwargs)

    @property
    def unregistered_carriers(self) -> list[str]:
        """Carriers that may block this sign name today, where the account says so."""
        return [
            carrier for carrier, state in self.carriers.items() if state != CarrierRegistration.REGISTERED
        ]
