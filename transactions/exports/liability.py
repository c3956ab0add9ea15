"""What is owed as a file: outstanding points by the last day they can be used."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from transactions.exports.asking import Ask
from transactions.exports.pages import Export
from transactions.models import Bucket

# Points that expire at midnight can be used on the day before.
MOMENT = timedelta(microseconds=1)


class Liability(Export):
    """Points of a scheme that can be used, or will be, at the moment of the file.

    By the buckets' own dates, so a late sweep makes no difference. The days that are
    asked for are the last days on which the points can be used; with any, points that
    never expire are left out.
    """

    columns = (
        "scheme",
        "last_usable_day",
        "active_points",
        "pending_points",
        "point_cost_minor_units",
        "active_cost_minor_units",
        "pending_cost_minor_units",
        "currency",
        "as_of",
    )
    whole = True

    def rows(self, ask: Ask) -> QuerySet[Any]:
        awaited_in_vain = Q(activates_at=None, cancels_at__lte=ask.now)
        wanted = Q()
        if ask.start:
            wanted &= Q(expires_at__gt=ask.start)
        if ask.end:
            wanted &= Q(expires_at__lte=ask.end)
        return (
            Bucket.objects.open()
            .filter(wanted, card__definition__scheme=ask.scheme)
            .filter(Q(expires_at=None) | Q(expires_at__gt=ask.now))
            .exclude(awaited_in_vain, status=Bucket.Status.PENDING)
        )

    def cells(self, ask: Ask, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
        active = Q(status=Bucket.Status.ACTIVE) | Q(activates_at__lte=ask.now)
        before = ExpressionWrapper(F("expires_at") - MOMENT, DateTimeField())
        days = (
            self.rows(ask)
            .values(day=TruncDate(before, tzinfo=ask.zone))
            .annotate(
                active=Sum("remaining", filter=active, default=0),
                pending=Sum("remaining", filter=~active, default=0),
            )
            .order_by(F("day").asc(nulls_last=True))
        )
        scheme = ask.scheme
        for each in days.iterator():
            yield (
                scheme.reference,
                each["day"] or "never expires",
                each["active"],
                each["pending"],
                _decimal(scheme.point_cost),
                _cost(each["active"], scheme.point_cost),
                _cost(each["pending"], scheme.point_cost),
                scheme.currency,
                ask.now,
            )


def _cost(points: int, point_cost: Decimal | None) -> str | None:
    return None if point_cost is None else _decimal(points * point_cost)


def _decimal(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
