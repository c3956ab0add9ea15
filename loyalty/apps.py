"""The composition app: it holds the system checks and the commands of the whole."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from loyalty import roles


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = "Loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing the module registers its checks.
        from loyalty import checks  # noqa: F401

        # Importing the module tells drf-spectacular about the two ways to log in.
        from loyalty.api import schema  # noqa: F401

        # Sent for each app in turn: when it is this one's, all permissions are there.
        post_migrate.connect(roles.sync, sender=self)

        if settings.CELERY_BROKER_URL:
            # Tasks declared with `shared_task` are sent through this app. Without a
            # broker nobody sends any, and each command starts a quarter faster.
            from loyalty import celery  # noqa: F401
