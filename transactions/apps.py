"""The transactions app, and what keeps its tables append-only."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TransactionsConfig(AppConfig):
    name = "transactions"
    verbose_name = _("Transactions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from transactions.checks import check_triggers

        post_migrate.connect(_install_triggers, sender=self)
        register(check_triggers, Tags.database)


def _install_triggers(*, using: str, **_: Any) -> None:
    """After migrate, not in a migration: a later one may rebuild a table."""
    from transactions import triggers

    connection = connections[using]
    if triggers.ALLOCATIONS in connection.introspection.table_names():
        triggers.install(connection)
