"""What is due, activated by SQL that an expert would write by hand: all at once.

It goes through the database's own driver, with the guarantees that the project has:
foreign keys are checked, and the journal is the same.
"""

import sqlite3
import time
from datetime import UTC, datetime

import psycopg

POSTGRESQL = """
    WITH changed AS (
        UPDATE transactions_bucket SET status = 'ACTIVE'
        WHERE status = 'PENDING' AND activates_at <= %(now)s
        RETURNING id, card_id, remaining, activates_at
    )
    INSERT INTO transactions_transaction
        (uuid, card_id, bucket_id, type, status, points, pending_points,
         effective_at, created_at, actor)
    SELECT gen_random_uuid(), card_id, id, 'PENDING_POINTS_ACTIVATED', 'APPROVED',
        remaining, -remaining, activates_at, %(now)s, 'system'
    FROM changed
"""
SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)
# Ids that begin with the moment and the row (UUID version 7, with a counter): entirely
# random ones would cost SQLite more than all the rest.
SQLITE = (
    "BEGIN IMMEDIATE",
    """
    INSERT INTO transactions_transaction
        (uuid, card_id, bucket_id, type, status, points, pending_points,
         effective_at, created_at, actor)
    SELECT printf('%012x7%03x8%03x', :milliseconds, id >> 12 & 4095, id & 4095)
            || lower(hex(randomblob(6))),
        card_id, id, 'PENDING_POINTS_ACTIVATED', 'APPROVED',
        remaining, -remaining, activates_at, :now, 'system'
    FROM transactions_bucket WHERE status = 'PENDING' AND activates_at <= :now
    """,
    """
    UPDATE transactions_bucket SET status = 'ACTIVE'
    WHERE status = 'PENDING' AND activates_at <= :now
    """,
    "COMMIT",
)


def by_hand(url: str) -> float:
    """Activate everything that is due; answers how many seconds it took."""
    if url.startswith("sqlite:"):
        return _sqlite(url.removeprefix("sqlite:///"))
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        connection.execute(POSTGRESQL, {"now": datetime.now(UTC)})
        connection.commit()
        return time.perf_counter() - began


def _sqlite(path: str) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in SQLITE_SETTINGS:
        connection.execute(setting)
    began = time.perf_counter()
    now = datetime.now(UTC)
    values = {
        "now": str(now.replace(tzinfo=None)),  # as Django stores it
        "milliseconds": int(now.timestamp() * 1000),
    }
    for statement in SQLITE:
        connection.execute(statement, values if ":" in statement else {})
    seconds = time.perf_counter() - began
    connection.close()
    return seconds
