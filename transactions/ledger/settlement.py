"""What the dates of one card say has happened, written under the card's lock.

A late sweep changes nothing that a member can see or spend: before a debit looks at
what there is, it writes the activations, cancellations and expiries that are due.
The sweeps write the same rows for many cards at once.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from accounts.models import Card
from transactions.drawing import draw, total
from transactions.ledger.transitions import (
    CANCELLATION,
    cancel_pending,
    change_overdraft,
    make_expired,
    take,
)
from transactions.models import Bucket, Transaction

# Who did it, where nobody asked for it: the dates did.
BY_DATE = "system"

Step = Callable[..., None]


def settle(*, card: Card, at: datetime, now: datetime) -> None:
    """Write what is due on the locked card by `at`, in the order of the dates.

    An overdraft is repaid by what becomes active at the moment it does, and so
    before those points can expire.
    """
    due = card.buckets.due(at=at).select_for_update(of=("self",)).order_by("pk")
    steps = sorted(_steps(due, at=at), key=lambda step: step[0])
    _repay_overdraft(card, moment=at, now=now)
    for moment, step, bucket in steps:
        step(bucket, moment=moment, now=now)
        _repay_overdraft(card, moment=moment, now=now)


def _steps(
    due: Iterable[Bucket], *, at: datetime
) -> Iterator[tuple[datetime, Step, Bucket]]:
    for bucket in due:
        if bucket.status == Bucket.Status.PENDING:
            if bucket.activates_at is None:
                assert bucket.cancels_at is not None  # a CHECK constraint says so
                yield bucket.cancels_at, _cancel, bucket
                continue
            yield bucket.activates_at, _activate, bucket
        if bucket.expires_at is not None and bucket.expires_at <= at:
            yield bucket.expires_at, _expire, bucket


def _activate(bucket: Bucket, *, moment: datetime, now: datetime) -> None:
    bucket.status = Bucket.Status.ACTIVE
    bucket.save(update_fields=["status"])
    _write(
        Transaction.Type.PENDING_POINTS_ACTIVATED,
        bucket=bucket,
        points=bucket.remaining,
        pending_points=-bucket.remaining,
        moment=moment,
        now=now,
    )


def _cancel(bucket: Bucket, *, moment: datetime, now: datetime) -> None:
    points = bucket.remaining
    cancel_pending(bucket, points=points)
    bucket.save(update_fields=CANCELLATION)
    _write(
        Transaction.Type.PENDING_POINTS_CANCELED,
        bucket=bucket,
        pending_points=-points,
        moment=moment,
        now=now,
    )


def _expire(bucket: Bucket, *, moment: datetime, now: datetime) -> None:
    bucket.refresh_from_db(fields=["remaining"])  # it may have repaid an overdraft
    if not bucket.remaining:
        return
    lapsed = make_expired(bucket)
    _write(
        Transaction.Type.POINTS_EXPIRED,
        bucket=bucket,
        points=-lapsed,
        moment=moment,
        now=now,
    )


def _repay_overdraft(card: Card, *, moment: datetime, now: datetime) -> None:
    """Let active points repay what the member owes.

    Points that are due to expire repay too: they were active while it was owed.
    """
    if not card.overdraft:
        return
    active = card.buckets.filter(
        status=Bucket.Status.ACTIVE, remaining__gt=0, activates_at__lte=moment
    ).select_for_update(of=("self",))
    draws = draw(active, points=card.overdraft)
    if not draws:
        return
    repaid = Transaction.objects.create(
        card=card,
        type=Transaction.Type.OVERDRAFT_REPAID,
        effective_at=moment,
        created_at=now,
        actor=BY_DATE,
        details={"repaid": total(draws)},
    )
    take(repaid, draws)
    change_overdraft(card, by=-total(draws))


def _write(
    type_: Transaction.Type,
    *,
    bucket: Bucket,
    moment: datetime,
    now: datetime,
    points: int = 0,
    pending_points: int = 0,
) -> None:
    Transaction.objects.create(
        card_id=bucket.card_id,
        bucket=bucket,
        type=type_,
        points=points,
        pending_points=pending_points,
        effective_at=moment,
        created_at=now,
        actor=BY_DATE,
    )
