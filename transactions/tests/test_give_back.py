"""A spend is undone, all or part of it: where the points come back, and until when."""

from datetime import timedelta

import pytest

from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.tests.grants import drawn, grant, remaining, rows
from transactions.tests.helpers import assert_adds_up

DAY = timedelta(days=1)


def test_points_come_back_to_the_buckets_they_were_drawn_from(simple_card, now):
    soon = grant(simple_card, 10, now=now, days=5)
    late = grant(simple_card, 10, now=now, days=20)
    spent = ledger.spend(card=simple_card, points=15, now=now)

    returned = ledger.give_back(spend=spent, now=now + DAY)

    assert (returned.type, returned.points) == ("POINTS_RETURNED", 15)
    assert (returned.parent, returned.bucket) == (spent, None)
    assert drawn(returned) == [(late.pk, -5), (soon.pk, -10)]
    assert remaining(soon, late) == [10, 10]
    soon_again = simple_card.buckets.get(pk=soon.pk)
    assert soon_again.expires_at == soon.expires_at
    assert_adds_up(simple_card)


def test_what_was_drawn_last_comes_back_first(simple_card, now):
    """After a part came back it is as if less had been spent in the first place."""
    soon = grant(simple_card, 10, now=now, days=5)
    late = grant(simple_card, 10, now=now, days=20)
    spent = ledger.spend(card=simple_card, points=15, now=now)

    ledger.give_back(spend=spent, now=now, points=3)
    assert remaining(soon, late) == [0, 8]
    ledger.give_back(spend=spent, now=now, points=4)
    assert remaining(soon, late) == [2, 10]
    ledger.give_back(spend=spent, now=now)

    assert remaining(soon, late) == [10, 10]
    assert_adds_up(simple_card)


def test_no_more_comes_back_than_was_spent(simple_card, now):
    grant(simple_card, 20, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now)
    ledger.give_back(spend=spent, now=now, points=6)
    before = rows()

    with pytest.raises(ledger.NothingToGiveBack) as refusal:
        ledger.give_back(spend=spent, now=now, points=5)
    assert "4 points are left" in refusal.value.message
    assert rows() == before

    ledger.give_back(spend=spent, now=now, points=4)
    with pytest.raises(ledger.NothingToGiveBack):
        ledger.give_back(spend=spent, now=now)
    assert_adds_up(simple_card)


def test_points_whose_bucket_has_expired_come_back_for_the_grace(simple_card, now):
    rules = simple_card.definition
    rules.return_grace_days = 14
    rules.save()
    lapsed = grant(simple_card, 10, now=now, days=5)
    alive = grant(simple_card, 10, now=now, days=50)
    spent = ledger.spend(card=simple_card, points=15, now=now)
    later = now + 6 * DAY

    returned = ledger.give_back(spend=spent, now=later)

    fresh = returned.bucket
    assert (fresh.points, fresh.remaining, fresh.status) == (10, 10, "ACTIVE")
    assert (fresh.activates_at, fresh.expires_at) == (later, later + 14 * DAY)
    assert returned.details == {"renewed": 10}
    assert drawn(returned) == [(alive.pk, -5)]
    assert remaining(lapsed, alive) == [0, 10]
    assert_adds_up(simple_card)


@pytest.mark.parametrize("after", [timedelta(microseconds=-1), timedelta()])
def test_a_bucket_takes_points_back_until_the_moment_it_expires(
    simple_card, now, after
):
    bucket = grant(simple_card, 10, now=now, days=5)
    spent = ledger.spend(card=simple_card, points=10, now=now)

    returned = ledger.give_back(spend=spent, now=bucket.expires_at + after)

    assert (returned.bucket is None) == (after < timedelta())


def test_a_bucket_that_was_expired_by_hand_takes_nothing_back(simple_card, now):
    bucket = grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=4, now=now)
    ledger.expire(bucket=bucket, now=now)

    returned = ledger.give_back(spend=spent, now=now)

    assert remaining(bucket, returned.bucket) == [0, 4]
    assert_adds_up(simple_card)


def test_a_part_that_came_back_in_a_fresh_bucket_does_not_come_back_twice(
    simple_card, now
):
    grant(simple_card, 10, now=now, days=5)
    alive = grant(simple_card, 10, now=now, days=50)
    spent = ledger.spend(card=simple_card, points=15, now=now)

    ledger.give_back(spend=spent, now=now + 6 * DAY, points=8)
    second = ledger.give_back(spend=spent, now=now + 7 * DAY)

    assert (second.points, second.bucket.points) == (7, 7)
    assert remaining(alive) == [10]
    assert_adds_up(simple_card)


def test_points_given_back_can_be_spent_again(simple_card, now):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now)
    ledger.give_back(spend=spent, now=now)

    again = ledger.spend(card=simple_card, points=10, now=now)

    assert again.points == -10
    assert_adds_up(simple_card)


def test_a_retry_of_a_give_back_gets_its_first_answer(simple_card, now):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now)
    cause = Cause(idempotency_key="return-1")

    first = ledger.give_back(spend=spent, now=now, cause=cause)
    again = ledger.give_back(spend=spent, now=now + DAY, cause=cause)

    assert again == first
    assert simple_card.transactions.filter(type="POINTS_RETURNED").count() == 1


def test_a_give_back_names_the_order_of_its_spend(simple_card, now):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(
        card=simple_card, points=10, now=now, order=Order(reference="W-1")
    )

    assert ledger.give_back(spend=spent, now=now).order_reference == "W-1"


def test_only_a_spend_can_be_given_back(simple_card, now):
    earned = ledger.credit(card=simple_card, points=10, now=now)
    debited = ledger.debit(card=simple_card, points=5, now=now)
    before = rows()

    for other in (earned, debited):
        with pytest.raises(ledger.NotASpend) as refusal:
            ledger.give_back(spend=other, now=now)
        assert refusal.value.status == 423
    assert rows() == before


def test_a_spend_on_a_reward_can_be_given_back_too(simple_card, now):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now, reward="MUG")

    assert ledger.give_back(spend=spent, now=now).points == 10


def test_nothing_comes_back_to_a_card_that_is_blocked(simple_card, now):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now)
    type(simple_card).objects.update(status="BLOCKED")

    with pytest.raises(ledger.CardNotActive):
        ledger.give_back(spend=spent, now=now)


@pytest.mark.parametrize("points", [0, -1, 1.5, True])
def test_so_many_points_cannot_come_back(simple_card, now, points):
    grant(simple_card, 10, now=now)
    spent = ledger.spend(card=simple_card, points=10, now=now)

    with pytest.raises(ledger.InvalidPoints):
        ledger.give_back(spend=spent, now=now, points=points)
