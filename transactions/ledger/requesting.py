"""Activations and cancellations that are asked for now and decided by the worker."""

from collections.abc import Sequence
from datetime import datetime

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions.ledger.book import Book
from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import lock_cards, open_book, require_open
from transactions.ledger.refusals import (
    BucketAlreadyDue,
    PendingNotEnabled,
    RequestAlreadyOpen,
)
from transactions.ledger.settlement import repay_overdraft, settle_in
from transactions.ledger.transitions import cancel_pending, make_active
from transactions.ledger.values import require_aware
from transactions.ledger.waiting import require_pending
from transactions.models import Bucket, Transaction

OPEN = (Transaction.Status.PENDING, Transaction.Status.PROCESSING)
# What a decision changes in the request's row.
DECIDED = (
    "status",
    "points",
    "pending_points",
    "effective_at",
    "processed_at",
    "details",
)


def request_activation(
    *, bucket: Bucket, now: datetime, cause: Cause = UNSTATED
) -> Transaction:
    """Ask for a pending bucket to be activated before its date.

    Answers a PENDING transaction, which `process` approves or rejects.

    :raises PendingNotEnabled, BucketNotPending, BucketAlreadyDue: if it cannot be.
    :raises RequestAlreadyOpen: if another request for the bucket waits.
    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify "Activate pending points".
    """
    return _request(
        Transaction.Type.PENDING_POINTS_ACTIVATED, bucket=bucket, now=now, cause=cause
    )


def request_cancellation(
    *, bucket: Bucket, now: datetime, cause: Cause = UNSTATED
) -> Transaction:
    """Ask for a pending bucket to be canceled; otherwise as `request_activation`.

    Source: Voucherify "Cancel pending points".
    """
    return _request(
        Transaction.Type.PENDING_POINTS_CANCELED, bucket=bucket, now=now, cause=cause
    )


@atomic
def _request(
    type_: Transaction.Type, *, bucket: Bucket, now: datetime, cause: Cause
) -> Transaction:
    book, card = open_book(bucket.card_id, now=now)
    call = Call(f"request {type_}", book=book, card=card, cause=cause, bucket=bucket.pk)
    if first := call.first_answer():
        return first

    bucket = book.find([bucket.pk])[bucket.pk]
    _require_undecided(bucket, card=card, at=call.at)
    if bucket.transactions.filter(status__in=OPEN).exists():
        raise RequestAlreadyOpen(
            _("A request for bucket %(bucket)s is being processed."),
            values={"bucket": str(bucket.uuid)},
        )

    activates = type_ == Transaction.Type.PENDING_POINTS_ACTIVATED
    request = call.write(
        type_,
        status=Transaction.Status.PENDING,
        bucket=bucket,
        points=bucket.remaining if activates else 0,
        pending_points=-bucket.remaining,
    )
    book.close()
    return request


@atomic
def process(*, requests: Sequence[Transaction], now: datetime) -> list[Transaction]:
    """Decide requests: do what is asked, or reject it if the world moved on.

    A hold is a request too, rejected once it has lapsed. Holds that have not, and what
    is decided already, are passed over, so a request can be given twice. A few
    statements decide however many there are.
    """
    waiting = list(
        Transaction.objects.filter(
            pk__in=[request.pk for request in requests], status__in=OPEN
        )
        .exclude(held_until__gt=require_aware(now, field="now"))
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    book = Book(lock_cards(request.card_id for request in waiting), now=now)
    buckets = book.find(request.bucket_id for request in waiting if request.bucket_id)
    for card in book.cards.values():
        if card.overdraft:
            settle_in(book, card, at=now)
    for request in waiting:
        if request.bucket_id is None:  # a hold that nobody captured
            reject(request, why="lapsed", said="", now=now)
        else:
            _decide(request, bucket=buckets[request.bucket_id], book=book)
    book.close()
    Transaction.objects.bulk_update(waiting, DECIDED)
    return waiting


def _decide(request: Transaction, *, bucket: Bucket, book: Book) -> None:
    card = book.cards[request.card_id]
    try:
        _require_undecided(bucket, card=card, at=book.now)
    except Refusal as refusal:
        reject(request, why=refusal.key, said=refusal.message, now=book.now)
        return
    request.status = Transaction.Status.APPROVED
    request.effective_at = request.processed_at = book.now
    request.pending_points = -bucket.remaining
    if request.type == Transaction.Type.PENDING_POINTS_ACTIVATED:
        request.points = bucket.remaining
        request.details = {**request.details, "dates_before": bucket.dates}
        zone = card.definition.scheme.zone
        make_active(bucket, moment=book.now, zone=zone)
        repay_overdraft(book, card, moment=book.now, by=[bucket])
    else:
        cancel_pending(bucket, points=bucket.remaining)


def reject(request: Transaction, *, why: str, said: str, now: datetime) -> None:
    """Decide against a request or a hold; the caller saves it.

    why: the reason's key, for programs; `said` is for people.
    """
    request.status = Transaction.Status.REJECTED
    request.processed_at = now
    rejection = {"reason": why, "details": said}
    request.details = {**request.details, "rejection": rejection}


def _require_undecided(bucket: Bucket, *, card: Card, at: datetime) -> None:
    """Refuse a bucket whose fate is decided already, or may not be decided now.

    :raises PendingNotEnabled, BucketNotPending, BucketAlreadyDue, Refusal: in the
        order in which the Voucherify page states them.
    """
    require_open(card, at=at)
    if card.definition.pending_mode == CardDefinition.PendingMode.IMMEDIATE:
        raise PendingNotEnabled(
            _("%(name)s has no pending points."), values={"name": card.definition.name}
        )
    require_pending(bucket, at=at)
    decided_at = bucket.activates_at or bucket.cancels_at
    if decided_at is not None and decided_at <= at:
        raise BucketAlreadyDue(
            _("Bucket %(bucket)s has been due since %(moment)s."),
            values={"bucket": str(bucket.uuid), "moment": decided_at.isoformat()},
        )
