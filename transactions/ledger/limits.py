"""How much of a grant a definition's limits leave."""

from datetime import datetime, time, timedelta, tzinfo

from django.db.models import F, Sum

from accounts.models import Card
from schemes.models import CardDefinition
from transactions.models import Transaction

EARNINGS = [Transaction.Type.POINTS_EARNED, Transaction.Type.PENDING_POINTS_ADDED]


def within_limits(points: int, *, card: Card, at: datetime) -> int:
    """How many of the points the card may still be granted at `at`, from 0 up.

    The card must be locked where its definition limits what it holds or earns.
    """
    rules = card.definition
    if rules.max_points_per_earn is not None:
        points = min(points, rules.max_points_per_earn)
    if rules.max_balance is not None:
        points = min(points, rules.max_balance - _held(card))
    if rules.earn_limit is not None:
        start = _start_of_period(
            at, period=rules.earn_limit_period, zone=rules.scheme.zone
        )
        points = min(points, rules.earn_limit - _earned_since(start, card=card))
    return max(points, 0)


def _held(card: Card) -> int:
    held = card.buckets.open().aggregate(held=Sum("remaining", default=0))["held"]
    return int(held) - card.overdraft


def _earned_since(start: datetime, *, card: Card) -> int:
    earned = card.transactions.filter(
        type__in=EARNINGS, effective_at__gte=start
    ).aggregate(earned=Sum(F("points") + F("pending_points"), default=0))["earned"]
    return int(earned)


def _start_of_period(at: datetime, *, period: str, zone: tzinfo) -> datetime:
    day = at.astimezone(zone).date()
    match period:
        case CardDefinition.LimitPeriod.WEEK:
            day -= timedelta(days=day.weekday())
        case CardDefinition.LimitPeriod.MONTH:
            day = day.replace(day=1)
        case CardDefinition.LimitPeriod.YEAR:
            day = day.replace(month=1, day=1)
    return datetime.combine(day, time.min, tzinfo=zone)
