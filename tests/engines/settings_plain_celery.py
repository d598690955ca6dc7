"""A project with a Celery of its own and no Django Tasks; ``engine_project`` is written by the test, from the docs."""

import os

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS

INSTALLED_APPS += ["engine_project.apps.MyProjectConfig"]
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_TASK_DEFAULT_QUEUE = os.environ["ENGINE_QUEUE"]
