"""Calendar arithmetic in a scheme's time zone: periods and the starts of days."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil.relativedelta import relativedelta

from loyalty.errors import InvalidRule
from loyalty.errors import gettext_noop as _

_PERIOD = re.compile(r"([1-9][0-9]{0,3})([HDWMY])")
_STEPS = {
    "D": relativedelta(days=1),
    "W": relativedelta(weeks=1),
    "M": relativedelta(months=1),
    "Y": relativedelta(years=1),
}


@contextmanager
def within_calendar(field: str) -> Iterator[None]:
    """Turn arithmetic that leaves the years 1 to 9999 into InvalidRule on `field`."""
    try:
        yield
    except (OverflowError, ValueError) as error:
        message = _("The rule leads to a date outside the years 1 to 9999.")
        raise InvalidRule(message, field=field) from error


def local_time(moment: datetime, *, zone: tzinfo) -> datetime:
    """The wall time of an aware `moment` in `zone`; TypeError if it is naive."""
    if moment.utcoffset() is None:
        raise TypeError(f"{moment!r} has no time zone: moments must be aware")
    with within_calendar("time_zone"):
        return moment.astimezone(zone)


def _to_utc(wall: datetime, *, zone: tzinfo, fold: int) -> datetime:
    first, second = (
        wall.replace(tzinfo=zone, fold=side).astimezone(UTC) for side in (0, 1)
    )
    # In a gap the side before it is the later moment, so max() moves forward there.
    return max(first, second) if fold else first


def start_of_day(day: date, *, zone: tzinfo, field: str = "period") -> datetime:
    """The moment from which the local date in `zone` is `day` or later, for good.

    What for: rules that speak of days. It is the local midnight where there is one.
    Where clocks skip midnight (Sao Paulo, Cairo) it is the first moment after the
    gap; a day that never happened (Apia, 2011-12-30) starts with the next one. Where
    midnight happens twice it is the first, unless the day before resumes in between
    (St John's until 2011): then the second.

    Args: a local date; the scheme's zone; `field`, the input to blame.
    Returns: an aware UTC moment.
    Raises: InvalidRule on `field` if it is outside the years 1 to 9999.
    """
    midnight = datetime.combine(day, time.min)
    with within_calendar(field):
        first = _to_utc(midnight, zone=zone, fold=0)
        second = midnight.replace(tzinfo=zone, fold=1).astimezone(UTC)
        if second < first:  # midnight is in a gap: find where the gap opens
            seconds = range(int((first - second).total_seconds()) + 1)
            gap = bisect_left(
                seconds,
                day,
                key=lambda n: (second + timedelta(seconds=n)).astimezone(zone).date(),
            )
            return second + timedelta(seconds=gap)
        just_before = (second - datetime.resolution).astimezone(zone)
    return second if just_before.date() < day else first


def start_of_next_day(
    moment: datetime, *, zone: tzinfo, field: str = "period"
) -> datetime:
    """Round `moment` up to the start of a local day; a start of day stays as it is.

    What for: pending points that become spendable at a midnight. Args, result and
    refusal as in `start_of_day`; TypeError if `moment` is naive.
    """
    today = local_time(moment, zone=zone).date()
    start = start_of_day(today, zone=zone, field=field)
    if start >= moment:
        return start
    return start_of_day(next_day(today, field=field), zone=zone, field=field)


def next_day(day: date, *, field: str = "period") -> date:
    """The date after `day`; InvalidRule on `field` after 9999-12-31."""
    with within_calendar(field):
        return day + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: `count` hours (H), days, weeks, months or years (D W M Y).

    Raises: InvalidRule if `count` is not 1 to 9999 or `unit` is another letter.
    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points", step 1.6 (D, W
    and M); H and Y are ours.
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        _match_period(f"{self.count}{self.unit}", field="period")

    @classmethod
    def parse(cls, text: str, *, field: str = "period") -> "Period":
        """Read "5D", "3W" or "3M"; anything else is InvalidRule on `field`."""
        count, unit = _match_period(text, field=field)
        return cls(count=int(count), unit=unit)

    def __str__(self) -> str:
        """The form that `parse` reads: "5D"."""
        return f"{self.count}{self.unit}"

    def after(
        self, moment: datetime, *, zone: tzinfo, field: str = "period"
    ) -> datetime:
        """The moment this period after `moment`, on the wall clock of `zone`.

        H is elapsed time. The other units keep the local time of day and move the
        date, always from the origin and never step by step: 31 Jan + 1M = 28 Feb,
        29 Feb + 1Y = 28 Feb. A wall time that the clocks skip moves forward by the
        gap; one that happens twice is the first of the two, or the second if
        `moment` itself is a second one.

        Args: the aware origin; the scheme's zone; `field`, the input to blame.
        Returns: an aware UTC moment, later than `moment`.
        Raises: InvalidRule on `field` beyond year 9999; TypeError if naive.
        """
        local = local_time(moment, zone=zone)
        with within_calendar(field):
            if self.unit == "H":
                return moment.astimezone(UTC) + timedelta(hours=self.count)
            wall = local.replace(tzinfo=None) + _STEPS[self.unit] * self.count
            return _to_utc(wall, zone=zone, fold=local.fold)


def _match_period(text: str, *, field: str) -> tuple[str, str]:
    match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        message = _(
            '"%(text)s" is not a period: write a whole number followed by D, W or M '
            "(also H or Y), like 5D, 3W or 3M."
        )
        raise InvalidRule(message, values={"text": text}, field=field)
    return match[1], match[2]
