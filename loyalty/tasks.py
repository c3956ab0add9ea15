"""Celery tasks of the whole; the sweeps are in transactions/tasks.py."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


@shared_task
def keep_house() -> None:
    """Do the HOUSEKEEPING, as `manage.py work` does where there is no broker."""
    for name in settings.HOUSEKEEPING:
        import_string(name)(now=timezone.now())
