"""What a value must be before any rule looks at it."""

from datetime import UTC, datetime

from django.utils.timezone import is_aware
from django.utils.translation import gettext_noop as _

from schemes.policies import MAX_POINTS
from transactions.ledger.refusals import InvalidMoment, InvalidPoints

# Beyond these, some zone has no local time for a moment, and so no day to show it on.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def require_aware(moment: datetime, *, field: str) -> datetime:
    """The moment itself.

    :raises InvalidMoment: if it has no time zone, or lies at the ends of the calendar.
    """
    if not is_aware(moment):
        raise InvalidMoment(
            _("%(moment)s has no time zone."),
            values={"moment": str(moment)},
            field=field,
        )
    if not EARLIEST <= moment <= LATEST:
        raise InvalidMoment(
            _("%(moment)s is not between the years 1 and 9999 in every time zone."),
            values={"moment": moment.isoformat()},
            field=field,
        )
    return moment


def require_points(points: object) -> int:
    """The number of points itself.

    :raises InvalidPoints: if it is not a whole number from 1 to 2^53 - 1.
    """
    if isinstance(points, bool) or not isinstance(points, int):
        raise InvalidPoints(
            _("%(value)s is not a whole number."),
            values={"value": repr(points)},
            field="points",
        )
    if not 1 <= points <= MAX_POINTS:
        raise InvalidPoints(
            _("%(number)s is not between %(least)s and %(most)s."),
            values={"number": points, "least": 1, "most": MAX_POINTS},
            field="points",
        )
    return points
