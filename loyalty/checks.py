"""System checks: what `manage.py check` says about settings that would do harm."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


@checks.register("loyalty")
def sqlite_takes_the_write_lock_at_once(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Refuse plain SQLite: of two spends at once, one would fail instead of waiting."""
    return [
        checks.Error(
            f"The SQLite database {alias!r} does not use IMMEDIATE transactions.",
            hint='Set OPTIONS["transaction_mode"] to "IMMEDIATE".',
            id="loyalty.E001",
        )
        for alias, database in settings.DATABASES.items()
        if database["ENGINE"] == "django.db.backends.sqlite3"
        and database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE"
    ]


@checks.register("loyalty")
def debug_stays_on_this_machine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Warn of DEBUG that others can reach: its error pages show data and settings."""
    public = [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]
    if not (settings.DEBUG and public):
        return []
    return [
        checks.Warning(
            f"DEBUG is on and ALLOWED_HOSTS names {', '.join(public)}.",
            hint="Set DEBUG=false wherever others can reach the site.",
            id="loyalty.W001",
        )
    ]


def _is_local(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
