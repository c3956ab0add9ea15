"""What each type of transaction may do to the two balances: one CHECK constraint."""

from django.db.models import F, Q

MOVES_NOTHING = Q(points=0, pending_points=0)
ADDS_PENDING = Q(points=0, pending_points__gt=0, bucket__isnull=False)
ADDS_ACTIVE = Q(points__gt=0, pending_points=0, bucket__isnull=False)
TAKES_ACTIVE = Q(points__lt=0, pending_points=0)
MOVES_BY_TYPE = {
    "PENDING_POINTS_ADDED": ADDS_PENDING,
    # An order too small for a point earns 0 and makes no bucket.
    "POINTS_EARNED": ADDS_ACTIVE | (MOVES_NOTHING & Q(bucket__isnull=True)),
    "ADMIN_CREDIT": ADDS_ACTIVE | ADDS_PENDING,
    "PENDING_POINTS_ACTIVATED": Q(
        points__gt=0, pending_points=0 - F("points"), bucket__isnull=False
    ),
    "PENDING_POINTS_CANCELED": Q(points=0, pending_points__lt=0, bucket__isnull=False),
    "BUCKET_RESCHEDULED": MOVES_NOTHING & Q(bucket__isnull=False),
    "EVENT_RECEIVED": MOVES_NOTHING,
    "OVERDRAFT_REPAID": MOVES_NOTHING,
    "POINTS_SPENT_ON_ORDER": TAKES_ACTIVE,
    "POINTS_SPENT_ON_REWARD": TAKES_ACTIVE,
    "POINTS_RETURNED": Q(points__gt=0, pending_points=0, parent__isnull=False),
    # A refund may find everything still pending: its children then took all.
    "POINTS_REFUNDED": TAKES_ACTIVE | MOVES_NOTHING,
    "ADMIN_DEBIT": TAKES_ACTIVE,
    "POINTS_EXPIRED": TAKES_ACTIVE & Q(bucket__isnull=False),
    "ADMIN_POINTS_EXPIRATION": TAKES_ACTIVE & Q(bucket__isnull=False),
}
HELD_TYPES = ["POINTS_SPENT_ON_ORDER", "POINTS_SPENT_ON_REWARD"]


def moves_match_type() -> Q:
    """That a row does to the two balances what its type may do."""
    allowed = Q()
    for type_, moves in MOVES_BY_TYPE.items():
        allowed |= Q(type=type_) & moves
    return allowed
