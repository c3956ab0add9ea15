"""A batch of calls on waiting points: what each row is answered, and what is left."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import CardFactory
from loyalty.testing import race
from schemes.policies import MAX_POINTS
from transactions import ledger, sweeps
from transactions.audit import disagreements
from transactions.ledger import BatchVerb, Cause, Order, Row, changes
from transactions.models import Bucket, Transaction
from transactions.tests.backlog import DUE_AT, EARNED_AT, POINTS, make_backlog
from transactions.tests.grants import grant
from transactions.tests.helpers import (
    SHUT,
    assert_adds_up,
    card_with,
    everything,
    shut,
    story,
)
from transactions.tests.racing import row_locks

pytestmark = pytest.mark.django_db

WAY = [BatchVerb.ACTIVATE, BatchVerb.CANCEL]
either_way = pytest.mark.parametrize("verb", WAY)


def row(verb, bucket, *, key="", **arguments):
    cause = Cause(idempotency_key=key, actor="staff:anna", reason="A mistake.")
    return Row(
        verb=verb,
        card_id=bucket.card_id,
        arguments={"bucket": bucket, **arguments},
        cause=cause,
    )


def keys(outcomes):
    return [each.refusal and each.refusal.key for each in outcomes]


@either_way
@pytest.mark.parametrize("how", SHUT)
def test_a_shut_card_refuses_its_own_rows_alone(now, verb, how):
    closed, open_ = card_with(), card_with()
    buckets = [grant(card, 10, now=now, waits_days=5) for card in (closed, open_)]
    shut(closed, how, now=now)
    outcomes = ledger.batch(rows=[row(verb, each) for each in buckets], now=now)
    assert keys(outcomes) == [SHUT[how], None]
    for card in (closed, open_):
        assert_adds_up(card)


@either_way
def test_what_does_not_wait_any_more_is_refused_and_its_neighbours_are_done(
    simple_card, now, verb
):
    waiting, active, canceled, too = (
        grant(simple_card, 10, now=now, waits_days=days) for days in (5, None, 5, 5)
    )
    ledger.cancel(bucket=canceled, now=now)
    rows = [row(verb, each) for each in (waiting, active, canceled, too, waiting)]
    refused = "bucket_not_pending"
    assert keys(ledger.batch(rows=rows, now=now)) == [
        None,
        refused,
        refused,
        None,
        refused,
    ]
    assert_adds_up(simple_card)


@either_way
def test_a_row_that_comes_again_gets_its_first_answer(simple_card, now, verb):
    bucket = grant(simple_card, 10, now=now, waits_days=5)
    same = row(verb, bucket, key="K-1")
    first, again = ledger.batch(rows=[same, same], now=now)
    assert first.answer is again.answer
    (later,) = ledger.batch(rows=[same], now=now + timedelta(days=9))
    assert later.answer == first.answer
    assert_adds_up(simple_card)


def test_each_row_on_points_that_are_due_is_answered_by_what_their_date_did(
    simple_card, now
):
    buckets = [grant(simple_card, 10, now=now, waits_days=5) for _ in range(3)]
    late = now + timedelta(days=6)
    rows = [row(BatchVerb.ACTIVATE, each, key=f"K-{each.pk}") for each in buckets[:2]]
    outcomes = ledger.batch(rows=rows, now=late)
    assert [each.answer.bucket for each in outcomes] == buckets[:2]
    told = Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED").order_by("pk")
    assert [(each.actor, each.idempotency_key) for each in told] == [
        ("staff:anna", f"K-{buckets[0].pk}"),
        ("staff:anna", f"K-{buckets[1].pk}"),
        ("system", ""),
    ]
    assert {each.effective_at for each in told} == {now + timedelta(days=5)}
    # Under another key it is somebody else's wish, and comes too late.
    again = row(BatchVerb.ACTIVATE, buckets[0], key="K-9")
    twice = ledger.batch(rows=[again, rows[0]], now=late)
    assert keys(twice) == ["bucket_not_pending", None]


def test_a_part_of_a_bucket_can_be_canceled_and_then_another(simple_card, now):
    bucket = grant(simple_card, 10, now=now, waits_days=5)
    rows = [row(BatchVerb.CANCEL, bucket, points=points) for points in (4, 7, 6)]
    assert keys(ledger.batch(rows=rows, now=now)) == [None, "invalid_points", None]
    bucket.refresh_from_db()
    assert (bucket.remaining, bucket.status) == (0, "CANCELED")
    assert_adds_up(simple_card)


def test_points_that_await_an_event_are_activated_by_hand_from_this_moment(now):
    card = card_with(
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="30D",
        expiry_mode="ROLLING",
        expiry_period="10D",
        expiry_from="ACTIVATED",
    )
    bucket = grant(card, 10, now=now)
    later = now + timedelta(days=3)
    ledger.batch(rows=[row(BatchVerb.ACTIVATE, bucket)], now=later)
    bucket.refresh_from_db()
    assert (bucket.status, bucket.activates_at) == ("ACTIVE", later)
    assert bucket.expires_at > later + timedelta(days=9)


def test_what_becomes_active_repays_what_is_owed(now):
    card = card_with(allow_negative=True)
    buckets = [grant(card, 30, now=now, waits_days=5) for _ in range(2)]
    ledger.debit(card=card, points=50, now=now)
    rows = [row(BatchVerb.ACTIVATE, each) for each in buckets]
    ledger.batch(rows=rows, now=now)
    card.refresh_from_db()
    left = Bucket.objects.order_by("pk").values_list("remaining", flat=True)
    assert (card.overdraft, list(left)) == (0, [0, 10])
    assert_adds_up(card)


def test_a_refused_row_leaves_no_trace_not_even_of_what_was_due(now):
    card = card_with(allow_negative=True)
    grant(card, 30, now=now, waits_days=5)
    late = now + timedelta(days=6)
    waiting = grant(card, 30, now=now, waits_days=9)
    ledger.debit(card=card, points=50, now=now)
    before = everything()
    too_much = row(BatchVerb.CANCEL, waiting, points=31)
    (outcome,) = ledger.batch(rows=[too_much], now=late)
    assert outcome.refusal.key == "invalid_points"
    assert everything() == before
    # What follows begins where the refused row did.
    ledger.batch(rows=[too_much, row(BatchVerb.CANCEL, waiting)], now=late)
    assert story(card)[-3:] == [
        ("PENDING_POINTS_ACTIVATED", 30, -30),
        ("OVERDRAFT_REPAID", 0, 0),
        ("PENDING_POINTS_CANCELED", 0, -30),
    ]
    assert_adds_up(card)


def test_refunds_of_one_order_see_those_before_them_in_the_batch(simple_card, now):
    order = Order(reference="W-1", amount=10_000)

    def call(verb, **arguments):
        return Row(verb=verb, card_id=simple_card.pk, arguments=arguments)

    in_time = {"valid_from": now + timedelta(days=5)}
    rows = [
        call(BatchVerb.EARN, order=order, points=100, **in_time),
        call(BatchVerb.REFUND_ORDER, order_reference="W-1", amount=4_000),
        call(BatchVerb.REFUND_ORDER, order_reference="W-1", points=61),
        call(BatchVerb.REFUND_ORDER, order_reference="W-1", amount=6_001),
        call(BatchVerb.REFUND_ORDER, order_reference="W-1"),
        call(BatchVerb.REFUND_ORDER, order_reference="W-2"),
    ]
    outcomes = ledger.batch(rows=rows, now=now)
    exceeds = "refund_exceeds_order"
    assert keys(outcomes) == [None, None, exceeds, exceeds, None, "order_not_found"]
    refunds = [outcomes[1].answer, outcomes[4].answer]
    assert [each.details["from_pending"] for each in refunds] == [40, 60]
    assert_adds_up(simple_card)


@either_way
def test_300_rows_take_as_many_statements_as_10(simple_card, now, verb):
    def statements(count):
        cards = CardFactory.create_batch(count, definition=simple_card.definition)
        # Of different sizes, in no order: nothing is the same for all of them.
        buckets = [
            grant(card, 1 + number % 7, now=now, waits_days=5)
            for number, card in enumerate(cards)
        ]
        with CaptureQueriesContext(connection) as told:
            outcomes = ledger.batch(rows=[row(verb, each) for each in buckets], now=now)
        assert not any(keys(outcomes))
        return [each["sql"] for each in told if "INSERT" not in each["sql"]]

    assert len(statements(300)) == len(statements(10))


@either_way
def test_no_bucket_is_left_out_however_many_change_alike(
    simple_card, now, verb, monkeypatch
):
    monkeypatch.setattr(changes, "AT_ONCE", 3)
    buckets = [grant(simple_card, 10, now=now, waits_days=5) for _ in range(7)]
    ledger.batch(rows=[row(verb, each) for each in buckets], now=now)
    assert not Bucket.objects.filter(status="PENDING").exists()
    assert_adds_up(simple_card)


def test_a_refund_refused_at_its_very_end_is_no_answer_and_claims_nothing(now):
    """Its transaction was made already when the card turned out to owe too much."""
    card = card_with(refunds="BELOW_ZERO", allow_negative=True)
    grant(card, 10, now=now, order="o-1")
    for points in (10, MAX_POINTS):
        ledger.debit(card=card, points=points, now=now)
    rows = [
        Row(
            verb=BatchVerb.REFUND_ORDER,
            card_id=card.pk,
            arguments={"order_reference": "o-1"},
            cause=Cause(reference=reference),
        )
        for reference in ("r-1", "r-1", "r-2")
    ]
    before = everything()
    assert keys(ledger.batch(rows=rows, now=now)) == ["invalid_points"] * 3
    assert everything() == before


@row_locks
@pytest.mark.django_db(transaction=True)
def test_batches_beside_sweeps_and_spends_lose_and_double_nothing():
    cards = make_backlog(buckets=400, cards=8)
    now = DUE_AT + timedelta(days=1)
    waiting = [
        grant(card, 70, now=EARNED_AT + timedelta(days=2))
        for card in cards
        for _ in range(10)
    ]
    due = list(Bucket.objects.filter(activates_at__lte=now))

    def batches(verb, buckets, *, size):
        outcomes = []
        for start in range(0, len(buckets), size):
            rows = [row(verb, each) for each in buckets[start : start + size]]
            outcomes += ledger.batch(rows=rows, now=now)
        return outcomes

    def spend(card):
        return [ledger.spend(card=card, points=150, now=now) for _ in range(5)]

    outcomes = race(
        partial(sweeps.activate_due, now=now, batch_size=7),
        partial(sweeps.activate_due, now=now, batch_size=11),
        partial(batches, BatchVerb.ACTIVATE, due + waiting, size=50),
        # Crosswise: the locks are taken in one order all the same.
        partial(batches, BatchVerb.CANCEL, waiting[::-1], size=30),
        *[partial(spend, card) for card in cards],
    )

    assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    sweeps.activate_due(now=now)
    activated = Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED")
    ended = activated.values_list("bucket", flat=True)
    canceled = Bucket.objects.filter(status="CANCELED").count()
    assert len(set(ended)) == len(ended) == 400 + len(waiting) - canceled
    won = [each for each in (*outcomes[2][400:], *outcomes[3]) if each.answer]
    assert len(won) == len(waiting)
    held = sum(Bucket.objects.values_list("remaining", flat=True))
    granted = 400 * POINTS + 70 * (len(waiting) - canceled)
    assert held == granted - len(cards) * 5 * 150
    assert list(disagreements()) == []
