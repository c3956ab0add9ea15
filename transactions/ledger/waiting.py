"""Points that wait: activated or canceled."""

from datetime import datetime
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from transactions.ledger.book import Book
from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.refusals import BUCKET_IS, BucketNotPending, InvalidPoints
from transactions.ledger.settlement import repay_overdraft, settle_in
from transactions.ledger.transitions import cancel_pending, make_active
from transactions.ledger.values import require_points
from transactions.models import Bucket, Transaction

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
    answer = activate_in(book, card, bucket=bucket, cause=cause)
    book.close()
    return answer


def activate_in(book: Book, card: Card, *, bucket: Bucket, cause: Cause) -> Transaction:
    """`activate`, in an open book."""
    call = Call("activate", book=book, card=card, cause=cause, bucket=bucket.pk)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    bucket = book.find([bucket.pk])[bucket.pk]
    if by_date := book.due_activation_of(bucket):
        call.sign(by_date)
        return by_date
    require_pending(bucket, at=call.at)

    return _activate(call, bucket)


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
    make_active(bucket, moment=call.at, zone=zone)
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
    answer = cancel_in(book, card, bucket=bucket, points=points, cause=cause)
    book.close()
    return answer


def cancel_in(
    book: Book, card: Card, *, bucket: Bucket, points: int | None, cause: Cause
) -> Transaction:
    """`cancel`, in an open book."""
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
            _("%(points)s is more than the %(remaining)s that wait."),
            values={"points": canceled, "remaining": bucket.remaining},
            field="points",
        )

    cancel_pending(bucket, points=canceled)
    return call.write(
        Transaction.Type.PENDING_POINTS_CANCELED,
        bucket=bucket,
        pending_points=-canceled,
        order_reference=bucket.order_reference,
    )


def require_pending(bucket: Bucket, *, at: datetime) -> None:
    """Refuse a bucket that is not pending at `at`, or whose deadline has passed.

    :raises BucketNotPending: with the status it has.
    """
    if bucket.status != Bucket.Status.PENDING or bucket.earned_at > at:
        raise BucketNotPending(
            BUCKET_IS[Bucket.Status(bucket.status)],
            values={"bucket": str(bucket.uuid)},
        )
    if bucket.activates_at is None and bucket.cancels_at and bucket.cancels_at <= at:
        raise BucketNotPending(
            _("Bucket %(bucket)s was canceled at %(moment)s."),
            values={
                "bucket": str(bucket.uuid),
                "moment": bucket.cancels_at.isoformat(),
            },
        )
