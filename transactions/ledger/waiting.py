"""Points that wait: activated, canceled, or given other dates."""

from datetime import datetime, tzinfo
from enum import Enum
from typing import Any, Final

from django.db.transaction import atomic

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from transactions.ledger.call import (
    UNSTATED,
    Call,
    Cause,
    require_aware,
    require_points,
)
from transactions.ledger.locking import lock_bucket, lock_card, require_open
from transactions.ledger.refusals import (
    BucketNotActive,
    BucketNotPending,
    InvalidMoment,
    InvalidPoints,
)
from transactions.ledger.settlement import settle
from transactions.ledger.transitions import (
    ACTIVATION,
    CANCELLATION,
    cancel_pending,
    date_activation,
    make_active,
)
from transactions.models import Bucket, Transaction


class Unchanged(Enum):
    """Stands for a date that stays as it is, where None means never."""

    UNCHANGED = "UNCHANGED"


UNCHANGED: Final = Unchanged.UNCHANGED


@atomic
def activate(*, bucket: Bucket, now: datetime, cause: Cause = UNSTATED) -> Transaction:
    """Make a pending bucket spendable: early by hand, or because it is due.

    A due bucket becomes active at its own date, an early one at this moment.

    :raises BucketNotPending: if it is no longer pending.
    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify "Activate pending points".
    """
    card, bucket = lock_bucket(bucket)
    call = Call("activate", card=card, now=now, cause=cause, bucket=bucket.pk)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    require_pending(bucket, at=call.at)
    return _activate(call, bucket)


@atomic
def activate_on_event(
    *, card: Card, event: str, now: datetime, cause: Cause = UNSTATED
) -> list[Transaction]:
    """Activate the card's buckets that await `event`; none is no error.

    The cause's reference and key are kept by the first one; a retry finds nothing
    left to activate and answers with what that event activated.

    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify card definition, pending points EVENT_BASED.
    """
    card = lock_card(card.pk)
    call = Call("activate_on_event", card=card, now=now, cause=cause, event=event)
    if first := call.first_answer():
        return [first, *first.children.order_by("pk")]

    require_open(card, at=call.at)
    settle(card=card, at=call.at, now=now)
    waiting = card.buckets.pending().filter(
        activates_at__isnull=True, earned_at__lte=call.at
    )
    awaiting = [
        bucket
        for bucket in waiting.select_for_update(of=("self",)).order_by("pk")
        if event in (bucket.terms or {}).get("events", ())
    ]
    answers: list[Transaction] = []
    for bucket in awaiting:
        answers.append(_activate(call, bucket, answers[0] if answers else None))
    return answers


def _activate(
    call: Call, bucket: Bucket, answer: Transaction | None = None
) -> Transaction:
    moment = min(call.at, bucket.activates_at or call.at)
    columns: dict[str, Any] = {
        "bucket": bucket,
        "points": bucket.remaining,
        "pending_points": -bucket.remaining,
        "effective_at": moment,
        "details": {"dates_before": bucket.dates},
    }
    make_active(bucket, moment=moment, zone=call.card.definition.scheme.zone)
    bucket.save(update_fields=ACTIVATION)
    type_ = Transaction.Type.PENDING_POINTS_ACTIVATED
    written = (
        call.write(type_, **columns)
        if answer is None
        else call.write_part(answer, type_, **columns)
    )
    settle(card=call.card, at=call.at, now=call.now)
    return written


