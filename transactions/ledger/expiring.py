"""Points lapse: by hand here; on time in the settlement and in the sweeps."""

from datetime import datetime

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.refusals import BucketNotActive
from transactions.ledger.settlement import settle_in
from transactions.ledger.transitions import is_spendable, make_expired
from transactions.models import Bucket, Transaction


@atomic
def expire(*, bucket: Bucket, now: datetime, cause: Cause = UNSTATED) -> Transaction:
    """Let what remains in an active bucket lapse now.

    :raises BucketNotActive: if it is not active, or nothing remains in it.
    :raises Refusal: if the card, its member or rules are not active.
    Source: Voucherify transaction type ADMIN_POINTS_EXPIRATION.
    """
    book, card = open_book(bucket.card_id, now=now)
    call = Call("expire", book=book, card=card, cause=cause, bucket=bucket.pk)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    settle_in(book, card, at=call.settled_at)
    bucket = book.find([bucket.pk])[bucket.pk]
    if not is_spendable(bucket, at=call.at) or not bucket.remaining:
        raise BucketNotActive(
            _("Bucket %(bucket)s is not active, or holds nothing: %(points)s points."),
            values={"bucket": str(bucket.uuid), "points": bucket.remaining},
        )

    lapsed = make_expired(bucket)
    answer = call.write(
        Transaction.Type.ADMIN_POINTS_EXPIRATION, bucket=bucket, points=-lapsed
    )
    book.close()
    return answer
