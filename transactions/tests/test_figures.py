"""The mark moves over rows that are final, and nothing is lost or counted twice."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from accounts.tests.factories import CardFactory
from loyalty.testing import race
from transactions import figures, ledger, sweeps
from transactions.figures import Period
from transactions.figures.days import day_of
from transactions.models import (
    CalendarFigure,
    DailyFigure,
    FigureMark,
    Transaction,
    Undecided,
)
from transactions.sweeps.figures import close_figures, forget_figures
from transactions.tests.cards import card_with

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 10, 14, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def report(card, at, days=3):
    last = day_of(at, zone=card.definition.scheme.zone)
    period = Period(first=last - timedelta(days=days - 1), last=last)
    return figures.report(schemes=[card.definition.scheme], period=period, at=at)


def kept(type_):
    return DailyFigure.objects.filter(type=type_).aggregate(
        points=Sum("points", default=0), rows=Sum("transactions", default=0)
    )


def mark():
    return FigureMark.objects.get()


def test_rows_are_counted_at_the_second_look(simple_card):
    """What was seen may have neighbours that are still being written."""
    ledger.credit(card=simple_card, points=5, now=NOW)
    assert close_figures(now=NOW) == 0
    assert close_figures(now=NOW + MINUTE) > 0
    assert kept("ADMIN_CREDIT") == {"points": 5, "rows": 1}
    assert report(simple_card, NOW + HOUR).active.total == 5


def test_a_worker_that_asks_every_second_looks_every_minute(simple_card):
    close_figures(now=NOW)
    close_figures(now=NOW + timedelta(seconds=59))
    assert mark().seen_at == NOW
    close_figures(now=NOW + MINUTE)
    assert mark().seen_at == NOW + MINUTE


def test_a_hold_that_the_mark_has_passed_counts_when_it_is_captured(simple_card):
    ledger.credit(card=simple_card, points=100, now=NOW)
    until = NOW + 4 * HOUR
    hold = ledger.hold(card=simple_card, points=30, until=until, now=NOW)
    close_figures(now=NOW, at_once=True)
    assert Undecided.objects.count() == 1
    assert report(simple_card, NOW).active.total == 100

    later = NOW + HOUR
    ledger.capture(hold=hold, now=later)
    assert report(simple_card, later).active.total == 70
    assert report(simple_card, later).spent.total == 30
    for _again in range(2):
        close_figures(now=later, at_once=True)
        assert not Undecided.objects.exists()
        assert kept("POINTS_SPENT_ON_ORDER") == {"points": -30, "rows": 1}
        assert report(simple_card, later).active.total == 70


def test_holds_are_counted_however_many_are_decided_at_once(simple_card, monkeypatch):
    monkeypatch.setattr(sweeps.figures, "NAMED_AT_ONCE", 2)
    ledger.credit(card=simple_card, points=100, now=NOW)
    until = NOW + 4 * HOUR
    holds = [
        ledger.hold(card=simple_card, points=points, until=until, now=NOW)
        for points in (1, 2, 4, 8, 16)
    ]
    close_figures(now=NOW, at_once=True)
    for hold in holds:
        ledger.capture(hold=hold, now=NOW + HOUR)
    close_figures(now=NOW + HOUR, at_once=True)
    assert not Undecided.objects.exists()
    assert kept("POINTS_SPENT_ON_ORDER") == {"points": -31, "rows": 5}


def test_a_hold_that_is_released_never_counts(simple_card):
    ledger.credit(card=simple_card, points=100, now=NOW)
    until = NOW + 4 * HOUR
    hold = ledger.hold(card=simple_card, points=30, until=until, now=NOW)
    close_figures(now=NOW, at_once=True)
    ledger.release(hold=hold, now=NOW + HOUR)
    close_figures(now=NOW + HOUR, at_once=True)
    assert not Undecided.objects.exists()
    assert report(simple_card, NOW + HOUR).active.total == 100
    assert report(simple_card, NOW + HOUR).spent.total == 0


def test_a_request_counts_with_what_was_decided_and_not_what_was_asked(recipe_card):
    granted = ledger.earn(card=recipe_card, points=90, now=NOW)
    request = ledger.request_activation(bucket=granted.bucket, now=NOW)
    close_figures(now=NOW, at_once=True)
    assert report(recipe_card, NOW).pending.total == 90
    ledger.process(requests=[request], now=NOW + HOUR)
    for _look in range(2):
        told = report(recipe_card, NOW + HOUR)
        assert (told.active.total, told.pending.total) == (90, 0)
        close_figures(now=NOW + HOUR, at_once=True)


def test_in_batches_and_stopped_in_between_the_sums_are_the_same(simple_card):
    for points in range(1, 8):
        ledger.credit(card=simple_card, points=points, now=NOW)
    stop = iter([True, False])
    assert close_figures(
        now=NOW, at_once=True, ids_at_once=3, keep_going=lambda: next(stop)
    )
    assert report(simple_card, NOW).issued.total == 28
    close_figures(now=NOW, at_once=True, ids_at_once=2)
    assert kept("ADMIN_CREDIT") == {"points": 28, "rows": 7}
    assert report(simple_card, NOW).issued.total == 28


def test_days_are_those_of_the_schemes_own_zone():
    cards = [
        CardFactory(definition__scheme__time_zone=zone)
        for zone in ("Pacific/Auckland", "America/Los_Angeles")
    ]
    for card in cards:
        ledger.credit(card=card, points=5, now=NOW)
    for _look in range(2):
        days = []
        for card in cards:
            told = report(card, NOW)
            assert told.issued.by_day == [0, 0, 5]
            days.append(told.period.last.day)
        assert days == [11, 10]
        close_figures(now=NOW, at_once=True)


def test_the_change_is_that_of_the_period_and_of_the_one_before(simple_card):
    for days, points in ((10, 1000), (5, 300), (4, 20), (1, 7)):
        now = NOW - timedelta(days=days)
        ledger.credit(card=simple_card, points=points, now=now)
    ledger.spend(card=simple_card, points=2, now=NOW)
    for _look in range(2):
        told = report(simple_card, NOW)
        active = told.active
        assert (active.total, active.change, active.before) == (1325, 5, 320)
        assert (told.issued.total, told.issued.before) == (7, 320)
        assert (told.spent.total, told.spent.by_day) == (2, [0, 0, 2])
        close_figures(now=NOW, at_once=True)


def test_a_period_in_the_past_ends_with_its_last_day(simple_card):
    ledger.credit(card=simple_card, points=50, now=NOW)
    ledger.credit(card=simple_card, points=9, now=NOW + timedelta(days=2))
    last = NOW.date() + timedelta(days=1)
    period = Period(first=NOW.date(), last=last)
    told = figures.report(
        schemes=[simple_card.definition.scheme],
        period=period,
        at=NOW + timedelta(days=9),
    )
    assert told.active.total == 50
    assert told.overdraft is None


def test_what_is_late_is_told_and_counted_on_its_day():
    card = card_with(pending_mode="PERIOD_BASED", pending_period="1D")
    ledger.earn(card=card, points=40, now=NOW)
    later = NOW + timedelta(days=2)
    told = report(card, later)
    assert (told.active.total, told.pending.total, told.late) == (40, 0, 40)
    sweeps.activate_due(now=later)
    assert report(card, later).late == 0


def test_what_is_owed_waits_for_a_cost(simple_card):
    scheme = simple_card.definition.scheme
    ledger.credit(card=simple_card, points=1001, now=NOW)
    assert report(simple_card, NOW).owed is None
    scheme.point_cost, scheme.expected_breakage = "0.5", "10"
    scheme.save()
    scheme.refresh_from_db()
    owed = report(simple_card, NOW).owed
    assert (owed.active.total, owed.breakage) == (501, 50)


def test_the_command_adds_everything_up_and_can_begin_anew(simple_card):
    ledger.credit(card=simple_card, points=5, now=NOW)
    call_command("close_figures", verbosity=0, stdout=StringIO())
    DailyFigure.objects.update(points=77)
    CalendarFigure.objects.all().delete()
    said = StringIO()
    call_command("close_figures", rebuild=True, verbosity=0, stdout=said)
    assert kept("ADMIN_CREDIT") == {"points": 5, "rows": 1}
    assert CalendarFigure.objects.get(kind="GRANTED").points == 5
    assert "0 transactions are newer" in said.getvalue()


def test_figures_that_are_forgotten_are_read_from_the_rows(simple_card):
    ledger.credit(card=simple_card, points=5, now=NOW)
    close_figures(now=NOW, at_once=True)
    forget_figures()
    assert not DailyFigure.objects.exists()
    assert report(simple_card, NOW).active.total == 5


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_each_row_once(shared_database):
    card = CardFactory()
    for points in range(1, 30):
        ledger.credit(card=card, points=points, now=NOW)

    def close():
        close_figures(now=NOW, at_once=True, ids_at_once=2)

    outcomes = race(close, close, close)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    close()
    assert kept("ADMIN_CREDIT") == {"points": 435, "rows": 29}
    assert report(card, NOW).active.total == 435


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_written_slowly_is_not_passed(shared_database):
    """Its id is lower than one that is there already, and it comes later."""
    from django.db import connection
    from django.db.transaction import atomic

    if connection.vendor != "postgresql":
        pytest.skip("on SQLite a writer is alone")
    slow, quick = CardFactory(), CardFactory()
    with atomic():
        ledger.credit(card=slow, points=1000, now=NOW)
        race(lambda: ledger.credit(card=quick, points=7, now=NOW))
        for _look in range(3):
            race(lambda: close_figures(now=NOW, at_once=True))
        assert kept("ADMIN_CREDIT")["points"] == 0
    assert report(slow, NOW).active.total == 1000
    for _look in range(2):
        close_figures(now=NOW, at_once=True)
    assert kept("ADMIN_CREDIT") == {"points": 1007, "rows": 2}
    assert Transaction.objects.count() == 2
