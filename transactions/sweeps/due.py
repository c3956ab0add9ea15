"""The sweeps of due buckets: what becomes active, what lapses."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Exists, OuterRef

from accounts.models import Card
from transactions import ledger
from transactions.models import Bucket, SweepRun, Transaction
from transactions.sweeps import statements
from transactions.sweeps.runs import Pass, Recorder, in_batches, recorded
from transactions.sweeps.statements import (
    ACTIVATE,
    ACTIVATE_LAPSED,
    CANCEL,
    EXPIRE,
    Step,
)

Part = Callable[[Recorder], None]


def activate_due(
    *, now: datetime, until: datetime | None = None, **how: Any
) -> SweepRun:
    """Activate the pending buckets whose date has come, oldest first.

    now, until: aware; what was due by `until` (default: now) is done.
    how: see `Pass`.
    """
    sweep = Pass(now=now, until=until or now, **how)
    return recorded(
        SweepRun.Name.ACTIVATE_DUE,
        sweep=sweep,
        parts=[_step(ACTIVATE, sweep), _overdrawn(sweep, [ACTIVATE.type])],
    )


def expire_due(*, now: datetime, until: datetime | None = None, **how: Any) -> SweepRun:
    """Expire the active buckets whose date has come; cancel what waited in vain.

    A bucket that should have been activated before is activated first, and points
    that repay an overdraft do so before they can expire.

    now, until: aware; what was due by `until` (default: now) is done.
    how: see `Pass`.
    """
    sweep = Pass(now=now, until=until or now, **how)
    return recorded(
        SweepRun.Name.EXPIRE_DUE,
        sweep=sweep,
        parts=[
            _step(ACTIVATE_LAPSED, sweep, counted=False),
            _overdrawn(sweep, Transaction.ENDINGS),
            _step(EXPIRE, sweep),
            _step(CANCEL, sweep),
        ],
    )


def count_to_activate(*, until: datetime) -> tuple[int, int]:
    """How many buckets wait to be activated, and their points."""
    return statements.count_due(ACTIVATE, until=until)


def count_to_expire(*, until: datetime) -> tuple[int, int]:
    """How many buckets wait to be expired or canceled, and their points."""
    steps = (ACTIVATE_LAPSED, EXPIRE, CANCEL)
    counts = [statements.count_due(step, until=until) for step in steps]
    return sum(buckets for buckets, _ in counts), sum(points for _, points in counts)


def _step(step: Step, sweep: Pass, *, counted: bool = True) -> Part:
    def batch(size: int, skip: list[int]) -> tuple[int, int]:
        return statements.do_batch(
            step, until=sweep.until, now=sweep.now, size=size, skip=skip
        )

    def first(skip: list[int]) -> tuple[int, datetime] | None:
        bucket = statements.first_due(step, until=sweep.until, skip=skip)
        return (bucket.pk, getattr(bucket, step.moment)) if bucket else None

    def run(recorder: Recorder) -> None:
        in_batches(batch, first=first, sweep=sweep, recorder=recorder, counted=counted)

    return run


def _overdrawn(sweep: Pass, types: Collection[str]) -> Part:
    """Settle the few cards that owe points and hold some, one by one."""

    def settle(recorder: Recorder) -> None:
        holding = Bucket.objects.filter(
            card=OuterRef("pk"),
            status=Bucket.Status.ACTIVE,
            remaining__gt=0,
            activates_at__lte=sweep.until,
        )
        owing = Card.objects.filter(Exists(holding), overdraft__gt=0)
        for card in owing.order_by("pk"):
            if not sweep.keep_going():
                return
            try:
                written = ledger.settle(card=card, at=sweep.until, now=sweep.now)
            except IntegrityError as error:
                recorder.failed(error, of=f"card {card.pk}")
                continue
            done = [each for each in written if each.type in types]
            if done:
                points = sum(abs(each.points or each.pending_points) for each in done)
                recorder.batch(buckets=len(done), points=points)

    return settle
