"""Whether pending and expiry together leave any time to spend the points."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from loyalty.errors import InvalidRule
from loyalty.errors import gettext_noop as _
from schemes.policies.expiry import CountedFrom, ExpiryMode, ExpiryRule, expiry_moment
from schemes.policies.pending import (
    PendingMode,
    PendingRule,
    activation_moment,
    cancellation_moment,
)

_CYCLE = (date(2024, 1, 1), date(2027, 12, 31))  # four years with one leap day
_TIMES = (time(12), time(23, 59, 59))

# How many days a period of one takes, at least and at most.
_SHORTEST = {"H": 1 / 24, "D": 1, "W": 7, "M": 28, "Y": 365}
_LONGEST = {"H": 1 / 24, "D": 1, "W": 7, "M": 31, "Y": 366}
# More than rounding up to a midnight and all changes of clocks can add, in days.
_SLACK = 3

NOT_SPENDABLE = _(
    "Points earned on %(earned)s would expire on %(expires)s but only become spendable "
    "on %(late)s: let them expire later, wait less, or count the expiry from ACTIVATED."
)
STILL_WAITING = _(
    "Points earned on %(earned)s would expire on %(expires)s but only stop waiting on "
    "%(late)s: let them expire later, wait less, or count the expiry from ACTIVATED."
)


class ExpiresBeforeActivation(InvalidRule):
    """Points would lapse before, or just when, they become spendable (400)."""

    key = "expires_before_activation"
    default_message = _("The points would expire before they can be spent.")


def check_grant(*, activates_at: datetime | None, expires_at: datetime | None) -> None:
    """Refuse one grant that could never be spent.

    Args: aware moments; None for an event still awaited and for never.
    Raises: ExpiresBeforeActivation on `valid_to` unless `activates_at` is earlier.
    """
    if activates_at is None or expires_at is None or activates_at < expires_at:
        return
    raise ExpiresBeforeActivation(
        _(
            "The points would expire on %(expires)s, not after they become spendable "
            "on %(activates)s."
        ),
        values={
            "expires": expires_at.isoformat(),
            "activates": activates_at.isoformat(),
        },
        field="valid_to",
    )


def check_rules(*, pending: PendingRule, expiry: ExpiryRule, zone: tzinfo) -> None:
    """Refuse two rules that together take points away before they can be spent.

    Tries grants at noon and at the end of every day of four years, unless the expiry
    is so much longer than the wait that one try is enough. While an event is awaited
    it may come until the deadline, so there the deadline must not be later than the
    expiry.

    Args: the two rules of a definition; the scheme's zone.
    Raises: ExpiresBeforeActivation, with an example date, on `expiry_period` or
        `expiry_dates`; InvalidRule if a date lies beyond year 9999.
    """
    for earned_at in _earn_moments(pending, expiry, zone):
        activates_at = activation_moment(rule=pending, earned_at=earned_at, zone=zone)
        expires_at = expiry_moment(
            rule=expiry,
            earned_at=earned_at,
            activates_at=activates_at or earned_at,
            zone=zone,
        )
        deadline = cancellation_moment(rule=pending, earned_at=earned_at, zone=zone)
        if expires_at is None or expiry.counted_from is CountedFrom.ACTIVATED:
            continue
        if activates_at is not None and expires_at <= activates_at:
            sentence, late = NOT_SPENDABLE, activates_at
        elif deadline is not None and expires_at < deadline:
            sentence, late = STILL_WAITING, deadline
        else:
            continue
        moments = {"earned": earned_at, "expires": expires_at, "late": late}
        calendar = expiry.mode is ExpiryMode.CALENDAR
        field = "expiry_dates" if calendar else "expiry_period"
        raise ExpiresBeforeActivation(
            sentence,
            values={name: _wall(at, zone) for name, at in moments.items()},
            field=field,
        )


def _wall(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _earn_moments(
    pending: PendingRule, expiry: ExpiryRule, zone: tzinfo
) -> Iterator[datetime]:
    """Every moment to try, in UTC; the last is enough where the order cannot fail."""
    first, last = _CYCLE
    if _always_in_order(pending, expiry):
        first = last
    for number in range((last - first).days + 1):
        for at in _TIMES:
            wall = datetime.combine(first + timedelta(days=number), at, tzinfo=zone)
            yield wall.astimezone(UTC)


def _always_in_order(pending: PendingRule, expiry: ExpiryRule) -> bool:
    """Whether the points are spendable before they lapse, whatever the day."""
    if (
        pending.mode is PendingMode.IMMEDIATE
        or expiry.mode is ExpiryMode.NONE
        or expiry.counted_from is CountedFrom.ACTIVATED
    ):
        return True
    waiting = {
        PendingMode.PERIOD_BASED: pending.period,
        PendingMode.EVENT_BASED: pending.deadline,
    }.get(pending.mode)
    if waiting is None or expiry.period is None:  # listed days: only trying tells
        return False
    longest = waiting.count * _LONGEST[waiting.unit] + _SLACK
    return longest < expiry.period.count * _SHORTEST[expiry.period.unit]
