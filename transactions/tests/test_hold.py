"""Points are held for a spend: what a hold keeps, and what it is refused for."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.errors import BadInput, Refusal
from schemes.policies import BurnRateNotMet
from schemes.tests.factories import BurnRateFactory
from transactions import balances, ledger
from transactions.ledger import BatchVerb, Cause, Order, Row
from transactions.models import Transaction
from transactions.tests.grants import grant, remaining, rows
from transactions.tests.helpers import (
    SHUT,
    assert_adds_up,
    card_with,
    london,
    refused,
    shut,
    story,
)

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


def hold(card, points, *, now, until=None, **more):
    return ledger.hold(
        card=card, points=points, until=until or now + DAY, now=now, **more
    )


def held(card, *, at, now):
    return balances.balance(card=card, at=at, now=now).held


def test_a_hold_is_a_spend_that_moves_nothing_yet(simple_card, now):
    bucket = grant(simple_card, 10, now=now)
    order = Order(reference="A-1", amount=500)

    answer = hold(simple_card, 6, now=now, order=order)

    assert (answer.type, answer.status) == ("POINTS_SPENT_ON_ORDER", "PENDING")
    assert (answer.points, answer.held_until) == (-6, now + DAY)
    assert (answer.order_reference, answer.effective_at) == ("A-1", now)
    assert answer.processed_at is None
    assert remaining(bucket) == [10]
    assert not answer.allocations.exists()
    balance = balances.balance(card=simple_card, at=now, now=now)
    assert (balance.active, balance.held) == (10, 6)
    assert_adds_up(simple_card)


def test_a_hold_is_worth_what_the_spend_would_be(simple_card, now):
    BurnRateFactory(
        card_definition=simple_card.definition, floor=1, ceiling=100, step=1, rate=2
    )
    grant(simple_card, 10, now=now)

    answer = hold(simple_card, 6, now=now, reward="Mug")

    assert (answer.type, answer.amount) == ("POINTS_SPENT_ON_REWARD", 12)
    assert answer.currency == "GBP"
    assert answer.details == {"reward": "Mug"}


@pytest.mark.parametrize("verb", [ledger.spend, ledger.debit])
def test_held_points_cannot_be_taken_by_anybody_else(simple_card, now, verb):
    grant(simple_card, 10, now=now)
    hold(simple_card, 6, now=now)

    with refused(ledger.InsufficientPoints, field="points"):
        verb(card=simple_card, points=5, now=now)
    verb(card=simple_card, points=4, now=now)

    assert_adds_up(simple_card)


def test_the_refusal_says_how_many_points_are_held(simple_card, now):
    grant(simple_card, 10, now=now)
    hold(simple_card, 6, now=now)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.spend(card=simple_card, points=5, now=now)

    assert "4 active points besides the 6 that are held" in refusal.value.message


def test_held_points_cannot_be_held_a_second_time(simple_card, now):
    grant(simple_card, 10, now=now)
    hold(simple_card, 6, now=now)

    with refused(ledger.InsufficientPoints, field="points"):
        hold(simple_card, 5, now=now)
    hold(simple_card, 4, now=now)

    assert held(simple_card, at=now, now=now) == 10


def test_a_hold_on_one_card_leaves_another_alone(simple_card, now):
    other = card_with(simple_card.definition)
    for card in (simple_card, other):
        grant(card, 10, now=now)
    hold(simple_card, 10, now=now)

    ledger.spend(card=other, points=10, now=now)

    assert held(other, at=now, now=now) == 0


def test_a_batch_does_not_spend_what_is_held(simple_card, now):
    other = card_with(simple_card.definition)
    for card in (simple_card, other):
        grant(card, 10, now=now)
    hold(simple_card, 6, now=now)

    def spend(card, points, verb=BatchVerb.SPEND):
        return Row(verb=verb, card_id=card.pk, arguments={"points": points})

    outcomes = ledger.batch(
        rows=[
            spend(simple_card, 3),
            spend(simple_card, 2),
            spend(simple_card, 2, BatchVerb.DEBIT),
            spend(simple_card, 1),
            spend(other, 10),
        ],
        now=now,
    )

    keys = [each.refusal and each.refusal.key for each in outcomes]
    assert keys == [None, "insufficient_points", "insufficient_points", None, None]
    assert_adds_up(simple_card)


def test_points_that_wait_cannot_be_held(recipe_card, now):
    grant(recipe_card, 200, now=now)

    with refused(ledger.InsufficientPoints):
        hold(recipe_card, 100, now=now)


def test_a_hold_writes_first_what_is_due(simple_card, now):
    grant(simple_card, 10, now=now, waits_days=5)

    hold(simple_card, 10, now=now + 6 * DAY)

    assert story(simple_card)[1:] == [("PENDING_POINTS_ACTIVATED", 10, -10)]


@pytest.mark.parametrize("points", [0, -1, 1.0, "1", True, None])
def test_a_hold_is_of_a_whole_positive_number(simple_card, now, points):
    with refused(ledger.InvalidPoints, field="points"):
        hold(simple_card, points, now=now)


@pytest.mark.parametrize("points", [99, 150, 100_000])
def test_a_hold_outside_the_burn_rate_is_refused(recipe_card, now, points):
    ledger.credit(card=recipe_card, points=200_000, now=now)

    with refused(BurnRateNotMet):
        hold(recipe_card, points, now=now)


def test_a_hold_takes_no_more_than_one_spend_may(now):
    card = card_with(max_points_per_spend=5)
    grant(card, 10, now=now)

    with refused(ledger.SpendLimitExceeded):
        hold(card, 6, now=now)


def test_a_hold_on_an_order_that_cannot_be_is_refused(simple_card, now):
    grant(simple_card, 10, now=now)
    with pytest.raises(BadInput):
        hold(simple_card, 1, now=now, order=Order(reference=""))


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_held_on_what_is_shut(simple_card, now, how):
    grant(simple_card, 10, now=now)
    shut(simple_card, how, now=now)

    with pytest.raises(Refusal) as refusal:
        hold(simple_card, 1, now=now)

    assert (refusal.value.key, refusal.value.status) == (SHUT[how], 423)
    assert not Transaction.objects.open_holds().exists()


@pytest.mark.parametrize("earlier", [timedelta(0), MOMENT, DAY])
def test_a_hold_cannot_end_before_it_begins(simple_card, now, earlier):
    grant(simple_card, 10, now=now)

    with refused(ledger.InvalidMoment, field="until"):
        hold(simple_card, 1, now=now, until=now - earlier)


def test_the_end_of_a_hold_needs_a_time_zone(simple_card, now):
    grant(simple_card, 10, now=now)

    with refused(ledger.InvalidMoment, field="until"):
        hold(simple_card, 1, now=now, until=datetime(2025, 6, 11, 15))  # noqa: DTZ001  # on purpose


def test_a_hold_told_late_ends_after_now_all_the_same(simple_card, now):
    grant(simple_card, 10, now=now - 3 * DAY)
    told = Cause(occurred_at=now - 2 * DAY)

    with refused(ledger.InvalidMoment, field="until"):
        hold(simple_card, 1, now=now, until=now - DAY, cause=told)

    assert hold(simple_card, 1, now=now, cause=told).effective_at == now - 2 * DAY


def test_two_wall_times_of_one_name_are_two_ends_of_a_hold(simple_card):
    """In the hour that London's clocks show twice, the earlier one ends first."""
    summer = london(2025, 10, 26, 1, 30)
    winter = summer.replace(fold=1)
    now = datetime(2025, 10, 25, tzinfo=UTC)
    grant(simple_card, 10, now=now)
    hold(simple_card, 10, now=now, until=winter)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=1, now=summer)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=1, now=winter.astimezone(UTC) - MOMENT)
    ledger.spend(card=simple_card, points=1, now=winter)


