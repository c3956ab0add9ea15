"""The picture of a card's buckets along time: pure geometry, no database and no markup.

Along the axis everything is a share of its width, in percent, so that the picture fits
any screen while its texts keep their size; down the rows, pixels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

ROW = 18
BAR = 12
# What is left of a bucket is seen, however little it is.
THINNEST = 2.0
TOP = 24
MOST_TICKS = 5
# A digit of the texts beside the bars is no wider.
CHARACTER = 7
# Points that expire later than this from now run out of the picture.
FAR = timedelta(days=3 * 365)
# So much of the axis is left free on both sides.
MARGIN = 0.03
SHORTEST = timedelta(days=1)
# Nearer to an edge than this many percent a text would be cut.
EDGE = 8


@dataclass(frozen=True, kw_only=True)
class Lot:
    """A bucket as far as the picture needs it. Moments are aware.

    activates_at: None while an event is awaited, until `cancels_at`.
    ends_at: the first moment it cannot be spent; None: never.
    subject: whatever the bar stands for, given back with it.
    """

    earned_at: datetime
    activates_at: datetime | None
    cancels_at: datetime | None
    ends_at: datetime | None
    points: int
    remaining: int
    subject: Any = None


@dataclass(frozen=True, kw_only=True)
class Span:
    """A piece of the axis, in percent of its width."""

    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A lot as it is drawn.

    waiting, active: where it is pending and where it can be spent.
    y: the upper edge; left_y, left_height: that of what is left of it, below what was
        drawn, in pixels.
    goes_on: it leaves the picture to the right.
    """

    lot: Lot
    y: int
    waiting: Span | None
    active: Span | None
    left_y: float
    left_height: float
    goes_on: bool

    @property
    def middle(self) -> float:
        """Where a text beside the bar stands."""
        return self.y + BAR / 2


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark on the axis: a local day."""

    x: float
    day: date
    is_month: bool

    @property
    def anchor(self) -> str:
        """Which end of its text stands at the mark: none may leave the picture."""
        if self.x < EDGE:
            return "start"
        return "end" if self.x > 100 - EDGE else "middle"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that is drawn; how high it is, and each bar, in pixels."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    today: float
    chosen: float | None
    height: int
    bar: int = BAR

    @property
    def label_width(self) -> int:
        """How wide the texts beside the bars are, in pixels."""
        longest = max(
            (len(f"{bar.lot.remaining:,} / {bar.lot.points:,}") for bar in self.bars),
            default=0,
        )
        return CHARACTER * longest


class Axis:
    """Time from one moment to another, as shares of a width."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._length = (end - start).total_seconds()

    @classmethod
    def around(cls, moments: Iterable[datetime], *, now: datetime) -> "Axis":
        """An axis that shows all the moments and `now`, as far as they are not FAR."""
        shown = [now, *(min(each, now + FAR) for each in moments)]
        start, end = min(shown), max(shown)
        margin = max((end - start) * MARGIN, SHORTEST)
        return cls(start - margin, end + margin)

    def x(self, moment: datetime) -> float:
        """Where the moment is, in percent; at an edge what is beyond it."""
        share = (moment - self.start).total_seconds() / self._length
        return round(100 * min(max(share, 0), 1), 3)

    def span(self, start: datetime, end: datetime) -> Span | None:
        """From one moment to the other; None where there is nothing between them."""
        if end <= start:
            return None
        x = self.x(start)
        return Span(x=x, width=round(self.x(end) - x, 3))

    def shows(self, moment: datetime) -> bool:
        """Whether the moment is in the picture."""
        return self.start <= moment <= self.end


def draw(
    lots: Sequence[Lot],
    *,
    now: datetime,
    zone: tzinfo,
    chosen: datetime | None = None,
) -> Picture:
    """The picture of these lots, in their order.

    :param zone: where the days of the axis begin.
    :param chosen: a moment to mark besides now, as far as the axis reaches it.
    """
    axis = Axis.around(_moments(lots), now=now)
    return Picture(
        bars=[_bar(lot, axis, number) for number, lot in enumerate(lots)],
        ticks=_ticks(axis, zone),
        today=axis.x(now),
        chosen=axis.x(chosen) if chosen and axis.shows(chosen) else None,
        height=TOP + ROW * len(lots) + 2,
    )


def _moments(lots: Iterable[Lot]) -> Iterator[datetime]:
    for lot in lots:
        for moment in (lot.earned_at, lot.activates_at, lot.cancels_at, lot.ends_at):
            if moment is not None:
                yield moment


def _bar(lot: Lot, axis: Axis, number: int) -> Bar:
    y = TOP + ROW * number + (ROW - BAR) // 2
    end = lot.ends_at or axis.end
    begin = lot.activates_at
    if begin is None:
        # Awaits its event, or was canceled without it.
        waiting = axis.span(lot.earned_at, min(lot.cancels_at or end, end))
        active = None
    else:
        waiting, active = axis.span(lot.earned_at, begin), axis.span(begin, end)
    left_height = round(BAR * lot.remaining / lot.points, 2)
    if lot.remaining:
        left_height = max(left_height, THINNEST)
    return Bar(
        lot=lot,
        y=y,
        waiting=waiting,
        active=active,
        left_y=y + BAR - left_height,
        left_height=left_height,
        goes_on=begin is not None and (lot.ends_at is None or lot.ends_at > axis.end),
    )


def _ticks(axis: Axis, zone: tzinfo) -> list[Tick]:
    """At most MOST_TICKS days that begin on the axis, evenly apart."""
    start = axis.start.astimezone(zone).date() + timedelta(days=1)
    end = axis.end.astimezone(zone).date()
    is_month, days = next(
        (is_month, days)
        for is_month, days in _steps(start, end)
        if len(days) <= MOST_TICKS
    )
    return [
        Tick(
            x=axis.x(datetime(day.year, day.month, day.day, tzinfo=zone)),
            day=day,
            is_month=is_month,
        )
        for day in days
    ]


def _steps(start: date, end: date) -> Iterator[tuple[bool, list[date]]]:
    """Days from start to end, ever further apart."""
    length = (end - start).days
    for step in (1, 2, 5, 7, 10, 14):
        if length <= step * MOST_TICKS:
            counted = range(0, length + 1, step)
            yield False, [start + timedelta(days=each) for each in counted]
    for step in (1, 2, 3, 6, 12, 24, 60, 120):
        yield True, list(_months(start, end, step))
    yield True, []


def _months(start: date, end: date, step: int) -> Iterator[date]:
    """First days of every so many months, counted from the year 0."""
    first = start.year * 12 + start.month - (start.day == 1)
    for number in range(first + -first % step, end.year * 12 + end.month, step):
        yield date(number // 12, number % 12 + 1, 1)
