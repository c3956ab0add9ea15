"""The words that sentences are made of: money, points, periods, days and moments."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.errors import Refusal
from schemes.policies import Period, YearDay, start_of_day

_ANY_LEAP_YEAR = 2024


def number(of: int) -> str:
    """A whole number with separators: "1,234"."""
    return number_format(of, 0, force_grouping=True)


def in_words(refusal: Refusal) -> str:
    """What a refusal says, in the language of the page."""
    return refusal.sentence.put(_, number)


def points(of: int) -> str:
    """A number of points: "1 point", "1,234 points"."""
    return ngettext("%(number)s point", "%(number)s points", of) % {
        "number": number(of)
    }


def period(of: Period) -> str:
    """A length of time: "5 days"."""
    texts = {
        "H": ngettext("%(count)s hour", "%(count)s hours", of.count),
        "D": ngettext("%(count)s day", "%(count)s days", of.count),
        "W": ngettext("%(count)s week", "%(count)s weeks", of.count),
        "M": ngettext("%(count)s month", "%(count)s months", of.count),
        "Y": ngettext("%(count)s year", "%(count)s years", of.count),
    }
    return texts[of.unit] % {"count": number(of.count)}


def year_days(days: Iterable[YearDay]) -> str:
    """Days that come every year: "30 June or 31 December"."""
    return one_of(
        [date_format(day.on(_ANY_LEAP_YEAR), "MONTH_DAY_FORMAT") for day in days]
    )


def one_of(texts: Sequence[str]) -> str:
    """Some texts of which one is meant: "a, b or c"."""
    *others, last = texts
    if not others:
        return last
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment on the scheme's wall clock, with the zone named."""
    local = at.astimezone(zone)
    time = date_format(local, "H:i:s" if local.second else "H:i")
    return f"{date_format(local)}, {time} ({zone.key})"


def gone(at: datetime, zone: ZoneInfo) -> str:
    """From when on points are gone; of a whole last day only that day is said."""
    day = at.astimezone(zone).date()
    if at == start_of_day(day, zone=zone):
        last = date_format(day - timedelta(days=1))
        return _("gone after %(day)s") % {"day": last}
    return _("gone from %(moment)s") % {"moment": moment(at, zone)}
