"""What a value must be before any rule looks at it."""

from datetime import datetime

from django.utils.timezone import is_aware

from schemes.policies import MAX_POINTS
from transactions.ledger.refusals import InvalidMoment, InvalidPoints


def require_aware(moment: datetime, *, field: str) -> datetime:
    """The moment itself.

    :raises InvalidMoment: if it has no time zone.
    """
    if not is_aware(moment):
        raise InvalidMoment(f"{moment} has no time zone.", field=field)
    return moment


def require_points(points: object) -> int:
    """The number of points itself.

    :raises InvalidPoints: if it is not a whole number from 1 to 2^53 - 1.
    """
    if isinstance(points, bool) or not isinstance(points, int):
        raise InvalidPoints(f"{points!r} is not a whole number.", field="points")
    if not 1 <= points <= MAX_POINTS:
        raise InvalidPoints(
            f"{points} is not between 1 and {MAX_POINTS}.", field="points"
        )
    return points
