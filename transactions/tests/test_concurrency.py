"""Many at once on one card: one wins, the others are refused, and nobody gets more.

Each call thinks for a moment before it writes. So two that may go side by side do, and
a missing lock shows every time: the last tests take it away, and see it show.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.db.transaction import atomic

from accounts.tests.factories import CardFactory
from loyalty.testing import race
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket
from transactions.tests.grants import grant, remaining
from transactions.tests.helpers import assert_adds_up
from transactions.tests.racing import (
    at_once,
    one_wins,
    row_locks,
    side_by_side,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_database"),
]

# --- The races ------------------------------------------------------------------------


def spends_of_everything(card, now) -> bool:
    grant(card, 10, now=now)
    outcomes = at_once(partial(ledger.spend, card=card, points=10, now=now), times=4)
    return one_wins(outcomes, refusal=ledger.InsufficientPoints)


def retries_of_one_spend(card, now) -> bool:
    grant(card, 100, now=now)
    cause = Cause(idempotency_key="till-1")
    call = partial(ledger.spend, card=card, points=10, now=now, cause=cause)
    outcomes = at_once(call, times=20)
    spends = list(card.transactions.filter(type="POINTS_SPENT_ON_ORDER"))
    return len(spends) == 1 and outcomes == spends * 20


def give_backs_of_one_spend(card, now) -> bool:
    grant(card, 10, now=now)
    spend = ledger.spend(card=card, points=10, now=now)
    outcomes = at_once(partial(ledger.give_back, spend=spend, now=now), times=3)
    return one_wins(outcomes, refusal=ledger.NothingToGiveBack)


def refunds_of_one_order(card, now) -> bool:
    grant(card, 10, now=now, order="W-1")
    grant(card, 50, now=now)
    call = partial(
        ledger.refund_order, card=card, order_reference="W-1", points=10, now=now
    )
    return one_wins(at_once(call, times=3), refusal=ledger.RefundExceedsOrder)


def activations_of_one_bucket(card, now) -> bool:
    bucket = grant(card, 10, now=now, waits_days=5)
    outcomes = at_once(partial(ledger.activate, bucket=bucket, now=now), times=3)
    return one_wins(outcomes, refusal=ledger.BucketNotPending)


def an_activation_and_a_cancellation(card, now) -> bool:
    bucket = grant(card, 10, now=now, waits_days=5)
    outcomes = side_by_side(
        *[
            partial(verb, bucket=bucket, now=now)
            for verb in (ledger.activate, ledger.cancel)
        ]
    )
    return one_wins(outcomes, refusal=ledger.BucketNotPending)


def expirations_of_one_bucket(card, now) -> bool:
    bucket = grant(card, 10, now=now)
    outcomes = at_once(partial(ledger.expire, bucket=bucket, now=now), times=3)
    return one_wins(outcomes, refusal=ledger.BucketNotActive)


RACES = [
    spends_of_everything,
    retries_of_one_spend,
    give_backs_of_one_spend,
    refunds_of_one_order,
    activations_of_one_bucket,
    an_activation_and_a_cancellation,
    expirations_of_one_bucket,
]


@pytest.mark.parametrize("run", RACES)
def test_of_many_at_once_one_wins_and_the_others_get_a_clean_answer(
    simple_card, now, run
):
    assert run(simple_card, now)
    assert_adds_up(simple_card)


@row_locks
@pytest.mark.parametrize("run", RACES)
def test_without_the_locks_the_same_race_goes_wrong(simple_card, now, run, monkeypatch):
    """So the races above would notice if a verb forgot its lock."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows._chain())

    assert not run(simple_card, now)


def test_an_earning_told_many_times_at_once_is_granted_once(simple_card, now):
    call = partial(
        ledger.earn,
        card=simple_card,
        now=now,
        order=Order(reference="W-1", amount=1000),
        cause=Cause(idempotency_key="till-1"),
    )

    outcomes = at_once(call, times=10)

    (bucket,) = Bucket.objects.all()
    assert outcomes == [bucket.transactions.get()] * 10
    assert_adds_up(simple_card)


def test_earnings_at_once_do_not_together_pass_a_limit(simple_card, now):
    rules = simple_card.definition
    rules.max_balance = 25
    rules.save()

    at_once(partial(ledger.earn, card=simple_card, points=10, now=now), times=4)

    assert sum(remaining(*Bucket.objects.all())) == 25
    assert_adds_up(simple_card)


def test_a_card_adds_up_when_it_earns_and_owes_at_once(simple_card, now):
    rules = simple_card.definition
    rules.allow_negative = True
    rules.save()

    side_by_side(
        *[
            partial(verb, card=simple_card, points=points, now=now)
            for verb in (ledger.debit, ledger.earn, ledger.credit)
            for points in (7, 10)
        ]
    )

    assert simple_card.transactions.exclude(type="OVERDRAFT_REPAID").count() == 6
    assert_adds_up(simple_card)


# --- Who waits for whom ---------------------------------------------------------------


def beside(held: Callable[[], Any], call: Callable[[], Any]) -> Any:
    """What the call answers while another connection has `held` and not committed.

    It does not wait for a lock: it fails instead.
    """
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with atomic():
            held()
            holds.set()
            may_end.wait(timeout=10)

    def run() -> Any:
        assert holds.wait(timeout=10)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            return call()
        finally:
            may_end.set()

    _, outcome = race(hold, run)
    return outcome


@row_locks
def test_an_earning_does_not_wait_for_a_spend_that_holds_the_card(simple_card, now):
    grant(simple_card, 10, now=now)
    spend = partial(ledger.spend, card=simple_card, points=1, now=now)
    earn = partial(ledger.earn, card=simple_card, points=10, now=now)
    credit = partial(ledger.credit, card=simple_card, points=10, now=now)

    assert beside(spend, earn).type == "POINTS_EARNED"
    assert beside(spend, credit).type == "ADMIN_CREDIT"
    # While another spend does: so the card really was locked.
    assert isinstance(beside(spend, spend), OperationalError)
    assert_adds_up(simple_card)


@row_locks
def test_a_spend_does_not_wait_for_an_earning(simple_card, now):
    grant(simple_card, 10, now=now)
    earn = partial(ledger.earn, card=simple_card, points=10, now=now)

    spent = beside(earn, partial(ledger.spend, card=simple_card, points=10, now=now))

    assert spent.points == -10
    assert_adds_up(simple_card)


@row_locks
def test_debits_of_different_cards_never_meet(simple_card, now):
    other = CardFactory(definition=simple_card.definition)
    for card in (simple_card, other):
        grant(card, 10, now=now)

    debited = beside(
        partial(ledger.debit, card=simple_card, points=10, now=now),
        partial(ledger.debit, card=other, points=10, now=now),
    )

    assert debited.card == other
