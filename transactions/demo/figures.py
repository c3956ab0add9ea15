"""The figures that an activation changes, before and after it, for the terminal."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db.models import Count, Sum

from transactions import sweeps
from transactions.models import Bucket

ROWS = (
    "Buckets due for activation",
    "Pending buckets",
    "Pending points",
    "Active buckets",
    "Active points",
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the whole database holds at a moment, in the order of ROWS."""

    due: int
    pending_buckets: int
    pending_points: int
    active_buckets: int
    active_points: int

    @classmethod
    def at(cls, now: datetime) -> "Figures":
        """Count what there is; `now` says what is due."""
        counted = {
            row["status"]: (row["buckets"], row["points"])
            for row in Bucket.objects.open()
            .values("status")
            .annotate(buckets=Count("pk"), points=Sum("remaining"))
        }
        pending = counted.get(Bucket.Status.PENDING, (0, 0))
        active = counted.get(Bucket.Status.ACTIVE, (0, 0))
        return cls(
            due=sweeps.count_to_activate(until=now)[0],
            pending_buckets=pending[0],
            pending_points=pending[1],
            active_buckets=active[0],
            active_points=active[1],
        )


def table(before: Figures, after: Figures) -> str:
    """Both side by side, as aligned text."""
    return "\n".join(_lines(before, after))


def _lines(before: Figures, after: Figures) -> Iterator[str]:
    yield f"{'':<28}{'before':>12}{'after':>12}"
    for name, was, is_ in zip(ROWS, astuple(before), astuple(after), strict=True):
        yield f"{name:<28}{was:>12,}{is_:>12,}"
