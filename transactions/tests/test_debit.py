"""Points are taken by hand, and the overdraft: how it comes, and who repays it."""

from datetime import timedelta

import pytest

from accounts.models import Card
from transactions import ledger
from transactions.ledger import Cause
from transactions.tests.grants import drawn, grant, remaining, rows
from transactions.tests.helpers import assert_adds_up, story

DAY = timedelta(days=1)


@pytest.fixture
def owing_card(simple_card):
    """A simple card whose points may go below zero."""
    rules = simple_card.definition
    rules.allow_negative = True
    rules.save()
    return simple_card


def owed(card: Card) -> int:
    return Card.objects.get(pk=card.pk).overdraft


def test_a_debit_draws_the_points_that_expire_soonest_first(simple_card, now):
    never = grant(simple_card, 10, now=now)
    soon = grant(simple_card, 10, now=now, days=5)

    debited = ledger.debit(card=simple_card, points=12, now=now)

    assert (debited.type, debited.points) == ("ADMIN_DEBIT", -12)
    assert debited.details == {}
    assert drawn(debited) == [(soon.pk, 10), (never.pk, 2)]
    assert_adds_up(simple_card)


def test_a_debit_keeps_who_did_it_and_why(simple_card, now):
    grant(simple_card, 10, now=now)
    cause = Cause(actor="staff:anna", reason="granted twice", metadata={"case": 7})

    debited = ledger.debit(card=simple_card, points=1, now=now, cause=cause)

    assert (debited.actor, debited.reason) == ("staff:anna", "granted twice")
    assert debited.details == {"metadata": {"case": 7}}


def test_a_debit_of_more_than_there_is_is_refused_where_nobody_may_owe(
    simple_card, now
):
    grant(simple_card, 10, now=now)
    grant(simple_card, 10, now=now, waits_days=5)
    before = rows()

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.debit(card=simple_card, points=11, now=now)

    assert refusal.value.details == {"field": "points"}
    assert (rows(), owed(simple_card)) == (before, 0)


def test_a_debit_goes_into_an_overdraft_where_the_rules_allow_it(owing_card, now):
    bucket = grant(owing_card, 10, now=now)

    debited = ledger.debit(card=owing_card, points=15, now=now)

    assert (debited.points, debited.details) == (-15, {"overdraft": 5})
    assert drawn(debited) == [(bucket.pk, 10)]
    assert owed(owing_card) == 5
    assert_adds_up(owing_card)


def test_an_overdraft_grows_with_the_next_debit(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)
    ledger.debit(card=owing_card, points=7, now=now)

    assert owed(owing_card) == 12
    assert_adds_up(owing_card)


def test_a_spend_never_goes_into_an_overdraft(owing_card, now):
    grant(owing_card, 10, now=now)

    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=owing_card, points=11, now=now)
    assert owed(owing_card) == 0


def test_the_next_points_repay_the_overdraft_first(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)

    part = grant(owing_card, 3, now=now)
    assert (remaining(part), owed(owing_card)) == ([0], 2)
    rest = grant(owing_card, 10, now=now)
    assert (remaining(rest), owed(owing_card)) == ([8], 0)

    assert story(owing_card) == [
        ("ADMIN_DEBIT", -5, 0),
        ("POINTS_EARNED", 3, 0),
        ("OVERDRAFT_REPAID", 0, 0),
        ("POINTS_EARNED", 10, 0),
        ("OVERDRAFT_REPAID", 0, 0),
    ]
    repaid = owing_card.transactions.get(type="OVERDRAFT_REPAID", details__repaid=2)
    assert drawn(repaid) == [(rest.pk, 2)]
    assert_adds_up(owing_card)


def test_points_that_staff_give_repay_the_overdraft_too(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)

    credited = ledger.credit(card=owing_card, points=9, now=now)

    assert (remaining(credited.bucket), owed(owing_card)) == ([4], 0)
    assert_adds_up(owing_card)


