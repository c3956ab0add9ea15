"""What happened in schemes, by day and type: kept sums, newer rows, and what is due.

What the dates say has happened counts on its day, whether a sweep has written it yet or
not; so a late sweep changes no figure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)

from accounts.models import Card
from schemes.models import Scheme
from transactions import balances
from transactions.balances import Late, Step
from transactions.figures.days import SCHEME, day_of, local_day
from transactions.models import Bucket, DailyFigure, FigureMark, Transaction, Undecided

Type = Transaction.Type

MARK = "MARK"
# So many buckets that are due are named to the database one by one.
MOST_NAMED = 5_000
STEPS = {
    Step.ACTIVATES: Type.PENDING_POINTS_ACTIVATED,
    Step.CANCELS: Type.PENDING_POINTS_CANCELED,
    Step.EXPIRES: Type.POINTS_EXPIRED,
}
# What each does to the active and to the pending balance.
SIGNS = {Step.ACTIVATES: (1, -1), Step.CANCELS: (0, -1), Step.EXPIRES: (-1, 0)}


@dataclass(frozen=True)
class Row:
    """What transactions of one type did to both balances of a scheme on one day.

    is_due: the dates say so, and no sweep has written it yet.
    """

    scheme: int
    day: date
    type: str
    points: int
    pending_points: int
    is_due: bool = False


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Everything that has happened in some schemes, and what their members owe."""

    rows: Sequence[Row]
    overdrafts: dict[int, int]


def rows(*, schemes: Sequence[Scheme], since: date, at: datetime) -> Rows:
    """What happened in the schemes up to `at` (aware, the present), day by day.

    since: what came before is added up, as of the day before it.
    """
    counted = -1
    while True:
        # The sums are kept up to a mark, and the rest is read beyond it. One statement
        # reads both, and says by its last row whether the mark has moved meanwhile.
        mark = FigureMark.objects.values_list("counted", flat=True).first() or 0
        found = list(_statement(schemes, since=since, at=at, mark=mark))
        counted = sum(each[3] for each in found if each[2] == MARK)
        if counted == mark:
            break
    told = [
        Row(
            scheme=scheme,
            day=max(day, since - timedelta(days=1)),
            type=type_,
            points=int(points),
            pending_points=int(pending_points),
            is_due=bool(is_due),
        )
        for scheme, day, type_, points, pending_points, is_due in found
        if type_ != MARK
    ]
    owing, overdrafts = _overdrawn(schemes, since=since, at=at)
    return Rows(rows=[*told, *owing], overdrafts=overdrafts)


def _statement(
    schemes: Sequence[Scheme], *, since: date, at: datetime, mark: int
) -> Any:
    ids = [scheme.pk for scheme in schemes]
    zones = {scheme.time_zone for scheme in schemes}
    kept = DailyFigure.objects.filter(scheme__in=ids)
    before = kept.filter(day__lt=since).annotate(
        on=Value(since - timedelta(days=1), DateField())
    )
    approved = Transaction.objects.filter(
        **{f"{SCHEME}__in": ids}, status=Transaction.Status.APPROVED
    ).annotate(on=local_day("effective_at", zones=zones))
    newer = approved.filter(pk__gt=mark)
    decided = approved.filter(pk__in=Undecided.objects.values("pk"), pk__lte=mark)
    moved = [
        _sums(each, "scheme", "on")
        for each in (kept.filter(day__gte=since).annotate(on=F("day")), before)
    ] + [_sums(each, SCHEME, "on") for each in (newer, decided)]
    marker: Any = FigureMark.objects.order_by().values_list(
        Value(0, IntegerField()),
        Value(since, DateField()),
        Value(MARK, CharField()),
        "counted",
        Value(0, IntegerField()),
        Value(0, IntegerField()),
    )
    first, *others = [*moved, *_due(ids, zones=zones, at=at), marker]
    return first.union(*others, all=True)


def _sums(told: QuerySet[Any], scheme: str, day: str) -> Any:
    return (
        told.order_by()
        .values_list(scheme, day, "type")
        .annotate(
            sum_points=Sum("points"),
            sum_pending=Sum("pending_points"),
            late=Value(0, IntegerField()),
        )
    )


