"""All rows of one card at one moment, read once, and what must be true of them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Card
from transactions.models import Allocation, Bucket, Transaction

Row = dict[str, Any]
GRANTS = ("POINTS_EARNED", "PENDING_POINTS_ADDED")
TAKES_FROM_ITS_BUCKET = (
    "PENDING_POINTS_CANCELED",
    "POINTS_EXPIRED",
    "ADMIN_POINTS_EXPIRATION",
)
SPENDS = ("POINTS_SPENT_ON_ORDER", "POINTS_SPENT_ON_REWARD")
TAKES_FROM_MANY = (*SPENDS, "ADMIN_DEBIT", "POINTS_REFUNDED")
# A step can pass a bucket through more than one status: activated and expired at once.
NEXT = {
    "PENDING": {"PENDING", "ACTIVE", "CANCELED", "EXPIRED"},
    "ACTIVE": {"ACTIVE", "EXPIRED"},
    "CANCELED": {"CANCELED"},
    "EXPIRED": {"EXPIRED"},
}


def rows_of(query: Any) -> list[Row]:
    return list(query.order_by("pk").values())


@dataclass(frozen=True)
class CardState:
    """The rows as they are stored; two states are equal if all rows are."""

    card: Row
    buckets: list[Row]
    transactions: list[Row]
    allocations: list[Row]

    @classmethod
    def of(cls, card: Card) -> "CardState":
        return cls(
            dict(Card.objects.values().get(pk=card.pk)),
            rows_of(Bucket.objects.filter(card=card)),
            rows_of(Transaction.objects.filter(card=card)),
            rows_of(Allocation.objects.filter(bucket__card=card)),
        )

    @property
    def approved(self) -> list[Row]:
        return [each for each in self.transactions if each["status"] == "APPROVED"]

    def remaining(self, status: str) -> int:
        return sum(
            each["remaining"] for each in self.buckets if each["status"] == status
        )

    def due(self, *, at: datetime) -> bool:
        """Whether some bucket's dates say more than its status does."""
        return any(
            date is not None and date <= at
            for each in self.buckets
            for date in _next_dates(each)
        )

    def open_holds(self, *, at: datetime) -> list[Row]:
        """The holds that have not lapsed at `at`."""
        return [
            each
            for each in self.transactions
            if each["status"] == "PENDING"
            and each["held_until"] is not None
            and each["held_until"] > at
        ]

    def held(self, *, at: datetime) -> int:
        """The points of these holds."""
        return -sum(int(each["points"]) for each in self.open_holds(at=at))

    def active_by_dates(self, *, at: datetime) -> int:
        """The points whose own dates say that they are active, whatever the status."""
        return sum(
            each["remaining"]
            for each in self.buckets
            if each["status"] in ("PENDING", "ACTIVE")
            and each["activates_at"] is not None
            and each["activates_at"] <= at
            and (each["expires_at"] is None or at < each["expires_at"])
        )


def _next_dates(bucket: Row) -> list[datetime | None]:
    if bucket["status"] == "PENDING":
        return [bucket["activates_at"] or bucket["cancels_at"]]
    if bucket["status"] == "ACTIVE" and bucket["remaining"]:
        return [bucket["expires_at"]]
    return []


def check_sums(state: CardState) -> None:
    """Promise 6: everything adds up, for the card and for each of its buckets."""
    active = sum(each["points"] for each in state.approved)
    pending = sum(each["pending_points"] for each in state.approved)
    assert active == state.remaining("ACTIVE") - state.card["overdraft"]
    assert pending == state.remaining("PENDING")

    used: dict[int, int] = defaultdict(int)
    for each in state.approved:
        if each["type"] in TAKES_FROM_ITS_BUCKET:
            used[each["bucket_id"]] -= each["points"] + each["pending_points"]
    for each in state.allocations:
        used[each["bucket_id"]] += each["points"]
    for bucket in state.buckets:
        assert bucket["points"] - used[bucket["id"]] == bucket["remaining"]


def check_buckets(state: CardState, *, before: CardState) -> None:
    """Buckets hold between nothing and all, and go through their statuses one way."""
    was = {each["id"]: each["status"] for each in before.buckets}
    for bucket in state.buckets:
        assert bucket["status"] in NEXT[was.pop(bucket["id"], bucket["status"])]
        assert 0 <= bucket["remaining"] <= bucket["points"]
        assert not bucket["remaining"] or bucket["status"] in ("PENDING", "ACTIVE")
        assert bucket["remaining"] or bucket["status"] != "PENDING"
    assert not was, "a bucket is gone"


def check_history(state: CardState, *, before: CardState) -> None:
    """What was finished is still there, unchanged."""
    now = {each["id"]: each for each in state.transactions}
    for each in before.transactions:
        if each["status"] in ("APPROVED", "REJECTED"):
            assert now[each["id"]] == each
    assert state.allocations[: len(before.allocations)] == before.allocations


def check_allocations(state: CardState) -> None:
    """Each debit says where all of its points came from."""
    drawn: dict[int, int] = defaultdict(int)
    for each in state.allocations:
        drawn[each["transaction_id"]] += each["points"]
    for each in state.approved:
        details = each["details"]
        if each["type"] in TAKES_FROM_MANY:
            # A spend owes only if it was held, and the points have gone since.
            owed = details.get("overdraft", 0)
            assert not owed or each["type"] not in SPENDS or each["held_until"]
            assert drawn[each["id"]] + owed == -each["points"]
        elif each["type"] == "POINTS_RETURNED":
            assert details.get("renewed", 0) - drawn[each["id"]] == each["points"]
        elif each["type"] == "OVERDRAFT_REPAID":
            assert drawn[each["id"]] == details["repaid"] > 0
        else:
            assert each["id"] not in drawn


def check_overdraft(state: CardState, *, at: datetime, allowed: bool) -> None:
    """Nobody owes points and has some to pay with at the same time."""
    if state.card["overdraft"]:
        assert allowed
        assert not any(
            each["remaining"] and each["activates_at"] <= at
            for each in state.buckets
            if each["status"] == "ACTIVE"
        )


def check_holds(
    state: CardState, *, before: CardState, at: datetime, overdraft: bool
) -> None:
    """What is held is there, unless it lapsed: nobody takes it or holds it again."""
    known = {each["id"] for each in before.transactions}
    for each in state.transactions:
        owes = overdraft and each["type"] not in SPENDS
        if (
            each["id"] not in known
            and each["type"] in TAKES_FROM_MANY
            and each["points"]
        ):
            assert owes or state.held(at=at) <= state.active_by_dates(at=at)


def check_orders(state: CardState) -> None:
    """No order is refunded more points than it earned."""
    left: dict[str, int] = defaultdict(int)
    for each in state.transactions:
        if each["type"] in GRANTS:
            left[each["order_reference"]] += each["points"] + each["pending_points"]
        elif each["type"] == "POINTS_REFUNDED":
            left[each["order_reference"]] -= each["details"]["due"]
            assert left[each["order_reference"]] >= 0


def check_returns(state: CardState) -> None:
    """No spend is given back more than it took."""
    left = {each["id"]: -each["points"] for each in state.approved}
    for each in state.approved:
        if each["type"] == "POINTS_RETURNED":
            left[each["parent_id"]] -= each["points"]
            assert left[each["parent_id"]] >= 0
