"""What the buckets of a card were at a moment in the past, told by its transactions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Card
from schemes.models import CardDefinition
from transactions.models import Allocation, Bucket, Transaction

Type = Transaction.Type


@dataclass(kw_only=True)
class Lot:
    """A bucket as far as a balance needs to know it. `waits`: not activated yet."""

    pk: int
    remaining: int
    waits: bool
    earned_at: datetime
    activates_at: datetime | None
    expires_at: datetime | None
    cancels_at: datetime | None

    @classmethod
    def of(cls, bucket: Bucket) -> "Lot":
        """The bucket as it is now."""
        return cls(
            pk=bucket.pk,
            remaining=bucket.remaining,
            waits=bucket.status == Bucket.Status.PENDING,
            earned_at=bucket.earned_at,
            activates_at=bucket.activates_at,
            expires_at=bucket.expires_at,
            cancels_at=bucket.cancels_at,
        )


def as_of(card: Card, *, at: datetime) -> tuple[list[Lot], int]:
    """The card's lots as they stood written at `at` (aware), and its overdraft.

    Three queries.
    """
    approved = card.transactions.filter(status=Transaction.Status.APPROVED)
    before: list[Transaction] = []
    after: list[Transaction] = []
    for transaction in approved.order_by("effective_at", "pk"):
        (before if transaction.effective_at <= at else after).append(transaction)
    buckets = list(card.buckets.filter(earned_at__lte=at))
    lots = {bucket.pk: _as_granted(bucket) for bucket in buckets}
    drawn = Allocation.objects.filter(
        transaction__card=card,
        transaction__status=Transaction.Status.APPROVED,
        transaction__effective_at__lte=at,
    )
    _replay(lots, before, drawn=drawn.values_list("bucket", "points"))
    by_uuid = {str(bucket.uuid): lots[bucket.pk] for bucket in buckets}
    _take_new_dates_back(lots, by_uuid, after)
    holding = [lot for lot in lots.values() if lot.remaining]
    held = sum(lot.remaining for lot in holding if not lot.waits)
    overdraft = held - sum(transaction.points for transaction in before)
    return holding, max(overdraft, 0)


def _as_granted(bucket: Bucket) -> Lot:
    lot = Lot.of(bucket)
    lot.remaining = bucket.points
    lot.waits = bucket.pending_mode != CardDefinition.PendingMode.IMMEDIATE
    return lot


def _replay(
    lots: Mapping[int, Lot],
    transactions: Iterable[Transaction],
    *,
    drawn: Iterable[tuple[int, int]],
) -> None:
    """Let the transactions happen to the lots, as far as points are concerned."""
    taken: dict[int, int] = defaultdict(int)
    for bucket, points in drawn:
        taken[bucket] += points
    for transaction in transactions:
        pk = transaction.bucket_id
        if pk is None or pk not in lots:
            continue
        if transaction.type == Type.PENDING_POINTS_ACTIVATED:
            lots[pk].waits = False
        elif transaction.type in Transaction.ENDINGS:
            # One of the two is 0, the other what was taken, negative.
            taken[pk] -= transaction.points + transaction.pending_points
    for bucket, points in taken.items():
        if bucket in lots:
            lots[bucket].remaining -= points


def _take_new_dates_back(
    lots: Mapping[int, Lot],
    by_uuid: Mapping[str, Lot],
    transactions: Iterable[Transaction],
) -> None:
    """Give lots each date they had before the earliest change of it that came later."""
    dated: set[tuple[int, str]] = set()
    for transaction in transactions:
        details = transaction.details
        changes: list[tuple[Lot | None, Mapping[str, str | None]]] = [
            (by_uuid.get(uuid), {"expires_at": text})
            for uuid, text in details.get("slid_from", {}).items()
        ]
        if "dates_before" in details and transaction.bucket_id is not None:
            changes.append((lots.get(transaction.bucket_id), details["dates_before"]))
        for lot, dates in changes:
            for name, text in dates.items():
                if lot is not None and (lot.pk, name) not in dated:
                    dated.add((lot.pk, name))
                    setattr(lot, name, text and datetime.fromisoformat(text))
