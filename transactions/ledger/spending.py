"""Points go out: spent by the member, given back, or debited by staff."""

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from schemes.policies import Period
from transactions.drawing import Draw, draw, total, undraw
from transactions.ledger.book import Book
from transactions.ledger.call import UNSTATED, Call, Cause, Order
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.rates import check_order, worth_of_spend
from transactions.ledger.refusals import (
    InsufficientPoints,
    InvalidMoment,
    NotASpend,
    NothingToGiveBack,
    SpendLimitExceeded,
)
from transactions.ledger.settlement import (
    payable,
    repay_overdraft,
    settle_in,
    spendable,
)
from transactions.ledger.sliding import slide
from transactions.ledger.transitions import is_spendable
from transactions.ledger.values import require_points
from transactions.models import Bucket, Transaction

APPROVED = Transaction.Status.APPROVED


@atomic
def spend(
    *,
    card: Card,
    points: int,
    now: datetime,
    order: Order | None = None,
    reward: str = "",
    cause: Cause = UNSTATED,
) -> Transaction:
    """Spend active points on an order, or on the reward that is named.

    Draws the buckets that expire soonest first. What the points are worth, by the
    burn rate, is the transaction's amount.

    :raises InsufficientPoints: if the card does not hold that many active points.
    :raises BadInput: if the burn rate or a limit does not allow just so many.
    :raises Refusal: if the card, its member or rules are not active.
    """
    book, card = open_book(card.pk, now=now)
    answer = spend_in(
        book, card, points=points, order=order, reward=reward, cause=cause
    )
    book.close()
    return answer


def spend_in(
    book: Book,
    card: Card,
    *,
    points: int,
    order: Order | None,
    reward: str,
    cause: Cause,
) -> Transaction:
    """`spend`, in an open book."""
    call = Call(
        "spend",
        book=book,
        card=card,
        cause=cause,
        points=points,
        order=order,
        reward=reward,
    )
    if first := call.first_answer():
        return first

    type_, columns = priced(call, points=points, order=order, reward=reward)
    draws = draw(spendable(book, card, at=call.at), points=points)
    if card.definition.slides_on_spend:
        columns["details"] |= slide(book, card, at=call.at)
    spent = call.write(type_, **columns)
    book.take(spent, draws)
    return spent


def priced(
    call: Call, *, points: int, order: Order | None, reward: str
) -> tuple[Transaction.Type, dict[str, Any]]:
    """A spend that the rules allow and the card can pay: its type and its columns.

    :raises InsufficientPoints, BadInput, Refusal: as `spend` does.
    """
    book, card = call.book, call.card
    require_open(card, at=call.at)
    require_points(points)
    if order is not None:
        check_order(order, card=card)
    worth = worth_of_spend(points, card=card, order=order)
    _check_limit(points, card=card)
    settle_in(book, card, at=call.settled_at)
    _require_payable(points, call=call)
    columns: dict[str, Any] = {
        "points": -points,
        "order_reference": order.reference if order else "",
        "amount": worth,
        "currency": card.definition.scheme.currency if worth is not None else "",
        "details": {"reward": reward} if reward else {},
    }
    if reward:
        return Transaction.Type.POINTS_SPENT_ON_REWARD, columns
    return Transaction.Type.POINTS_SPENT_ON_ORDER, columns


@atomic
def debit(
    *, card: Card, points: int, now: datetime, cause: Cause = UNSTATED
) -> Transaction:
    """Take active points away by hand; into an overdraft where the rules allow it.

    Then held points go too: the spend they are held for can be captured by owing.

    :raises InsufficientPoints: if the card holds fewer and may not go below zero.
    :raises Refusal: if the card, its member or rules are not active.
    """
    book, card = open_book(card.pk, now=now)
    answer = debit_in(book, card, points=points, cause=cause)
    book.close()
    return answer


