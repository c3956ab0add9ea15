"""What the dates of one card say has happened, written under the card's lock.

A late sweep changes nothing that a member can see or spend: before a debit looks at
what there is, it writes the activations, cancellations and expiries that are due.
The sweeps write the same rows for many cards at once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.transaction import atomic

from accounts.models import Card
from transactions.drawing import NEWEST, draw, total
from transactions.ledger.book import Book
from transactions.ledger.locking import open_book
from transactions.ledger.transitions import cancel_pending, is_spendable, make_expired
from transactions.models import Bucket, Transaction

Type = Transaction.Type

# Who did it, where nobody asked for it: the dates did.
BY_DATE = "system"

Step = Callable[[Book, Bucket, datetime], None]


@atomic
def settle(*, card: Card, at: datetime, now: datetime) -> list[Transaction]:
    """Write what is due on one card by `at` (aware, not after `now`), and answer it."""
    book, card = open_book(card.pk, now=now)
    settle_in(book, card, at=at)
    book.close()
    return book.written_on(card)


def settle_in(book: Book, card: Card, *, at: datetime) -> None:
    """Write what is due on the card by `at`, in the order of the dates.

    An overdraft is repaid by what becomes active at the moment it does, and so
    before those points can expire. What a sweep activated may still have to.
    """
    steps = [*_due(book.buckets(card), at=at)]
    if card.overdraft:
        steps += _active_since(book.buckets(card), at=at)
    # A bucket that is not written yet has no id; it comes after those of its moment.
    for moment, step, bucket in sorted(steps, key=_by_moment):
        step(book, bucket, moment)
        repay_overdraft(book, card, moment=moment, by=[bucket])


def _by_moment(step: tuple[datetime, Step, Bucket]) -> tuple[datetime, int]:
    return step[0], step[2].pk or NEWEST


def spendable(book: Book, card: Card, *, at: datetime) -> list[Bucket]:
    """The card's buckets that can pay at `at`, once it is settled."""
    return [each for each in book.buckets(card) if is_spendable(each, at=at)]


def payable(book: Book, card: Card, *, at: datetime) -> int:
    """How many points the card can pay at `at`: what is spendable and not held.

    Held points can lapse, so more may be held than there is.
    """
    active = sum(bucket.remaining for bucket in spendable(book, card, at=at))
    return max(active - book.held(card), 0)


def repay_overdraft(
    book: Book, card: Card, *, moment: datetime, by: list[Bucket] | None = None
) -> None:
    """Let active points repay what the member owes.

    by: the buckets that pay, where they are active; by default all that can be spent.
    """
    if not card.overdraft:
        return
    buckets = spendable(book, card, at=moment) if by is None else by
    active = [each for each in buckets if each.status == Bucket.Status.ACTIVE]
    draws = draw(active, points=card.overdraft)
    if not draws:
        return
    repaid = book.write(
        Transaction(
            card=card,
            type=Type.OVERDRAFT_REPAID,
            effective_at=moment,
            created_at=book.now,
            actor=BY_DATE,
            details={"repaid": total(draws)},
        )
    )
    book.take(repaid, draws)
    book.owe(card, -total(draws))


def _due(
    buckets: list[Bucket], *, at: datetime
) -> Iterator[tuple[datetime, Step, Bucket]]:
    """What the dates say has happened to the buckets by `at`, in no order."""
    for bucket in buckets:
        activates, cancels = bucket.activates_at, bucket.cancels_at
        is_active = bucket.status == Bucket.Status.ACTIVE
        if bucket.status == Bucket.Status.PENDING:
            if activates is not None and activates <= at:
                yield activates, _activate, bucket
                is_active = True
            elif activates is None and cancels is not None and cancels <= at:
                yield cancels, _cancel, bucket
        if is_active and bucket.expires_at is not None and bucket.expires_at <= at:
            yield bucket.expires_at, _expire, bucket


def _activate(book: Book, bucket: Bucket, moment: datetime) -> None:
    bucket.status = Bucket.Status.ACTIVE
    _write(
        book,
        Type.PENDING_POINTS_ACTIVATED,
        bucket=bucket,
        effective_at=moment,
        points=bucket.remaining,
        pending_points=-bucket.remaining,
    )


def _cancel(book: Book, bucket: Bucket, moment: datetime) -> None:
    points = bucket.remaining
    cancel_pending(bucket, points=points)
    _write(
        book,
        Type.PENDING_POINTS_CANCELED,
        bucket=bucket,
        effective_at=moment,
        pending_points=-points,
    )


def _expire(book: Book, bucket: Bucket, moment: datetime) -> None:
    if bucket.remaining:  # it may have repaid an overdraft, or be spent out
        lapsed = make_expired(bucket)
        _write(
            book,
            Type.POINTS_EXPIRED,
            bucket=bucket,
            effective_at=moment,
            points=-lapsed,
        )


def _active_since(
    buckets: list[Bucket], *, at: datetime
) -> Iterator[tuple[datetime, Step, Bucket]]:
    """The active buckets, which a sweep may have activated before they could repay."""
    for bucket in buckets:
        since = bucket.activates_at
        if bucket.status == Bucket.Status.ACTIVE and since is not None and since <= at:
            yield since, _stay_active, bucket


def _stay_active(book: Book, bucket: Bucket, moment: datetime) -> None:
    """Nothing to write: it is there to repay what is owed."""


def _write(
    book: Book, type_: Transaction.Type, *, bucket: Bucket, **columns: Any
) -> None:
    book.write(
        Transaction(
            card_id=bucket.card_id,
            bucket=bucket,
            type=type_,
            created_at=book.now,
            actor=BY_DATE,
            **columns,
        )
    )
