"""Tests that points are never taken before they can be spent."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loyalty.errors import InvalidRule
from schemes.policies import (
    ExpiresBeforeActivation,
    ExpiryRule,
    PendingRule,
    activation_moment,
    cancellation_moment,
    check_grant,
    check_rules,
    expiry_moment,
)
from schemes.tests.policies_moments import LONDON, at, refused, zones

FIVE_DAYS = {"mode": "PERIOD_BASED", "period": "5D"}
EVENT = {"mode": "EVENT_BASED", "events": ["sent"], "deadline": "30D"}
YEAR_END = {"mode": "CALENDAR", "dates": [{"month": 12, "day": 31}]}


@pytest.mark.parametrize(
    ("pending", "expiry"),
    [
        (FIVE_DAYS, {"mode": "ROLLING", "period": "6M", "rounding": "MONTH"}),
        (FIVE_DAYS, {"mode": "ROLLING", "period": "6D"}),
        (FIVE_DAYS, {"mode": "ROLLING", "period": "1H", "counted_from": "ACTIVATED"}),
        (FIVE_DAYS, {"mode": "NONE"}),
        (FIVE_DAYS, {**YEAR_END, "counted_from": "ACTIVATED"}),
        ({"mode": "IMMEDIATE"}, YEAR_END),
        ({"mode": "IMMEDIATE"}, {"mode": "ROLLING", "period": "1H"}),
        (EVENT, {"mode": "ROLLING", "period": "30D"}),
        (EVENT, {"mode": "ROLLING", "period": "1D", "counted_from": "ACTIVATED"}),
        (
            {"mode": "FIXED_DATES", "dates": [{"month": 2, "day": 29}]},
            {"mode": "ROLLING", "period": "367D"},
        ),
    ],
)
def test_rules_that_leave_time_to_spend_are_accepted(
    pending: dict[str, Any], expiry: dict[str, Any]
) -> None:
    check_rules(
        pending=PendingRule.parse(**pending),
        expiry=ExpiryRule.parse(**expiry),
        zone=ZoneInfo(LONDON),
    )


@pytest.mark.parametrize(
    ("pending", "expiry", "field", "words"),
    [
        (FIVE_DAYS, {"mode": "ROLLING", "period": "5D"}, "expiry_period", "2024-01-06"),
        (FIVE_DAYS, {"mode": "ROLLING", "period": "1D"}, "expiry_period", "2024-01-02"),
        (
            {**FIVE_DAYS, "rounds_up": True},
            {"mode": "ROLLING", "period": "5D", "rounding": "DAY"},
            "expiry_period",
            "expire on 2024-01-07 00:00 but only become spendable on 2024-01-07 00:00",
        ),
        # One month is longer than 29 days, but not from 31 January in a leap year.
        (
            {"mode": "PERIOD_BASED", "period": "29D"},
            {"mode": "ROLLING", "period": "1M"},
            "expiry_period",
            "earned on 2024-01-31 12:00 would expire on 2024-02-29 12:00",
        ),
        # Points of the last five days before the end of the year come too late.
        (FIVE_DAYS, YEAR_END, "expiry_dates", "earned on 2024-12-27 12:00"),
        # Only the last hours of 31 December are too late.
        (
            {"mode": "PERIOD_BASED", "period": "5H"},
            YEAR_END,
            "expiry_dates",
            "earned on 2024-12-31 23:59",
        ),
        # The first day waits for a year, 365 and a half days, and lives 364.
        (
            {"mode": "FIXED_DATES", "dates": [{"month": 1, "day": 1}]},
            {"mode": "ROLLING", "period": "364D"},
            "expiry_period",
            "earned on 2024-01-01 12:00",
        ),
        (
            EVENT,
            {"mode": "ROLLING", "period": "29D"},
            "expiry_period",
            "only stop waiting on 2024-01-31 12:00",
        ),
        (EVENT, YEAR_END, "expiry_dates", "earned on 2024-12-02 12:00"),
        # Three months are 89 to 92 days, two years 730 or 731, twenty years 7,305.
        (
            {"mode": "PERIOD_BASED", "period": "89D"},
            {"mode": "ROLLING", "period": "3M"},
            "expiry_period",
            "earned on 2025-01-31 12:00",
        ),
        (
            {"mode": "PERIOD_BASED", "period": "3M"},
            {"mode": "ROLLING", "period": "91D"},
            "expiry_period",
            "earned on 2024-01-01 12:00",
        ),
        (
            {"mode": "PERIOD_BASED", "period": "730D"},
            {"mode": "ROLLING", "period": "2Y"},
            "expiry_period",
            "earned on 2024-02-29 12:00",
        ),
        (
            {"mode": "PERIOD_BASED", "period": "20Y"},
            {"mode": "ROLLING", "period": "7304D"},
            "expiry_period",
            "earned on 2024-01-01 12:00",
        ),
    ],
)
def test_rules_that_take_points_before_they_can_be_spent_are_refused(
    pending: dict[str, Any], expiry: dict[str, Any], field: str, words: str
) -> None:
    with refused(ExpiresBeforeActivation, field, words):
        check_rules(
            pending=PendingRule.parse(**pending),
            expiry=ExpiryRule.parse(**expiry),
            zone=ZoneInfo(LONDON),
        )


@pytest.mark.parametrize(
    ("pending", "expiry", "field"),
    [
        (
            {"mode": "PERIOD_BASED", "period": "9999Y"},
            {"mode": "NONE"},
            "pending_period",
        ),
        (
            {"mode": "EVENT_BASED", "events": ["sent"], "deadline": "9999Y"},
            {"mode": "NONE"},
            "pending_deadline",
        ),
        (
            {"mode": "IMMEDIATE"},
            {"mode": "ROLLING", "period": "9999Y"},
            "expiry_period",
        ),
        (
            EVENT,
            {"mode": "ROLLING", "period": "9999Y", "counted_from": "ACTIVATED"},
            "expiry_period",
        ),
    ],
)
def test_rules_that_leave_the_calendar_are_refused(
    pending: dict[str, Any], expiry: dict[str, Any], field: str
) -> None:
    with refused(InvalidRule, field, "9999"):
        check_rules(
            pending=PendingRule.parse(**pending),
            expiry=ExpiryRule.parse(**expiry),
            zone=ZoneInfo(LONDON),
        )


# Of about the same length, whatever the unit, so that either may be the longer.
lengths = st.one_of(
    st.integers(1, 24 * 70).map("{}H".format),
    st.integers(1, 70).map("{}D".format),
    st.integers(1, 10).map("{}W".format),
    st.integers(1, 14).map("{}M".format),
    st.integers(1, 2).map("{}Y".format),
)
# Any day, and those from which a month or a year is shortest.
earned_on = st.one_of(
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.dates(date(2025, 1, 28), date(2025, 1, 31)),
    st.dates(date(2024, 2, 28), date(2024, 3, 1)),
)


@settings(max_examples=50)
@given(
    wait=lengths,
    life=lengths,
    event=st.booleans(),
    rounds_up=st.booleans(),
    rounding=st.sampled_from(["NONE", "DAY", "MONTH", "YEAR"]),
    zone=zones,
    day=earned_on,
    hour=st.sampled_from([time(12), time(23, 59, 59)]),
)
def test_what_is_accepted_can_be_spent_whatever_the_day(
    wait: str,
    life: str,
    event: bool,
    rounds_up: bool,
    rounding: str,
    zone: ZoneInfo,
    day: date,
    hour: time,
) -> None:
    waits: dict[str, Any] = (
        {"mode": "EVENT_BASED", "events": ["sent"], "deadline": wait}
        if event
        else {"mode": "PERIOD_BASED", "period": wait, "rounds_up": rounds_up}
    )
    pending = PendingRule.parse(**waits)
    expiry = ExpiryRule.parse(mode="ROLLING", period=life, rounding=rounding)
    try:
        check_rules(pending=pending, expiry=expiry, zone=zone)
    except ExpiresBeforeActivation:
        assume(False)
    earned = datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
    active = activation_moment(rule=pending, earned_at=earned, zone=zone)
    late = cancellation_moment(rule=pending, earned_at=earned, zone=zone)
    gone = expiry_moment(rule=expiry, earned_at=earned, activates_at=active, zone=zone)
    assert gone is not None
    assert active is None or active < gone
    assert late is None or late <= gone


def test_a_grant_must_be_spendable_for_a_moment_at_least() -> None:
    active = at("2025-06-10T15:00", LONDON)
    check_grant(activates_at=active, expires_at=active + timedelta(microseconds=1))
    for expires_at in (active, active - timedelta(seconds=1)):
        with refused(ExpiresBeforeActivation, "valid_to", "2025-06-10T15:00:00+01:00"):
            check_grant(activates_at=active, expires_at=expires_at)


def test_a_grant_that_never_expires_or_awaits_an_event_is_fine() -> None:
    moment = at("2025-06-10T15:00", LONDON)
    check_grant(activates_at=moment, expires_at=None)
    check_grant(activates_at=None, expires_at=moment)