@pytest.mark.parametrize("by", ["reference", "idempotency_key"])
def test_a_retry_of_a_hold_that_took_everything_gets_its_first_answer(
    simple_card, now, by
):
    grant(simple_card, 10, now=now)
    cause = Cause(**{by: "till-1"})
    first = hold(simple_card, 10, now=now, cause=cause)
    before = rows()

    assert hold(simple_card, 10, now=now, cause=cause) == first
    assert rows() == before


@pytest.mark.parametrize("decide", [ledger.capture, ledger.release])
def test_a_retry_of_a_hold_that_was_decided_holds_nothing_anew(
    simple_card, now, decide
):
    grant(simple_card, 10, now=now)
    cause = Cause(idempotency_key="till-1")
    first = hold(simple_card, 6, now=now, cause=cause)
    decided = decide(hold=first, now=now)

    again = hold(simple_card, 6, now=now, cause=cause)

    assert (again, again.status) == (first, decided.status)
    assert held(simple_card, at=now, now=now) == 0


def test_a_hold_of_another_end_is_another_request(simple_card, now):
    grant(simple_card, 10, now=now)
    cause = Cause(idempotency_key="till-1")
    hold(simple_card, 6, now=now, cause=cause)

    with refused(ledger.IdempotencyConflict):
        hold(simple_card, 6, now=now, until=now + 2 * DAY, cause=cause)
