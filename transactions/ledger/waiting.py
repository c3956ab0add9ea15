"""Points that wait: activated, canceled, or given other dates."""

from datetime import datetime, tzinfo
from enum import Enum
from typing import Any, Final

from django.db.transaction import atomic

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.refusals import (
    BucketNotActive,
    BucketNotPending,
    InvalidMoment,
    InvalidPoints,
)
from transactions.ledger.settlement import repay_overdraft, settle_in
from transactions.ledger.transitions import (
    cancel_pending,
    date_activation,
    make_active,
)
from transactions.ledger.values import require_aware, require_points
from transactions.models import Bucket, Transaction


class Unchanged(Enum):
    """Stands for a date that stays as it is, where None means never."""

    UNCHANGED = "UNCHANGED"


UNCHANGED: Final = Unchanged.UNCHANGED
ACTIVATED = Transaction.Type.PENDING_POINTS_ACTIVATED


@atomic
def activate(*, bucket: Bucket, now: datetime, cause: Cause = UNSTATED) -> Transaction:
    """Make a pending bucket spendable: early by hand, or because it is due.

    A due bucket becomes active at its own date, an early one at this moment.

    :raises BucketNotPending: if it is no longer pending.
    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify "Activate pending points".
    """
    book, card = open_book(bucket.card_id, now=now)
    call = Call("activate", book=book, card=card, cause=cause, bucket=bucket.pk)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    bucket = book.find([bucket.pk])[bucket.pk]
    answer = book.activation_of(bucket)
    if answer is None:
        require_pending(bucket, at=call.at)

        answer = _activate(call, bucket)
    else:
        call.sign(answer)  # it was due, so its date has activated it just now
    book.close()
    return answer


@atomic
def activate_on_event(
    *, card: Card, event: str, now: datetime, cause: Cause = UNSTATED
) -> list[Transaction]:
    """Activate the card's buckets that await `event`; none is no error.

    The event is a transaction of its own, which keeps the cause; the activations are
    its parts, and what a retry is answered with again.

    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify card definition, pending points EVENT_BASED.
    """
    book, card = open_book(card.pk, now=now)
    call = Call("activate_on_event", book=book, card=card, cause=cause, event=event)
    if first := call.first_answer():
        return list(first.children.filter(type=ACTIVATED).order_by("pk"))

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    awaiting = [
        bucket
        for bucket in book.buckets(card)
        if bucket.status == Bucket.Status.PENDING
        and bucket.earned_at <= call.at
        and bucket.activates_at is None
        and event in (bucket.terms or {}).get("events", ())
    ]

    received = call.write(Transaction.Type.EVENT_RECEIVED, details={"event": event})
    answers = [_activate(call, bucket, part_of=received) for bucket in awaiting]
    book.close()
    return answers


def _activate(
    call: Call, bucket: Bucket, *, part_of: Transaction | None = None
) -> Transaction:
    columns: dict[str, Any] = {
        "bucket": bucket,
        "points": bucket.remaining,
        "pending_points": -bucket.remaining,
        "details": {"dates_before": bucket.dates},
    }
    zone = call.card.definition.scheme.zone
    make_active(bucket, book=call.book, moment=call.at, zone=zone)
    written = (
        call.write(ACTIVATED, **columns)
        if part_of is None
        else call.write_part(part_of, ACTIVATED, **columns)
    )
    repay_overdraft(call.book, call.card, moment=call.at, by=[bucket])
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
    book, card = open_book(bucket.card_id, now=now)
    call = Call(
        "cancel", book=book, card=card, cause=cause, bucket=bucket.pk, points=points
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    bucket = book.find([bucket.pk])[bucket.pk]
    require_pending(bucket, at=call.at)
    canceled = bucket.remaining if points is None else require_points(points)
    if canceled > bucket.remaining:
        raise InvalidPoints(
            f"{canceled} is more than the {bucket.remaining} that wait.", field="points"
        )

    cancel_pending(bucket, book=book, points=canceled)
    answer = call.write(
        Transaction.Type.PENDING_POINTS_CANCELED,
        bucket=bucket,
        pending_points=-canceled,
        order_reference=bucket.order_reference,
    )
    book.close()
    return answer


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
    book, card = open_book(bucket.card_id, now=now)
    call = Call(
        "reschedule",
        book=book,
        card=card,
        cause=cause,
        bucket=bucket.pk,
        activates_at=activates_at,
        expires_at=expires_at,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    bucket = book.find([bucket.pk])[bucket.pk]
    before = bucket.dates
    _change_dates(
        bucket,
        activates_at=activates_at,
        expires_at=expires_at,
        at=call.at,
        now=now,
        zone=card.definition.scheme.zone,
    )

    book.change(bucket, *bucket.dates, "expiry_mode", "terms")
    answer = call.write(
        Transaction.Type.BUCKET_RESCHEDULED,
        bucket=bucket,
        details={"dates_before": before, "dates_after": bucket.dates},
    )
    book.close()
    return answer


def _change_dates(
    bucket: Bucket,
    *,
    activates_at: datetime | Unchanged,
    expires_at: datetime | Unchanged | None,
    at: datetime,
    now: datetime,
    zone: tzinfo,
) -> None:
    if isinstance(activates_at, Unchanged) and isinstance(expires_at, Unchanged):
        raise BadInput("Give a new activation or expiry date.", field="activates_at")
    if not isinstance(activates_at, Unchanged):
        require_pending(bucket, at=at)
        moment = _require_future(activates_at, now, field="activates_at")
        date_activation(bucket, moment=moment, zone=zone)
        bucket.cancels_at = None  # a date is awaited now, no longer an event
    if not isinstance(expires_at, Unchanged):
        require_holding(bucket, at=at)
        if expires_at is not None:
            _require_future(expires_at, now, field="expires_at")
        _date_expiry(bucket, expires_at)
    policies.check_grant(
        activates_at=bucket.activates_at or at, expires_at=bucket.expires_at
    )


def _date_expiry(bucket: Bucket, expires_at: datetime | None) -> None:
    bucket.expires_at = expires_at
    # A date given by hand is not moved by an activity any more.
    bucket.expiry_mode = "CALENDAR" if expires_at else "NONE"
    if bucket.terms:
        bucket.terms = {**bucket.terms, "expiry": None}
        if bucket.cancels_at is not None:
            deadline = datetime.fromisoformat(bucket.terms["deadline"])
            bucket.cancels_at = min(deadline, expires_at or deadline)


def require_pending(bucket: Bucket, *, at: datetime) -> None:
    """Refuse a bucket that is not pending at `at`, or whose deadline has passed.

    :raises BucketNotPending: with the status it has.
    """
    if bucket.status != Bucket.Status.PENDING or bucket.earned_at > at:
        raise BucketNotPending(f"Bucket {bucket.uuid} is {bucket.status.lower()}.")
    if bucket.activates_at is None and bucket.cancels_at and bucket.cancels_at <= at:
        raise BucketNotPending(
            f"Bucket {bucket.uuid} was canceled at {bucket.cancels_at.isoformat()}."
        )


def require_holding(bucket: Bucket, *, at: datetime) -> None:
    """Refuse a bucket that holds nothing any more, or did not yet at `at`.

    :raises BucketNotActive: with the status it has.
    """
    if not bucket.remaining or bucket.earned_at > at:
        raise BucketNotActive(f"Nothing remains in bucket {bucket.uuid}.")


def _require_future(moment: datetime, at: datetime, *, field: str) -> datetime:
    if require_aware(moment, field=field) <= at:
        raise InvalidMoment(f"{moment.isoformat()} is not in the future.", field=field)
    return moment
