"""The book: what the cards of a call hold, and what is written when it is closed.

Verbs read and change buckets here, in memory and under the cards' locks. Closing the
book writes everything in a few statements, for one call as for a thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.policies import MAX_POINTS
from transactions.drawing import Draw
from transactions.ledger.changes import write_changes
from transactions.ledger.refusals import InvalidPoints
from transactions.ledger.values import require_aware
from transactions.models import Allocation, Bucket, Transaction

ACTIVATED = Transaction.Type.PENDING_POINTS_ACTIVATED
# The columns by which a retry finds its first answer.
ANSWERS = ("idempotency_key", "reference")


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """How far a book had come on one card; `buckets` are their columns by identity."""

    new: int
    written: int
    written_on_card: int
    allocated: int
    owed: int
    overdraft: int
    buckets: dict[int, dict[str, Any]]


class Book:
    """The open buckets of some cards, and the rows that their verbs write.

    cards: with their member and rules; locked, if any of their points may move.
    now: when it is written (aware).
    moving: the ids of the cards that are locked; all, unless told.
    """

    def __init__(
        self,
        cards: Iterable[Card],
        *,
        now: datetime,
        moving: Collection[int] | None = None,
    ) -> None:
        self.now = require_aware(now, field="now")
        self.cards = {card.pk: card for card in cards}
        self._moving = self.cards.keys() if moving is None else moving
        self._known: dict[int, Bucket] = {}
        self._as_read: dict[int, dict[str, Any]] = {}
        self._by_card: dict[int, list[Bucket]] = defaultdict(list)
        self._has_read = False
        self._new: list[Bucket] = []
        self._owed: dict[int, int] = defaultdict(int)
        self._written: list[Transaction] = []
        self._written_on: dict[int, list[Transaction]] = defaultdict(list)
        self._allocated: list[Allocation] = []
        self._answers: dict[tuple[str, int, str], Transaction] = {}
        self._asked: set[tuple[str, str]] = set()
        self._held: dict[int, int] | None = None

    def buckets(self, card: Card) -> list[Bucket]:
        """The card's buckets that hold points, and others that the book has met."""
        self._read_open()
        return self._by_card[card.pk]

    def find(self, pks: Iterable[int]) -> dict[int, Bucket]:
        """Buckets of the book's cards by their ids, whatever they hold."""
        wanted = set(pks)
        if unknown := wanted - self._known.keys():
            self._read(Bucket.objects.filter(pk__in=unknown))
        return {pk: self._known[pk] for pk in wanted}

    def expect(self, pks: Iterable[int]) -> None:
        """Read at once what calls on these buckets are going to look at."""
        self._read_open()
        self.find(pks)

    def held(self, card: Card) -> int:
        """How many of the card's points are held for spends now.

        Now, even where something is told late: a hold that has lapsed since then keeps
        nothing any more, whether a sweep has said so yet or not.
        """
        if self._held is None:
            holds = Transaction.objects.open_holds().filter(held_until__gt=self.now)
            of_cards = holds.filter(card__in=self.cards).values_list("card")
            self._held = dict(of_cards.annotate(held=-Sum("points")))
        return self._held.get(card.pk, 0)

    def _read_open(self) -> None:
        if not self._has_read:
            self._has_read = True
            self._read(Bucket.objects.open().filter(card__in=self._moving))

    def _read(self, rows: QuerySet[Bucket]) -> None:
        """Read and lock buckets; each is one and the same object in this book."""
        for bucket in rows.select_for_update().order_by("pk"):
            if bucket.pk not in self._known:
                self._known[bucket.pk] = bucket
                self._as_read[bucket.pk] = dict(vars(bucket))
                self._by_card[bucket.card_id].append(bucket)

    def add(self, bucket: Bucket) -> Bucket:
        """A new bucket of one of the cards."""
        self._new.append(bucket)
        self._by_card[bucket.card_id].append(bucket)
        return bucket

    def write(self, transaction: Transaction) -> Transaction:
        """A new transaction."""
        self._written.append(transaction)
        self._written_on[transaction.card_id].append(transaction)
        return transaction

    def written_on(self, card: Card) -> list[Transaction]:
        """What this book will write on the card."""
        return self._written_on[card.pk]

    def due_activation_of(self, bucket: Bucket) -> Transaction | None:
        """What this book writes because of the bucket's date, if no call has it yet."""
        for each in self._written_on[bucket.card_id]:
            if each.bucket is bucket and each.type == ACTIVATED:
                return None if each.fingerprint else each
        return None

    def remember(self, answer: Transaction) -> None:
        """Let the call that this answers find it when it comes again."""
        for column in ANSWERS:
            if value := getattr(answer, column):
                self._answers[column, answer.card_id, value] = answer

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
        self._allocated.append(
            Allocation(transaction=transaction, bucket=bucket, points=points)
        )

    def owe(self, card: Card, points: int) -> None:
        """Raise (or, negative, lower) what the member owes.

        :raises InvalidPoints: if it would exceed 2^53 - 1.
        """
        if card.overdraft + points > MAX_POINTS:
            raise InvalidPoints(_("The card cannot owe that much."), field="points")
        card.overdraft += points
        self._owed[card.pk] += points

    @contextmanager
    def attempt(self, card: Card) -> Iterator[None]:
        """One call of several on the card: if it is refused, it leaves no trace."""
        mark = _Mark(
            new=len(self._new),
            written=len(self._written),
            written_on_card=len(self._written_on[card.pk]),
            allocated=len(self._allocated),
            owed=self._owed[card.pk],
            overdraft=card.overdraft,
            buckets={id(each): dict(vars(each)) for each in self._by_card[card.pk]},
        )
        try:
            yield
        except Refusal:
            self._go_back(card, to=mark)
            raise

    def _go_back(self, card: Card, *, to: _Mark) -> None:
        for transaction in self._written[to.written :]:
            for column in ANSWERS:
                key = (column, card.pk, getattr(transaction, column))
                self._answers.pop(key, None)
        del self._written[to.written :]
        del self._written_on[card.pk][to.written_on_card :]
        del self._allocated[to.allocated :]
        for bucket in self._new[to.new :]:
            self._by_card[card.pk].remove(bucket)
        del self._new[to.new :]
        for bucket in self._by_card[card.pk]:
            # What the call itself was the first to read goes back to what was read.
            before = to.buckets.get(id(bucket)) or self._as_read[bucket.pk]
            vars(bucket).update(before)
        self._owed[card.pk], card.overdraft = to.owed, to.overdraft

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
        write_changes((each, self._as_read[pk]) for pk, each in self._known.items())
        for pk, points in self._owed.items():
            if points:
                Card.objects.filter(pk=pk).update(overdraft=F("overdraft") + points)
