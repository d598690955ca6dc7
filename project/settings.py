"""The demonstration project's settings, from the environment. Safe for production unless DEBUG is asked for.

The app itself never reads the environment: ``ALISMS`` below is all it sees.
"""

from pathlib import Path
from typing import Any

import django
import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("Set SECRET_KEY, or DEBUG=true for a machine that only you reach.")
    SECRET_KEY = "only-for-a-machine-that-only-you-reach"  # noqa: S105
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "django_alisms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if django.VERSION >= (6, 0):
    from django.utils.csp import CSP

    MIDDLEWARE.insert(1, "django.middleware.csp.ContentSecurityPolicyMiddleware")
    SECURE_CSP = {"default-src": [CSP.SELF]}

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def database() -> dict[str, Any]:
    """DATABASE_URL with what each engine needs so that a committed mark survives and Chinese text is stored whole."""
    config: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    elif config["ENGINE"].endswith("mysql"):
        options.setdefault("charset", "utf8mb4")
        options.setdefault("isolation_level", "read committed")
        options.setdefault("init_command", "SET sql_mode='STRICT_TRANS_TABLES'")
    return config


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "project" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Uploaded lists wait here until they are read: private, never served.
    "alisms": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("ALISMS_UPLOADS", default=str(BASE_DIR / "var" / "uploads")),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if not DEBUG:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("COOKIES_SECURE", default=True)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"django_alisms": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")}},
}

# Without EMAIL_URL mails are printed, not sent.
_mail = env.email_url("EMAIL_URL", default="consolemail://")
if django.VERSION >= (6, 1):
    # There it is one entry of MAILERS, and each backend is given what it knows.
    _known = {
        "smtp": ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"),
        "filebased": ("FILE_PATH",),
    }
    _renamed = {"HOST_USER": "username", "HOST_PASSWORD": "password"}
    _wanted = _known.get(_mail["EMAIL_BACKEND"].split(".")[-2], ())
    MAILERS = {
        "default": {
            "BACKEND": _mail["EMAIL_BACKEND"],
            "OPTIONS": {
                _renamed.get(name, name.lower()): _mail[f"EMAIL_{name}"]
                for name in _wanted
                if _mail.get(f"EMAIL_{name}")
            },
        }
    }
else:
    vars().update(_mail)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="alisms@localhost")

# name in ALISMS: (environment variable, how it is read). Only what is set is passed on: the app's defaults rule.
_ALISMS_ENVIRONMENT = {
    "ACCESS_KEY_ID": ("ALIBABA_CLOUD_ACCESS_KEY_ID", env.str),
    "ACCESS_KEY_SECRET": ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", env.str),
    "SECURITY_TOKEN": ("ALIBABA_CLOUD_SECURITY_TOKEN", env.str),
    "ENDPOINT": ("ALISMS_ENDPOINT", env.str),
    "CA_BUNDLE": ("ALISMS_CA_BUNDLE", env.str),
    "PROXY": ("ALISMS_PROXY", env.str),
    "CONCURRENCY": ("ALISMS_CONCURRENCY", env.int),
    "MAX_REQUESTS_PER_SECOND": ("ALISMS_MAX_REQUESTS_PER_SECOND", env.float),
    "CONNECT_TIMEOUT": ("ALISMS_CONNECT_TIMEOUT", env.float),
    "READ_TIMEOUT": ("ALISMS_READ_TIMEOUT", env.float),
    "LEASE_SECONDS": ("ALISMS_LEASE_SECONDS", env.float),
    "SETTLE_SCHEDULE": ("ALISMS_SETTLE_SCHEDULE", lambda name: [float(part) for part in env.list(name)]),
    "RECEIPT_TOKEN": ("ALISMS_RECEIPT_TOKEN", env.str),
    "RECEIPT_QUEUE": ("ALISMS_RECEIPT_QUEUE", env.str),
    "TOKEN_ENDPOINT": ("ALISMS_TOKEN_ENDPOINT", env.str),
    "QUEUE_ENDPOINT": ("ALISMS_QUEUE_ENDPOINT", env.str),
    "RECEIPT_POLL_SCHEDULE": (
        "ALISMS_RECEIPT_POLL_SCHEDULE",
        lambda name: [float(part) for part in env.list(name)],
    ),
    "IMPORT_INLINE_ROWS": ("ALISMS_IMPORT_INLINE_ROWS", env.int),
    "OPT_OUT_WORDS": ("ALISMS_OPT_OUT_WORDS", env.list),
    "PRICE_PER_PART": ("ALISMS_PRICE_PER_PART", env.str),
    "MAIL": ("ALISMS_MAIL", env.bool),
    "SITE_URL": ("ALISMS_SITE_URL", env.str),
    "FAILPOINTS": ("ALISMS_FAILPOINTS", env.str),
}
ALISMS = {key: read(name) for key, (name, read) in _ALISMS_ENVIRONMENT.items() if env.str(name, default="")}
