"""What happened on a card or with an order, line by line: what the member's page tells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import Card
from transactions.admin.verbs import Offer
from transactions.balances import Balance
from transactions.models import Allocation, Bucket, Transaction

PAGE = 50
# More is on the page of the transaction, or of the order's transactions.
MOST_DRAWS = 10
MOST_OF_ORDER = 200
MOST_BUCKETS = 60

MAKES_A_BUCKET = (
    *Transaction.GRANTS,
    Transaction.Type.ADMIN_CREDIT,
    Transaction.Type.POINTS_RETURNED,
)
APPROVED = Q(status=Transaction.Status.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Both:
    """Points of the two balances: active ones, less what is owed, and pending ones."""

    active: int = 0
    pending: int = 0

    def __add__(self, other: "Both") -> "Both":
        return Both(
            active=self.active + other.active, pending=self.pending + other.pending
        )

    def __sub__(self, other: "Both") -> "Both":
        return Both(
            active=self.active - other.active, pending=self.pending - other.pending
        )

    def __bool__(self) -> bool:
        return bool(self.active or self.pending)


@dataclass(frozen=True, kw_only=True)
class Draw:
    """So many points of a bucket, drawn from it or given back to it."""

    bucket: Bucket
    points: int
    is_return: bool


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a transaction drew from buckets: the first draws, and how many there are."""

    first: Sequence[Draw] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """How many draws are not among the first."""
        return self.count - len(self.first)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A transaction, what it moved, and what the card had after it (None: not told).

    A transaction that is not approved has moved nothing.

    offers: what the reader may do to it.
    """

    transaction: Transaction
    moved: Both
    after: Both | None
    drawn: Drawn
    offers: Sequence[Offer] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A page of what happened on a card, newest first.

    unwritten: what the dates say has happened and nobody has written yet; the balance
        of the card is that after the newest line, and this.
    older: the key to give as `before` for the next page; None: this is the last.
    """

    lines: Sequence[Line]
    unwritten: Both
    older: int | None


def moved_by(transaction: Transaction) -> Both:
    """What the transaction did to the balances."""
    if transaction.status != Transaction.Status.APPROVED:
        return Both()
    return Both(active=transaction.points, pending=transaction.pending_points)


def timeline(
    card: Card, *, has: Balance, before: int | None = None, size: int = PAGE
) -> Timeline:
    """A page of what happened on the card, each line with the balance after it.

    Four queries, however long the card's life is.

    :param has: what the card holds now.
    :param before: the key of a transaction of the card, to go on after it; one that is
        not the card's begins at the newest.
    """
    rows = card.transactions.order_by("-effective_at", "-pk")
    last = card.transactions.filter(pk=before).first() if before else None
    if last is not None:
        rows = rows.filter(_until(last)).exclude(pk=last.pk)
    found = list(rows.select_related("bucket", "parent")[: size + 1])
    shown = found[:size]
    after = _sum_until(shown[0]) if shown else Both()
    now_has = Both(active=has.active - has.overdraft, pending=has.pending)
    drawn = draws_of(shown)
    lines = []
    unwritten = now_has - after if last is None else Both()
    for transaction in shown:
        moved = moved_by(transaction)
        lines.append(
            Line(
                transaction=transaction,
                moved=moved,
                after=after,
                drawn=drawn[transaction.pk],
            )
        )
        after = after - moved
    older = shown[-1].pk if len(found) > size else None
    return Timeline(lines=lines, unwritten=unwritten, older=older)


def of_order(cards: Iterable[Card], *, order_reference: str) -> list[Line]:
    """All that happened with an order on these cards, newest first.

    With what became of the points it earned: a date that activates or expires them does
    not name the order, their bucket does. Three queries; at most MOST_OF_ORDER lines.
    """
    pks = [card.pk for card in cards]
    named = Transaction.objects.filter(card__in=pks, order_reference=order_reference)
    granted = Bucket.objects.filter(card__in=pks, order_reference=order_reference)
    ids = named.values("pk").union(
        Transaction.objects.filter(bucket__in=granted).values("pk")
    )
    rows = Transaction.objects.filter(pk__in=ids).order_by("-effective_at", "-pk")
    shown = list(rows.select_related("card", "bucket", "parent")[:MOST_OF_ORDER])
    drawn = draws_of(shown)
    return [
        Line(
            transaction=transaction,
            moved=moved_by(transaction),
            after=None,
            drawn=drawn[transaction.pk],
        )
        for transaction in shown
    ]


def moved_together(lines: Iterable[Line]) -> Both:
    """What the lines moved in all."""
    return sum((line.moved for line in lines), start=Both())


def draws_of(transactions: Iterable[Transaction]) -> Mapping[int, Drawn]:
    """What each transaction drew from which buckets, by its key. One query."""
    allocations = (
        Allocation.objects.filter(transaction__in=[each.pk for each in transactions])
        .annotate(
            number=Window(RowNumber(), partition_by="transaction", order_by="pk"),
            count=Window(Count("pk"), partition_by="transaction"),
        )
        .filter(number__lte=MOST_DRAWS)
        .select_related("bucket")
        .order_by("transaction", "pk")
    )
    drawn: dict[int, Drawn] = defaultdict(Drawn)
    for allocation in allocations:
        draw = Draw(
            bucket=allocation.bucket,
            points=abs(allocation.points),
            is_return=allocation.points < 0,
        )
        earlier = drawn[allocation.transaction_id].first
        drawn[allocation.transaction_id] = Drawn(
            first=(*earlier, draw), count=allocation.count
        )
    return drawn


def buckets_to_show(
    card: Card, *, most: int = MOST_BUCKETS
) -> tuple[list[Bucket], int]:
    """The buckets that matter most, and how many more the card has. Three queries.

    First those that hold points, in the order in which they pay; then the newest
    others.
    """
    buckets: QuerySet[Bucket] = card.buckets.all()
    holding = card.buckets.open().order_by(
        F("expires_at").asc(nulls_last=True), "earned_at", "pk"
    )
    shown = list(holding[:most])
    if len(shown) < most:
        others = buckets.filter(remaining=0).order_by("-earned_at", "-pk")
        shown += others[: most - len(shown)]
    return shown, buckets.count() - len(shown)


def makers_of(buckets: Iterable[Bucket]) -> Mapping[int, Transaction]:
    """The transaction that made each bucket, by the bucket's key. One query."""
    made = Transaction.objects.filter(
        bucket__in=[bucket.pk for bucket in buckets], type__in=MAKES_A_BUCKET
    )
    return {each.bucket_id: each for each in made.order_by("-pk") if each.bucket_id}


def _until(transaction: Transaction) -> Q:
    """What was true when this transaction was, it included."""
    at = transaction.effective_at
    # The first condition says again what the second does: it is for the index.
    return Q(effective_at__lte=at) & (
        Q(effective_at__lt=at) | Q(pk__lte=transaction.pk)
    )


def _sum_until(transaction: Transaction) -> Both:
    """What the card had once this transaction had happened. One query."""
    rows = Transaction.objects.filter(APPROVED, card=transaction.card_id)
    return Both(
        **rows.filter(_until(transaction)).aggregate(
            active=Sum("points", default=0), pending=Sum("pending_points", default=0)
        )
    )
