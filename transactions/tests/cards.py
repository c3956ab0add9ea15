"""Cards under rules that a test names, for sweeps and balances."""

from datetime import datetime
from typing import Any

from accounts.models import Card
from accounts.tests.factories import CardFactory
from transactions import ledger


def card_with(**rules: Any) -> Card:
    """A card whose definition has these rules; without any, points are plain."""
    given: dict[str, Any] = {f"definition__{k}": v for k, v in rules.items()}
    card: Any = CardFactory(**given)
    assert isinstance(card, Card)
    return card


def owing_card(owed: int, *, now: datetime, **rules: Any) -> Card:
    """A card whose member owes so many points."""
    card = card_with(allow_negative=True, **rules)
    ledger.debit(card=card, points=owed, now=now)
    card.refresh_from_db()
    assert card.overdraft == owed
    return card


def event_card() -> Card:
    """A card whose points await a delivery for 30 days."""
    return card_with(
        pending_mode="EVENT_BASED",
        pending_events=["order_delivered"],
        pending_deadline="30D",
    )


def sliding_card() -> Card:
    """A card whose points lapse ten days after the last spend."""
    return card_with(expiry_mode="SLIDING", expiry_period="10D", slides_on_spend=True)
