"""What happens to buckets and overdrafts: the only statements that move points.

The sweeps make the same changes to many buckets in one statement. Everything here
expects the card to be locked; who calls it writes the transaction beside it.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.db.models import F

from accounts.models import Card
from schemes.policies import ExpiryRule, expiry_moment
from transactions.drawing import Draw
from transactions.models import Allocation, Bucket, Transaction

ACTIVATION = ("status", "activates_at", "expires_at")
CANCELLATION = ("status", "remaining")


def make_active(bucket: Bucket, *, moment: datetime, zone: tzinfo) -> None:
    """PENDING -> ACTIVE from `moment` on: its own date, an earlier one, or an event's.

    The caller saves the columns of ACTIVATION.
    """
    bucket.status = Bucket.Status.ACTIVE
    date_activation(bucket, moment=moment, zone=zone)


def date_activation(bucket: Bucket, *, moment: datetime, zone: tzinfo) -> None:
    """Say when the bucket activates; what was promised at the grant counts from it."""
    bucket.activates_at = moment
    if bucket.terms and bucket.terms["expiry"]:
        bucket.expires_at = expiry_moment(
            rule=ExpiryRule.parse(**bucket.terms["expiry"]),
            earned_at=bucket.earned_at,
            activates_at=moment,
            zone=zone,
        )


def cancel_pending(bucket: Bucket, *, points: int) -> None:
    """Take points out of a PENDING bucket; with the last of them it is CANCELED.

    The caller saves the columns of CANCELLATION.
    """
    bucket.remaining -= points
    if not bucket.remaining:
        bucket.status = Bucket.Status.CANCELED


def make_expired(bucket: Bucket) -> int:
    """ACTIVE -> EXPIRED. Answers how many points lapse."""
    lapsed = bucket.remaining
    bucket.status = Bucket.Status.EXPIRED
    bucket.remaining = 0
    bucket.save(update_fields=["status", "remaining"])
    return lapsed


def take(transaction: Transaction, draws: Sequence[Draw[Bucket]]) -> None:
    """Draw points from buckets, and allocate them to the transaction."""
    _allocate(transaction, [(draw.lot, draw.points) for draw in draws])


def put_back(transaction: Transaction, draws: Sequence[Draw[Bucket]]) -> None:
    """Give points back to the buckets they were drawn from."""
    _allocate(transaction, [(draw.lot, -draw.points) for draw in draws])


def _allocate(
    transaction: Transaction, allocations: Sequence[tuple[Bucket, int]]
) -> None:
    Allocation.objects.bulk_create(
        Allocation(transaction=transaction, bucket=bucket, points=points)
        for bucket, points in allocations
    )
    for bucket, points in allocations:
        # Subtracted by the database: with its CHECK, no bucket is ever overdrawn.
        bucket.remaining = F("remaining") - points
    Bucket.objects.bulk_update([bucket for bucket, _ in allocations], ["remaining"])


def change_overdraft(card: Card, *, by: int) -> None:
    """Raise (or, negative, lower) what the member owes."""
    Card.objects.filter(pk=card.pk).update(overdraft=F("overdraft") + by)
    card.overdraft += by
