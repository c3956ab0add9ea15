"""A large data set, made in a few statements: for measures, and never for a shop.

Every row is what the ledger would have written, so `check_ledger` finds nothing; but
the ledger would take days for ten million. Two years of one scheme: purchases whose
points wait five days, are spent, taken back or lapse half a year later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.db.transaction import atomic

from accounts.models import Card, Identity, Member
from schemes.models import CardDefinition
from transactions.demo import shop
from transactions.demo.bulk import unhindered
from transactions.models import Allocation, Bucket, Transaction

YEARS = timedelta(days=730)
WAITING = timedelta(days=5)
LASTING = timedelta(days=180)
ROWS_OF_A_GRANT = 2.97  # a grant, its activation and what becomes of it, on average

Say = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large: so many members with a card each, and about so many transactions."""

    members: int
    transactions: int

    @property
    def grants(self) -> int:
        """From how many grants that many transactions follow."""
        return max(round(self.transactions / ROWS_OF_A_GRANT), 1)


@atomic
def build(*, size: Size, now: datetime, say: Say = lambda _: None) -> None:
    """Make a unit, its scheme and two years of transactions up to `now` (aware).

    The database must be empty. Whatever goes wrong, it is empty again.
    """
    definition = shop.open_shop()
    writer = _Writer(definition, size=size, now=now)
    tables = (Member, Identity, Card, Bucket, Transaction, Allocation)
    with unhindered(model._meta.db_table for model in tables):
        for what, write in (
            ("members, identities and cards", writer.people),
            ("what is to happen", writer.plan),
            ("buckets", writer.buckets),
            ("transactions", writer.transactions),
            ("allocations", writer.allocations),
        ):
            say(f"Writing {what}.")
            write()
        say("Making the indexes.")


