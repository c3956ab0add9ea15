"""The figures of a member's cards at the Voucherify door: they add up at any moment."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Card
from loyalty.tests.api import shown
from loyalty.tests.voucherify import Project
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import EarnRateFactory
from transactions import ledger, sweeps

pytestmark = pytest.mark.django_db

START = datetime(2026, 7, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)

WAIT_TEN_DAYS = {
    "type": "PERIOD_BASED",
    "period_based": {"period": {"unit": "DAY", "value": 10}},
}
BELOW_ZERO = {
    "spent_points": {"type": "NONE"},
    "earned_points": {
        "type": "REFUNDABLE",
        "methods": [{"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_BELOW_ZERO"}],
    },
}


def last(unit, value):
    """Points that lapse a period after they become active."""
    period = {"unit": unit, "value": value}
    return {"type": "ROLLING_EXPIRATION", "rolling_expiration": {"period": period}}


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


class Life:
    """A member with one card, under a definition of these sections."""

    def __init__(self, **sections):
        self.project = Project()
        self.program = self.project.program(**sections)
        EarnRateFactory(card_definition=CardDefinition.objects.get(), step=1)
        self.member = self.project.member(self.program)
        self.row = Card.objects.get()

    @property
    def card(self):
        """The card as the door shows it now."""
        address = f"programs/{self.program['id']}/members/{self.member['id']}"
        (card,) = shown(self.project.get(address))["cards"]
        return card["card"]

    def earn(self, points, at, order="A-1"):
        given = ledger.Order(reference=order, amount=points)
        return ledger.earn(card=self.row, order=given, now=at)

    def credit(self, points, at):
        return ledger.credit(card=self.row, points=points, now=at)

    def checked(self):
        """What is not zero of the card's figures, once they are seen to add up."""
        card = self.card
        life, pending = (
            card["lifetime_bucket"][name] for name in ("points", "pending_points")
        )
        took = ("subtracted", "expired", "spent", "refunded", "locked")
        gave = ("total", "returned", "unlocked")
        expected = sum(life[name] for name in gave) - sum(life[name] for name in took)
        assert card["balance"]["points"] == expected
        assert life["total"] == life["earned"] + life["added"]
        assert card["balance"]["pending_points"] == (
            pending["total"] - pending["activated"] - pending["canceled"]
        )
        assert min(*life.values(), *pending.values()) >= 0
        return {
            **{name: value for name, value in life.items() if value},
            **{f"pending {name}": value for name, value in pending.items() if value},
        }


def test_a_new_card_has_nothing_at_all(clock):
    life = Life()
    assert life.checked() == {}
    card = life.card
    assert card["balance"] == {"points": 0, "pending_points": 0}
    assert (card["next_expiration"], card["next_activation"]) == (None, None)
    assert set(card["lifetime_bucket"]["points"]) == {
        "total",
        "earned",
        "added",
        "purchased",
        "purchased_reversed",
        "subtracted",
        "expired",
        "spent",
        "refunded",
        "returned",
        "locked",
        "unlocked",
    }


@pytest.mark.parametrize("swept", [True, False])
def test_waiting_points_become_earned_ones_on_their_date(clock, swept):
    life = Life(pending_points=WAIT_TEN_DAYS)
    life.earn(40, START)
    assert life.checked() == {"pending total": 40}
    # The vendor's own example: ten days after 30 July is 9 August.
    assert life.card["next_activation"] == {
        "points": 40,
        "type": "PERIOD_BASED",
        "date": "2026-08-09",
    }
    clock.move_to(START + 10 * DAY)
    if swept:
        sweeps.activate_due(now=START + 10 * DAY)
    assert life.checked() == {
        "total": 40,
        "earned": 40,
        "pending total": 40,
        "pending activated": 40,
    }
    assert life.card["next_activation"] is None


@pytest.mark.parametrize("swept", [True, False])
def test_points_lapse_after_their_last_usable_day(clock, swept):
    life = Life(points_expiration=last("MONTH", 1))
    july = START + DAY
    clock.move_to(july)
    life.credit(60, july)
    # The vendor's own example: a month after 31 July is 31 August.
    assert life.card["next_expiration"] == {"points": 60, "date": "2026-08-31"}
    clock.move_to(datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC))
    assert life.card["balance"]["points"] == 60
    midnight = datetime(2026, 9, 1, tzinfo=UTC)
    clock.move_to(midnight)
    if swept:
        sweeps.expire_due(now=midnight)
    assert life.checked() == {"total": 60, "added": 60, "expired": 60}
    assert life.card["next_expiration"] is None


