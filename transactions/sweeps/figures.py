"""The figures are added up beforehand: what is finished, by day; what comes, by day.

A mark says up to which transaction they go. It moves over rows that can only be final:
requests and holds that it passes are noted, and counted when they are decided.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.db.models.aggregates import Count
from django.db.transaction import atomic

from schemes.models import Scheme
from transactions.figures.calendars import coming
from transactions.figures.days import SCHEME, local_day, local_month
from transactions.models import (
    CalendarFigure,
    DailyFigure,
    FigureMark,
    Transaction,
    Undecided,
)

Type = Transaction.Type
Kind = CalendarFigure.Kind

IDS_AT_ONCE = 100_000
# So many rows are named to the database one by one.
NAMED_AT_ONCE = 5_000
LOOK_EVERY = timedelta(minutes=1)
CALENDARS_EVERY = timedelta(minutes=5)
OPEN = (Transaction.Status.PENDING, Transaction.Status.PROCESSING)
GRANTED = (*Transaction.GRANTS, Type.ADMIN_CREDIT)
LAPSED = (Type.POINTS_EXPIRED, Type.ADMIN_POINTS_EXPIRATION)

# Numbers of the server's own: the next to be given, and whether a lower one runs on.
# A server has them for all its databases; those of others do not write here.
NEXT_NUMBER = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
RUNS_ON = """
    SELECT EXISTS (
        SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running (number)
        WHERE number::text::bigint < %s AND NOT EXISTS (
            SELECT FROM pg_locks AS held JOIN pg_stat_activity USING (pid)
            WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock'
            AND held.transactionid = number::xid AND datname <> current_database()
        )
    )
"""


def close_figures(
    *,
    now: datetime,
    at_once: bool = False,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Callable[[int], Any] = lambda _: None,
    ids_at_once: int = IDS_AT_ONCE,
) -> int:
    """Add up what is new; answers how far in ids the mark has moved.

    now: aware. Called every second it does something every minute, and the calendars
        every five; `at_once`: everything now.
    keep_going: asked before each batch, which is a database transaction of its own.
    progress: called with the number of ids after each batch.
    """
    mark, _made = FigureMark.objects.get_or_create(pk=1)
    if at_once or _is_over(mark.seen_at, LOOK_EVERY, now=now):
        _look(now=now)
    if at_once:
        _look(now=now)
    moved = 0
    while keep_going() and (done := _count_batch(ids_at_once)):
        moved += done
        progress(done)
    if at_once or _is_over(mark.calendars_at, CALENDARS_EVERY, now=now):
        _draw_calendars(now=now)
    return moved


@atomic
def forget_figures() -> None:
    """Take back what was added up, so that it is added up anew."""
    FigureMark.objects.get_or_create(pk=1)
    mark = FigureMark.objects.select_for_update().get(pk=1)
    for model in (DailyFigure, CalendarFigure, Undecided):
        model.objects.all().delete()
    mark.counted = 0
    mark.save()


def ids_to_count() -> int:
    """About how many transactions are not added up yet."""
    last = Transaction.objects.aggregate(last=Max("pk"))["last"] or 0
    counted = FigureMark.objects.values_list("counted", flat=True).first() or 0
    return last - counted


def _is_over(last: datetime | None, period: timedelta, *, now: datetime) -> bool:
    return last is None or now - last >= period


def _mark() -> FigureMark | None:
    """The mark, locked; None if another worker has it."""
    return FigureMark.objects.select_for_update(skip_locked=True).filter(pk=1).first()


@atomic
def _look(*, now: datetime) -> None:
    """See how far the rows go; those seen at the last look may be final by now."""
    mark = _mark()
    if mark is None or _runs_on(mark.horizon):
        return
    mark.ripe, mark.ripe_at = mark.seen, mark.seen_at
    mark.seen = Transaction.objects.aggregate(last=Max("pk"))["last"] or 0
    mark.seen_at = now
    # Read after it: whoever took a lower id has got a number of their own by now.
    mark.horizon = _next_number()
    mark.save()


def _next_number() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER)
        return int(cursor.fetchone()[0])


def _runs_on(horizon: int) -> bool:
    """Whether a transaction that ran at the look still does; ours does not count.

    On SQLite a writer is alone, and this one writes.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(RUNS_ON, [horizon])
        return bool(cursor.fetchone()[0])


