"""What becomes active and what lapses on the days to come, and what became of grants.

Both are added up every few minutes and say as of when: they read too many buckets to be
computed while somebody waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Card
from schemes.models import Scheme
from transactions import balances
from transactions.figures.days import SCHEME, day_of, local_day
from transactions.models import Bucket, CalendarFigure, FigureMark

Kind = CalendarFigure.Kind

DAYS_TO_COME = 90
CARDS_AT_ONCE = 500

Sums = dict[tuple[int, str, date], int]


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What was granted in one month, and how much of it has lapsed since."""

    month: date
    granted: int
    lapsed: int

    @property
    def percent(self) -> float:
        """The share that has lapsed."""
        return 100 * self.lapsed / self.granted if self.granted else 0.0


@dataclass(frozen=True, kw_only=True)
class Calendars:
    """Points by the days to come, as of `at`; grants by month, as of `cohorts_at`.

    Neither moment is there before the first time that they were added up.
    """

    at: datetime | None
    activations: Mapping[date, int]
    expiries: Mapping[date, int]
    cohorts_at: datetime | None
    cohorts: Sequence[Cohort]


def calendars(*, schemes: Iterable[Scheme]) -> Calendars:
    """What was added up last for these schemes together. Two queries."""
    mark = FigureMark.objects.first() or FigureMark()
    sums: dict[str, dict[date, int]] = defaultdict(dict)
    figures = CalendarFigure.objects.filter(scheme__in=[each.pk for each in schemes])
    for kind, day, points in (
        figures.order_by("day").values_list("kind", "day").annotate(Sum("points"))
    ):
        sums[kind][day] = int(points)
    granted, lapsed = sums[Kind.GRANTED], sums[Kind.LAPSED]
    return Calendars(
        at=mark.calendars_at,
        activations=sums[Kind.ACTIVATION],
        expiries=sums[Kind.EXPIRY],
        cohorts_at=mark.ripe_at,
        cohorts=[
            Cohort(
                month=month,
                granted=granted.get(month, 0),
                lapsed=lapsed.get(month, 0),
            )
            # Points given back lapse in the month of their return, perhaps alone in it.
            for month in sorted({*granted, *lapsed})
        ],
    )


def coming(*, schemes: Sequence[Scheme], at: datetime) -> list[CalendarFigure]:
    """What becomes active and what lapses in the days after `at`, to be kept.

    As each card's own schedule has it, if nothing else happens.
    """
    if not schemes:
        return []
    until = at + timedelta(days=DAYS_TO_COME)
    sums: Sums = defaultdict(int)
    for kind, rows, column in _dated(at=at, until=until):
        on = local_day(column, zones=[scheme.time_zone for scheme in schemes])
        by_day = rows.order_by().annotate(on=on).values_list(SCHEME, "on")
        for scheme, day, points in by_day.annotate(Sum("remaining")):
            sums[scheme, kind, day] += int(points)
    _add_overdrawn(sums, schemes=schemes, at=at, until=until)
    return [
        CalendarFigure(scheme_id=scheme, kind=kind, day=day, points=points)
        for (scheme, kind, day), points in sorted(sums.items())
        if points
    ]


def _dated(
    *, at: datetime, until: datetime
) -> Iterator[tuple[str, QuerySet[Bucket], str]]:
    """The buckets that a calendar is made of, by the column of its date."""
    buckets = Bucket.objects.filter(card__overdraft=0)
    pending = buckets.filter(status=Bucket.Status.PENDING)
    active = buckets.filter(status=Bucket.Status.ACTIVE, remaining__gt=0)
    activates = Q(activates_at__gt=at, activates_at__lte=until)
    lapses = Q(expires_at__gt=at, expires_at__lte=until)
    yield Kind.ACTIVATION, pending.filter(activates), "activates_at"
    yield Kind.EXPIRY, active.filter(lapses), "expires_at"
    # What is to be activated before it lapses.
    yield Kind.EXPIRY, pending.filter(lapses, activates_at__lte=until), "expires_at"


def _add_overdrawn(
    sums: Sums, *, schemes: Sequence[Scheme], at: datetime, until: datetime
) -> None:
    """Add the cards that owe points: what becomes active repays, and never lapses."""
    by_pk = {scheme.pk: scheme for scheme in schemes}
    holding = Bucket.objects.open().filter(card=OuterRef("pk"))
    owing = Card.objects.filter(Exists(holding), overdraft__gt=0)
    cards = list(owing.select_related("definition").order_by("pk"))
    for first in range(0, len(cards), CARDS_AT_ONCE):
        some = cards[first : first + CARDS_AT_ONCE]
        held = balances.of_cards(cards=some, at=at)
        for card in some:
            scheme = by_pk[card.definition.scheme_id]
            schedule = held[card.pk].schedule
            for kind, dues in (
                (Kind.ACTIVATION, schedule.activations),
                (Kind.EXPIRY, schedule.expiries),
            ):
                for due in dues:
                    if due.at <= until:
                        day = day_of(due.at, zone=scheme.zone)
                        sums[scheme.pk, kind, day] += due.points
