"""The sweep of requested activations and cancellations, and of holds that lapsed."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.db.transaction import atomic

from transactions import ledger
from transactions.models import SweepRun, Transaction
from transactions.sweeps.runs import Pass, Recorder, in_batches, recorded

# A request is judged by its rules, so a batch holds as many as one statement can name.
REQUESTS_IN_A_BATCH = 500


def process_requests(
    *, now: datetime, until: datetime | None = None, **how: Any
) -> SweepRun:
    """Decide what was requested, oldest first; holds once they have lapsed.

    now, until: aware; what was requested by `until` (default: now) is decided.
    how: see `Pass`.
    """
    sweep = Pass(
        now=now, until=until or now, **{"batch_size": REQUESTS_IN_A_BATCH, **how}
    )

    def batch(size: int, skip: list[int]) -> tuple[int, int]:
        with atomic():
            claimed = list(
                _waiting(until=sweep.until, skip=skip).select_for_update(
                    skip_locked=True, of=("self",)
                )[:size]
            )
            decided = ledger.process(requests=claimed, now=now)
        approved = [each for each in decided if each.status == "APPROVED"]
        return len(decided), sum(-each.pending_points for each in approved)

    def first(skip: list[int]) -> tuple[int, datetime] | None:
        oldest = _waiting(until=sweep.until, skip=skip).first()
        return oldest and (oldest.pk, oldest.held_until or oldest.created_at)

    def decide(recorder: Recorder) -> None:
        in_batches(
            batch, first=first, sweep=sweep, recorder=recorder, rows="transaction"
        )

    return recorded(SweepRun.Name.PROCESS_REQUESTS, sweep=sweep, parts=[decide])


def count_requests(*, until: datetime) -> tuple[int, int]:
    """How many requests and lapsed holds wait to be decided, and what they move."""
    waiting = _waiting(until=until, skip=[]).aggregate(
        requests=Count("pk"), points=Sum("pending_points", default=0)
    )
    return waiting["requests"], -waiting["points"]


def _waiting(*, until: datetime, skip: list[int]) -> Any:
    return (
        Transaction.objects.filter(
            status__in=[Transaction.Status.PENDING, Transaction.Status.PROCESSING],
            created_at__lte=until,
        )
        .exclude(held_until__gt=until)
        .exclude(pk__in=skip)
        .order_by("pk")
    )
