"""One story told through each of the four APIs leaves the same rows in the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Card
from accounts.tests.factories import CardFactory, IdentityFactory
from loyalty.tests.api import client, created, shown
from loyalty.tests.engage import book, engage_api, row
from loyalty.tests.till import basket
from loyalty.tests.voucherify_cards import of_card
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import sweeps
from transactions.models import Allocation, Bucket, Transaction
from transactions.tests.helpers import assert_adds_up

# The scheme counts in London, where the last day of December ends with UTC's.
EARNED = datetime(2025, 6, 10, 14, tzinfo=UTC)
ACTIVE = EARNED + timedelta(days=5)
SWEPT = ACTIVE + timedelta(days=2)
TAKEN = ACTIVE + timedelta(days=3)
LAPSED = datetime(2026, 1, 1, tzinfo=UTC)
SWEPT_AGAIN = LAPSED + timedelta(hours=9)

pytestmark = pytest.mark.django_db

Act = Callable[[Card], Any]


@dataclass(frozen=True)
class Door:
    """How a purchase of 123.45 and a debit of 23 points are told to one API."""

    buy: Act
    take: Act


def api(card):
    return client(card.member.unit)


def native_buy(card):
    order = {"reference": "A-1", "amount": 12_345}
    created(api(card).post(f"cards/{card.uuid}/earn/", {"order": order}))


def native_take(card):
    created(api(card).post(f"cards/{card.uuid}/debit/", {"points": 23}))


def voucherify_buy(card):
    order = {
        "source_id": "A-1",
        "status": "PAID",
        "amount": 12_345,
        "customer": {"source_id": card.member.external_id},
    }
    shown(api(card).post("/v1/orders", order))


def voucherify_take(card):
    shown(api(card).post(of_card(card, "points"), {"points": -23}))


def eagle_eye_buy(card):
    body = {
        "reference": "A-1",
        "identity": {"identityValue": card.member.identities.get().value},
        "basket": basket(12_345),
    }
    shown(api(card).post("/connect/wallet/settle", body))


def eagle_eye_take(card):
    address = f"/wallet/{card.member_id}/account/{card.pk}/debit"
    shown(api(card).patch(address, {"balances": {"current": 23}}))


def engage_buy(card):
    """Engage's clients count the points and their dates themselves."""
    dates = {"validFrom": ACTIVE.isoformat(), "validTo": LAPSED.isoformat()}
    book(engage_api(card.member.unit), row(card, 123, **dates))


def engage_take(card):
    book(engage_api(card.member.unit), row(card, -23))


DOORS = {
    "native": Door(native_buy, native_take),
    "voucherify": Door(voucherify_buy, voucherify_take),
    "eagle_eye": Door(eagle_eye_buy, eagle_eye_take),
    "engage": Door(engage_buy, engage_take),
}


@pytest.fixture
def card():
    """A card in a unit of its own: a point for each 1.00, which waits five days."""
    definition = CardDefinitionFactory(recipe=True)
    EarnRateFactory(card_definition=definition)
    card = CardFactory(definition=definition)
    IdentityFactory(member=card.member)
    return card


def holds(card):
    """What can be spent and what waits, as the native API tells it."""
    balance = shown(api(card).get(f"cards/{card.uuid}/balance/"))
    return balance["active"], balance["pending"]


@pytest.mark.parametrize("door", DOORS)
def test_a_purchase_waits_is_active_is_taken_from_and_lapses(card, door):
    """The same in every column that says who has how many points, and when.

    Left out are the names of the order and of the event, which Engage does not know,
    and by which rule the dates came about: there the caller gives them.
    """
    with time_machine.travel(EARNED, tick=False):
        DOORS[door].buy(card)
        assert holds(card) == (0, 123)
    with time_machine.travel(ACTIVE, tick=False):
        assert holds(card) == (123, 0)
    sweeps.activate_due(now=SWEPT)
    with time_machine.travel(TAKEN, tick=False):
        DOORS[door].take(card)
        assert holds(card) == (100, 0)
    sweeps.expire_due(now=SWEPT_AGAIN)
    with time_machine.travel(SWEPT_AGAIN, tick=False):
        assert holds(card) == (0, 0)

    transactions = Transaction.objects.filter(card=card).order_by("pk")
    assert list(
        transactions.values_list(
            "type", "status", "points", "pending_points", "effective_at", "created_at"
        )
    ) == [
        ("PENDING_POINTS_ADDED", "APPROVED", 0, 123, EARNED, EARNED),
        ("PENDING_POINTS_ACTIVATED", "APPROVED", 123, -123, ACTIVE, SWEPT),
        ("ADMIN_DEBIT", "APPROVED", -23, 0, TAKEN, TAKEN),
        ("POINTS_EXPIRED", "APPROVED", -100, 0, LAPSED, SWEPT_AGAIN),
    ]
    added, activated, taken, lapsed = transactions
    (bucket,) = Bucket.objects.filter(card=card)
    assert [each.bucket for each in (added, activated, taken, lapsed)] == [
        bucket,
        bucket,
        None,
        bucket,
    ]
    assert (bucket.status, bucket.points, bucket.remaining) == ("EXPIRED", 123, 0)
    assert (bucket.earned_at, bucket.activates_at) == (EARNED, ACTIVE)
    assert (bucket.expires_at, bucket.cancels_at) == (LAPSED, None)
    (drawn,) = Allocation.objects.filter(bucket__card=card)
    assert (drawn.transaction, drawn.bucket, drawn.points) == (taken, bucket, 23)
    assert_adds_up(card)
