"""The seven balances of points accounts: what they hold and what they ever did."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from accounts.models import Card
from transactions import balances, totals
from transactions.models import Transaction

Type = Transaction.Type
Figures = Mapping[str, int]


def of_accounts(cards: list[Card], *, now: datetime) -> Mapping[int, Figures]:
    """The balances of each account at `now` (aware), by the card's id.

    `current` is all there is: `usable` and `locked` and `pending`. What is owed makes
    `usable` negative. `lifetime` is what ever became usable, less what refunds took;
    `lifetimeSpend` what was spent and not given back, and `lifetimeSpendValue` its
    money in minor units.

    Six queries, however many cards.
    """
    held = balances.of_cards(cards=cards, at=now)
    done = totals.of_cards(cards=cards, at=now)
    unspent = _money_given_back(cards)
    found = {}
    for card in cards:
        balance, total = held[card.pk], done[card.pk]
        spent = total.of(*Transaction.SPENDS)
        granted = total.of(
            Type.POINTS_EARNED, Type.ADMIN_CREDIT, Type.PENDING_POINTS_ACTIVATED
        )
        refunded = total.of(Type.POINTS_REFUNDED)
        current = balance.active - balance.overdraft + balance.pending
        found[card.pk] = {
            "current": current,
            "usable": current - balance.held - balance.pending,
            "locked": balance.held,
            "lifetime": granted.points + refunded.points,
            "lifetimeSpend": -spent.points - total.of(Type.POINTS_RETURNED).points,
            "lifetimeSpendValue": spent.amount - unspent[card.pk],
            "pending": balance.pending,
        }
    return found


def _money_given_back(cards: list[Card]) -> Mapping[int, int]:
    """The money of the spends that were given back, each to the part that was."""
    returns = Transaction.objects.filter(
        card__in=cards, type=Type.POINTS_RETURNED, parent__amount__isnull=False
    )
    spends = returns.values("card", "parent__amount", "parent__points", "parent")
    money: dict[int, int] = defaultdict(int)
    for spend in spends.annotate(sum=Sum("points")).order_by():
        money[spend["card"]] += (
            spend["parent__amount"] * spend["sum"] // -spend["parent__points"]
        )
    return money
