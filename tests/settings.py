"""The project's settings, on a machine that only the tests reach."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")

from project.settings import *  # noqa: F403

# The sources' language; tests of the Chinese pages ask for it.
LANGUAGE_CODE = "en"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
