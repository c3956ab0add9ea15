"""Many due buckets, made in a few statements: a backlog that a sweep has to work off.

The first bucket of each card is granted by the ledger. The others are copies of it,
each with a copy of the transaction that granted it, so that everything adds up.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.db.transaction import atomic

from accounts.models import Card
from accounts.tests.factories import CardFactory
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger
from transactions.models import Bucket, Transaction

EARNED_AT = datetime(2025, 6, 10, 14, tzinfo=UTC)
# Five days after the purchase, by the recipe.
DUE_AT = EARNED_AT + timedelta(days=5)
POINTS = 200


@atomic
def make_backlog(
    *, buckets: int, cards: int = 1, valid_to: datetime | None = None
) -> list[Card]:
    """As many pending buckets, shared out evenly, of 200 points due on 15 June 2025.

    valid_to: when they expire; by default as the recipe says, at the end of the year.
    """
    definition = CardDefinitionFactory(recipe=True)
    holders: list[Card] = CardFactory.create_batch(cards, definition=definition)
    granted = [
        ledger.earn(card=card, now=EARNED_AT, points=POINTS, valid_to=valid_to)
        for card in holders
    ]
    copy_grants(granted, times=buckets // cards - 1)
    return holders


@atomic
def copy_grants(granted: Sequence[Transaction], *, times: int) -> None:
    """Repeat grants, their buckets and themselves, so many times."""
    last = Bucket.objects.aggregate(last=Max("pk"))["last"]
    _copy(
        Bucket,
        source="transactions_bucket AS source, numbers",
        where=f"source.id IN ({_ids([each.bucket_id for each in granted])})",
        times=times,
    )
    _copy(
        Transaction,
        source="transactions_transaction AS source "
        "JOIN transactions_bucket AS original ON original.id = source.bucket_id "
        "JOIN transactions_bucket AS copy ON copy.card_id = original.card_id "
        f"AND copy.id > {last}",
        where=f"source.id IN ({_ids([each.pk for each in granted])})",
        times=0,
        bucket_id="copy.id",
    )


def _copy(
    model: type[Bucket] | type[Transaction],
    *,
    source: str,
    where: str,
    times: int,
    **instead: str,
) -> None:
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if field.column and not field.primary_key
    ]
    new: dict[str, str] = {"uuid": _random_uuid()} | instead
    values = [new.get(column, f"source.{column}") for column in columns]
    statement = f"""
        WITH RECURSIVE numbers (n) AS (
            SELECT 1 WHERE 1 <= {times}
            UNION ALL SELECT n + 1 FROM numbers WHERE n < {times}
        )
        INSERT INTO {model._meta.db_table} ({", ".join(columns)})
        SELECT {", ".join(values)} FROM {source} WHERE {where}
    """  # noqa: S608 - made of the names of columns, and of numbers
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _random_uuid() -> str:
    if connection.vendor == "postgresql":
        return "gen_random_uuid()"
    return "lower(hex(randomblob(16)))"


def _ids(ids: Any) -> str:
    return ", ".join(str(int(each)) for each in ids)
