"""What a basket is worth, and how the engine tells what it thinks of one."""

from collections.abc import Iterable, Mapping
from typing import Any

from loyalty.errors import BadInput
from transactions.models import Transaction

Sent = Mapping[str, Any]
RETURNED = "REFUND"


def worth(basket: Sent) -> int:
    """What the shopper pays for the basket, in minor units.

    Its total; without one, the sum of its lines after discounts.

    :raises BadInput: if it says neither.
    """
    total = (basket.get("summary") or {}).get("totalBasketValue")
    if total is not None:
        return int(total)
    lines = basket.get("contents")
    if not lines:
        raise BadInput(
            "Give the basket's total, or its lines.",
            field="basket.summary.totalBasketValue",
        )
    return sum(_cost(line, number) for number, line in enumerate(lines))


def returned(basket: Sent) -> int:
    """What the lines that are returned had cost, in minor units.

    :raises BadInput: if no line is.
    """
    lines = [
        _cost(line, number)
        for number, line in enumerate(basket.get("contents") or [])
        if line.get("salesKey") in (None, RETURNED)
    ]
    if not lines:
        raise BadInput(
            f"Give the lines that are returned, with the salesKey {RETURNED}.",
            field="basket.contents",
        )
    return sum(lines)


def _cost(line: Sent, number: int) -> int:
    for name in ("totalUnitCostAfterDiscount", "totalUnitCost"):
        cost = line.get(name)
        if cost is not None:
            return int(cost)
    raise BadInput(
        "Give what the line costs.", field=f"basket.contents[{number}].totalUnitCost"
    )


def enriched(basket: Sent | None, **summary: Any) -> dict[str, Any]:
    """A basket as it was sent, with what the engine says about it in its summary."""
    sent = dict(basket or {})
    return {**sent, "summary": {**(sent.get("summary") or {}), **summary}}


def results(
    *,
    earned: int = 0,
    spends: Iterable[Transaction] = (),
    refunded: int = 0,
) -> dict[str, Any]:
    """The points that a basket gave and took."""
    spends = list(spends)
    spent = -sum(spend.points for spend in spends)
    return {
        "points": {
            "spend": spent,
            "debit": 0,
            "refund": refunded,
            "totalPointsTaken": spent + refunded,
            "earn": earned,
            "credit": 0,
            "totalPointsGiven": earned,
            "totalMonetaryValue": sum(spend.amount or 0 for spend in spends),
        },
        "tiers": None,
    }
