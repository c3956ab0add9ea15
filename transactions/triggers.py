"""The triggers that keep finished transactions and allocations append-only.

CHECK and UNIQUE constraints say what a row may be; these say that it stays so. They
are put in place after every migrate, because Django's way of altering a table on
SQLite drops its triggers; a system check verifies that they are there.
"""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

TRANSACTIONS = "transactions_transaction"
ALLOCATIONS = "transactions_allocation"
FINISHED = "OLD.status IN ('APPROVED', 'REJECTED')"
MESSAGES = {
    TRANSACTIONS: "a finished transaction never changes",
    ALLOCATIONS: "an allocation never changes",
}

SQLITE_TRIGGER = """
    CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}
    BEGIN SELECT RAISE(ABORT, '{message}'); END
"""
POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
    END $$ LANGUAGE plpgsql
"""
POSTGRESQL_TRIGGER = """
    CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} {when}
    EXECUTE FUNCTION {table}_append_only()
"""


def expected(vendor: str) -> dict[str, tuple[str, str]]:
    """The triggers that must exist: name -> (table, event)."""
    events = ["UPDATE", "DELETE"]
    if vendor == "postgresql":
        events.append("TRUNCATE")
    return {
        f"{table}_refuses_{event.lower()}": (table, event)
        for table in (TRANSACTIONS, ALLOCATIONS)
        for event in events
    }


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, anew where it exists already."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, as a test must before it empties the tables."""
    with connection.cursor() as cursor:
        for name, (table, _) in expected(connection.vendor).items():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of the triggers that should exist and do not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    return sorted(set(expected(connection.vendor)) - present)


def _statements(vendor: str) -> Iterable[str]:
    if vendor == "postgresql":
        for table, message in MESSAGES.items():
            yield POSTGRESQL_FUNCTION.format(table=table, message=message)
    for name, (table, event) in expected(vendor).items():
        finished = table == TRANSACTIONS and event != "TRUNCATE"
        template = POSTGRESQL_TRIGGER if vendor == "postgresql" else SQLITE_TRIGGER
        yield template.format(
            name=name,
            table=table,
            event=event,
            each="STATEMENT" if event == "TRUNCATE" else "ROW",
            when=f"WHEN ({FINISHED})" if finished else "",
            message=MESSAGES[table],
        )
