"""Tests of expiry rules."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import InvalidRule
from schemes.policies import (
    CountedFrom,
    ExpiryMode,
    ExpiryRule,
    Period,
    Rounding,
    YearDay,
    expiry_moment,
)
from schemes.tests.policies_moments import LONDON, at, moments, refused, shown, zones

EARNED = "2025-06-10T15:00"
MONTH_STARTS = {
    Rounding.MONTH: set(range(1, 13)),
    Rounding.QUARTER: {1, 4, 7, 10},
    Rounding.HALF_YEAR: {1, 7},
    Rounding.YEAR: {1},
}


def test_a_stored_rule_is_read() -> None:
    rule = ExpiryRule.parse(
        mode="SLIDING",
        period="6M",
        rounding="MONTH",
        dates=[{"month": 12, "day": 31}],
        counted_from="ACTIVATED",
        slides_on_spend=True,
    )
    assert rule == ExpiryRule(
        mode=ExpiryMode.SLIDING,
        period=Period(6, "M"),
        rounding=Rounding.MONTH,
        dates=(YearDay(12, 31),),
        counted_from=CountedFrom.ACTIVATED,
        slides_on_spend=True,
    )


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({"mode": "SOON"}, "expiry_mode"),
        ({"mode": "ROLLING"}, "expiry_period"),
        ({"mode": "ROLLING", "period": "6 months"}, "expiry_period"),
        ({"mode": "ROLLING", "period": "6M", "rounding": "WEEK"}, "expiry_rounding"),
        ({"mode": "ROLLING", "period": "6M", "counted_from": "SPENT"}, "expiry_from"),
        ({"mode": "CALENDAR"}, "expiry_dates"),
        ({"mode": "CALENDAR", "dates": [{"month": 6, "day": 31}]}, "expiry_dates"),
        ({"mode": "SLIDING", "slides_on_earn": True}, "expiry_period"),
        ({"mode": "SLIDING", "period": "6M"}, "slides_on_earn"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(
    stored: dict[str, Any], field: str
) -> None:
    with refused(InvalidRule, field):
        ExpiryRule.parse(**stored)


@pytest.mark.parametrize(
    ("earned", "period", "rounding", "expected"),
    [
        # Eagle Eye: "6 months after they are earned, expiring on the last day of that
        # month": usable to the end of 31 December.
        (EARNED, "6M", "MONTH", "2026-01-01T00:00:00+00:00"),
        (EARNED, "6M", "NONE", "2025-12-10T15:00:00+00:00"),
        (EARNED, "6M", "DAY", "2025-12-11T00:00:00+00:00"),
        (EARNED, "1M", "QUARTER", "2025-10-01T00:00:00+01:00"),
        (EARNED, "3M", "QUARTER", "2025-10-01T00:00:00+01:00"),
        (EARNED, "4M", "QUARTER", "2026-01-01T00:00:00+00:00"),
        (EARNED, "10D", "HALF_YEAR", "2025-07-01T00:00:00+01:00"),
        (EARNED, "1M", "HALF_YEAR", "2026-01-01T00:00:00+00:00"),
        (EARNED, "1M", "YEAR", "2026-01-01T00:00:00+00:00"),
        (EARNED, "1Y", "YEAR", "2027-01-01T00:00:00+00:00"),
        # Month ends, leap days, and a moment that is itself a boundary.
        ("2024-08-31T10:00", "6M", "MONTH", "2025-03-01T00:00:00+00:00"),
        ("2023-08-31T10:00", "6M", "MONTH", "2024-03-01T00:00:00+00:00"),
        ("2025-05-01T00:00", "1M", "MONTH", "2025-07-01T00:00:00+01:00"),
        ("2025-04-30T23:59:59", "1M", "MONTH", "2025-06-01T00:00:00+01:00"),
        ("2025-06-10T00:00", "1D", "DAY", "2025-06-12T00:00:00+01:00"),
        # The month is that of the scheme: 31 May, 23:30 UTC is 1 June in London.
        ("2025-04-01T00:30", "2M", "MONTH", "2025-07-01T00:00:00+01:00"),
    ],
)
def test_points_lapse_when_the_rule_says(
    earned: str, period: str, rounding: str, expected: str
) -> None:
    for mode in ("ROLLING", "SLIDING"):
        rule = ExpiryRule.parse(
            mode=mode, period=period, rounding=rounding, slides_on_earn=True
        )
        moment = expiry_moment(
            rule=rule,
            earned_at=at(earned, LONDON),
            activates_at=None,
            zone=ZoneInfo(LONDON),
        )
        assert shown(moment, LONDON) == expected


@pytest.mark.parametrize(
    ("zone", "earned", "expected"),
    [
        ("America/Sao_Paulo", "2018-11-02T12:00", "2018-11-04T01:00:00-02:00"),
        ("Africa/Cairo", "2023-04-26T12:00", "2023-04-28T01:00:00+03:00"),
        ("Pacific/Apia", "2011-12-28T12:00", "2011-12-31T00:00:00+14:00"),
        ("Australia/Lord_Howe", "2025-10-03T12:00", "2025-10-05T00:00:00+10:30"),
    ],
)
def test_the_end_of_a_day_exists_even_where_midnight_does_not(
    zone: str, earned: str, expected: str
) -> None:
    rule = ExpiryRule.parse(mode="ROLLING", period="1D", rounding="DAY")
    moment = expiry_moment(
        rule=rule, earned_at=at(earned, zone), activates_at=None, zone=ZoneInfo(zone)
    )
    assert shown(moment, zone) == expected


@pytest.mark.parametrize(
    ("earned", "expected"),
    [
        ("2025-06-29T12:00", "2025-07-01T00:00:00+01:00"),
        ("2025-06-30T23:59:59", "2025-07-01T00:00:00+01:00"),
        ("2025-07-01T00:00", "2026-07-01T00:00:00+01:00"),
    ],
)
def test_a_listed_day_is_the_last_usable_day(earned: str, expected: str) -> None:
    rule = ExpiryRule.parse(mode="CALENDAR", dates=[{"month": 6, "day": 30}])
    moment = expiry_moment(
        rule=rule,
        earned_at=at(earned, LONDON),
        activates_at=None,
        zone=ZoneInfo(LONDON),
    )
    assert shown(moment, LONDON) == expected


def test_the_origin_is_the_earn_moment_or_the_activation() -> None:
    def expires(counted_from: str, activates_at: datetime | None) -> datetime | None:
        rule = ExpiryRule.parse(mode="ROLLING", period="1M", counted_from=counted_from)
        return expiry_moment(
            rule=rule,
            earned_at=at(EARNED, LONDON),
            activates_at=activates_at,
            zone=ZoneInfo(LONDON),
        )

    active = at("2025-06-20T09:00", LONDON)
    assert shown(expires("EARNED", active), LONDON) == "2025-07-10T15:00:00+01:00"
    assert shown(expires("EARNED", None), LONDON) == "2025-07-10T15:00:00+01:00"
    assert shown(expires("ACTIVATED", active), LONDON) == "2025-07-20T09:00:00+01:00"
    assert expires("ACTIVATED", None) is None


def test_points_without_an_expiry_never_lapse() -> None:
    rule = ExpiryRule.parse(mode="NONE", period="1D", dates=[{"month": 1, "day": 1}])
    moment = at(EARNED, LONDON)
    zone = ZoneInfo(LONDON)
    assert (
        expiry_moment(rule=rule, earned_at=moment, activates_at=moment, zone=zone)
        is None
    )


@pytest.mark.parametrize("rounding", list(Rounding))
def test_a_date_beyond_the_calendar_is_refused(rounding: Rounding) -> None:
    far = "7975Y" if rounding is Rounding.NONE else "7974Y"
    rule = ExpiryRule.parse(mode="ROLLING", period=far, rounding=rounding)
    earned_at = at("2025-12-31T15:00", LONDON)
    with refused(InvalidRule, "expiry_period", "9999"):
        expiry_moment(
            rule=rule, earned_at=earned_at, activates_at=None, zone=ZoneInfo(LONDON)
        )


@given(
    period=st.builds(Period, st.integers(1, 100), st.sampled_from("HDWMY")),
    rounding=st.sampled_from([*MONTH_STARTS, Rounding.DAY]),
    earned_at=moments,
    zone=zones,
)
def test_rounding_moves_to_the_end_of_the_stretch_and_never_earlier(
    period: Period, rounding: Rounding, earned_at: datetime, zone: ZoneInfo
) -> None:
    def expires(rounding: Rounding) -> datetime:
        rule = ExpiryRule(mode=ExpiryMode.ROLLING, period=period, rounding=rounding)
        moment = expiry_moment(
            rule=rule, earned_at=earned_at, activates_at=None, zone=zone
        )
        assert moment is not None
        return moment

    exact, rounded = expires(Rounding.NONE), expires(rounding)
    assert earned_at < exact < rounded
    begins = rounded.astimezone(zone)
    ended = (rounded - datetime.resolution).astimezone(zone)
    assert ended.date() < begins.date()
    if rounding is not Rounding.DAY:
        assert begins.month in MONTH_STARTS[rounding]
        assert begins.month != ended.month
        months_left = begins.year * 12 + begins.month
        months_left -= exact.astimezone(zone).year * 12 + exact.astimezone(zone).month
        assert months_left <= 12 // len(MONTH_STARTS[rounding])
