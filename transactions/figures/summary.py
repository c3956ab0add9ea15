"""A report on some schemes: what is held and owed at the end of a period, and moved."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from schemes.models import Scheme
from transactions.figures.days import day_of
from transactions.figures.rows import Row, rows
from transactions.models import Transaction

Type = Transaction.Type

ISSUED = (*Transaction.GRANTS, Type.ADMIN_CREDIT)
EXPIRED = (Type.POINTS_EXPIRED, Type.ADMIN_POINTS_EXPIRATION)

Worth = Callable[[Row], int | Decimal]


@dataclass(frozen=True, kw_only=True)
class Period:
    """Some days, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        """Each day."""
        return [self.first + timedelta(days=each) for each in range(self.length)]

    @property
    def before(self) -> "Period":
        """The period just as long that ends where this one begins."""
        return Period(
            first=self.first - timedelta(days=self.length),
            last=self.first - timedelta(days=1),
        )


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What there is at the end of a period, and by how much it changed in it.

    before: by how much it changed in the period before.
    """

    total: int
    change: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What moved in a period, in all and on each day; `before`: in the period before."""

    total: int
    before: int
    by_day: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What the points are worth in minor units of the currency.

    pending: what would be owed if everything that waits became active.
    breakage: how much of `active` is expected never to be spent; None if no scheme says.
    """

    active: Stock
    pending: int
    breakage: int | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of some schemes over a period, as of `at`.

    active: what can be spent, held points included; at an end in the past less what was
        overdrawn then, which is known only for the present.
    overdraft: owed by members at the present; None at an end in the past.
    backlog: what was pending at the end of each day of the period.
    late: points that are due, and not written by the sweeps yet.
    owed: None if a scheme does not say what a point costs.
    """

    at: datetime
    period: Period
    active: Stock
    pending: Stock
    overdraft: int | None
    issued: Flow
    spent: Flow
    expired: Flow
    backlog: Sequence[int]
    late: int
    owed: Owed | None
    is_present: bool


def report(*, schemes: Sequence[Scheme], period: Period, at: datetime) -> Report:
    """The report of these schemes together; they share a currency.

    period: days of the schemes' own zones. One that ends today ends at `at` (aware, the
        present), and is told to the second.

    A handful of queries, whatever the schemes hold.
    """
    found = rows(schemes=schemes, since=period.before.first, at=at)
    is_present = any(period.last >= day_of(at, zone=each.zone) for each in schemes)
    told = found.rows
    if not is_present:
        told = [row for row in told if row.day <= period.last]
    overdrafts = found.overdrafts if is_present else {}
    adder = _Adder(told, period)
    return Report(
        at=at,
        period=period,
        active=adder.stock(_points, plus=sum(overdrafts.values())),
        pending=adder.stock(_pending),
        overdraft=sum(overdrafts.values()) if is_present else None,
        issued=adder.flow(ISSUED),
        spent=adder.flow(Transaction.SPENDS),
        expired=adder.flow(EXPIRED),
        backlog=adder.levels(_pending),
        late=sum(_moved(row) for row in found.rows if row.is_due),
        owed=_owed(adder, schemes, overdrafts),
        is_present=is_present,
    )


def _points(row: Row) -> int:
    return row.points


def _pending(row: Row) -> int:
    return row.pending_points


def _moved(row: Row) -> int:
    """How many points a transaction of one sign has moved."""
    return abs(row.points or row.pending_points)


class _Adder:
    """Adds rows up over a period and the one before."""

    def __init__(self, told: Sequence[Row], period: Period) -> None:
        self._told = told
        self._period = period

    def stock(self, worth: Worth, *, plus: int | Decimal = 0) -> Stock:
        """What `worth` says of each row, over all time; `plus` is there beside it."""
        first, before = self._period.first, self._period.before.first
        change = [worth(row) for row in self._told if row.day >= first]
        earlier = [worth(row) for row in self._told if before <= row.day < first]
        total = sum((worth(row) for row in self._told), plus)
        return Stock(
            total=_whole(total), change=_whole(sum(change)), before=_whole(sum(earlier))
        )

    def levels(self, worth: Callable[[Row], int]) -> Sequence[int]:
        """What `worth` says of each row, added up to the end of each day."""
        by_day: dict[date, int] = defaultdict(int)
        for row in self._told:
            # A zone ahead of ours is in tomorrow already: its rows are of the last day.
            day = min(max(row.day, self._period.first), self._period.last)
            by_day[day] += worth(row)
        return list(accumulate(by_day[day] for day in self._period.days))

    def flow(self, types: Sequence[str]) -> Flow:
        """What these types moved."""
        by_day: dict[date, int] = defaultdict(int)
        for row in self._told:
            if row.type in types:
                by_day[row.day] += _moved(row)
        period, before = self._period, self._period.before
        # A zone ahead of ours is in tomorrow already: its rows are of the last day.
        late = sum(points for day, points in by_day.items() if day > period.last)
        by_day[period.last] += late
        here = [by_day[day] for day in period.days]
        return Flow(
            total=sum(here),
            before=sum(by_day[day] for day in before.days),
            by_day=here,
        )


def _owed(
    adder: _Adder, schemes: Sequence[Scheme], overdrafts: dict[int, int]
) -> Owed | None:
    costs = {each.pk: each.point_cost for each in schemes}
    if not schemes or None in costs.values():
        return None
    known = {pk: cost for pk, cost in costs.items() if cost is not None}
    shares = {
        each.pk: each.expected_breakage / 100
        for each in schemes
        if each.expected_breakage is not None
    }
    extra = {pk: points * known[pk] for pk, points in overdrafts.items()}

    def worth(row: Row) -> Decimal:
        return row.points * known[row.scheme]

    def waiting(row: Row) -> Decimal:
        return row.pending_points * known[row.scheme]

    def expected(row: Row) -> Decimal:
        return worth(row) * shares.get(row.scheme, Decimal(0))

    unspent = sum(
        (amount * shares.get(pk, Decimal(0)) for pk, amount in extra.items()),
        Decimal(0),
    )
    return Owed(
        active=adder.stock(worth, plus=sum(extra.values(), Decimal(0))),
        pending=adder.stock(waiting).total,
        breakage=adder.stock(expected, plus=unspent).total if shares else None,
    )


def _whole(number: int | Decimal) -> int:
    return int(Decimal(number).quantize(Decimal(1), rounding=ROUND_HALF_UP))
