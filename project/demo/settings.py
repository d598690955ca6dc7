"""The project's settings for the demo: a hint at the login form, nothing else."""

from project.settings import *  # noqa: F403
from project.settings import TEMPLATES

TEMPLATES[0]["OPTIONS"]["context_processors"].append("project.demo.people.hint")  # type: ignore[index]
