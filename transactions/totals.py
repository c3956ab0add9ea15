"""What a card has done in its life: its transactions added up by their types."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum

from accounts.models import Card
from transactions.models import Bucket, Transaction

ACTIVATED = Transaction.Type.PENDING_POINTS_ACTIVATED


@dataclass(frozen=True, kw_only=True)
class Total:
    """All transactions of one type: what they did to both balances, and their money.

    `amount` is in minor units of the scheme's currency.
    """

    points: int = 0
    pending_points: int = 0
    amount: int = 0


NOTHING = Total()


class Totals:
    """The totals of one card; a type that it has no transaction of adds up to nothing."""

    def __init__(self, totals: Mapping[str, Total]) -> None:
        self._totals = totals

    def of(self, *types: Transaction.Type) -> Total:
        """These types together."""
        found = [self._totals.get(type_, NOTHING) for type_ in types]
        return Total(
            points=sum(total.points for total in found),
            pending_points=sum(total.pending_points for total in found),
            amount=sum(total.amount for total in found),
        )


def of_cards(*, cards: list[Card], at: datetime) -> Mapping[int, Totals]:
    """The totals of each card over its approved transactions, by its id. Two queries.

    Activations that are due at `at` (aware, not in the past) are among them, whether a
    sweep has written them yet or not.
    """
    pks = [card.pk for card in cards]
    sums = (
        Transaction.objects.filter(card__in=pks, status=Transaction.Status.APPROVED)
        .values("card", "type")
        .annotate(
            sum_points=Sum("points"),
            sum_pending=Sum("pending_points"),
            sum_amount=Sum("amount", default=0),
        )
    )
    found: dict[int, dict[str, Total]] = {pk: {} for pk in pks}
    for row in sums:
        found[row["card"]][row["type"]] = Total(
            points=row["sum_points"],
            pending_points=row["sum_pending"],
            amount=row["sum_amount"],
        )
    for pk, points in _due(pks, at=at).items():
        written = found[pk].get(ACTIVATED, NOTHING)
        found[pk][ACTIVATED] = replace(
            written,
            points=written.points + points,
            pending_points=written.pending_points - points,
        )
    return {pk: Totals(totals) for pk, totals in found.items()}


def _due(pks: list[int], *, at: datetime) -> Mapping[int, int]:
    """The points whose activation is due and not written yet, by the card's id."""
    due = Bucket.objects.pending().filter(card__in=pks, activates_at__lte=at)
    sums = due.values("card").annotate(sum=Sum("remaining")).order_by()
    return dict(sums.values_list("card", "sum"))
