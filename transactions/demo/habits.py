"""How the members of the demo shop shop: how often, on which days, for how much. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

# Monday to Sunday, January to December: how busy the shop is; around 1.
WEEKDAYS = (0.8, 0.8, 0.9, 1.0, 1.3, 1.5, 1.0)
MONTHS = (0.8, 0.75, 0.9, 0.95, 1.0, 1.0, 0.95, 0.85, 0.95, 1.0, 1.35, 1.55)
HOURS = {8: 2, 9: 4, 10: 6, 11: 8, 12: 10, 13: 9, 14: 7, 15: 7} | {
    16: 8, 17: 11, 18: 12, 19: 11, 20: 8, 21: 4,
}  # fmt: skip
PENCE = (0, 49, 50, 95, 99)
SMALLEST_ORDER, LARGEST_ORDER = 250, 60_000
# The members' days, a few days ago: their points have just become due.
MEMBERS_DAYS_BEGAN = timedelta(days=9)
MEMBERS_DAYS_ENDED = timedelta(days=5, hours=2)
MEMBERS_DAYS_A_MEMBER = 0.55


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How one kind of member shops.

    orders: a year. basket: a middling order, in pence.
    pays_with_points, takes_rewards: the share of visits with enough points.
    """

    orders: int
    basket: int
    pays_with_points: float
    takes_rewards: float


LOYAL = Habit(orders=27, basket=4_200, pays_with_points=0.3, takes_rewards=0.1)
REGULAR = Habit(orders=11, basket=3_600, pays_with_points=0.3, takes_rewards=0.1)
OCCASIONAL = Habit(orders=4, basket=4_400, pays_with_points=0.2, takes_rewards=0.05)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A member buys something. `amount` is in pence."""

    at: datetime
    member: int
    amount: int
    habit: Habit


def habit_of(member: int) -> Habit:
    """Of twenty members three are loyal, seven regular and ten occasional."""
    place = member * 7 % 20
    if place < 3:
        return LOYAL
    return REGULAR if place < 10 else OCCASIONAL


def joined(member: int, *, start: datetime, now: datetime, rng: Random) -> datetime:
    """Most members were there when it began, the others came in the first half."""
    if member % 10 < 7:
        return start
    return max(start, by_day(start + (now - start) / 2 * rng.random(), rng=rng))


def by_day(moment: datetime, *, rng: Random) -> datetime:
    """A moment of the same day (in UTC) at which somebody is at work."""
    return moment.replace(
        hour=rng.randrange(9, 17),
        minute=rng.randrange(60),
        second=rng.randrange(60),
        microsecond=0,
    )


def visits(
    member: int, *, since: datetime, now: datetime, zone: ZoneInfo, rng: Random
) -> Iterator[Visit]:
    """All orders of one member from `since` to `now`, in no order."""
    habit = habit_of(member)
    day = since.astimezone(zone).date()
    while day <= now.astimezone(zone).date():
        busy = WEEKDAYS[day.weekday()] * MONTHS[day.month - 1]
        wanted = habit.orders / 365 * busy
        begins = datetime.combine(day, time(0), tzinfo=zone)
        if now - MEMBERS_DAYS_BEGAN <= begins < now - MEMBERS_DAYS_ENDED:
            wanted += MEMBERS_DAYS_A_MEMBER
        if rng.random() < wanted:
            at = begins.replace(hour=_hour(rng), minute=rng.randrange(60))
            at = at.replace(second=rng.randrange(60)).astimezone(UTC)
            amount = _amount(habit, rng)
            if since <= at < now:
                yield Visit(at=at, member=member, amount=amount, habit=habit)
        day += timedelta(days=1)


def _hour(rng: Random) -> int:
    return rng.choices(list(HOURS), weights=list(HOURS.values()))[0]


def _amount(habit: Habit, rng: Random) -> int:
    pounds = int(rng.lognormvariate(math.log(habit.basket), 0.55)) // 100
    pence = pounds * 100 + rng.choice(PENCE)
    return max(SMALLEST_ORDER, min(pence, LARGEST_ORDER))
