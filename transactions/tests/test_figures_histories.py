"""Whatever has happened, the figures are those of the rows, to the point."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transactions import balances, figures, sweeps
from transactions.figures import Period
from transactions.figures.days import day_of
from transactions.models import Transaction
from transactions.sweeps.figures import close_figures
from transactions.tests.histories import RULES, histories, play, undone

START = datetime(2025, 3, 28, 9, tzinfo=UTC)
PLAYED = settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ISSUED = ("POINTS_EARNED", "PENDING_POINTS_ADDED", "ADMIN_CREDIT")
SPENT = ("POINTS_SPENT_ON_ORDER", "POINTS_SPENT_ON_REWARD")
EXPIRED = ("POINTS_EXPIRED", "ADMIN_POINTS_EXPIRATION")


def period_to(at, card, days=10):
    last = day_of(at, zone=card.definition.scheme.zone)
    return Period(first=last - timedelta(days=days - 1), last=last)


def told(card, types, period):
    """What the approved transactions of these types moved on the days of a period."""
    zone = card.definition.scheme.zone
    by_day = defaultdict(int)
    for each in Transaction.objects.filter(card=card, status="APPROVED"):
        if each.type in types:
            moved = abs(each.points or each.pending_points)
            by_day[day_of(each.effective_at, zone=zone)] += moved
    return [by_day[day] for day in period.days]


def report_on(card, at):
    return figures.report(
        schemes=[card.definition.scheme], period=period_to(at, card), at=at
    )


@PLAYED
@given(
    history=histories,
    rules=st.sampled_from(sorted(RULES)),
    sweeping=st.booleans(),
    closed=st.sampled_from(["never", "half-way", "at the end"]),
    later=st.integers(0, 40),
)
def test_the_figures_are_those_of_the_rows(db, history, rules, sweeping, closed, later):
    with undone():
        played = play(history, rules=rules, start=START, sweeping=sweeping)
        card, at = played.card, max(played.seen) + timedelta(hours=later)
        if closed == "half-way":
            close_figures(now=at, at_once=True, ids_at_once=3, keep_going=twice())
        elif closed == "at the end":
            close_figures(now=at, at_once=True, ids_at_once=3)
        before = report_on(card, at)

        holds = balances.of_cards(cards=[card], at=at)[card.pk]
        assert before.active.total == holds.active
        assert before.pending.total == holds.pending
        assert before.overdraft == holds.overdraft

        # Late or not: a sweep changes no figure, and then the rows say the same.
        sweeps.activate_due(now=at)
        sweeps.expire_due(now=at)
        after = report_on(card, at)
        for name in ("active", "pending", "overdraft", "issued", "spent", "expired"):
            assert getattr(after, name) == getattr(before, name), name
        assert after.late == 0
        for name, types in (("issued", ISSUED), ("spent", SPENT), ("expired", EXPIRED)):
            assert getattr(after, name).by_day == told(card, types, after.period), name


@PLAYED
@given(history=histories, rules=st.sampled_from(sorted(RULES)), sweeping=st.booleans())
def test_the_calendars_are_the_schedules_of_the_cards(db, history, rules, sweeping):
    with undone():
        played = play(history, rules=rules, start=START, sweeping=sweeping)
        card, at = played.card, max(played.seen)
        close_figures(now=at, at_once=True)
        calendars = figures.calendars(schemes=[card.definition.scheme])
        schedule = balances.of_cards(cards=[card], at=at)[card.pk].schedule
        zone = card.definition.scheme.zone
        for found, dues in (
            (calendars.activations, schedule.activations),
            (calendars.expiries, schedule.expiries),
        ):
            expected = defaultdict(int)
            for due in dues:
                expected[day_of(due.at, zone=zone)] += due.points
            assert dict(found) == {day: each for day, each in expected.items() if each}


@PLAYED
@given(history=histories, rules=st.sampled_from(sorted(RULES)))
def test_cohorts_are_the_grants_of_a_month_and_what_lapsed_of_them(db, history, rules):
    with undone():
        played = play(history, rules=rules, start=START, sweeping=True)
        card, at = played.card, max(played.seen)
        close_figures(now=at, at_once=True, ids_at_once=4)
        zone = card.definition.scheme.zone
        granted, lapsed = defaultdict(int), defaultdict(int)
        rows = Transaction.objects.filter(bucket__isnull=False, status="APPROVED")
        for each in rows.select_related("bucket"):
            month = day_of(each.bucket.earned_at, zone=zone).replace(day=1)
            if each.type in ISSUED:
                granted[month] += each.points + each.pending_points
            if each.type in EXPIRED:
                lapsed[month] -= each.points
        cohorts = figures.calendars(schemes=[card.definition.scheme]).cohorts
        assert {each.month: (each.granted, each.lapsed) for each in cohorts} == {
            month: (granted[month], lapsed[month]) for month in {*granted, *lapsed}
        }


def twice():
    """Let two batches be counted, and no more."""
    answers = iter([True, True])
    return lambda: next(answers, False)
