"""The rows to measure on: cards whose points wait, and are all due."""

from datetime import UTC, datetime, timedelta

from django.core.management import call_command
from django.db import connection
from django.db.transaction import atomic

from schemes.models import CardDefinition, Scheme, Unit

# Made in sets on either database. Points of one card are far apart in the table, as
# they are when its holder comes back every few days.
NUMBERS = """
    (WITH RECURSIVE numbers(n) AS (
        SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}
    ) SELECT n FROM numbers) AS numbers
"""
MEMBERS = """
    INSERT INTO accounts_member
        (uuid, unit_id, external_id, name, status, metadata, door_fields, created_at)
    SELECT {uuid}, %(unit)s, 'customer-' || n, 'Customer ' || n, 'ACTIVE', %(empty)s,
        %(empty)s, %(joined)s
    FROM {numbers}
"""
CARDS = """
    INSERT INTO accounts_card
        (uuid, member_id, definition_id, code, status, overdraft, door_fields,
         created_at)
    SELECT {uuid}, id, %(definition)s, CAST(7000000000 + id AS varchar), 'ACTIVE', 0,
        %(empty)s, %(joined)s
    FROM accounts_member ORDER BY id
"""
BUCKETS = """
    INSERT INTO transactions_bucket
        (uuid, card_id, points, remaining, status, earned_at, activates_at, expires_at,
         pending_mode, expiry_mode, order_reference, created_at)
    SELECT {uuid}, (SELECT min(id) FROM accounts_card) + n %% %(cards)s,
        1 + n %% 500, 1 + n %% 500, 'PENDING', {earned}, {activates}, {expires},
        'PERIOD_BASED', 'ROLLING', 'order-' || n, {earned}
    FROM {numbers}
"""
GRANTS = """
    INSERT INTO transactions_transaction
        (uuid, card_id, bucket_id, type, status, points, pending_points,
         effective_at, created_at, order_reference, amount, currency, actor)
    SELECT {uuid}, card_id, id, 'PENDING_POINTS_ADDED', 'APPROVED', 0, points,
        earned_at, created_at, order_reference, points * 100, 'GBP', 'shop'
    FROM transactions_bucket ORDER BY id
"""
EARNED_OVER = timedelta(days=24)
PENDING = timedelta(days=5)
KEPT = timedelta(days=180)


def build(
    *,
    buckets: int,
    cards: int,
    now: datetime | None = None,
    pending: timedelta = PENDING,
) -> None:
    """Fill an empty database: a scheme, its cards, and points that are due.

    The points were earned one after the other and became due over the last weeks,
    unless they are `pending` for longer; none has expired, and all add up with the
    transactions that granted them.
    """
    call_command("migrate", verbosity=0)
    began = (now or datetime.now(UTC)) - EARNED_OVER - PENDING - timedelta(hours=1)
    with atomic(), connection.cursor() as cursor:
        values = {
            **_rules(began, pending=pending),
            "cards": cards,
            "joined": connection.ops.adapt_datetimefield_value(began),
            "empty": "{}",
        }
        for statement, count in (
            (MEMBERS, cards),
            (CARDS, cards),
            (BUCKETS, buckets),
            (GRANTS, buckets),
        ):
            text = _filled(statement, count=count, began=began, pending=pending)
            cursor.execute(text, values)


def _rules(began: datetime, *, pending: timedelta) -> dict[str, int]:
    unit = Unit.objects.create(name="Shop", incoming_identifier="shop")
    scheme = Scheme.objects.create(
        unit=unit,
        name="Retail Points",
        reference="RETAIL",
        status=Scheme.Status.ACTIVE,
        starts_at=began,
        time_zone="Europe/London",
    )
    definition = CardDefinition.objects.create(
        scheme=scheme,
        name="Points",
        status=CardDefinition.Status.ACTIVE,
        pending_mode=CardDefinition.PendingMode.PERIOD_BASED,
        pending_period=f"{pending.days}D",
        expiry_mode=CardDefinition.ExpiryMode.ROLLING,
        expiry_period=f"{KEPT.days}D",
    )
    return {"unit": unit.pk, "definition": definition.pk}


def _filled(statement: str, *, count: int, began: datetime, pending: timedelta) -> str:
    postgresql = connection.vendor == "postgresql"

    def moment(later: timedelta = timedelta()) -> str:
        first = int((began + later).timestamp())
        seconds = f"{first} + n * {int(EARNED_OVER.total_seconds())} / {count}"
        if postgresql:
            return f"to_timestamp({seconds})"
        return f"datetime({seconds}, 'unixepoch')"

    return statement.format(
        numbers=NUMBERS.format(count=count),
        uuid="gen_random_uuid()" if postgresql else "lower(hex(randomblob(16)))",
        earned=moment(),
        activates=moment(pending),
        expires=moment(KEPT),
    )