class _Writer:
    """The statements, for the connection's database.

    A plan of one row a grant says what becomes of it; all that follows is read off it.
    Its numbers are scattered by multiplying with primes, so each run writes the same.
    """

    def __init__(self, definition: CardDefinition, *, size: Size, now: datetime):
        self._definition = definition
        self._size = size
        self._now = now
        self._is_postgresql = connection.vendor == "postgresql"

    def people(self) -> None:
        """Members C-1, C-2..., each with a card number and a card."""
        unit = self._definition.scheme.unit_id
        numbers = self._numbers(self._size.members)
        at = self._at(self._now - YEARS)
        member, card = Member._meta.db_table, Card._meta.db_table
        self._run(
            f"INSERT INTO {member} (id, uuid, unit_id, external_id, name, status, "
            "metadata, door_fields, created_at) "
            f"SELECT n, {self._uuid('n')}, {unit}, 'C-' || n, 'Member ' || n, "
            f"'ACTIVE', '{{}}', '{{}}', {at} FROM {numbers}"
        )
        code = self._padded("n", 10)
        self._run(
            f"INSERT INTO {Identity._meta.db_table} "
            "(member_id, unit_id, type, value, door_fields, created_at) "
            f"SELECT n, {unit}, 'CARD', {code}, '{{}}', {at} FROM {numbers}"
        )
        self._run(
            f"INSERT INTO {card} (id, uuid, member_id, definition_id, code, status, "
            "overdraft, door_fields, created_at) "
            f"SELECT n, {self._uuid('n')}, n, {self._definition.pk}, {code}, 'ACTIVE', "
            f"0, '{{}}', {at} FROM {numbers}"
        )
        self._set_sequences(Member, Card)

    def plan(self) -> None:
        """One row a grant, oldest first: its card, its points, its age and its fate."""
        seconds = int(YEARS.total_seconds())
        grants, members = self._size.grants, self._size.members
        waits, lasts = int(WAITING.total_seconds()), int(LASTING.total_seconds())
        self._run("DROP TABLE IF EXISTS loyalty_plan")
        self._run(
            "CREATE TEMPORARY TABLE loyalty_plan AS "
            "SELECT n, card, points, age, fate, "
            "CASE WHEN fate = 'CANCELED' THEN 'CANCELED' "
            f"WHEN age <= {waits} THEN 'PENDING' "
            f"WHEN age > {lasts} AND spent < points THEN 'EXPIRED' "
            "ELSE 'ACTIVE' END AS status, "
            f"CASE WHEN age <= {waits + 3600} THEN 0 ELSE spent END AS spent "
            "FROM (SELECT n, card, points, age, fate, CASE fate WHEN 'SPENT' THEN points "
            "WHEN 'PARTLY' THEN 1 + points / 3 ELSE 0 END AS spent "
            f"FROM (SELECT n, 1 + (n * 7919) % {members} AS card, "
            "10 + (n * 104729) % 490 AS points, "
            f"{seconds} - n * {seconds} / {grants} + 60 AS age, "
            "CASE WHEN n % 20 < 9 THEN 'SPENT' WHEN n % 20 < 12 THEN 'PARTLY' "
            "WHEN n % 20 = 19 THEN 'CANCELED' ELSE 'KEPT' END AS fate "
            f"FROM {self._numbers(grants)}) AS drawn) AS decided"
        )

    def buckets(self) -> None:
        """What became of each grant."""
        earned = self._before("age")
        activates = self._before(f"(age - {int(WAITING.total_seconds())})")
        expires = self._before(f"(age - {int(LASTING.total_seconds())})")
        self._run(
            f"INSERT INTO {Bucket._meta.db_table} (id, uuid, card_id, points, remaining, "
            "status, earned_at, activates_at, expires_at, pending_mode, expiry_mode, "
            "order_reference, created_at) "
            f"SELECT n, {self._uuid('n')}, card, points, CASE WHEN status IN "
            "('CANCELED', 'EXPIRED') THEN 0 ELSE points - spent END, status, "
            f"{earned}, {activates}, {expires}, 'PERIOD_BASED', 'ROLLING', "
            f"'W-' || n, {earned} FROM loyalty_plan"
        )
        self._set_sequences(Bucket)

    def transactions(self) -> None:
        """The grants and what followed, in the order in which it happened."""
        waits, lasts = int(WAITING.total_seconds()), int(LASTING.total_seconds())
        told = " UNION ALL ".join(
            f"SELECT n, card, {age} AS age, '{type_}' AS type, {points} AS points, "
            f"{pending} AS pending, {bucket} AS bucket, {order} AS orders "
            f"FROM loyalty_plan WHERE {which}"
            for age, type_, points, pending, bucket, order, which in (
                ("age", "PENDING_POINTS_ADDED", "0", "points", "n", "'W-' || n", "1=1"),
                (
                    f"age - {waits}",
                    "PENDING_POINTS_ACTIVATED",
                    "points",
                    "-points",
                    "n",
                    "''",
                    "status IN ('ACTIVE', 'EXPIRED')",
                ),
                (
                    f"age - {waits} - 3600",
                    "POINTS_SPENT_ON_ORDER",
                    "-spent",
                    "0",
                    "NULL",
                    "'S-' || n",
                    "spent > 0 AND status <> 'CANCELED'",
                ),
                (
                    f"age - {lasts}",
                    "POINTS_EXPIRED",
                    "spent - points",
                    "0",
                    "n",
                    "''",
                    "status = 'EXPIRED'",
                ),
                (
                    "age - 30",
                    "PENDING_POINTS_CANCELED",
                    "0",
                    "-points",
                    "n",
                    "''",
                    "status = 'CANCELED'",
                ),
            )
        )
        at = self._before("age")
        self._run(
            f"INSERT INTO {Transaction._meta.db_table} (uuid, card_id, bucket_id, type, "
            "status, points, pending_points, effective_at, created_at, order_reference) "
            f"SELECT {self._uuid('row_number() OVER (ORDER BY age DESC, n)')}, card, "
            f"bucket, type, 'APPROVED', points, pending, {at}, {at}, orders "
            f"FROM ({told}) AS told ORDER BY age DESC, n"
        )

    def allocations(self) -> None:
        """From which bucket each spend drew."""
        self._run(
            f"INSERT INTO {Allocation._meta.db_table} (transaction_id, bucket_id, points) "
            f"SELECT id, {self._number_of('order_reference')}, -points "
            f"FROM {Transaction._meta.db_table} WHERE type = 'POINTS_SPENT_ON_ORDER' "
            "ORDER BY id"
        )
        self._run("DROP TABLE loyalty_plan")

    def _run(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def _numbers(self, last: int) -> str:
        if self._is_postgresql:
            return f"generate_series(1::bigint, {last}) AS numbers (n)"
        return (
            "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
            f"FROM numbers WHERE n < {last}) SELECT n FROM numbers) AS numbers"
        )

    def _uuid(self, number: str) -> str:
        """Ids in the order of the rows, so that their index grows at its end."""
        if self._is_postgresql:
            return (
                f"(lpad(to_hex({number}), 12, '0') || '70008' || "
                "substr(md5(random()::text), 1, 15))::uuid"
            )
        return f"printf('%012x', {number}) || '70008' || substr(lower(hex(randomblob(8))), 2)"

    def _padded(self, number: str, digits: int) -> str:
        if self._is_postgresql:
            return f"lpad({number}::text, {digits}, '0')"
        return f"printf('%0{digits}d', {number})"

    def _at(self, moment: datetime) -> str:
        value = connection.ops.adapt_datetimefield_value(moment)
        return f"'{value}'" + ("::timestamptz" if self._is_postgresql else "")

    def _before(self, seconds: str) -> str:
        """The moment so many seconds before now."""
        now = self._now.replace(microsecond=0)
        if self._is_postgresql:
            return f"{self._at(now)} - {seconds} * interval '1 second'"
        return f"datetime({self._at(now)}, (-({seconds})) || ' seconds')"

    def _number_of(self, reference: str) -> str:
        kind = "bigint" if self._is_postgresql else "integer"
        return f"CAST(substr({reference}, 3) AS {kind})"

    def _set_sequences(self, *models: Any) -> None:
        """Let the next row of these, which were given their ids, have the next one."""
        if not self._is_postgresql:
            return
        for model in models:
            last = model.objects.aggregate(last=Max("pk"))["last"]
            table = model._meta.db_table
            self._run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
