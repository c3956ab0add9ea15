"""Points are spent: in which order, from when until when, and what a retry gets."""

from datetime import timedelta
from typing import Any

import pytest

from schemes.tests.factories import BurnRateFactory
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Transaction
from transactions.tests.grants import drawn, grant, remaining, rows
from transactions.tests.helpers import assert_adds_up, story

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def test_a_spend_draws_the_points_that_expire_soonest_first(simple_card, now):
    never = grant(simple_card, 10, now=now)
    late = grant(simple_card, 10, now=now, days=20)
    soon = grant(simple_card, 10, now=now, days=5)

    spent = ledger.spend(card=simple_card, points=25, now=now)

    assert drawn(spent) == [(soon.pk, 10), (late.pk, 10), (never.pk, 5)]
    assert remaining(soon, late, never) == [0, 0, 5]
    assert_adds_up(simple_card)


def test_of_points_that_expire_together_the_oldest_are_drawn_first(simple_card, now):
    younger = grant(simple_card, 10, now=now, days=9)
    older = grant(simple_card, 10, now=now - DAY, days=10)

    spent = ledger.spend(card=simple_card, points=4, now=now)

    assert older.expires_at == younger.expires_at
    assert drawn(spent) == [(older.pk, 4)]


def test_of_points_of_the_same_dates_the_first_granted_are_drawn_first(
    simple_card, now
):
    first, second = (grant(simple_card, 10, now=now) for _ in range(2))

    ledger.spend(card=simple_card, points=10, now=now)

    assert remaining(first, second) == [0, 10]


def test_a_bucket_that_is_spent_out_stays_active_and_holds_nothing(simple_card, now):
    bucket = grant(simple_card, 10, now=now)

    ledger.spend(card=simple_card, points=10, now=now)

    bucket.refresh_from_db()
    assert (bucket.status, bucket.remaining) == ("ACTIVE", 0)


def test_a_spend_of_more_than_there_is_is_refused_and_writes_nothing(simple_card, now):
    grant(simple_card, 10, now=now)
    before = rows()

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.spend(card=simple_card, points=11, now=now)

    assert (refusal.value.key, refusal.value.status) == ("insufficient_points", 409)
    assert "10 active points, not 11" in refusal.value.message
    assert rows() == before


def test_points_can_be_spent_from_the_very_moment_they_activate(simple_card, now):
    bucket = grant(simple_card, 10, now=now, waits_days=5)
    activates_at = bucket.activates_at

    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=10, now=activates_at - MOMENT)
    ledger.spend(card=simple_card, points=10, now=activates_at)

    assert remaining(bucket) == [0]


def test_points_can_be_spent_until_just_before_they_expire(simple_card, now):
    bucket = grant(simple_card, 10, now=now, days=5)

    ledger.spend(card=simple_card, points=4, now=bucket.expires_at - MOMENT)
    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=1, now=bucket.expires_at)

    assert_adds_up(simple_card)


def test_a_spend_writes_first_what_the_late_sweep_has_not(simple_card, now):
    waited = grant(simple_card, 10, now=now, waits_days=5)
    lapsed = grant(simple_card, 7, now=now, days=6)
    later = now + 8 * DAY

    ledger.spend(card=simple_card, points=10, now=later)

    assert story(simple_card)[2:] == [
        ("PENDING_POINTS_ACTIVATED", 10, -10),
        ("POINTS_EXPIRED", -7, 0),
        ("POINTS_SPENT_ON_ORDER", -10, 0),
    ]
    activated, expired, spent = simple_card.transactions.order_by("pk")[2:]
    assert activated.effective_at == waited.activates_at
    assert expired.effective_at == lapsed.expires_at
    assert spent.effective_at == later
    assert {activated.created_at, expired.created_at, spent.created_at} == {later}
    assert_adds_up(simple_card)


def test_points_that_activated_and_lapsed_unseen_cannot_be_spent(simple_card, now):
    grant(simple_card, 10, now=now, waits_days=5, days=6)
    grant(simple_card, 3, now=now)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.spend(card=simple_card, points=4, now=now + 7 * DAY)

    assert "3 active points" in refusal.value.message


