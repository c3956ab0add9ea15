"""Events that are told late: judged when they happened, on what is still there."""

from datetime import datetime, timedelta

import pytest

from transactions import ledger
from transactions.ledger import Cause
from transactions.tests.helpers import assert_adds_up, card_with

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("swept", [False, True])
def test_a_late_told_spend_cannot_use_what_has_lapsed_since_swept_or_not(
    now: datetime, swept: bool
) -> None:
    card, told_at = card_with(), now + timedelta(days=7)
    ledger.earn(card=card, points=10, now=now, valid_to=now + timedelta(days=5))
    if swept:
        ledger.settle(card=card, at=told_at, now=told_at)
    cause = Cause(occurred_at=now + timedelta(days=4))

    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=card, points=5, now=told_at, cause=cause)


def test_a_whole_history_told_in_its_order_books_what_really_happened(
    now: datetime,
) -> None:
    """As an import does: the spend comes before the lapse, though both are past."""
    card, told_at = card_with(), now + timedelta(days=700)
    on = [Cause(occurred_at=now + timedelta(days=day), historic=True) for day in (0, 4)]
    ledger.earn(
        card=card, points=10, now=told_at, valid_to=now + timedelta(days=5), cause=on[0]
    )

    spent = ledger.spend(card=card, points=6, now=told_at, cause=on[1])
    ledger.settle(card=card, at=told_at, now=told_at)

    assert (spent.points, spent.effective_at) == (-6, now + timedelta(days=4))
    assert card.buckets.get().status == "EXPIRED"
    assert card.transactions.get(type="POINTS_EXPIRED").points == -4
    assert_adds_up(card)
