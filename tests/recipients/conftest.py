"""The words are lazy translations, so even pure tests need Django settings: the project's, or none."""

import os

from django.conf import settings

if "DJANGO_SETTINGS_MODULE" not in os.environ and not settings.configured:
    settings.configure(USE_I18N=False)
