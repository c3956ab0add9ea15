"""Tests of pending rules."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import InvalidRule
from schemes.policies import (
    PendingMode,
    PendingRule,
    Period,
    YearDay,
    activation_moment,
    cancellation_moment,
    waits,
)
from schemes.tests.policies_moments import LONDON, at, moments, refused, shown, zones

EARNED = "2025-06-10T15:00"
HALF_YEARS = [{"month": 6, "day": 30}, {"month": 12, "day": 31}]


def test_a_stored_rule_is_read() -> None:
    rule = PendingRule.parse(
        mode="PERIOD_BASED",
        period="5D",
        rounds_up=True,
        dates=[{"month": 6, "day": 30}],
        events=["order_delivered"],
        deadline="30D",
        min_points=500,
        min_amount=15_000,
    )
    assert rule == PendingRule(
        mode=PendingMode.PERIOD_BASED,
        period=Period(5, "D"),
        rounds_up=True,
        dates=(YearDay(6, 30),),
        events=("order_delivered",),
        deadline=Period(30, "D"),
        min_points=500,
        min_amount=15_000,
    )


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({"mode": "LATER"}, "pending_mode"),
        ({"mode": "PERIOD_BASED"}, "pending_period"),
        ({"mode": "PERIOD_BASED", "period": "5 days"}, "pending_period"),
        ({"mode": "IMMEDIATE", "period": "5 days"}, "pending_period"),
        ({"mode": "FIXED_DATES"}, "pending_dates"),
        ({"mode": "FIXED_DATES", "dates": [{"month": 2, "day": 30}]}, "pending_dates"),
        ({"mode": "EVENT_BASED", "deadline": "30D"}, "pending_events"),
        ({"mode": "EVENT_BASED", "events": ["sent"]}, "pending_deadline"),
        (
            {"mode": "EVENT_BASED", "events": ["sent"], "deadline": "0D"},
            "pending_deadline",
        ),
        (
            {"mode": "EVENT_BASED", "events": ["sent", " "], "deadline": "1D"},
            "pending_events",
        ),
        (
            {"mode": "EVENT_BASED", "events": ["sent", "sent"], "deadline": "1D"},
            "pending_events",
        ),
        ({"mode": "IMMEDIATE", "min_points": 0}, "pending_min_points"),
        ({"mode": "IMMEDIATE", "min_amount": -1}, "pending_min_amount"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(
    stored: dict[str, Any], field: str
) -> None:
    with refused(InvalidRule, field):
        PendingRule.parse(**stored)


def test_a_rule_that_cannot_be_followed_cannot_be_built_either() -> None:
    with refused(InvalidRule, "pending_period"):
        PendingRule(mode=PendingMode.PERIOD_BASED)


@pytest.mark.parametrize(
    ("stored", "earned", "expected"),
    [
        ({"mode": "IMMEDIATE"}, EARNED, "2025-06-10T15:00:00+01:00"),
        (
            {"mode": "IMMEDIATE", "period": "5D", "rounds_up": True},
            EARNED,
            "2025-06-10T15:00:00+01:00",
        ),
        ({"mode": "PERIOD_BASED", "period": "5D"}, EARNED, "2025-06-15T15:00:00+01:00"),
        (
            {"mode": "PERIOD_BASED", "period": "5D", "rounds_up": True},
            EARNED,
            "2025-06-16T00:00:00+01:00",
        ),
        (
            {"mode": "PERIOD_BASED", "period": "5D", "rounds_up": True},
            "2025-06-10T00:00",
            "2025-06-15T00:00:00+01:00",
        ),
        (
            {"mode": "FIXED_DATES", "dates": HALF_YEARS},
            EARNED,
            "2025-06-30T00:00:00+01:00",
        ),
        (
            {"mode": "FIXED_DATES", "dates": HALF_YEARS},
            "2025-06-30T00:00",
            "2025-12-31T00:00:00+00:00",
        ),
        (
            {"mode": "FIXED_DATES", "dates": HALF_YEARS},
            "2025-12-31T10:00",
            "2026-06-30T00:00:00+01:00",
        ),
    ],
)
def test_waiting_points_activate_when_the_rule_says(
    stored: dict[str, Any], earned: str, expected: str
) -> None:
    moment = activation_moment(
        rule=PendingRule.parse(**stored),
        earned_at=at(earned, LONDON),
        zone=ZoneInfo(LONDON),
    )
    assert shown(moment, LONDON) == expected


def test_only_an_event_activates_and_the_deadline_cancels() -> None:
    rule = PendingRule.parse(
        mode="EVENT_BASED", events=["sent"], deadline="30D", rounds_up=True
    )
    earned_at, zone = at(EARNED, LONDON), ZoneInfo(LONDON)
    assert activation_moment(rule=rule, earned_at=earned_at, zone=zone) is None
    cancels_at = cancellation_moment(rule=rule, earned_at=earned_at, zone=zone)
    assert shown(cancels_at, LONDON) == "2025-07-10T15:00:00+01:00"


def test_nothing_but_a_missing_event_cancels() -> None:
    rule = PendingRule.parse(mode="PERIOD_BASED", period="5D", deadline="30D")
    earned_at, zone = at(EARNED, LONDON), ZoneInfo(LONDON)
    assert cancellation_moment(rule=rule, earned_at=earned_at, zone=zone) is None


def test_a_date_beyond_the_calendar_names_the_field() -> None:
    earned_at, zone = at(EARNED, LONDON), ZoneInfo(LONDON)
    far = PendingRule.parse(mode="PERIOD_BASED", period="9999Y")
    with refused(InvalidRule, "pending_period"):
        activation_moment(rule=far, earned_at=earned_at, zone=zone)
    far = PendingRule.parse(mode="EVENT_BASED", events=["sent"], deadline="9999Y")
    with refused(InvalidRule, "pending_deadline"):
        cancellation_moment(rule=far, earned_at=earned_at, zone=zone)


@pytest.mark.parametrize(
    ("min_points", "min_amount", "points", "amount", "expected"),
    [
        (None, None, 1, None, True),
        (None, None, 0, 0, True),
        (500, None, 499, 1_000_000, False),
        (500, None, 500, None, True),
        (None, 15_000, 1_000_000, 14_999, False),
        (None, 15_000, 1, 15_000, True),
        (None, 15_000, 1_000_000, None, False),
        (500, 15_000, 499, 14_999, False),
        (500, 15_000, 500, 0, True),
        (500, 15_000, 0, 15_000, True),
        (500, 15_000, 500, None, True),
        (500, 15_000, 499, None, False),
    ],
)
def test_a_grant_waits_if_it_reaches_any_threshold(
    min_points: int | None,
    min_amount: int | None,
    points: int,
    amount: int | None,
    expected: bool,
) -> None:
    thresholds: dict[str, Any] = {"min_points": min_points, "min_amount": min_amount}
    waiting = PendingRule.parse(mode="PERIOD_BASED", period="5D", **thresholds)
    immediate = PendingRule.parse(mode="IMMEDIATE", **thresholds)
    assert waits(rule=waiting, points=points, amount=amount) is expected
    assert waits(rule=immediate, points=points, amount=amount) is False


@given(
    period=st.builds(Period, st.integers(1, 400), st.sampled_from("HDWMY")),
    rounds_up=st.booleans(),
    earned_at=moments,
    zone=zones,
)
def test_points_never_activate_before_they_are_earned(
    period: Period, rounds_up: bool, earned_at: datetime, zone: ZoneInfo
) -> None:
    exact = PendingRule(mode=PendingMode.PERIOD_BASED, period=period)
    rule = PendingRule(
        mode=PendingMode.PERIOD_BASED, period=period, rounds_up=rounds_up
    )
    unrounded = activation_moment(rule=exact, earned_at=earned_at, zone=zone)
    moment = activation_moment(rule=rule, earned_at=earned_at, zone=zone)
    assert moment is not None
    assert unrounded is not None
    assert earned_at < unrounded <= moment
    assert moment.tzinfo is UTC


@given(earned_at=moments, zone=zones)
def test_immediate_points_activate_as_they_are_earned(
    earned_at: datetime, zone: ZoneInfo
) -> None:
    moment = activation_moment(rule=PendingRule(), earned_at=earned_at, zone=zone)
    assert moment == earned_at