def test_points_that_wait_repay_when_they_become_active_and_not_before(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)
    waiting = grant(owing_card, 8, now=now, waits_days=5)
    assert (remaining(waiting), owed(owing_card)) == ([8], 5)

    ledger.spend(card=owing_card, points=3, now=now + 9 * DAY)

    assert (remaining(waiting), owed(owing_card)) == ([0], 0)
    repaid = owing_card.transactions.get(type="OVERDRAFT_REPAID")
    assert repaid.effective_at == waiting.activates_at
    assert_adds_up(owing_card)


def test_points_activated_by_hand_repay_at_once(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)
    waiting = grant(owing_card, 8, now=now, waits_days=5)

    ledger.activate(bucket=waiting, now=now + DAY)

    assert (remaining(waiting), owed(owing_card)) == ([3], 0)
    assert_adds_up(owing_card)


def test_a_requested_activation_repays_when_it_is_processed(recipe_card, now):
    rules = recipe_card.definition
    rules.allow_negative = True
    rules.save()
    ledger.debit(card=recipe_card, points=5, now=now)
    waiting = ledger.earn(card=recipe_card, points=8, now=now).bucket
    request = ledger.request_activation(bucket=waiting, now=now)
    assert owed(recipe_card) == 5

    ledger.process(requests=[request], now=now + DAY)

    assert (remaining(waiting), owed(recipe_card)) == ([3], 0)
    assert_adds_up(recipe_card)


def test_points_repay_before_they_lapse_however_late_the_sweep_is(owing_card, now):
    ledger.debit(card=owing_card, points=5, now=now)
    waiting = grant(owing_card, 8, now=now, waits_days=5, days=6)

    ledger.debit(card=owing_card, points=1, now=now + 9 * DAY)

    assert story(owing_card)[2:] == [
        ("PENDING_POINTS_ACTIVATED", 8, -8),
        ("OVERDRAFT_REPAID", 0, 0),
        ("POINTS_EXPIRED", -3, 0),
        ("ADMIN_DEBIT", -1, 0),
    ]
    assert (remaining(waiting), owed(owing_card)) == ([0], 1)
    assert_adds_up(owing_card)


def test_points_given_back_repay_the_overdraft(owing_card, now):
    bucket = grant(owing_card, 10, now=now)
    spent = ledger.spend(card=owing_card, points=10, now=now)
    ledger.debit(card=owing_card, points=4, now=now)

    ledger.give_back(spend=spent, now=now)

    assert (remaining(bucket), owed(owing_card)) == ([6], 0)
    assert_adds_up(owing_card)


def test_an_overdraft_is_repaid_even_when_the_rules_allow_none_any_more(
    owing_card, now
):
    ledger.debit(card=owing_card, points=5, now=now)
    type(owing_card.definition).objects.update(allow_negative=False)

    bucket = grant(owing_card, 8, now=now)

    assert (remaining(bucket), owed(owing_card)) == ([3], 0)
    assert_adds_up(owing_card)


def test_a_retry_of_a_debit_gets_its_first_answer(owing_card, now):
    cause = Cause(idempotency_key="desk-1")
    first = ledger.debit(card=owing_card, points=5, now=now, cause=cause)

    assert ledger.debit(card=owing_card, points=5, now=now, cause=cause) == first
    assert owed(owing_card) == 5


def test_a_debit_sees_what_is_due_as_if_the_sweep_had_run(simple_card, now):
    grant(simple_card, 10, now=now, days=2)
    grant(simple_card, 4, now=now, waits_days=1)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.debit(card=simple_card, points=5, now=now + 3 * DAY)

    assert "4 active points" in refusal.value.message


def test_nothing_is_debited_from_a_card_that_is_blocked(owing_card, now):
    type(owing_card).objects.update(status="BLOCKED")

    with pytest.raises(ledger.CardNotActive):
        ledger.debit(card=owing_card, points=1, now=now)
    assert owed(owing_card) == 0


@pytest.mark.parametrize("points", [0, -1, 1.5, True, "1"])
def test_so_many_points_cannot_be_debited(owing_card, now, points):
    with pytest.raises(ledger.InvalidPoints):
        ledger.debit(card=owing_card, points=points, now=now)
