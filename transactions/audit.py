"""Whether everything adds up: each card's sums, and each bucket's, from the rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Card
from transactions.models import Allocation, Bucket, Transaction

# How many cards, by their ids, one query looks at: so memory does not grow.
CARDS_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """Two figures of one card that should be the same and are not."""

    card_id: int
    bucket_id: int | None
    rule: str
    expected: int
    found: int

    def __str__(self) -> str:
        where = f"card {self.card_id}"
        if self.bucket_id is not None:
            where += f", bucket {self.bucket_id}"
        return f"{where}: {self.rule}: {self.expected} is not {self.found}"


def disagreements(
    *, card: Card | None = None, progress: Callable[[int], Any] = lambda _: None
) -> Iterator[Disagreement]:
    """Every sum that does not hold, on one card or on all, by the cards' ids.

    progress: called with the number of ids looked at.
    """
    if card is not None:
        yield from _between(card.pk, card.pk)
        return
    last = Card.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, CARDS_AT_ONCE):
        yield from _between(first, first + CARDS_AT_ONCE - 1)
        progress(min(CARDS_AT_ONCE, last - first + 1))


def _between(first: int, last: int) -> Iterator[Disagreement]:
    yield from _cards_at_odds(first, last)
    yield from _buckets_at_odds(first, last)


def _cards_at_odds(first: int, last: int) -> Iterator[Disagreement]:
    approved = Transaction.objects.filter(status=Transaction.Status.APPROVED)
    cards = Card.objects.filter(pk__range=(first, last)).annotate(
        active_told=_sum_by_card(approved, "points"),
        active_held=_sum_by_card(_holding(Bucket.Status.ACTIVE), "remaining")
        - F("overdraft"),
        pending_told=_sum_by_card(approved, "pending_points"),
        pending_held=_sum_by_card(_holding(Bucket.Status.PENDING), "remaining"),
    )
    for told, held, rule in (
        ("active_told", "active_held", "active points of transactions and of buckets"),
        ("pending_told", "pending_held", "pending points of transactions and buckets"),
    ):
        for row in cards.exclude(**{told: F(held)}).values("pk", told, held):
            yield Disagreement(
                card_id=row["pk"],
                bucket_id=None,
                rule=rule,
                expected=row[told],
                found=row[held],
            )


def _buckets_at_odds(first: int, last: int) -> Iterator[Disagreement]:
    taken = Transaction.objects.filter(
        status=Transaction.Status.APPROVED,
        type__in=Transaction.ENDINGS,
    )
    approved = Allocation.objects.filter(transaction__status="APPROVED")
    left = (
        F("points")
        + _sum(taken, F("points") + F("pending_points"), by="bucket")
        - _sum(approved, F("points"), by="bucket")
    )
    buckets = Bucket.objects.filter(card__gte=first, card__lte=last)
    at_odds = buckets.annotate(left=left).exclude(left=F("remaining")).order_by("pk")
    for card_id, pk, expected, found in at_odds.values_list(
        "card_id", "pk", "left", "remaining"
    ):
        yield Disagreement(
            card_id=card_id,
            bucket_id=pk,
            rule="what was granted, less what was taken, and what remains",
            expected=expected,
            found=found,
        )


def _holding(status: Bucket.Status) -> QuerySet[Bucket]:
    return Bucket.objects.filter(status=status)


def _sum_by_card(rows: QuerySet[Any], column: str) -> Coalesce:
    return _sum(rows, F(column), by="card")


def _sum(rows: QuerySet[Any], value: Any, *, by: str) -> Coalesce:
    """The sum over the rows that refer to the outer row in their column `by`."""
    sums = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Coalesce(
        Subquery(sums.annotate(sum=Sum(value)).values("sum")),
        0,
        output_field=BigIntegerField(),
    )
