"""What an export is asked for: whose rows, and of which days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from schemes.models import Scheme
from schemes.policies import start_of_day


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Rows of one scheme.

    first, last: days of the scheme's zone, both included; None: no end on this side.
    now: the moment at which balances are read (aware).
    """

    scheme: Scheme
    now: datetime
    first: date | None = None
    last: date | None = None

    @property
    def zone(self) -> ZoneInfo:
        """In which days begin and moments are written."""
        return self.scheme.zone

    @property
    def start(self) -> datetime | None:
        """The first moment of the first day."""
        if self.first is None or self.first == date.min:
            return None
        return start_of_day(self.first, zone=self.zone)

    @property
    def end(self) -> datetime | None:
        """The first moment after the last day."""
        if self.last is None or self.last == date.max:
            return None
        return start_of_day(self.last + timedelta(days=1), zone=self.zone)

    @property
    def days(self) -> str:
        """The days in ISO 8601, as a log keeps them."""
        return f"{self.first or '...'} - {self.last or '...'}"

    def of_days(self, column: str) -> Q:
        """Rows whose moment in this column is on one of the days."""
        wanted = Q()
        if self.start:
            wanted &= Q(**{f"{column}__gte": self.start})
        if self.end:
            wanted &= Q(**{f"{column}__lt": self.end})
        return wanted
