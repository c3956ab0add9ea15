"""System checks: the database still refuses to rewrite history."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

from transactions import triggers


def check_triggers(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Report append-only triggers that are missing from a migrated database."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        tables = connection.introspection.table_names()
        if triggers.ALLOCATIONS not in tables:
            continue  # not migrated yet
        if absent := triggers.missing(connection):
            errors.append(
                Error(
                    f"Append-only triggers are missing: {', '.join(absent)}.",
                    hint="Run `manage.py migrate`: it puts them back.",
                    id="transactions.E001",
                )
            )
    return errors
