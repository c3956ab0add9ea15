"""The composition app: it holds the system checks and the commands of the whole."""

from django.apps import AppConfig
from django.conf import settings


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = "Loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing the module registers its checks.
        from loyalty import checks  # noqa: F401

        # Importing the module tells drf-spectacular about the two ways to log in.
        from loyalty.api import schema  # noqa: F401

        if settings.CELERY_BROKER_URL:
            # Tasks declared with `shared_task` are sent through this app. Without a
            # broker nobody sends any, and each command starts a quarter faster.
            from loyalty import celery  # noqa: F401
