"""What the sentences promise is what the ledger does, by the same rules."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.factories import CardFactory
from loyalty.errors import Refusal
from schemes.sentences import Purchase, Rules, outcome
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import ledger
from transactions.models import Bucket

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
Columns = list[dict[str, Any]]
MOMENTS = [
    datetime(2026, 11, 21, 15, tzinfo=LONDON),
    datetime(2027, 1, 31, 23, 59, 59, tzinfo=LONDON),
    datetime(2027, 3, 27, 1, 30, tzinfo=LONDON),
    datetime(2024, 2, 29, tzinfo=LONDON),
]
PENDING: Columns = [
    {},
    {"pending_mode": "PERIOD_BASED", "pending_period": "1D"},
    {"pending_mode": "PERIOD_BASED", "pending_period": "1M", "pending_rounds_up": True},
    {"pending_mode": "PERIOD_BASED", "pending_period": "5D", "pending_min_points": 200},
    {"pending_mode": "PERIOD_BASED", "pending_period": "5D", "pending_min_amount": 5},
    {"pending_mode": "FIXED_DATES", "pending_dates": [{"month": 6, "day": 30}]},
    {
        "pending_mode": "EVENT_BASED",
        "pending_events": ["delivered"],
        "pending_deadline": "2W",
    },
]
EXPIRY: Columns = [
    {},
    {"expiry_mode": "ROLLING", "expiry_period": "6M", "expiry_rounding": "MONTH"},
    {"expiry_mode": "ROLLING", "expiry_period": "1Y", "expiry_from": "ACTIVATED"},
    {"expiry_mode": "ROLLING", "expiry_period": "1D"},
    {"expiry_mode": "CALENDAR", "expiry_dates": [{"month": 12, "day": 31}]},
    {"expiry_mode": "SLIDING", "expiry_period": "2Y"},
]
LIMITS: Columns = [
    {"max_points_per_earn": 100},
    {"max_balance": 150},
    {"earn_limit": 60, "earn_limit_period": "DAY"},
]


@pytest.mark.parametrize(
    "columns",
    [
        *({**pending, **expiry} for pending in PENDING for expiry in EXPIRY),
        *({**PENDING[3], **limits} for limits in LIMITS),
    ],
)
def test_the_first_grant_of_a_card_is_as_the_sentences_say(columns):
    definition = CardDefinitionFactory(**columns)
    EarnRateFactory(card_definition=definition, floor=1_000, ceiling=20_000)
    EarnRateFactory(card_definition=definition, floor=20_001, points=500, type="FIXED")
    rules = Rules(
        definition=definition, earn_rates=list(definition.earn_rates.order_by("pk"))
    )
    for at in MOMENTS:
        for amount in (999, 12_345, 30_000):
            purchase = Purchase(amount=amount, at=at)
            assert of_the_ledger(definition, purchase) == of_sentences(rules, purchase)


def of_sentences(rules, purchase):
    try:
        said = outcome(rules, purchase)
    except Refusal as refusal:
        return refusal.message
    if not said.granted:
        return 0
    status = "PENDING" if said.waits else "ACTIVE"
    dates = said.activates_at, said.cancels_at, said.expires_at
    return said.granted, status, dates


def of_the_ledger(definition, purchase):
    card = CardFactory(definition=definition)
    order = ledger.Order(reference="1", amount=purchase.amount)
    try:
        ledger.earn(card=card, order=order, now=purchase.at)
    except Refusal as refusal:
        return refusal.message
    bucket = Bucket.objects.filter(card=card).first()
    if bucket is None:
        return 0
    dates = bucket.activates_at, bucket.cancels_at, bucket.expires_at
    return bucket.points, bucket.status, dates


@pytest.mark.parametrize("name", ["double", "none"])
def test_a_named_rate_is_found_or_refused_as_the_ledger_does(simple_card, name):
    definition = simple_card.definition
    EarnRateFactory(card_definition=definition, name="double", points=2)
    rules = Rules(definition=definition, earn_rates=list(definition.earn_rates.all()))
    order = ledger.Order(reference="1", amount=5_000, rate_name=name)
    purchase = Purchase(amount=5_000, at=MOMENTS[0], rate_name=name)
    if name == "none":
        for call in (
            lambda: outcome(rules, purchase),
            lambda: ledger.earn(card=simple_card, order=order, now=MOMENTS[0]),
        ):
            with pytest.raises(Refusal) as refused:
                call()
            assert refused.value.field == "rate_name"
        return
    written = ledger.earn(card=simple_card, order=order, now=MOMENTS[0])
    assert written.points == outcome(rules, purchase).granted == 100
