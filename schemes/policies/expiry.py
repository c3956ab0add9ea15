"""Expiry rules: when points lapse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from loyalty.errors import InvalidRule
from loyalty.errors import gettext_noop as _
from schemes.policies.pending import parse_choice
from schemes.policies.periods import (
    Period,
    local_time,
    next_day,
    start_of_day,
    within_calendar,
)
from schemes.policies.year_days import YearDay, next_listed_end, parse_year_days


class ExpiryMode(StrEnum):
    """How a lapse is dated. Source: Voucherify v2, `points_expiration.type`."""

    NONE = "NONE"
    ROLLING = "ROLLING"
    CALENDAR = "CALENDAR"
    SLIDING = "SLIDING"


class Rounding(StrEnum):
    """The stretch of the calendar to whose end a rolling expiry is moved."""

    NONE = "NONE"
    DAY = "DAY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    HALF_YEAR = "HALF_YEAR"
    YEAR = "YEAR"


class CountedFrom(StrEnum):
    """The origin of an expiry: when points were earned, or became spendable."""

    EARNED = "EARNED"
    ACTIVATED = "ACTIVATED"


_MONTHS = {
    Rounding.MONTH: 1,
    Rounding.QUARTER: 3,
    Rounding.HALF_YEAR: 6,
    Rounding.YEAR: 12,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryRule:
    """How the points of one card definition lapse.

    Attributes:
        mode: NONE never; ROLLING a period after the origin; CALENDAR at the end of
            the next listed day; SLIDING like ROLLING, re-dated by activity.
        period: ROLLING and SLIDING: how long, on the scheme's wall clock.
        rounding: ROLLING and SLIDING: to the end of which stretch of the calendar.
        dates: CALENDAR: the last usable days.
        counted_from: the origin.
        slides_on_earn, slides_on_spend: SLIDING: the activity that re-dates.

    What belongs to another mode is ignored.
    Sources: Voucherify v2 `points_expiration`; Eagle Eye `services.expiryPoints`.
    """

    mode: ExpiryMode = ExpiryMode.NONE
    period: Period | None = None
    rounding: Rounding = Rounding.NONE
    dates: tuple[YearDay, ...] = ()
    counted_from: CountedFrom = CountedFrom.EARNED
    slides_on_earn: bool = False
    slides_on_spend: bool = False

    @classmethod
    def parse(
        cls,
        *,
        mode: str,
        period: str = "",
        rounding: str = "NONE",
        dates: Sequence[Mapping[str, int]] = (),
        counted_from: str = "EARNED",
        slides_on_earn: bool = False,
        slides_on_spend: bool = False,
    ) -> "ExpiryRule":
        """Read a rule as it is stored: texts for periods, dicts for days.

        Raises: InvalidRule on `expiry_mode`, `expiry_period` and so on.
        """
        return cls(
            mode=parse_choice(ExpiryMode, mode, field="expiry_mode"),
            period=Period.parse(period, field="expiry_period") if period else None,
            rounding=parse_choice(Rounding, rounding, field="expiry_rounding"),
            dates=parse_year_days(dates, field="expiry_dates") if dates else (),
            counted_from=parse_choice(CountedFrom, counted_from, field="expiry_from"),
            slides_on_earn=slides_on_earn,
            slides_on_spend=slides_on_spend,
        )

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Refuse a rule that lacks what its mode needs; no such rule can be made.

        Raises: InvalidRule on the missing field.
        """
        needs: dict[ExpiryMode, tuple[tuple[str, object], ...]] = {
            ExpiryMode.NONE: (),
            ExpiryMode.ROLLING: (("expiry_period", self.period),),
            ExpiryMode.CALENDAR: (("expiry_dates", self.dates),),
            ExpiryMode.SLIDING: (
                ("expiry_period", self.period),
                ("slides_on_earn", self.slides_on_earn or self.slides_on_spend),
            ),
        }
        for field, value in needs[self.mode]:
            if not value:
                values = {"mode": self.mode, "field": field}
                raise InvalidRule(
                    _("%(mode)s needs %(field)s."), values=values, field=field
                )


def _end_of_stretch(day: date, rounding: Rounding) -> date:
    """The first date after the stretch of the calendar that `day` is in."""
    if rounding is Rounding.DAY:
        return next_day(day, field="expiry_period")
    months = _MONTHS[rounding]
    after = (day.month - 1) // months * months + months  # months since January
    with within_calendar("expiry_period"):
        return date(day.year + after // 12, after % 12 + 1, 1)


def expiry_moment(
    *,
    rule: ExpiryRule,
    earned_at: datetime,
    activates_at: datetime | None,
    zone: tzinfo,
) -> datetime | None:
    """The moment from which the points are no longer spendable (exclusive).

    A rounded expiry is the local midnight after the last day of the stretch: points
    earned on 10 June with 6M and MONTH lapse as 1 January begins.

    Args:
        rule: the definition's rule.
        earned_at: the aware earn moment.
        activates_at: the aware activation moment; None while an event is awaited.
        zone: the scheme's time zone.

    Returns: an aware UTC moment; None for never, and for "not known yet" when it
        counts from an activation that is still to come.
    Raises: InvalidRule beyond year 9999; TypeError for a naive moment.
    Source: Eagle Eye recipe, "6 months after they are earned, expiring on the last
    day of that month".
    """
    origin = earned_at if rule.counted_from is CountedFrom.EARNED else activates_at
    if origin is None or rule.mode is ExpiryMode.NONE:
        return None
    if rule.mode is ExpiryMode.CALENDAR or rule.period is None:
        return next_listed_end(
            rule.dates, after=origin, zone=zone, field="expiry_dates"
        )
    moment = rule.period.after(origin, zone=zone, field="expiry_period")
    if rule.rounding is Rounding.NONE:
        return moment
    day = _end_of_stretch(local_time(moment, zone=zone).date(), rule.rounding)
    return start_of_day(day, zone=zone, field="expiry_period")
