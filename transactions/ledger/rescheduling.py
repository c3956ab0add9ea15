"""Points that get other dates: when they can be spent, and until when."""

from datetime import datetime, tzinfo
from enum import Enum
from typing import Final

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from loyalty.errors import BadInput
from schemes import policies
from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.refusals import BucketNotActive, InvalidMoment
from transactions.ledger.settlement import settle_in
from transactions.ledger.transitions import date_activation
from transactions.ledger.values import require_aware
from transactions.ledger.waiting import require_pending
from transactions.models import Bucket, Transaction


class Unchanged(Enum):
    """Stands for a date that stays as it is, where None means never."""

    UNCHANGED = "UNCHANGED"


UNCHANGED: Final = Unchanged.UNCHANGED


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
        raise BadInput(_("Give a new activation or expiry date."), field="activates_at")
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


def require_holding(bucket: Bucket, *, at: datetime) -> None:
    """Refuse a bucket that holds nothing any more, or did not yet at `at`.

    :raises BucketNotActive: with the status it has.
    """
    if not bucket.remaining or bucket.earned_at > at:
        raise BucketNotActive(
            _("Nothing remains in bucket %(bucket)s."),
            values={"bucket": str(bucket.uuid)},
        )


def _require_future(moment: datetime, at: datetime, *, field: str) -> datetime:
    if require_aware(moment, field=field) <= at:
        raise InvalidMoment(
            _("%(moment)s is not in the future."),
            values={"moment": moment.isoformat()},
            field=field,
        )
    return moment
