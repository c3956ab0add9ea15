"""How a book writes what became of buckets: one statement for all that change alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from transactions.models import Bucket

# What a verb may change, beside how many points remain.
COLUMNS = (
    "status",
    "activates_at",
    "expires_at",
    "cancels_at",
    "expiry_mode",
    "terms",
)
FIELDS = {field.name: field for field in Bucket._meta.concrete_fields}
# What is drawn is subtracted by the database: with its CHECK, no bucket is ever
# overdrawn, even if a lock had been forgotten.
UPDATE = """
    UPDATE transactions_bucket SET {columns} remaining = remaining - moved.column2
    FROM (VALUES {rows}) AS moved WHERE id = moved.column1
"""
AT_ONCE = 1_000


def write_changes(buckets: Iterable[tuple[Bucket, Mapping[str, Any]]]) -> None:
    """Store the buckets, each given with its columns as they were read."""
    alike: dict[str, tuple[dict[str, Any], list[tuple[int, int]]]] = {}
    for bucket, before in buckets:
        now = vars(bucket)
        new = {name: now[name] for name in COLUMNS if now[name] != before[name]}
        drawn = before["remaining"] - now["remaining"]
        if new or drawn:
            _, moves = alike.setdefault(repr(new), (new, []))
            moves.append((bucket.pk, drawn))
    for new, moves in alike.values():
        for start in range(0, len(moves), AT_ONCE):
            _update(new, moves[start : start + AT_ONCE])


def _update(new: Mapping[str, Any], moves: list[tuple[int, int]]) -> None:
    statement = UPDATE.format(
        columns="".join(f"{name} = %s, " for name in new),
        rows=", ".join(f"({int(pk)}, {int(drawn)})" for pk, drawn in moves),
    )
    values = [
        FIELDS[name].get_db_prep_save(value, connection) for name, value in new.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