@atomic
def cancel(
    *,
    bucket: Bucket,
    now: datetime,
    points: int | None = None,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Take back points that still wait: all of the bucket, or only so many.

    :raises BucketNotPending: if it is no longer pending, or due already.
    :raises InvalidPoints: if it does not hold so many.
    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify "Cancel pending points".
    """
    card, bucket = lock_bucket(bucket)
    call = Call(
        "cancel", card=card, now=now, cause=cause, bucket=bucket.pk, points=points
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle(card=card, at=call.at, now=now)
    bucket.refresh_from_db()
    require_pending(bucket, at=call.at)
    canceled = bucket.remaining if points is None else require_points(points)
    if canceled > bucket.remaining:
        raise InvalidPoints(
            f"{canceled} is more than the {bucket.remaining} that wait.", field="points"
        )

    cancel_pending(bucket, points=canceled)
    bucket.save(update_fields=CANCELLATION)
    return call.write(
        Transaction.Type.PENDING_POINTS_CANCELED,
        bucket=bucket,
        pending_points=-canceled,
        order_reference=bucket.order_reference,
    )


@atomic
def reschedule(
    *,
    bucket: Bucket,
    now: datetime,
    activates_at: datetime | Unchanged = UNCHANGED,
    expires_at: datetime | Unchanged | None = UNCHANGED,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Give a bucket another activation or expiry date (aware; no expiry: None).

    Only a pending bucket has an activation date to change. Both dates, before and
    after, stand in the transaction's details.

    :raises InvalidMoment: if a new date is not in the future.
    :raises InvalidRule: if the points would expire before they activate.
    :raises BucketNotPending, BucketNotActive: if there is nothing left to re-date.
    :raises Refusal: if the card, its member or rules are not active.
    """
    card, bucket = lock_bucket(bucket)
    call = Call(
        "reschedule",
        card=card,
        now=now,
        cause=cause,
        bucket=bucket.pk,
        activates_at=activates_at,
        expires_at=expires_at,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle(card=card, at=call.at, now=now)
    bucket.refresh_from_db()
    before = bucket.dates
    _change_dates(
        bucket,
        activates_at=activates_at,
        expires_at=expires_at,
        at=call.at,
        zone=card.definition.scheme.zone,
    )

    bucket.save(update_fields=["activates_at", "expires_at", "cancels_at", "terms"])
    return call.write(
        Transaction.Type.BUCKET_RESCHEDULED,
        bucket=bucket,
        details={"dates_before": before, "dates_after": bucket.dates},
    )


def _change_dates(
    bucket: Bucket,
    *,
    activates_at: datetime | Unchanged,
    expires_at: datetime | Unchanged | None,
    at: datetime,
    zone: tzinfo,
) -> None:
    if isinstance(activates_at, Unchanged) and isinstance(expires_at, Unchanged):
        raise BadInput("Give a new activation or expiry date.", field="activates_at")
    if not isinstance(activates_at, Unchanged):
        require_pending(bucket, at=at)
        moment = _require_future(activates_at, at, field="activates_at")
        date_activation(bucket, moment=moment, zone=zone)
        bucket.cancels_at = None  # a date is awaited now, no longer an event
    if not isinstance(expires_at, Unchanged):
        require_holding(bucket)
        if expires_at is not None:
            _require_future(expires_at, at, field="expires_at")
        bucket.expires_at = expires_at
        if bucket.terms:
            bucket.terms = {**bucket.terms, "expiry": None}
    policies.check_grant(
        activates_at=bucket.activates_at or bucket.cancels_at,
        expires_at=bucket.expires_at,
    )


def require_pending(bucket: Bucket, *, at: datetime) -> None:
    """Refuse a bucket that is not pending, or was earned only after `at`.

    :raises BucketNotPending: with the status it has.
    """
    if bucket.status != Bucket.Status.PENDING or bucket.earned_at > at:
        raise BucketNotPending(f"Bucket {bucket.uuid} is {bucket.status.lower()}.")


def require_holding(bucket: Bucket) -> None:
    """Refuse a bucket that holds nothing any more.

    :raises BucketNotActive: with the status it has.
    """
    if not bucket.remaining:
        raise BucketNotActive(f"Nothing remains in bucket {bucket.uuid}.")


def _require_future(moment: datetime, at: datetime, *, field: str) -> datetime:
    if require_aware(moment, field=field) <= at:
        raise InvalidMoment(f"{moment.isoformat()} is not in the future.", field=field)
    return moment