def _dues(*, at: datetime) -> Iterator[tuple[QuerySet[Bucket], str, Step]]:
    """What the sweeps have yet to write, and the date by which it is due.

    A partial index of the sweeps serves each; they come in its order, so that it does.
    """
    pending = Bucket.objects.filter(status=Bucket.Status.PENDING)
    active = Bucket.objects.filter(status=Bucket.Status.ACTIVE, remaining__gt=0)
    activates = pending.filter(activates_at__lte=at).order_by("activates_at", "pk")
    expires = active.filter(expires_at__lte=at).order_by("expires_at", "pk")
    cancels = pending.filter(activates_at__isnull=True, cancels_at__lte=at)
    yield activates, "activates_at", Step.ACTIVATES
    yield activates.filter(expires_at__lte=at), "expires_at", Step.EXPIRES
    yield expires, "expires_at", Step.EXPIRES
    yield cancels.order_by("cancels_at", "pk"), "cancels_at", Step.CANCELS


def _named(*, at: datetime) -> Q | None:
    """The buckets that are due, by their ids; None if there are none.

    From their number in the table's statistics, the database expects more of them than
    there are while the sweeps keep up, and would read every card to find their scheme.
    What is due at `at` only grows less, so it may be asked for in advance.
    """
    pks: set[int] = set()
    for due, _column, _step in _dues(at=at):
        pks.update(due.values_list("pk", flat=True)[: MOST_NAMED + 1])
    if len(pks) > MOST_NAMED:
        return Q()
    return Q(pk__in=pks) if pks else None


def _due(ids: Iterable[int], *, zones: Iterable[str], at: datetime) -> Iterator[Any]:
    """What the sweeps have yet to write on cards that owe nothing."""
    named = _named(at=at)
    if named is None:
        return
    for due, column, step in _dues(at=at):
        points, pending_points = SIGNS[step]
        yield (
            due.filter(named, **{f"{SCHEME}__in": ids}, card__overdraft=0)
            .order_by()
            .annotate(
                on=local_day(column, zones=zones),
                what=Value(STEPS[step].value, CharField()),
            )
            .values_list(SCHEME, "on", "what")
            .annotate(
                sum_points=Sum("remaining") * points,
                sum_pending=Sum("remaining") * pending_points,
                late=Value(1, IntegerField()),
            )
        )


def _overdrawn(
    schemes: Sequence[Scheme], *, since: date, at: datetime
) -> tuple[list[Row], dict[int, int]]:
    """What is due on the few cards that owe points, and how much is owed by then."""
    by_pk = {scheme.pk: scheme for scheme in schemes}
    owing = Card.objects.filter(definition__scheme__in=by_pk, overdraft__gt=0)
    of_scheme = owing.order_by().values_list("definition__scheme")
    overdrafts = {pk: int(owed) for pk, owed in of_scheme.annotate(Sum("overdraft"))}
    unsettled = owing.filter(Exists(_reached(at)))
    homes = dict(unsettled.values_list("pk", "definition__scheme"))
    found = []
    for late in balances.late(cards=homes, at=at):
        scheme = by_pk[homes[late.card_id]]
        overdrafts[scheme.pk] -= late.repaid
        found.append(_row(late, scheme=scheme, since=since))
    return found, overdrafts


def _reached(at: datetime) -> QuerySet[Bucket]:
    """Buckets of the outer card that may have something to settle at `at`."""
    of_card = Bucket.objects.open().filter(card=OuterRef("pk"))
    return of_card.filter(Q(activates_at__lte=at) | Q(cancels_at__lte=at))


def _row(late: Late, *, scheme: Scheme, since: date) -> Row:
    signs = SIGNS[late.step]
    return Row(
        scheme=scheme.pk,
        day=max(day_of(late.at, zone=scheme.zone), since - timedelta(days=1)),
        type=STEPS[late.step],
        points=signs[0] * late.points,
        pending_points=signs[1] * late.points,
        is_due=True,
    )
