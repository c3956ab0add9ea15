"""How much of a grant a definition's limits leave."""

from datetime import datetime, timedelta, tzinfo

from dateutil.relativedelta import relativedelta
from django.db.models import F, Sum

from accounts.models import Card
from schemes.models import CardDefinition
from schemes.policies import start_of_day
from transactions.ledger.book import Book
from transactions.ledger.call import Call
from transactions.ledger.settlement import settle_in
from transactions.models import Transaction


def within_limits(points: int, *, call: Call) -> int:
    """How many of the points the call's card may still be granted, from 0 up."""
    book, card, at = call.book, call.card, call.at
    rules = card.definition
    if rules.limits_earning:
        settle_in(book, card, at=call.settled_at)  # what has lapsed makes room
    if rules.max_points_per_earn is not None:
        points = min(points, rules.max_points_per_earn)
    if rules.max_balance is not None:
        points = min(points, rules.max_balance - _held(book, card))
    if rules.earn_limit is not None:
        period = _period(at, unit=rules.earn_limit_period, zone=rules.scheme.zone)
        points = min(points, rules.earn_limit - _earned_in(period, book, card))
    return max(points, 0)


def _held(book: Book, card: Card) -> int:
    return sum(bucket.remaining for bucket in book.buckets(card)) - card.overdraft


def _earned_in(period: tuple[datetime, datetime], book: Book, card: Card) -> int:
    start, end = period
    earned = card.transactions.filter(
        type__in=Transaction.GRANTS, effective_at__gte=start, effective_at__lt=end
    ).aggregate(earned=Sum(F("points") + F("pending_points"), default=0))["earned"]
    return int(earned) + sum(
        each.points + each.pending_points
        for each in book.written_on(card)
        if each.type in Transaction.GRANTS and start <= each.effective_at < end
    )


def _period(at: datetime, *, unit: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The local day, week (from Monday), month or year that `at` lies in."""
    day = at.astimezone(zone).date()
    match unit:
        case CardDefinition.LimitPeriod.WEEK:
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(weeks=1)
        case CardDefinition.LimitPeriod.MONTH:
            first = day.replace(day=1)
            after = first + relativedelta(months=1)
        case CardDefinition.LimitPeriod.YEAR:
            first = day.replace(month=1, day=1)
            after = first + relativedelta(years=1)
        case _:
            first, after = day, day + timedelta(days=1)
    return start_of_day(first, zone=zone), start_of_day(after, zone=zone)
