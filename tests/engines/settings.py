"""The project as somebody would set it up for an engine; ``ENGINE`` and ``ENGINE_QUEUE`` say which."""

import os

import django

from project.settings import *  # noqa: F403
from project.settings import ALISMS, INSTALLED_APPS
from tests.engines.brokers import RABBITMQ, REDIS

ENGINE = os.environ["ENGINE"]
QUEUE = os.environ["ENGINE_QUEUE"]

if django.VERSION < (6, 0):
    INSTALLED_APPS += ["django_tasks"]

if ENGINE == "celery":
    INSTALLED_APPS += ["django_tasks_fennel"]
    CELERY_BROKER_URL = RABBITMQ
    CELERY_TASK_ACKS_LATE = True
    CELERY_TASK_REJECT_ON_WORKER_LOST = True
    CELERY_WORKER_PREFETCH_MULTIPLIER = 1
    BACKEND = {"BACKEND": "django_tasks_fennel.CeleryBackend"}
elif ENGINE == "rq":
    INSTALLED_APPS += ["django_rq", "django_tasks_rq"]
    RQ_QUEUES = {QUEUE: {"URL": REDIS}, "default": {"URL": REDIS}}
    BACKEND = {"BACKEND": "django_tasks_rq.RQBackend"}
elif ENGINE == "database":
    INSTALLED_APPS += ["django_tasks_db"]
    BACKEND = {"BACKEND": "django_tasks_db.DatabaseBackend"}

if ENGINE != "plain_celery":
    TASKS = {"default": BACKEND | {"QUEUES": [QUEUE, "default"]}}
    ALISMS = ALISMS | {"TASKS": {"BACKEND": "default", "QUEUE_NAME": QUEUE}}
