"""Tests of periods and of the starts of days, on wall clocks of every kind."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty.errors import InvalidRule
from schemes.policies import Period, start_of_day, start_of_next_day
from schemes.tests.policies_moments import (
    LONDON,
    at,
    moments,
    refused,
    shown,
    zones,
)

NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
SAO_PAULO = "America/Sao_Paulo"
ST_JOHNS = "America/St_Johns"
APIA = "Pacific/Apia"
CAIRO = "Africa/Cairo"

periods = st.builds(Period, st.integers(1, 400), st.sampled_from("HDWMY"))


@pytest.mark.parametrize("text", ["1H", "5D", "3W", "3M", "1Y", "9999D"])
def test_a_period_is_read_and_written_back(text: str) -> None:
    assert str(Period.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "D", "5", "0D", "05D", "-1D", "+5D", "1.5D", "5 D", " 5D", "5D ", "5D\n"),
        *("5d", "5X", "5DD", "P5D", "10000D", "\u0665D", "5 days", "never"),
    ],
)
def test_anything_else_is_not_a_period(text: str) -> None:
    with refused(InvalidRule, "pending_period"):
        Period.parse(text, field="pending_period")


def test_the_refusal_shows_how_a_period_is_written() -> None:
    with pytest.raises(InvalidRule) as caught:
        Period.parse("5 days")
    assert caught.value.message == (
        '"5 days" is not a period: write a whole number followed by D, W or M '
        "(also H or Y), like 5D, 3W or 3M."
    )


@pytest.mark.parametrize("text", [None, 5, ["5D"]])
def test_a_period_that_is_not_text_is_refused(text: str) -> None:
    with refused(InvalidRule, "period"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("count", "unit"), [(0, "D"), (-1, "D"), (10_000, "D"), (1, "X")]
)
def test_a_period_cannot_be_built_wrong(count: int, unit: str) -> None:
    with refused(InvalidRule, "period"):
        Period(count, unit)


@pytest.mark.parametrize(
    ("origin", "period", "zone", "expected"),
    [
        # Plain periods, across a change of the clocks too: the time of day stays.
        ("2025-06-10T15:00", "5D", LONDON, "2025-06-15T15:00:00+01:00"),
        ("2025-06-10T15:00", "3W", LONDON, "2025-07-01T15:00:00+01:00"),
        ("2025-06-10T15:00", "6M", LONDON, "2025-12-10T15:00:00+00:00"),
        ("2025-06-10T15:00", "1Y", LONDON, "2026-06-10T15:00:00+01:00"),
        ("2025-03-29T12:00", "1D", LONDON, "2025-03-30T12:00:00+01:00"),
        ("2025-03-29T12:00", "24H", LONDON, "2025-03-30T13:00:00+01:00"),
        # Month ends and leap days.
        ("2025-01-31T09:00", "1M", LONDON, "2025-02-28T09:00:00+00:00"),
        ("2024-01-31T09:00", "1M", LONDON, "2024-02-29T09:00:00+00:00"),
        ("2025-01-31T09:00", "2M", LONDON, "2025-03-31T09:00:00+01:00"),
        ("2025-03-31T09:00", "1M", LONDON, "2025-04-30T09:00:00+01:00"),
        ("2024-02-29T09:00", "1Y", LONDON, "2025-02-28T09:00:00+00:00"),
        ("2024-02-29T09:00", "4Y", LONDON, "2028-02-29T09:00:00+00:00"),
        ("2024-02-29T09:00", "12M", LONDON, "2025-02-28T09:00:00+00:00"),
        # A wall time that is skipped moves forward by the gap.
        ("2025-03-29T01:30", "1D", LONDON, "2025-03-30T02:30:00+01:00"),
        ("2025-03-08T02:30", "1D", NEW_YORK, "2025-03-09T03:30:00-04:00"),
        ("2025-10-04T02:15", "1D", LORD_HOWE, "2025-10-05T02:45:00+11:00"),
        ("2018-11-03T00:00", "1D", SAO_PAULO, "2018-11-04T01:00:00-02:00"),
        ("2011-12-29T10:00", "1D", APIA, "2011-12-31T10:00:00+14:00"),
        ("2011-12-29T10:00", "2D", APIA, "2011-12-31T10:00:00+14:00"),
        # A wall time that happens twice is the first of the two.
        ("2025-10-25T01:30", "1D", LONDON, "2025-10-26T01:30:00+01:00"),
        ("2025-11-01T01:30", "1D", NEW_YORK, "2025-11-02T01:30:00-04:00"),
        ("2025-04-05T01:45", "1D", LORD_HOWE, "2025-04-06T01:45:00+11:00"),
    ],
)
def test_a_period_follows_the_wall_clock(
    origin: str, period: str, zone: str, expected: str
) -> None:
    moment = Period.parse(period).after(at(origin, zone), zone=ZoneInfo(zone))
    assert shown(moment, zone) == expected


def test_a_second_occurrence_leads_to_a_second_occurrence() -> None:
    origin = at("2020-10-25T01:30", LONDON, fold=1)
    moment = Period(6, "Y").after(origin, zone=ZoneInfo(LONDON))
    assert shown(moment, LONDON) == "2026-10-25T01:30:00+00:00"


def test_a_second_occurrence_still_moves_forward_into_a_gap() -> None:
    origin = at("2024-10-27T01:30", LONDON, fold=1)
    moment = Period(154, "D").after(origin, zone=ZoneInfo(LONDON))
    assert shown(moment, LONDON) == "2025-03-30T02:30:00+01:00"


def test_the_date_is_that_of_the_scheme_and_not_of_utc() -> None:
    origin = datetime(2025, 2, 1, 3, tzinfo=UTC)  # 31 January, 22:00 in New York
    moment = Period(1, "M").after(origin, zone=ZoneInfo(NEW_YORK))
    assert shown(moment, NEW_YORK) == "2025-02-28T22:00:00-05:00"


@pytest.mark.parametrize("text", ["7975Y", "9999Y"])
def test_a_period_beyond_the_calendar_is_refused(text: str) -> None:
    with refused(InvalidRule, "expiry_period", "9999"):
        Period.parse(text).after(
            at("2025-01-01", LONDON), zone=ZoneInfo(LONDON), field="expiry_period"
        )


@pytest.mark.parametrize("text", ["1H", "1D", "1W", "1M", "1Y"])
def test_the_end_of_the_calendar_is_a_refusal_in_every_unit(text: str) -> None:
    # The last half hour of the calendar in UTC, early evening in New York.
    origin = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    with refused(InvalidRule, "period"):
        Period.parse(text).after(origin, zone=ZoneInfo(NEW_YORK))


def test_a_naive_moment_is_a_mistake_of_the_program() -> None:
    naive = datetime(2025, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(TypeError, match="no time zone"):
        Period(1, "D").after(naive, zone=ZoneInfo(LONDON))
    with pytest.raises(TypeError, match="no time zone"):
        start_of_next_day(naive, zone=ZoneInfo(LONDON))


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2025-06-10", LONDON, "2025-06-10T00:00:00+01:00"),
        ("2018-11-04", SAO_PAULO, "2018-11-04T01:00:00-02:00"),
        ("2018-02-18", SAO_PAULO, "2018-02-18T00:00:00-03:00"),
        ("2023-04-28", CAIRO, "2023-04-28T01:00:00+03:00"),
        # Clocks went from 23:30 to 00:30: the day starts in the middle of its hour.
        ("1919-03-31", "America/Toronto", "1919-03-31T00:30:00-04:00"),
        # The day that was skipped starts with the one that came instead.
        ("2011-12-30", APIA, "2011-12-31T00:00:00+14:00"),
        ("2011-12-31", APIA, "2011-12-31T00:00:00+14:00"),
        # Midnight twice: the first, unless the day before resumes (00:01 to 23:01).
        ("2026-11-01", "America/Havana", "2026-11-01T00:00:00-04:00"),
        ("2010-11-07", ST_JOHNS, "2010-11-07T00:00:00-03:30"),
    ],
)
def test_a_day_starts_when_the_day_before_is_over(
    day: str, zone: str, expected: str
) -> None:
    start = start_of_day(date.fromisoformat(day), zone=ZoneInfo(zone))
    assert shown(start, zone) == expected


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2025-06-10T15:00", LONDON, "2025-06-11T00:00:00+01:00"),
        ("2025-06-10T00:00", LONDON, "2025-06-10T00:00:00+01:00"),
        ("2025-06-10T00:00:00.000001", LONDON, "2025-06-11T00:00:00+01:00"),
        ("2025-06-10T23:59:59.999999", LONDON, "2025-06-11T00:00:00+01:00"),
        ("2025-12-31T12:00", LONDON, "2026-01-01T00:00:00+00:00"),
        ("2018-11-03T12:00", SAO_PAULO, "2018-11-04T01:00:00-02:00"),
        ("2018-11-04T01:00", SAO_PAULO, "2018-11-04T01:00:00-02:00"),
        ("2018-11-04T01:00:01", SAO_PAULO, "2018-11-05T00:00:00-02:00"),
        ("2011-12-29T12:00", APIA, "2011-12-31T00:00:00+14:00"),
        # Past midnight for half a minute, before the clocks go back over it.
        ("2010-11-07T00:00:30", ST_JOHNS, "2010-11-07T00:00:00-03:30"),
    ],
)
def test_rounding_up_leads_to_the_start_of_a_local_day(
    moment: str, zone: str, expected: str
) -> None:
    rounded = start_of_next_day(at(moment, zone), zone=ZoneInfo(zone))
    assert shown(rounded, zone) == expected


def test_the_start_after_the_last_day_of_the_calendar_is_refused() -> None:
    last = datetime(9999, 12, 31, 12, tzinfo=UTC)
    with refused(InvalidRule, "pending_period"):
        start_of_next_day(last, zone=UTC, field="pending_period")


@given(period=periods)
def test_every_period_reads_back_as_itself(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(period=periods, moment=moments, zone=zones)
@example(Period(1, "D"), at("2010-11-06T23:30", ST_JOHNS), ZoneInfo(ST_JOHNS))
def test_a_period_ends_after_it_began(
    period: Period, moment: datetime, zone: ZoneInfo
) -> None:
    assert period.after(moment, zone=zone) > moment


@given(period=periods, moment=moments, zone=zones)
def test_a_longer_period_from_the_same_origin_never_ends_earlier(
    period: Period, moment: datetime, zone: ZoneInfo
) -> None:
    longer = Period(period.count + 1, period.unit)
    assert longer.after(moment, zone=zone) >= period.after(moment, zone=zone)


@given(period=periods, moment=moments, later=st.integers(1, 60), zone=zones)
def test_a_later_day_at_the_same_time_never_ends_earlier(
    period: Period, moment: datetime, later: int, zone: ZoneInfo
) -> None:
    wall = moment.replace(hour=12, tzinfo=zone)
    next_wall = wall + timedelta(days=later)
    first = period.after(wall, zone=zone)
    assert first <= period.after(next_wall, zone=zone)


@given(moment=moments, zone=zones)
@example(at("2010-11-07T00:00:30", ST_JOHNS), ZoneInfo(ST_JOHNS))
@example(at("2010-11-06T23:30", ST_JOHNS, fold=1), ZoneInfo(ST_JOHNS))
@example(at("2026-11-01T00:30", "America/Havana"), ZoneInfo("America/Havana"))
def test_rounding_up_finds_the_nearest_start_of_a_day(
    moment: datetime, zone: ZoneInfo
) -> None:
    rounded = start_of_next_day(moment, zone=zone)
    just_before = (rounded - datetime.resolution).astimezone(zone)
    assert moment <= rounded <= moment + timedelta(hours=25)
    assert just_before.date() < rounded.astimezone(zone).date()
    assert start_of_next_day(rounded, zone=zone) == rounded
