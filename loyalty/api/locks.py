"""Locks on names, for what has no row yet that could be locked."""

from django.db import connection

# SQLite needs neither: it has one writer, for whom the others wait.
WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def lock_name(name: str) -> None:
    """Be the only one with this name until the transaction ends; wait for another."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(WAIT, [name])


def try_to_lock_name(name: str) -> bool:
    """Be the only one with this name until the transaction ends; False if one is."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(TRY, [name])
        return bool(cursor.fetchone()[0])
