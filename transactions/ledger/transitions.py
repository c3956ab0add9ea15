"""What becomes of a bucket: the changes of state that verbs and settlement share.

The sweeps make the same changes to many buckets in one statement. Who calls these
writes the transaction beside them, in the same book.
"""

from datetime import datetime, tzinfo

from schemes.policies import CountedFrom, ExpiryRule, expiry_moment
from transactions.models import Bucket


def make_active(bucket: Bucket, *, moment: datetime, zone: tzinfo) -> None:
    """PENDING -> ACTIVE from `moment` on: its own date, an earlier one, or an event's."""
    bucket.status = Bucket.Status.ACTIVE
    date_activation(bucket, moment=moment, zone=zone)


def date_activation(bucket: Bucket, *, moment: datetime, zone: tzinfo) -> None:
    """Say when the bucket activates; what was promised at the grant counts from it."""
    bucket.activates_at = moment
    if not bucket.terms or not bucket.terms["expiry"]:
        return
    rule = ExpiryRule.parse(**bucket.terms["expiry"])
    if rule.counted_from is CountedFrom.ACTIVATED:
        bucket.expires_at = expiry_moment(
            rule=rule,
            earned_at=bucket.earned_at,
            activates_at=moment,
            zone=zone,
        )


def cancel_pending(bucket: Bucket, *, points: int) -> None:
    """Take points out of a PENDING bucket; with the last of them it is CANCELED."""
    bucket.remaining -= points
    if not bucket.remaining:
        bucket.status = Bucket.Status.CANCELED


def make_expired(bucket: Bucket) -> int:
    """ACTIVE -> EXPIRED. Answers how many points lapse."""
    lapsed = bucket.remaining
    bucket.status = Bucket.Status.EXPIRED
    bucket.remaining = 0
    return lapsed


def is_spendable(bucket: Bucket, *, at: datetime) -> bool:
    """Whether the bucket's points, if any remain, can be spent at `at`."""
    return (
        bucket.status == Bucket.Status.ACTIVE
        and bucket.activates_at is not None
        and bucket.activates_at <= at
        and (bucket.expires_at is None or at < bucket.expires_at)
    )
