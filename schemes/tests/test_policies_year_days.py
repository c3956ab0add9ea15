"""Tests of the days that come every year."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import InvalidRule
from schemes.policies import YearDay, parse_year_days, start_of_day
from schemes.policies.year_days import next_listed_end, next_listed_start
from schemes.tests.policies_moments import LONDON, at, moments, refused, shown, zones

leap_days = st.dates(date(2024, 1, 1), date(2024, 12, 31))
lists_of_days = st.lists(
    leap_days.map(lambda day: YearDay(day.month, day.day)), min_size=1, max_size=20
)
APIA = "Pacific/Apia"


def test_days_are_read_in_calendar_order() -> None:
    days = parse_year_days([{"month": 12, "day": 31}, {"month": 6, "day": 30}])
    assert days == (YearDay(6, 30), YearDay(12, 31))


@pytest.mark.parametrize(
    "entry",
    [
        {"month": 2, "day": 30},
        {"month": 4, "day": 31},
        {"month": 0, "day": 1},
        {"month": 13, "day": 1},
        {"month": 1, "day": 0},
        {"month": 1, "day": 32},
        {"month": True, "day": 1},
        {"month": "6", "day": 30},
        {"month": 6, "day": 30.0},
        {"month": 6, "day": None},
        {"month": 6},
        {"month": 6, "day": 30, "year": 2025},
        {},
        "06-30",
        None,
    ],
)
def test_a_day_of_no_year_is_refused(entry: dict[str, int]) -> None:
    with refused(InvalidRule, "expiry_dates"):
        parse_year_days([entry], field="expiry_dates")


def test_no_days_a_day_twice_and_more_than_twenty_are_refused() -> None:
    def january(days: int) -> list[dict[str, int]]:
        return [{"month": 1, "day": day + 1} for day in range(days)]

    assert len(parse_year_days(january(20))) == 20
    for entries in ([], january(21), january(1) * 2):
        with refused(InvalidRule, "dates", "1 to 20 different days"):
            parse_year_days(entries)


@pytest.mark.parametrize("entries", [None, 5, {"month": 6, "day": 30}, "6/30"])
def test_what_is_not_a_list_of_days_is_refused(entries: list[dict[str, int]]) -> None:
    with refused(InvalidRule, "dates"):
        parse_year_days(entries)


def test_the_leap_day_is_28_february_in_common_years() -> None:
    leap_day = YearDay(2, 29)
    years = (2024, 2025, 2100, 2000)
    assert [leap_day.on(year).day for year in years] == [29, 28, 28, 29]


@pytest.mark.parametrize(
    ("after", "start", "end"),
    [
        # Listed are 30 June and 31 December.
        (
            "2025-06-29T23:59:59",
            "2025-06-30T00:00:00+01:00",
            "2025-07-01T00:00:00+01:00",
        ),
        (
            "2025-06-30T00:00:00",
            "2025-12-31T00:00:00+00:00",
            "2025-07-01T00:00:00+01:00",
        ),
        (
            "2025-06-30T23:59:59",
            "2025-12-31T00:00:00+00:00",
            "2025-07-01T00:00:00+01:00",
        ),
        (
            "2025-07-01T00:00:00",
            "2025-12-31T00:00:00+00:00",
            "2026-01-01T00:00:00+00:00",
        ),
        (
            "2025-12-31T12:00:00",
            "2026-06-30T00:00:00+01:00",
            "2026-01-01T00:00:00+00:00",
        ),
    ],
)
def test_the_next_listed_day_is_strictly_later(
    after: str, start: str, end: str
) -> None:
    days = (YearDay(6, 30), YearDay(12, 31))
    origin, zone = at(after, LONDON), ZoneInfo(LONDON)
    assert shown(next_listed_start(days, after=origin, zone=zone), LONDON) == start
    assert shown(next_listed_end(days, after=origin, zone=zone), LONDON) == end


def test_a_listed_day_that_was_skipped_is_the_start_of_the_next() -> None:
    origin, zone = at("2011-12-29T10:00", APIA), ZoneInfo(APIA)
    start = next_listed_start([YearDay(12, 30)], after=origin, zone=zone)
    assert shown(start, APIA) == "2011-12-31T00:00:00+14:00"


def test_no_listed_day_and_the_end_of_the_calendar_are_refused() -> None:
    zone = ZoneInfo(LONDON)
    with refused(InvalidRule, "dates", "No day"):
        next_listed_start([], after=at("2025-01-01", LONDON), zone=zone)
    for find in (next_listed_start, next_listed_end):
        with refused(InvalidRule, "expiry_dates", "9999"):
            find(
                [YearDay(1, 1)],
                after=at("9999-06-01", LONDON),
                zone=zone,
                field="expiry_dates",
            )


@given(days=lists_of_days, moment=moments, zone=zones)
def test_the_next_listed_day_is_the_one_found_by_walking(
    days: list[YearDay], moment: datetime, zone: ZoneInfo
) -> None:
    day = moment.astimezone(zone).date()
    while day not in {listed.on(day.year) for listed in days} or (
        start_of_day(day, zone=zone) <= moment
    ):
        day += timedelta(days=1)
    expected = start_of_day(day, zone=zone)
    assert next_listed_start(days, after=moment, zone=zone) == expected


@given(days=lists_of_days, moment=moments, zone=zones)
def test_a_listed_day_is_usable_to_its_end(
    days: list[YearDay], moment: datetime, zone: ZoneInfo
) -> None:
    end = next_listed_end(days, after=moment, zone=zone)
    assert (
        moment
        < end
        <= next_listed_start(days, after=moment, zone=zone) + (timedelta(hours=26))
    )
