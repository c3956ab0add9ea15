"""Points to begin a test with, put on a card by the ledger, and what is left of them."""

from datetime import datetime, timedelta

from accounts.models import Card
from transactions import ledger
from transactions.models import Allocation, Bucket, Transaction


def grant(
    card: Card,
    points: int,
    *,
    now: datetime,
    days: int | None = None,
    waits_days: int | None = None,
    order: str = "",
    amount: int | None = None,
) -> Bucket:
    """Points on the card: for good, for so many days, or only in some days' time."""
    granted = ledger.earn(
        card=card,
        now=now,
        points=points,
        order=ledger.Order(reference=order, amount=amount) if order else None,
        valid_from=None if waits_days is None else now + timedelta(days=waits_days),
        valid_to=None if days is None else now + timedelta(days=days),
    )
    assert granted.bucket is not None
    return granted.bucket


def remaining(*buckets: Bucket) -> list[int]:
    """What is left in each bucket."""
    return [Bucket.objects.get(pk=bucket.pk).remaining for bucket in buckets]


def drawn(transaction: Transaction) -> list[tuple[int, int]]:
    """(bucket id, points) of each allocation, in the order in which they were drawn."""
    return list(
        transaction.allocations.order_by("pk").values_list("bucket_id", "points")
    )


def rows() -> tuple[int, int, int]:
    """How many transactions, buckets and allocations there are: a refusal adds none."""
    return (
        Transaction.objects.count(),
        Bucket.objects.count(),
        Allocation.objects.count(),
    )
