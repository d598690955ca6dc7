"""``python -m benchmarks.peer direct|admin FILE``: one import, dry run and real, as its users do."""

from __future__ import annotations

import re
import sys
import tempfile
from html import unescape
from pathlib import Path
from typing import Any

from benchmarks.measure import report


def configure(folder: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    contrib = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    settings.configure(
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in contrib), "import_export", "benchmarks.peer"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        ROOT_URLCONF="benchmarks.peer.urls",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{folder}/db.sqlite3",
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        STATIC_URL="static/",
        USE_TZ=True,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    django.setup()
    call_command("migrate", verbosity=0, run_syncdb=True)


def direct(path: Path) -> dict[str, Any]:
    """Read, dry run, read again, import: what the two steps of the admin do, without the admin."""
    from import_export.formats.base_formats import CSV, XLSX

    from benchmarks.peer.models import Contact
    from benchmarks.peer.resources import ContactResource

    form = XLSX() if path.suffix == ".xlsx" else CSV(encoding="utf-8")
    for dry_run in (True, False):
        content: Any = path.read_bytes()
        if not form.is_binary():
            content = content.decode()
        done = ContactResource().import_data(form.create_dataset(content), dry_run=dry_run, raise_errors=True)
        assert not done.has_errors()
    return {"recipients": Contact.objects.count()}


def through_the_admin(path: Path) -> dict[str, Any]:
    """Its two POSTs: the upload with the preview, the confirmation."""
    from django.contrib.auth.models import User
    from django.test import Client

    from benchmarks.peer.models import Contact

    client = Client()
    client.force_login(User.objects.create_superuser("root", "", "root"))
    where = "/admin/peer/contact/"
    with path.open("rb") as file:
        chosen = {"import_file": file, "format": "0" if path.suffix == ".xlsx" else "1", "resource": "0"}
        preview = client.post(f"{where}import/", chosen)
    page = preview.content.decode()
    inputs = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page)
    confirm = {name: unescape(value) for name, value in inputs}
    done = client.post(f"{where}process_import/", confirm)
    assert done.status_code == 302, done.content[:2000]
    return {"recipients": Contact.objects.count(), "page": len(preview.content)}


def main() -> None:
    kind, path = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        configure(folder)
        report(lambda: direct(path) if kind == "direct" else through_the_admin(path))


if __name__ == "__main__":
    main()