@atomic
def _count_batch(size: int) -> int:
    """Count what was decided of what the mark passed, and move it once."""
    mark = _mark()
    if mark is None:
        return 0
    _count_decided()
    last = min(_before_next_id(mark) + size, mark.ripe)
    if last <= mark.counted:
        return 0
    span = Transaction.objects.filter(pk__gt=mark.counted, pk__lte=last)
    # First, so that what is decided while we count is either here or there.
    waiting = span.filter(status__in=OPEN).values_list("pk", flat=True)
    Undecided.objects.bulk_create(Undecided(pk=pk) for pk in waiting)
    passed = Undecided.objects.filter(pk=OuterRef("pk"))
    _count(span.filter(~Exists(passed)))
    moved, mark.counted = last - mark.counted, last
    mark.save(update_fields=["counted"])
    return moved


def _before_next_id(mark: FigureMark) -> int:
    """Where the rows after the mark begin: what was undone left gaps in the ids."""
    after = Transaction.objects.filter(pk__gt=mark.counted).order_by("pk")
    first = after.values_list("pk", flat=True).first()
    return mark.counted if first is None else first - 1


def _count_decided() -> None:
    decided = Undecided.objects.exclude(transaction__status__in=OPEN)
    while pks := list(decided.values_list("pk", flat=True)[:NAMED_AT_ONCE]):
        _count(Transaction.objects.filter(pk__in=pks))
        Undecided.objects.filter(pk__in=pks).delete()


def _count(transactions: QuerySet[Transaction]) -> None:
    """Add transactions to the figures, those of them that are approved."""
    zones = list(Scheme.objects.values_list("time_zone", flat=True))
    if not zones:
        return
    approved = transactions.filter(status=Transaction.Status.APPROVED).order_by()
    days = (
        approved.annotate(on=local_day("effective_at", zones=zones))
        .values_list(SCHEME, "on", "type")
        .annotate(Sum("points"), Sum("pending_points"), Count("pk"))
    )
    _add_days(list(days))
    months = approved.annotate(month=local_month("bucket__earned_at", zones=zones))
    for kind, types in ((Kind.GRANTED, GRANTED), (Kind.LAPSED, LAPSED)):
        moved = (
            months.filter(type__in=types, bucket__isnull=False)
            .values_list(SCHEME, "month")
            .annotate(Sum("points"), Sum("pending_points"))
        )
        _add_months(kind, list(moved))


def _add_days(sums: list[Any]) -> None:
    """Add to the daily figures. The mark's lock makes us the only one."""
    stored = {
        (each.scheme_id, each.day, each.type): each
        for each in DailyFigure.objects.filter(
            scheme__in={row[0] for row in sums}, day__in={row[1] for row in sums}
        )
    }
    figures = []
    for scheme, day, type_, points, pending, number in sums:
        figure = stored.get((scheme, day, type_)) or DailyFigure(
            scheme_id=scheme, day=day, type=type_
        )
        figure.points += int(points)
        figure.pending_points += int(pending)
        figure.transactions += number
        figures.append(figure)
    columns = ["points", "pending_points", "transactions"]
    _save(DailyFigure, figures, columns)


def _add_months(kind: Kind, sums: list[Any]) -> None:
    stored = {
        (each.scheme_id, each.day): each
        for each in CalendarFigure.objects.filter(
            kind=kind, scheme__in={row[0] for row in sums}
        )
    }
    figures = []
    for scheme, month, points, pending in sums:
        figure = stored.get((scheme, month)) or CalendarFigure(
            scheme_id=scheme, kind=kind, day=month
        )
        figure.points += abs(int(points) + int(pending))
        figures.append(figure)
    _save(CalendarFigure, figures, ["points"])


def _save(model: Any, figures: Iterable[Any], columns: list[str]) -> None:
    old = [each for each in figures if each.pk]
    model.objects.bulk_create([each for each in figures if not each.pk])
    model.objects.bulk_update(old, columns, batch_size=500)


@atomic
def _draw_calendars(*, now: datetime) -> None:
    """Add up, for each scheme, what becomes active and what lapses on the days to come."""
    mark = _mark()
    if mark is None:
        return
    figures = coming(schemes=list(Scheme.objects.all()), at=now)
    CalendarFigure.objects.filter(kind__in=(Kind.ACTIVATION, Kind.EXPIRY)).delete()
    CalendarFigure.objects.bulk_create(figures)
    mark.calendars_at = now
    mark.save(update_fields=["calendars_at"])