def test_a_retry_of_a_spend_that_emptied_the_card_gets_its_first_answer(
    simple_card, now
):
    grant(simple_card, 10, now=now)
    request: dict[str, Any] = {
        "card": simple_card,
        "points": 10,
        "cause": Cause(idempotency_key="till-1"),
    }

    first = ledger.spend(now=now, **request)
    before = rows()
    again = ledger.spend(now=now + DAY, **request)

    assert again == first
    assert rows() == before
    assert remaining(*simple_card.buckets.all()) == [0]


def test_a_retry_gets_its_first_answer_even_when_the_card_is_blocked_by_now(
    simple_card, now
):
    grant(simple_card, 10, now=now)
    cause = Cause(idempotency_key="till-1")
    first = ledger.spend(card=simple_card, points=1, now=now, cause=cause)
    simple_card.status = "BLOCKED"
    simple_card.save()

    assert ledger.spend(card=simple_card, points=1, now=now, cause=cause) == first


@pytest.mark.parametrize(
    ("column", "refusal", "status"),
    [
        ("idempotency_key", ledger.IdempotencyConflict, 422),
        ("reference", ledger.ReferenceTaken, 409),
    ],
)
def test_a_name_that_was_used_cannot_name_another_spend(
    simple_card, now, column, refusal, status
):
    grant(simple_card, 10, now=now)
    cause = Cause(**{column: "till-1"})
    ledger.spend(card=simple_card, points=1, now=now, cause=cause)
    before = rows()

    with pytest.raises(refusal) as refused:
        ledger.spend(card=simple_card, points=2, now=now, cause=cause)

    assert refused.value.status == status
    assert rows() == before


def test_two_cards_may_use_the_same_key(simple_card, recipe_card, now):
    cause = Cause(idempotency_key="till-1")
    for card in (simple_card, recipe_card):
        ledger.credit(card=card, points=100, now=now)
        ledger.spend(card=card, points=100, now=now, cause=cause)

    assert Transaction.objects.filter(idempotency_key="till-1").count() == 2


def test_the_worth_of_a_spend_is_its_points_at_the_burn_rate_rounded_down(
    simple_card, now
):
    BurnRateFactory(card_definition=simple_card.definition, floor=1, step=1, rate="0.5")
    grant(simple_card, 10, now=now)

    spent = ledger.spend(card=simple_card, points=5, now=now)

    assert (spent.amount, spent.currency) == (2, "GBP")


def test_an_order_burns_at_the_rate_it_names_or_else_at_the_default(simple_card, now):
    rules = {"card_definition": simple_card.definition, "floor": 1, "step": 1}
    BurnRateFactory(rate=1, **rules)
    BurnRateFactory(rate=3, name="double", **rules)
    grant(simple_card, 100, now=now)

    def worth(rate_name: str) -> int | None:
        order = Order(reference="W-1", rate_name=rate_name)
        return ledger.spend(card=simple_card, points=5, now=now, order=order).amount

    assert [worth("default"), worth("double"), worth("earned-so")] == [5, 15, 5]


def test_without_a_burn_rate_points_have_no_worth(simple_card, now):
    grant(simple_card, 10, now=now)

    spent = ledger.spend(card=simple_card, points=7, now=now)

    assert (spent.amount, spent.currency) == (None, "")


def test_a_reward_or_an_order_is_what_the_points_were_spent_on(simple_card, now):
    grant(simple_card, 10, now=now)

    mug = ledger.spend(card=simple_card, points=3, now=now, reward="MUG")
    order = ledger.spend(
        card=simple_card, points=3, now=now, order=Order(reference="W-1")
    )

    assert (mug.type, mug.details) == ("POINTS_SPENT_ON_REWARD", {"reward": "MUG"})
    assert (order.type, order.order_reference) == ("POINTS_SPENT_ON_ORDER", "W-1")


def test_a_spend_that_is_told_late_is_judged_at_the_moment_it_happened(
    simple_card, now
):
    then = grant(simple_card, 10, now=now - DAY, days=2)
    grant(simple_card, 10, now=now)
    cause = Cause(occurred_at=now - DAY)

    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=11, now=now, cause=cause)
    spent = ledger.spend(card=simple_card, points=10, now=now, cause=cause)

    assert drawn(spent) == [(then.pk, 10)]
    assert (spent.effective_at, spent.created_at) == (now - DAY, now)
