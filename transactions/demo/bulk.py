"""Writing millions of rows: without their indexes and foreign keys, which come after.

Only for PostgreSQL; SQLite neither gains by it nor needs it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

# Those that no constraint has made.
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename = ANY(%s)
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
MAY_SKIP_CHECKS = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


@contextmanager
def unhindered(tables: Iterable[str]) -> Iterator[None]:
    """Write to these tables inside; their indexes are made anew at the end.

    Inside a transaction, which puts everything back if it fails. A superuser's rows
    are not checked against the tables that they refer to: the caller vouches for them.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(MAY_SKIP_CHECKS)
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(INDEXES, [list(tables)])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET LOCAL session_replication_role = origin")
