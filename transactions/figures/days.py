"""Days and months as the schemes count them, in the database: each in its own zone."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, DateField, When
from django.db.models.functions import Cast, TruncDate, TruncMonth

# How a card's rows lead to their scheme.
SCHEME = "card__definition__scheme"


def day_of(moment: datetime, *, zone: ZoneInfo) -> date:
    """The day of an aware moment in a zone."""
    return moment.astimezone(zone).date()


def local_day(column: str, *, zones: Iterable[str]) -> Any:
    """The day of a moment in the zone of its row's scheme, as an expression.

    zones: the names of all zones that the rows' schemes have.
    """
    return _by_zone(zones, lambda zone: TruncDate(column, tzinfo=zone))


def local_month(column: str, *, zones: Iterable[str]) -> Any:
    """The first day of the month of a moment, otherwise as `local_day`."""
    return _by_zone(
        zones,
        lambda zone: Cast(
            TruncMonth(column, tzinfo=zone, output_field=DateField()), DateField()
        ),
    )


def _by_zone(zones: Iterable[str], make: Any) -> Any:
    names = sorted(set(zones))
    if len(names) == 1:
        return make(ZoneInfo(names[0]))
    cases = [
        When(**{f"{SCHEME}__time_zone": name}, then=make(ZoneInfo(name)))
        for name in names
    ]
    return Case(*cases, output_field=DateField())
