"""An order is refunded: what it earned is taken back, waiting points first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.transaction import atomic

from accounts.models import Card
from loyalty.errors import BadInput
from schemes.models import CardDefinition
from schemes.policies import refund_share
from transactions.drawing import Draw, draw, total
from transactions.ledger.call import UNSTATED, Call, Cause, require_points
from transactions.ledger.locking import lock_card, require_open
from transactions.ledger.rates import check_amount
from transactions.ledger.refusals import (
    OrderNotFound,
    RefundExceedsOrder,
    RefundsNotAllowed,
)
from transactions.ledger.settlement import settle
from transactions.ledger.spending import spendable
from transactions.ledger.transitions import (
    CANCELLATION,
    cancel_pending,
    change_overdraft,
    take,
)
from transactions.models import Bucket, Transaction

Refunds = CardDefinition.Refunds
GRANTS = (Transaction.Type.POINTS_EARNED, Transaction.Type.PENDING_POINTS_ADDED)


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What an order earned so far, and what refunds have claimed of it."""

    points: int
    amount: int | None
    refunded_points: int
    refunded_amount: int

    @property
    def points_left(self) -> int:
        """What refunds have not claimed yet."""
        return self.points - self.refunded_points

    @property
    def amount_left(self) -> int | None:
        """The money that was not refunded yet; None where none was recorded."""
        return None if self.amount is None else self.amount - self.refunded_amount


@atomic
def refund_order(
    *,
    card: Card,
    order_reference: str,
    now: datetime,
    amount: int | None = None,
    points: int | None = None,
    cause: Cause = UNSTATED,
) -> Transaction:
    """Take back what an order earned: all that is left of it, or a part.

    amount: the money refunded, in minor units. The points are its share of those
        really granted; today's rates play no role.
    points: takes just so many instead.

    In this order: waiting points of the same order, active points of the same order,
    other active points, an overdraft; as far as the definition's refund rule goes.
    What cannot be recovered is said in the details. Waiting points that are canceled
    are transactions of their own, children of the answer.

    :raises OrderNotFound: if the card earned nothing on such an order.
    :raises RefundExceedsOrder: if more is refunded than is left of the order.
    :raises RefundsNotAllowed: if the definition takes nothing back.
    :raises Refusal: if the card, its member or rules are not active.
    """
    card = lock_card(card.pk)
    call = Call(
        "refund_order",
        card=card,
        now=now,
        cause=cause,
        order_reference=order_reference,
        amount=amount,
        points=points,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    if card.definition.refunds == Refunds.NONE:
        raise RefundsNotAllowed(f"{card.definition.name} takes nothing back.")
    earned = _earned(card, order_reference)
    amount, due = _claim(earned, amount=amount, points=points)
    settle(card=card, at=call.at, now=now)
    return _take_back(call, order_reference, due=due, amount=amount)


def _earned(card: Card, order_reference: str) -> Earned:
    of_order = card.transactions.filter(order_reference=order_reference)
    grants = list(of_order.filter(type__in=GRANTS)) if order_reference else []
    if not grants:
        raise OrderNotFound(
            f'The card earned nothing on an order "{order_reference}".',
            field="order_reference",
        )
    refunds = list(of_order.filter(type=Transaction.Type.POINTS_REFUNDED))
    amounts = [grant.amount for grant in grants if grant.amount is not None]
    return Earned(
        points=sum(grant.points + grant.pending_points for grant in grants),
        amount=sum(amounts) if amounts else None,
        refunded_points=sum(refund.details["due"] for refund in refunds),
        refunded_amount=sum(refund.amount or 0 for refund in refunds),
    )


def _claim(
    earned: Earned, *, amount: int | None, points: int | None
) -> tuple[int | None, int]:
    """How much money is refunded, and how many points are due for it."""
    if points is not None and amount is not None:
        raise BadInput("Give an amount or points, not both.", field="points")
    if points is not None:
        if require_points(points) > earned.points_left:
            raise RefundExceedsOrder(
                f"{earned.points_left} points are left of the order.", field="points"
            )
        return None, points
    if amount is None:
        return earned.amount_left, earned.points_left
    return amount, _share(earned, amount)


def _share(earned: Earned, amount: int) -> int:
    """The points due for a part of the order's money, in minor units."""
    check_amount(amount)
    if amount < 1:
        raise BadInput("The amount must be at least 1.", field="amount")
    if earned.amount is None or earned.amount_left is None:
        raise BadInput(
            "The order was recorded without an amount: refund points.", field="points"
        )
    if amount > earned.amount_left:
        raise RefundExceedsOrder(
            f"{earned.amount_left} is left of the order.", field="amount"
        )
    share = refund_share(
        granted=earned.points,
        amount=earned.amount,
        refunded_before=earned.refunded_amount,
        refunded_now=amount,
    )
    return min(share, earned.points_left)


def _take_back(
    call: Call, order_reference: str, *, due: int, amount: int | None
) -> Transaction:
    card, refunds = call.card, call.card.definition.refunds
    waiting = _draw_waiting(card, order_reference, points=due)
    rest = due - total(waiting)
    draws: list[Draw[Bucket]] = []
    if refunds != Refunds.FROM_PENDING:
        draws = _draw_active(call, order_reference, points=rest)
        rest -= total(draws)
    overdraft = rest if refunds == Refunds.BELOW_ZERO else 0

    refund = call.write(
        Transaction.Type.POINTS_REFUNDED,
        points=-(total(draws) + overdraft),
        order_reference=order_reference,
        amount=amount,
        currency=card.definition.scheme.currency if amount is not None else "",
        details={
            "due": due,
            "from_pending": total(waiting),
            "from_active": total(draws),
            "overdraft": overdraft,
            "unrecovered": rest - overdraft,
        },
    )
    for each in waiting:
        cancel_pending(each.lot, points=each.points)
        each.lot.save(update_fields=CANCELLATION)
        call.write_part(
            refund,
            Transaction.Type.PENDING_POINTS_CANCELED,
            bucket=each.lot,
            pending_points=-each.points,
        )
    take(refund, draws)
    if overdraft:
        change_overdraft(card, by=overdraft)
    return refund


def _draw_waiting(
    card: Card, order_reference: str, *, points: int
) -> list[Draw[Bucket]]:
    waiting = card.buckets.pending().filter(order_reference=order_reference)
    return draw(waiting.select_for_update().order_by("pk"), points=points)


def _draw_active(
    call: Call, order_reference: str, *, points: int
) -> list[Draw[Bucket]]:
    """Active points of the same order first, then others, each soonest expiry first."""
    active = spendable(call.card, at=call.at)
    own = [bucket for bucket in active if bucket.order_reference == order_reference]
    others = [bucket for bucket in active if bucket.order_reference != order_reference]
    draws = draw(own, points=points)
    return draws + draw(others, points=points - total(draws))
