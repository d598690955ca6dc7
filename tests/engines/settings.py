"""The project as somebody would set it up for an engine; ``ENGINE`` and ``ENGINE_QUEUE`` say which."""

import os

import django

from project.settings import *  # noqa: F403
from project.settings import ALISMS, INSTALLED_APPS
from tests.engines.brokers import RABBITMQ, REDIS
from tests.engines.documentation import documented

ENGINE = os.environ["ENGINE"]
QUEUE = os.environ["ENGINE_QUEUE"]

if django.VERSION < (6, 0):
    INSTALLED_APPS += ["django_tasks"]

if ENGINE != "plain_celery":
    for statement in documented(ENGINE):
        exec(statement)
    TASKS["default"]["QUEUES"] = [QUEUE, "default"]  # noqa: F405
    ALISMS = ALISMS | {"TASKS": {"BACKEND": "default", "QUEUE_NAME": QUEUE}}

if ENGINE == "celery":
    CELERY_BROKER_URL = RABBITMQ
    CELERY_WORKER_PREFETCH_MULTIPLIER = 1
elif ENGINE == "rq":
    RQ_QUEUES = {QUEUE: {"URL": REDIS}, "default": {"URL": REDIS}}
