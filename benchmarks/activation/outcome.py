"""Which rows a run has left, in a form that two runs can be compared by."""

from typing import Any

from django.db import connection

from transactions.audit import disagreements

BUCKETS = """
    SELECT status, count(*), sum(points), sum(remaining) FROM transactions_bucket
    GROUP BY status ORDER BY status
"""
# Grouped by all that does not differ from row to row. Of what does, `faithful` are
# those that say of their bucket what is true; only id, uuid and the moment of writing
# are left out.
ACTIVATIONS = """
    SELECT activation.status, activation.actor, activation.reason,
        activation.order_reference, activation.amount, activation.currency,
        activation.reference, activation.idempotency_key, activation.fingerprint,
        CAST(activation.details AS text), activation.parent_id,
        activation.processed_at, bucket.status,
        count(*), count(DISTINCT bucket.id), sum(activation.points),
        sum(activation.pending_points),
        sum(CASE WHEN activation.card_id = bucket.card_id
            AND activation.points = bucket.remaining
            AND activation.pending_points = -bucket.remaining
            AND activation.effective_at = bucket.activates_at
            AND activation.created_at >= activation.effective_at
            THEN 1 ELSE 0 END) AS faithful
    FROM transactions_transaction AS activation
    JOIN transactions_bucket AS bucket ON bucket.id = activation.bucket_id
    WHERE activation.type = 'PENDING_POINTS_ACTIVATED'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
"""
TYPES = """
    SELECT type, count(*), sum(points), sum(pending_points)
    FROM transactions_transaction GROUP BY type ORDER BY type
"""


def outcome() -> dict[str, Any]:
    """The rows of the whole database, summed up; and whether each card adds up."""
    return {
        "buckets": _rows(BUCKETS),
        "activations": _rows(ACTIVATIONS),
        "types": _rows(TYPES),
        "disagreements": [str(each) for each in disagreements()][:10],
    }


def _rows(query: str) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    # Sums are decimals on one database and integers on the other.
    return [[_plain(value) for value in row] for row in rows]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else int(value)
