"""The statements that do one batch of due buckets at once, on either database.

They make the changes of `transactions.ledger.settlement` to many cards: each step
says which buckets are due, what becomes of them, and the transaction that tells it.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.transaction import atomic

from transactions.models import Bucket, Transaction

Type = Transaction.Type


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to buckets that are due.

    due: which, as an SQL condition on the bucket's columns; {until} is the moment.
    index: the partial index that serves it; SQLite is told, for it guesses badly
        where it has no statistics.
    moment: the column with the moment at which it becomes true.
    change: what is SET.
    points, pending_points: what the transaction says of the remaining points.
    """

    due: str
    index: str
    moment: str
    change: str
    type: Transaction.Type
    points: str
    pending_points: str


ACTIVATE = Step(
    due="status = 'PENDING' AND activates_at <= {until}",
    index="bucket_due_activation",
    moment="activates_at",
    change="status = 'ACTIVE'",
    type=Type.PENDING_POINTS_ACTIVATED,
    points="remaining",
    pending_points="-remaining",
)
# What nobody activated in time must be activated before it can expire.
ACTIVATE_LAPSED = replace(
    ACTIVATE,
    due=ACTIVATE.due + " AND expires_at <= {until}",
)
EXPIRE = Step(
    # Overdrawn cards are settled one by one: what expires repays what is owed first.
    due="status = 'ACTIVE' AND remaining > 0 AND expires_at <= {until} "
    "AND card_id NOT IN (SELECT id FROM accounts_card WHERE overdraft > 0)",
    index="bucket_due_expiry",
    moment="expires_at",
    change="status = 'EXPIRED', remaining = 0",
    type=Type.POINTS_EXPIRED,
    points="-remaining",
    pending_points="0",
)
CANCEL = Step(
    due="status = 'PENDING' AND cancels_at <= {until}",
    index="bucket_due_cancellation",
    moment="cancels_at",
    change="status = 'CANCELED', remaining = 0",
    type=Type.PENDING_POINTS_CANCELED,
    points="0",
    pending_points="-remaining",
)

COUNT = "SELECT count(*), coalesce(sum(remaining), 0) FROM {buckets} WHERE {due}"
DUE = """
    SELECT id, card_id, remaining, {moment} AS moment FROM {buckets}
    WHERE {due} ORDER BY {moment}, id LIMIT {size}
"""
WRITE = """
    INSERT INTO transactions_transaction
        (uuid, card_id, bucket_id, type, status, points, pending_points,
         effective_at, created_at, actor)
    SELECT {uuid}, card_id, id, '{type}', 'APPROVED', {points}, {pending_points},
           moment, {now}, 'system'
"""
SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}
# The lock skips what another worker has. What was locked is changed and written in
# the same statement, and only counted by the client.
POSTGRESQL_BATCH = (
    "WITH due AS MATERIALIZED ("
    + DUE
    + SKIP_LOCKED["postgresql"]
    + """), changed AS (
        UPDATE transactions_bucket SET {change} FROM due
        WHERE transactions_bucket.id = due.id
        RETURNING due.id, due.card_id, due.remaining, due.moment
    ), written AS ("""
    + WRITE
    + "FROM changed) SELECT count(*), coalesce(sum(remaining), 0) FROM changed"
)
# A write transaction is alone, so the three statements see the same due buckets.
SQLITE_BATCH = (
    "SELECT count(*), coalesce(sum(remaining), 0) FROM (" + DUE + ")",
    WRITE + "FROM (" + DUE + ") ORDER BY moment, id",
    "UPDATE transactions_bucket SET {change} WHERE id IN (SELECT id FROM ("
    + DUE
    + "))",
)


def do_batch(
    step: Step, *, until: datetime, now: datetime, size: int, skip: list[int]
) -> tuple[int, int]:
    """Do one step to at most `size` buckets; answers how many, and their points.

    skip: ids of buckets to leave alone.
    """
    values: dict[str, Any] = {
        "until": connection.ops.adapt_datetimefield_value(until),
        "now": connection.ops.adapt_datetimefield_value(now),
        "size": size,
    }
    with atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_fill(POSTGRESQL_BATCH, step, skip), values)
            buckets, points = cursor.fetchone()
            return int(buckets), int(points)
        count, *changes = (_fill(part, step, skip) for part in SQLITE_BATCH)
        cursor.execute(count, values)
        buckets, points = cursor.fetchone()
        if buckets:
            for change in changes:
                cursor.execute(change, values)
        return int(buckets), int(points)


def first_due(step: Step, *, until: datetime, skip: list[int]) -> Bucket | None:
    """The bucket that has been due longest, of those that no other worker has."""
    values = {"until": connection.ops.adapt_datetimefield_value(until), "size": 1}
    with connection.cursor() as cursor:
        cursor.execute(_fill(DUE + SKIP_LOCKED[connection.vendor], step, skip), values)
        row = cursor.fetchone()
    return Bucket.objects.filter(pk=row[0]).first() if row else None


def count_due(step: Step, *, until: datetime) -> tuple[int, int]:
    """How many buckets are due for the step, and their points."""
    values = {"until": connection.ops.adapt_datetimefield_value(until)}
    with connection.cursor() as cursor:
        cursor.execute(_fill(COUNT, step, []), values)
        buckets, points = cursor.fetchone()
    return int(buckets), int(points)


def _fill(template: str, step: Step, skip: list[int]) -> str:
    due = step.due.format(until="%(until)s")
    if skip:
        due += f" AND id NOT IN ({', '.join(str(int(each)) for each in skip)})"
    sqlite = connection.vendor == "sqlite"
    return template.format(
        due=due,
        buckets="transactions_bucket" + (f" INDEXED BY {step.index}" if sqlite else ""),
        moment=step.moment,
        change=step.change,
        type=step.type.value,
        points=step.points,
        pending_points=step.pending_points,
        uuid=_uuid(),
        now="%(now)s",
        size="%(size)s",
    )


def _uuid() -> str:
    """An SQL expression for ids that begin with the time of the batch (version 7).

    Random ones would touch every page of their index in each batch: SQLite then does
    half as many buckets in a second. The rest of each id stays random.
    """
    moment = f"{time.time_ns() // 1_000_000:012x}"
    if connection.vendor == "postgresql":
        begin = f"{moment[:8]}-{moment[8:]}-7"
        return f"overlay(gen_random_uuid()::text placing '{begin}' from 1)::uuid"
    return (
        f"'{moment}7' || substr(lower(hex(randomblob(2))), 2) "
        "|| '8' || substr(lower(hex(randomblob(8))), 2)"
    )