def debit_in(book: Book, card: Card, *, points: int, cause: Cause) -> Transaction:
    """`debit`, in an open book."""
    call = Call("debit", book=book, card=card, cause=cause, points=points)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    require_points(points)
    settle_in(book, card, at=call.settled_at)
    if not card.definition.allow_negative:
        _require_payable(points, call=call)
    draws = draw(spendable(book, card, at=call.at), points=points)
    missing = points - total(draws)

    details = {"overdraft": missing} if missing else {}
    if missing:
        book.owe(card, missing)
    debited = call.write(Transaction.Type.ADMIN_DEBIT, points=-points, details=details)
    book.take(debited, draws)
    return debited


@atomic
def give_back(
    *,
    spend: Transaction,
    now: datetime,
    points: int | None = None,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Undo a spend, all that is left of it or only so many points.

    The points go back to the buckets they came from, the one drawn last first, with
    the expiry they had. Those whose bucket has expired come back in a fresh one that
    lasts for the definition's grace; so do those that a captured hold left to owe.

    :raises NotASpend: if the transaction is not a spend, or only holds points.
    :raises NothingToGiveBack: if less is left of the spend.
    :raises Refusal: if the card, its member or rules are not active.
    """
    book, card = open_book(spend.card_id, now=now)
    call = Call(
        "give_back", book=book, card=card, cause=cause, spend=spend.pk, points=points
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    if spend.type not in Transaction.SPENDS or spend.status != APPROVED:
        raise NotASpend(
            _("Transaction %(transaction)s is not a spend that was made."),
            values={"transaction": str(spend.uuid)},
        )
    if call.at < spend.effective_at:
        raise InvalidMoment(_("The points were not spent yet."), field="occurred_at")
    returned = spend.children.aggregate(points=Sum("points", default=0))["points"]
    left = -spend.points - returned
    back = left if points is None else require_points(points)
    if not left or back > left:
        raise NothingToGiveBack(
            _("%(points)s points are left of the spend to give back."),
            values={"points": left},
            field="points",
        )
    settle_in(book, card, at=call.settled_at)

    returns = undraw(_draws_of(spend, book=book), points=back, skip=returned)
    alive = [each for each in returns if is_spendable(each.lot, at=call.at)]
    renewed = _renew(call, points=back - total(alive))
    given_back = call.write(
        Transaction.Type.POINTS_RETURNED,
        points=back,
        bucket=renewed,
        parent=spend,
        order_reference=spend.order_reference,
        details={"renewed": renewed.points} if renewed else {},
    )
    book.put_back(given_back, alive)
    repay_overdraft(book, card, moment=call.at)
    book.close()
    return given_back


def _require_payable(points: int, *, call: Call) -> None:
    has = payable(call.book, call.card, at=call.at)
    if has < points:
        held = call.book.held(call.card)
        sentence = _("The card has %(has)s active points, not %(points)s.")
        if held:
            sentence = _(
                "The card has %(has)s active points besides the %(held)s that are "
                "held, not %(points)s."
            )
        raise InsufficientPoints(
            sentence,
            values={"has": has, "held": held, "points": points},
            field="points",
        )


def _check_limit(points: int, *, card: Card) -> None:
    most = card.definition.max_points_per_spend
    if most is not None and points > most:
        raise SpendLimitExceeded(
            _("Spend at most %(most)s points at once."),
            values={"most": most},
            field="points",
        )


def _draws_of(spend: Transaction, *, book: Book) -> list[Draw[Bucket]]:
    """What the spend drew, in the order in which it was drawn."""
    allocations = list(spend.allocations.order_by("pk"))
    buckets = book.find(each.bucket_id for each in allocations)
    return [Draw(buckets[each.bucket_id], each.points) for each in allocations]


def _renew(call: Call, *, points: int) -> Bucket | None:
    """A fresh bucket for points whose own bucket has expired."""
    if not points:
        return None
    rules = call.card.definition
    grace = Period(count=rules.return_grace_days, unit="D")
    return call.book.add(
        Bucket(
            card=call.card,
            points=points,
            remaining=points,
            status=Bucket.Status.ACTIVE,
            earned_at=call.at,
            activates_at=call.at,
            expires_at=grace.after(call.at, zone=rules.scheme.zone),
            pending_mode="IMMEDIATE",
            expiry_mode="ROLLING",
            created_at=call.book.now,
        )
    )
