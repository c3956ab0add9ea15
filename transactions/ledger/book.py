"""The book: what the cards of a call hold, and what is written when it is closed.

Verbs read and change buckets here, in memory and under the cards' locks. Closing the
book writes everything in a few statements, for one call as for a thousand.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import Card
from schemes.policies import MAX_POINTS
from transactions.drawing import Draw
from transactions.ledger.refusals import InvalidPoints
from transactions.ledger.values import require_aware
from transactions.models import Allocation, Bucket, Transaction

ACTIVATED = Transaction.Type.PENDING_POINTS_ACTIVATED
# The columns by which a retry finds its first answer.
ANSWERS = ("idempotency_key", "reference")


class Book:
    """The open buckets of some cards, and the rows that their verbs write.

    cards: with their member and rules; locked, if any of their points may move.
    now: when it is written (aware).
    """

    def __init__(self, cards: Iterable[Card], *, now: datetime) -> None:
        self.now = require_aware(now, field="now")
        self.cards = {card.pk: card for card in cards}
        self._known: dict[int, Bucket] = {}
        self._as_read: dict[int, int] = {}
        self._by_card: dict[int, list[Bucket]] = defaultdict(list)
        self._has_read = False
        self._new: list[Bucket] = []
        self._changed: dict[int, set[str]] = defaultdict(set)
        self._owed: dict[int, int] = defaultdict(int)
        self._written: list[Transaction] = []
        self._allocated: list[Allocation] = []
        self._answers: dict[tuple[str, int, str], Transaction] = {}
        self._asked: set[tuple[str, str]] = set()

    def buckets(self, card: Card) -> list[Bucket]:
        """The card's buckets that hold points, and others that the book has met."""
        if not self._has_read:
            self._has_read = True
            self._read(Bucket.objects.open().filter(card__in=self.cards))
        return self._by_card[card.pk]

    def find(self, pks: Iterable[int]) -> dict[int, Bucket]:
        """Buckets of the book's cards by their ids, whatever they hold."""
        wanted = set(pks)
        if unknown := wanted - self._known.keys():
            self._read(Bucket.objects.filter(pk__in=unknown))
        return {pk: self._known[pk] for pk in wanted}

    def _read(self, rows: QuerySet[Bucket]) -> None:
        """Read and lock buckets; each is one and the same object in this book."""
        for bucket in rows.select_for_update().order_by("pk"):
            if bucket.pk not in self._known:
                self._known[bucket.pk] = bucket
                self._as_read[bucket.pk] = bucket.remaining
                self._by_card[bucket.card_id].append(bucket)

    def add(self, bucket: Bucket) -> Bucket:
        """A new bucket of one of the cards."""
        self._new.append(bucket)
        self._by_card[bucket.card_id].append(bucket)
        return bucket

    def change(self, bucket: Bucket, *columns: str) -> None:
        """Note which columns of a bucket were changed."""
        if bucket.pk is not None:
            self._changed[bucket.pk].update(columns)

    def write(self, transaction: Transaction) -> Transaction:
        """A new transaction."""
        self._written.append(transaction)
        for column in ANSWERS:
            if value := getattr(transaction, column):
                self._answers[column, transaction.card_id, value] = transaction
        return transaction

    def activation_of(self, bucket: Bucket) -> Transaction | None:
        """The transaction of this book that activates the bucket."""
        for each in self._written:
            if each.bucket is bucket and each.type == ACTIVATED:
                return each
        return None

    def written_on(self, card: Card) -> list[Transaction]:
        """What this book will write on the card."""
        return [each for each in self._written if each.card_id == card.pk]

    def answer(self, card: Card, column: str, value: str) -> Transaction | None:
        """The transaction of the card with this idempotency key or reference."""
        if (column, value) not in self._asked:
            self.look_up(column, {value})
        return self._answers.get((column, card.pk, value))

    def look_up(self, column: str, values: set[str]) -> None:
        """Find out which cards of the book have answered these keys or references."""
        self._asked.update((column, value) for value in values)
        answered = Transaction.objects.filter(
            card__in=self.cards, **{f"{column}__in": values}
        )
        for transaction in answered:
            key = (column, transaction.card_id, getattr(transaction, column))
            self._answers[key] = transaction

    def take(self, transaction: Transaction, draws: Iterable[Draw[Bucket]]) -> None:
        """Draw points from buckets, and allocate them to the transaction."""
        for draw in draws:
            self._move(transaction, draw.lot, draw.points)

    def put_back(self, transaction: Transaction, draws: Iterable[Draw[Bucket]]) -> None:
        """Give points back to the buckets they were drawn from."""
        for draw in draws:
            self._move(transaction, draw.lot, -draw.points)

    def _move(self, transaction: Transaction, bucket: Bucket, points: int) -> None:
        bucket.remaining -= points
        self.change(bucket, "remaining")
        self._allocated.append(
            Allocation(transaction=transaction, bucket=bucket, points=points)
        )

    def owe(self, card: Card, points: int) -> None:
        """Raise (or, negative, lower) what the member owes.

        :raises InvalidPoints: if it would exceed 2^53 - 1.
        """
        if card.overdraft + points > MAX_POINTS:
            raise InvalidPoints("The card cannot owe that much.", field="points")
        card.overdraft += points
        self._owed[card.pk] += points

    def close(self) -> None:
        """Write everything: a few statements, however much there is."""
        Bucket.objects.bulk_create(self._new)
        first: list[Transaction] = []
        parts: list[Transaction] = []
        for transaction in self._written:
            # What refers to another transaction of this book needs its id.
            parent = transaction.parent
            (parts if parent and parent.pk is None else first).append(transaction)
        for transactions in (first, parts):
            Transaction.objects.bulk_create(transactions)
        Allocation.objects.bulk_create(self._allocated)
        self._update_buckets()
        for pk, points in self._owed.items():
            Card.objects.filter(pk=pk).update(overdraft=F("overdraft") + points)

    def _update_buckets(self) -> None:
        if not self._changed:
            return
        columns = set[str]().union(*self._changed.values())
        buckets = [self._known[pk] for pk in self._changed]
        left = [bucket.remaining for bucket in buckets]
        for bucket in buckets:
            # Subtracted by the database: with its CHECK, no bucket is ever overdrawn,
            # even if a lock had been forgotten.
            drawn = self._as_read[bucket.pk] - bucket.remaining
            bucket.remaining = F("remaining") - drawn
        Bucket.objects.bulk_update(buckets, sorted(columns))
        for bucket, remaining in zip(buckets, left, strict=True):
            bucket.remaining = self._as_read[bucket.pk] = remaining
