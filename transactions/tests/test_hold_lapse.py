"""A hold lapses by its date, whether a job runs or not; the sweep only says so."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from transactions import balances, ledger, sweeps
from transactions.audit import disagreements
from transactions.ledger import Cause
from transactions.models import SweepRun, Transaction
from transactions.tests.grants import grant
from transactions.tests.helpers import assert_adds_up, card_with, refused

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
pytestmark = pytest.mark.django_db
swept_or_not = pytest.mark.parametrize("swept", [True, False])


@pytest.fixture
def hold(simple_card, now):
    """All ten points, held for a day."""
    grant(simple_card, 10, now=now)
    return ledger.hold(card=simple_card, points=10, until=now + DAY, now=now)


def held(card, *, at, now):
    return balances.balance(card=card, at=at, now=now).held


def test_a_hold_keeps_its_points_until_just_before_it_lapses(simple_card, now, hold):
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=1, now=now + DAY - MOMENT)


@swept_or_not
def test_what_lapsed_is_free_from_that_moment_on(simple_card, now, hold, swept):
    if swept:
        sweeps.process_requests(now=now + DAY)

    ledger.spend(card=simple_card, points=10, now=now + DAY)

    assert_adds_up(simple_card)


@swept_or_not
def test_what_lapsed_cannot_be_captured(simple_card, now, hold, swept):
    if swept:
        sweeps.process_requests(now=now + DAY)

    with refused(ledger.HoldNotOpen):
        ledger.capture(hold=hold, now=now + DAY)


@swept_or_not
def test_releasing_what_lapsed_answers_that_it_lapsed(now, hold, swept):
    if swept:
        sweeps.process_requests(now=now + DAY)

    released = ledger.release(hold=hold, now=now + 2 * DAY, reason="Too late")

    assert released.status == "REJECTED"
    assert released.details["rejection"]["reason"] == "lapsed"


@swept_or_not
def test_what_is_told_late_may_spend_what_has_lapsed_since(
    simple_card, now, hold, swept
):
    if swept:
        sweeps.process_requests(now=now + DAY)
    told = Cause(occurred_at=now + DAY / 2)

    spent = ledger.spend(card=simple_card, points=10, now=now + DAY, cause=told)

    assert spent.effective_at == now + DAY / 2


def test_a_hold_can_be_captured_until_just_before_it_lapses(now, hold):
    assert ledger.capture(hold=hold, now=now + DAY - MOMENT).status == "APPROVED"


def test_the_sweep_rejects_what_has_lapsed(simple_card, now, hold):
    run = sweeps.process_requests(now=now + 3 * DAY)

    hold.refresh_from_db()
    assert (hold.status, hold.processed_at) == ("REJECTED", now + 3 * DAY)
    assert hold.details["rejection"] == {"reason": "lapsed", "details": ""}
    assert (run.buckets, run.points, run.error) == (1, 0, "")
    assert run.lag == 2 * DAY
    assert not list(disagreements(card=simple_card))


def test_the_sweep_passes_over_what_has_not_lapsed(simple_card, now, hold):
    run = sweeps.process_requests(now=now + DAY - MOMENT)

    hold.refresh_from_db()
    assert hold.status == "PENDING"
    assert (run.buckets, run.lag) == (0, None)
    assert ledger.process(requests=[hold], now=now + DAY - MOMENT) == []


def test_one_pass_decides_requests_and_lapsed_holds(simple_card, now, hold):
    waiting = card_with(pending_mode="PERIOD_BASED", pending_period="5D")
    request = ledger.request_activation(bucket=grant(waiting, 7, now=now), now=now)
    fresh = card_with()
    grant(fresh, 1, now=now)
    live = ledger.hold(card=fresh, points=1, until=now + 9 * DAY, now=now)

    run = sweeps.process_requests(now=now + DAY)

    statuses = {each.pk: each.status for each in Transaction.objects.all()}
    assert statuses[request.pk] == "APPROVED"
    assert (statuses[hold.pk], statuses[live.pk]) == ("REJECTED", "PENDING")
    assert (run.buckets, run.points) == (2, 7)


def test_a_lapsed_hold_is_rejected_once(now, hold):
    sweeps.process_requests(now=now + DAY)

    assert sweeps.process_requests(now=now + 2 * DAY).buckets == 0
    assert ledger.process(requests=[hold], now=now + 2 * DAY) == []


def test_a_dry_run_counts_what_has_lapsed_and_nothing_else(now, hold):
    assert sweeps.count_requests(until=now + DAY - MOMENT) == (0, 0)
    assert sweeps.count_requests(until=now + DAY) == (1, 0)


def test_the_command_lets_holds_lapse(hold, capsys):
    call_command("process_requests", "--dry-run")
    assert Transaction.objects.open_holds().count() == 1

    call_command("process_requests")

    assert not Transaction.objects.open_holds().exists()
    assert SweepRun.objects.get().buckets == 1


def test_points_lapse_while_they_are_held(now, simple_card):
    """A hold keeps others away. It keeps no bucket alive."""
    grant(simple_card, 10, now=now, days=2)
    never = grant(simple_card, 3, now=now)
    hold = ledger.hold(card=simple_card, points=8, until=now + 9 * DAY, now=now)
    then = now + 2 * DAY

    balance = balances.balance(card=simple_card, at=then, now=then)
    assert (balance.active, balance.held) == (3, 8)
    with refused(ledger.InsufficientPoints, field="points"):
        ledger.capture(hold=hold, now=then)
    with pytest.raises(ledger.InsufficientPoints, match="has 0 active points"):
        ledger.spend(card=simple_card, points=1, now=then)
    grant(simple_card, 5, now=then)
    captured = ledger.capture(hold=hold, now=then)

    assert captured.allocations.get(bucket=never).points == 3
    assert_adds_up(simple_card)


def test_what_is_held_is_told_of_every_moment(simple_card, now):
    grant(simple_card, 10, now=now)
    first = ledger.hold(card=simple_card, points=5, until=now + 9 * DAY, now=now)
    ledger.hold(card=simple_card, points=3, until=now + 2 * DAY, now=now + DAY)
    ledger.capture(hold=first, now=now + 4 * DAY)
    later = now + 5 * DAY

    told = [held(simple_card, at=now + days * DAY, now=later) for days in range(6)]

    assert held(simple_card, at=now - MOMENT, now=later) == 0
    assert told == [5, 8, 5, 5, 0, 0]
    past = balances.balance(card=simple_card, at=now + 3 * DAY, now=later)
    assert (past.active, past.held) == (10, 5)


def test_what_will_be_held_goes_by_the_dates_of_the_holds(simple_card, now):
    grant(simple_card, 10, now=now)
    ledger.hold(card=simple_card, points=5, until=now + 2 * DAY, now=now)
    ledger.hold(card=simple_card, points=3, until=now + 4 * DAY, now=now)

    told = [held(simple_card, at=now + days * DAY, now=now) for days in range(5)]

    assert told == [8, 8, 3, 3, 0]


@swept_or_not
def test_a_hold_that_lapsed_is_told_of_the_past_as_it_was(
    simple_card, now, hold, swept
):
    later = now + 5 * DAY
    if swept:
        sweeps.process_requests(now=now + 3 * DAY)

    assert held(simple_card, at=now + DAY - MOMENT, now=later) == 10
    assert held(simple_card, at=now + 2 * DAY, now=later) == 0
