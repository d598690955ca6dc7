"""The form of a draft. What cannot be picked on the page is refused here too, with why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import BatchSend, SignName, Template
from ..models.batch_sends import is_extend_code


class DraftForm(forms.ModelForm):
    class Meta:
        model = BatchSend
        fields = ("title", "sign_name", "template", "extend_code")
        error_messages = {
            "title": {"required": _("Give it a title; only colleagues see it.")},
            "sign_name": {"required": _("Choose a sign name.")},
            "template": {"required": _("Choose a template.")},
        }

    def clean_sign_name(self) -> SignName:
        return self._usable("sign_name")

    def clean_template(self) -> Template:
        return self._usable("template")

    def clean_extend_code(self) -> str:
        code = self.cleaned_data["extend_code"].strip()
        if not is_extend_code(code):
            raise forms.ValidationError(_("Digits only; leave it empty where Alibaba Cloud gave you none."))
        return code

    def _usable(self, field: str) -> Any:
        chosen = self.cleaned_data[field]
        if not chosen.is_usable:
            raise forms.ValidationError(
                _("“%(name)s” cannot be used: %(why)s") % {"name": chosen.name, "why": chosen.why_not}
            )
        return chosen
