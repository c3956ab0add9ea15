"""Points come in: earned with an order or given outright, active at once or pending."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from transactions.ledger.book import Book
from transactions.ledger.call import UNSTATED, Call, Cause, Order
from transactions.ledger.dating import dates_of_grant
from transactions.ledger.limits import within_limits
from transactions.ledger.locking import lock_cards, read_cards, require_open
from transactions.ledger.rates import check_order, points_earned
from transactions.ledger.settlement import repay_overdraft, settle_in
from transactions.ledger.sliding import slide
from transactions.ledger.values import require_points
from transactions.models import Bucket, Transaction

Grant = Callable[..., Transaction]


def earn(
    *,
    card: Card,
    now: datetime,
    order: Order | None = None,
    points: int | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Grant the points of an order; they wait if the pending rule says so.

    order: what was bought; its amount earns by the definition's rates.
    points: grants just so many instead, with or without an order.
    valid_from, valid_to: dates of this grant in place of the rules' (aware).

    An order too small for a point is recorded, with 0 points and no bucket. Takes no
    lock on the card, unless the definition limits or re-dates what it holds, or the
    member owes points.

    :raises Refusal: if the card, its member or rules are not active; if there is no
        such rate; if the points would expire before they activate.
    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points"; Engage
    "Pending points" for the dates of one grant.
    """
    return _once(
        earn_in,
        card=card,
        now=now,
        order=order,
        points=points,
        valid_from=valid_from,
        valid_to=valid_to,
        cause=cause,
    )


def credit(
    *,
    card: Card,
    points: int,
    now: datetime,
    waits: bool = False,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Give points outright: by staff, an import or a program.

    waits: follow the pending rule. Points that staff give are active at once.
    valid_from, valid_to: dates of this grant in place of the rules' (aware).

    :raises Refusal: as `earn` does.
    Source: Engage "Pending points", "Adding points manually".
    """
    return _once(
        credit_in,
        card=card,
        now=now,
        points=points,
        waits=waits,
        valid_from=valid_from,
        valid_to=valid_to,
        cause=cause,
    )


def _once(grant: Grant, *, card: Card, now: datetime, **arguments: Any) -> Transaction:
    try:
        return _open_and_grant(grant, card=card, now=now, **arguments)
    except IntegrityError:
        # Without a lock, the same request twice at once meets in the UNIQUE constraint
        # of its key or reference. The other one was first: now its answer is found.
        return _open_and_grant(grant, card=card, now=now, **arguments)


@atomic
def _open_and_grant(
    grant: Grant, *, card: Card, now: datetime, **arguments: Any
) -> Transaction:
    (card,) = read_cards([card.pk])
    if must_be_locked(card):
        (card,) = lock_cards([card.pk])
    book = Book([card], now=now)
    answer = grant(book, card, **arguments)
    book.close()
    return answer


def must_be_locked(card: Card) -> bool:
    """Whether what the card holds plays a role when it is granted points."""
    rules = card.definition
    return bool(card.overdraft or rules.limits_earning or rules.slides)


def earn_in(
    book: Book,
    card: Card,
    *,
    order: Order | None,
    points: int | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    cause: Cause,
) -> Transaction:
    """`earn`, in an open book."""
    call = Call(
        "earn",
        book=book,
        card=card,
        cause=cause,
        order=order,
        points=points,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    earned = _points_of(order, points, card=card)
    granted = within_limits(earned, call=call)
    waits = policies.waits(
        rule=card.definition.pending_rule,
        points=granted,
        amount=order.amount if order else None,
    )
    dates = dates_of_grant(call, waits=waits, valid_from=valid_from, valid_to=valid_to)

    details: dict[str, Any] = {}
    if granted < earned:
        details["withheld"] = earned - granted
    if card.definition.slides_on_earn:
        details |= slide(book, card, at=call.at)
    columns = _columns_of(order, card=card) | {"details": details}
    if not granted:
        return call.write(Transaction.Type.POINTS_EARNED, **columns)
    return _grant(call, granted, dates=dates, **columns)


def credit_in(
    book: Book,
    card: Card,
    *,
    points: int,
    waits: bool,
    valid_from: datetime | None,
    valid_to: datetime | None,
    cause: Cause,
) -> Transaction:
    """`credit`, in an open book."""
    call = Call(
        "credit",
        book=book,
        card=card,
        cause=cause,
        points=points,
        waits=waits,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    require_points(points)
    waits = waits and policies.waits(
        rule=card.definition.pending_rule, points=points, amount=None
    )
    dates = dates_of_grant(call, waits=waits, valid_from=valid_from, valid_to=valid_to)

    return _grant(call, points, dates=dates, given=Transaction.Type.ADMIN_CREDIT)


def _columns_of(order: Order | None, *, card: Card) -> dict[str, Any]:
    if order is None:
        return {}
    return {
        "order_reference": order.reference,
        "amount": order.amount,
        "currency": card.definition.scheme.currency,
    }


def _points_of(order: Order | None, points: int | None, *, card: Card) -> int:
    if order is not None:
        check_order(order, card=card)
    if points is not None:
        return require_points(points)
    if order is None:
        raise BadInput(_("Give an order or points."), field="points")
    return points_earned(order, card=card)


def _grant(
    call: Call,
    points: int,
    *,
    dates: Mapping[str, Any],
    given: Transaction.Type | None = None,
    **columns: Any,
) -> Transaction:
    if call.card.overdraft:
        settle_in(call.book, call.card, at=call.settled_at)
    bucket = call.book.add(
        Bucket(
            card=call.card,
            points=points,
            remaining=points,
            earned_at=call.at,
            order_reference=columns.get("order_reference", ""),
            created_at=call.book.now,
            **dates,
        )
    )
    if bucket.status == Bucket.Status.PENDING:
        return call.write(
            given or Transaction.Type.PENDING_POINTS_ADDED,
            bucket=bucket,
            pending_points=points,
            **columns,
        )
    answer = call.write(
        given or Transaction.Type.POINTS_EARNED, bucket=bucket, points=points, **columns
    )
    repay_overdraft(call.book, call.card, moment=call.at)
    return answer