def test_one_day_is_over_at_the_end_of_the_next(clock):
    life = Life(points_expiration=last("DAY", 1))
    life.credit(5, START)
    assert life.card["next_expiration"]["date"] == "2026-07-31"


def test_a_calendar_date_is_the_last_usable_day_in_the_programs_zone(clock):
    dates = {"expiration_dates": [{"day": 31, "month": 7}]}
    expiration = {"type": "CALENDAR_EXPIRATION", "calendar_expiration": dates}
    life = Life(points_expiration=expiration)
    Scheme.objects.filter(reference=life.program["id"]).update(
        time_zone="America/New_York"
    )
    life.credit(5, START)
    assert life.card["next_expiration"]["date"] == "2026-07-31"
    clock.move_to(datetime(2026, 8, 1, 3, 59, tzinfo=UTC))
    assert life.card["balance"]["points"] == 5
    clock.move_to(datetime(2026, 8, 1, 4, tzinfo=UTC))
    assert life.checked() == {"total": 5, "added": 5, "expired": 5}


@pytest.mark.parametrize("swept", [True, False])
def test_points_that_await_an_event_tell_when_they_are_canceled(clock, swept):
    event = {
        "event_types": ["ms_1"],
        "cancel_period": {"unit": "DAY", "value": 2},
    }
    life = Life(pending_points={"type": "EVENT_BASED", "event_based": event})
    life.earn(30, START)
    assert life.card["next_activation"] == {
        "points": 30,
        "type": "EVENT_BASED",
        "cancel_date": "2026-08-01",
    }
    clock.move_to(START + 2 * DAY)
    if swept:
        sweeps.activate_due(now=START + 2 * DAY)
    assert life.checked() == {"pending total": 30, "pending canceled": 30}
    assert life.card["next_activation"] is None


def test_points_of_one_day_activate_together(clock):
    life = Life(pending_points=WAIT_TEN_DAYS)
    life.earn(10, START, order="A-1")
    life.earn(20, START + timedelta(hours=1), order="A-2")
    clock.move_to(START + DAY)
    life.earn(30, START + DAY, order="A-3")
    assert life.card["next_activation"]["points"] == 30
    assert life.card["balance"]["pending_points"] == 60


def test_every_figure_of_a_full_life_adds_up(clock):
    life = Life(
        pending_points=WAIT_TEN_DAYS,
        refunds=BELOW_ZERO,
        balance_settings={"allow_negative": True},
    )
    life.earn(100, START)
    life.credit(500, START)
    spend = ledger.spend(card=life.row, points=200, reward="Tea", now=START)
    ledger.give_back(spend=spend, points=50, now=START)
    ledger.debit(card=life.row, points=30, now=START)
    life.earn(70, START, order="A-2")
    ledger.refund_order(card=life.row, order_reference="A-2", points=20, now=START)
    assert life.checked() == {
        "total": 500,
        "added": 500,
        "spent": 200,
        "returned": 50,
        "subtracted": 30,
        "pending total": 170,
        "pending canceled": 20,
    }
    clock.move_to(START + 10 * DAY)
    sweeps.activate_due(now=START + 10 * DAY)
    refund = {"card": life.row, "now": START + 10 * DAY}
    ledger.refund_order(order_reference="A-1", **refund)
    assert life.checked() == {
        "total": 650,
        "earned": 150,
        "added": 500,
        "spent": 200,
        "returned": 50,
        "subtracted": 30,
        "refunded": 100,
        "pending total": 170,
        "pending activated": 150,
        "pending canceled": 20,
    }
    assert life.card["balance"]["points"] == 370


def test_points_below_zero_are_a_negative_balance(clock):
    life = Life(balance_settings={"allow_negative": True})
    life.credit(10, START)
    ledger.debit(card=life.row, points=25, now=START)
    assert life.card["balance"]["points"] == -15
    assert life.checked() == {"total": 10, "added": 10, "subtracted": 25}


def test_held_points_are_locked_until_the_spend_is_decided(clock):
    life = Life()
    life.credit(100, START)
    later = START + DAY
    held = {"card": life.row, "reward": "Tea", "until": later, "now": START}
    first = ledger.hold(points=30, **held)
    second = ledger.hold(points=20, **held)
    assert life.checked() == {"total": 100, "added": 100, "locked": 50}
    assert life.card["balance"]["points"] == 50
    ledger.capture(hold=first, now=START)
    ledger.release(hold=second, now=START)
    assert life.checked() == {
        "total": 100,
        "added": 100,
        "spent": 30,
        "locked": 50,
        "unlocked": 50,
    }
    ledger.hold(points=70, **held)
    clock.move_to(later)  # nobody has said yet that the hold lapsed
    assert life.card["balance"]["points"] == 70
    assert life.checked()["unlocked"] == 120
