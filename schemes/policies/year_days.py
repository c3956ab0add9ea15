"""Days that come every year: reading them, and finding the next of a list."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from loyalty.errors import InvalidRule, Sentence
from loyalty.errors import gettext_noop as _
from schemes.policies.periods import (
    local_time,
    next_day,
    start_of_day,
    within_calendar,
)

MAX_DATES = 20
LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True, order=True)
class YearDay:
    """A day that comes every year; 29 February is 28 February in common years.

    Raises: InvalidRule if no year has the day (30 February).
    Source: Voucherify Loyalty v2, `fixed_dates.dates` and `expiration_dates`.
    """

    month: int
    day: int

    def __post_init__(self) -> None:
        whole = type(self.month) is int and type(self.day) is int  # True is not 1
        if not whole or not (
            1 <= self.month <= 12
            and 1 <= self.day <= monthrange(LEAP_YEAR, self.month)[1]
        ):
            message = _("Month %(month)s, day %(day)s is not a day of any year.")
            values = {"month": self.month, "day": self.day}
            raise InvalidRule(message, values=values, field="dates")

    def on(self, year: int) -> date:
        """The date of this day in `year` (1 to 9999)."""
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


def parse_year_days(
    entries: Sequence[Mapping[str, int]], *, field: str = "dates"
) -> tuple[YearDay, ...]:
    """Read `[{"month": 6, "day": 30}]`: 1 to 20 different days, in calendar order.

    Raises: InvalidRule on `field`, saying what is wrong.
    """
    wanted = Sentence(
        _('Give 1 to %(most)s different days, like {"month": 6, "day": 30}.'),
        {"most": MAX_DATES},
    )
    try:
        days = sorted({YearDay(**entry) for entry in entries})
    except InvalidRule as error:
        raise InvalidRule(error.sentence, field=field) from error
    except TypeError as error:  # not a list, not objects, or other names in them
        raise InvalidRule(wanted, field=field) from error
    if not 1 <= len(days) == len(entries) <= MAX_DATES:
        raise InvalidRule(wanted, field=field)
    return tuple(days)


def next_listed_start(
    days: Sequence[YearDay], *, after: datetime, zone: tzinfo, field: str = "dates"
) -> datetime:
    """The first local start of a listed day that is later than `after`.

    What for: points that activate on fixed dates. Args: at least one day; an aware
    moment; the scheme's zone; `field`, the input to blame. Returns: aware UTC.
    Raises: InvalidRule on `field` beyond year 9999; TypeError for a naive moment.
    """
    return _first_boundary(days, after=after, zone=zone, ends=False, field=field)


def next_listed_end(
    days: Sequence[YearDay], *, after: datetime, zone: tzinfo, field: str = "dates"
) -> datetime:
    """The first local end of a listed day (the next midnight) later than `after`.

    What for: points that expire on fixed dates, whose last usable day is the listed
    one. Args, result and errors as in `next_listed_start`.
    """
    return _first_boundary(days, after=after, zone=zone, ends=True, field=field)


def _first_boundary(
    days: Sequence[YearDay], *, after: datetime, zone: tzinfo, ends: bool, field: str
) -> datetime:
    year = local_time(after, zone=zone).year
    ordered = sorted(days)
    for candidate in (year, year + 1):
        for listed in ordered:
            with within_calendar(field):
                day = listed.on(candidate)
            day = next_day(day, field=field) if ends else day
            moment = start_of_day(day, zone=zone, field=field)
            if moment > after:
                return moment
    raise InvalidRule(_("No day is listed."), field=field)
