"""Which buckets pay: the pure order of drawing, for spends, debits and clawbacks alike.

Soonest expiry first, never-expiring last, then oldest, then id.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

NEVER = datetime.max.replace(tzinfo=UTC)
# A lot that is not written yet has no id; it is the newest of its age.
NEWEST = sys.maxsize


class Lot(Protocol):
    """What the order of drawing needs to know of a bucket."""

    @property
    def pk(self) -> int | None: ...
    @property
    def remaining(self) -> int: ...
    @property
    def earned_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...


LotT = TypeVar("LotT", bound=Lot)
T = TypeVar("T")


@dataclass(frozen=True)
class Draw(Generic[T]):
    """So many points out of (or, when given back, into) one lot."""

    lot: T
    points: int


def in_drawing_order(lots: Iterable[LotT]) -> list[LotT]:
    """The lots, the one that pays first in front."""
    return sorted(
        lots, key=lambda lot: (lot.expires_at or NEVER, lot.earned_at, lot.pk or NEWEST)
    )


def draw(lots: Iterable[LotT], *, points: int) -> list[Draw[LotT]]:
    """Draw `points` from the lots in their order, or all there is when it is less."""
    draws = []
    for lot in in_drawing_order(lots):
        taken = min(lot.remaining, points)
        if taken > 0:
            draws.append(Draw(lot, taken))
            points -= taken
    return draws


def undraw(draws: Iterable[Draw[T]], *, points: int, skip: int = 0) -> list[Draw[T]]:
    """Take `points` of earlier draws back, the lot drawn last first.

    So the draws end up as if less had been drawn in the first place. `skip` points
    were taken back before.
    """
    returns = []
    for earlier in reversed(list(draws)):
        passed = min(earlier.points, skip)
        skip -= passed
        returned = min(earlier.points - passed, points)
        if returned > 0:
            returns.append(Draw(earlier.lot, returned))
            points -= returned
    return returns


def total(draws: Iterable[Draw[T]]) -> int:
    """How many points the draws move together."""
    return sum(each.points for each in draws)
