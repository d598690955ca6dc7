from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlismsConfig(AppConfig):
    name = "django_alisms"
    label = "django_alisms"
    verbose_name = _("Bulk SMS")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers the system checks)
        from .services import waking

        waking.listen(wake_the_engine, optional=True)


def wake_the_engine(batch_send_id: int) -> None:
    """Imported only where a task engine is asked for: task frameworks are optional."""
    from .conf import conf

    if conf.TASKS:
        from . import tasks

        tasks.enqueue(batch_send_id)
