"""Which rows of the ledger are Engage's point transactions, and what they are there."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Card
from transactions.models import Bucket, Transaction

Type = Transaction.Type

# An activation is none: in Engage points become active by their validFrom alone.
TYPES = {
    Type.PENDING_POINTS_ADDED: "Addition",
    Type.POINTS_EARNED: "Addition",
    Type.ADMIN_CREDIT: "Addition",
    Type.POINTS_RETURNED: "Addition",
    Type.POINTS_SPENT_ON_ORDER: "Deduction",
    Type.POINTS_SPENT_ON_REWARD: "Deduction",
    Type.POINTS_REFUNDED: "Deduction",
    Type.ADMIN_DEBIT: "Deduction",
    Type.POINTS_EXPIRED: "Expiry",
    Type.ADMIN_POINTS_EXPIRATION: "Expiry",
    Type.PENDING_POINTS_CANCELED: "Cancellation",
}
# Where the points come from, of what was not booked with a source.
# Source: Engage "BI export", "Point transaction".
SOURCES = {
    Type.PENDING_POINTS_ADDED: "Purchase",
    Type.POINTS_EARNED: "Purchase",
    Type.ADMIN_CREDIT: "Manual",
    Type.POINTS_RETURNED: "Adjustment",
    Type.POINTS_SPENT_ON_ORDER: "RewardVoucher",
    Type.POINTS_SPENT_ON_REWARD: "RewardVoucher",
    Type.POINTS_REFUNDED: "Return",
    Type.ADMIN_DEBIT: "Manual",
    Type.POINTS_EXPIRED: "Automation",
    Type.ADMIN_POINTS_EXPIRATION: "Manual",
    Type.PENDING_POINTS_CANCELED: "PointTransactionCancellation",
}


def of_account(card: Card, *, which: str, at: datetime) -> QuerySet[Transaction]:
    """The point transactions of an account, the newest first.

    which: Pending, what concerns points that wait at `at` (aware) by their own dates;
        Active, everything else; All, both. So their amounts add up to the pending
        points, to the balance with what is held of it, and to both.
    """
    rows = (
        card.transactions.filter(status=Transaction.Status.APPROVED, type__in=TYPES)
        .exclude(points=0, pending_points=0)
        .select_related("bucket")
        .order_by("-effective_at", "-pk")
    )
    waiting = Q(bucket__in=Bucket.objects.waiting(at=at).filter(card=card))
    if which == "Pending":
        return rows.filter(waiting)
    return rows.exclude(waiting) if which == "Active" else rows


def shown(row: Transaction, *, account: Card) -> dict[str, Any]:
    """A point transaction in Engage's words.

    validFrom, validTo: the dates of the points it is about, where they are of one
        grant. Points that await an event have no date: the end of the wait is shown,
        so that whoever compares it with the clock sees that they wait.
    """
    bucket = row.bucket
    return {
        "id": str(row.uuid),
        "accountId": str(account.uuid),
        "description": row.reason or row.get_type_display(),
        "source": _source(row),
        "amount": row.points + row.pending_points,
        "type": TYPES[Type(row.type)],
        "transactionDate": row.effective_at,
        "createdOn": row.created_at,
        "modifiedOn": row.processed_at or row.created_at,
        "validFrom": bucket and (bucket.activates_at or bucket.cancels_at),
        "validTo": bucket and bucket.expires_at,
        "retailTransactionLineItemId": None,  # points are counted on whole orders
    }


def _source(row: Transaction) -> str:
    """What was booked as the source, by whatever API; else what its type says."""
    named = row.details.get("metadata", {}).get("source")
    return named if isinstance(named, str) else SOURCES[Type(row.type)]
