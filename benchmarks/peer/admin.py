from __future__ import annotations

from django.contrib import admin
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV, XLSX

from .models import Contact
from .resources import ContactResource


@admin.register(Contact)
class ContactAdmin(ImportMixin, admin.ModelAdmin):
    resource_classes = [ContactResource]
    import_formats = [XLSX, CSV]
    skip_admin_log = True
