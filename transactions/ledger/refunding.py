"""An order is refunded: what it earned is taken back, waiting points first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import BadInput
from schemes.models import CardDefinition
from schemes.policies import refund_share
from transactions.drawing import Draw, draw, total
from transactions.ledger.book import Book
from transactions.ledger.call import UNSTATED, Call, Cause
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.rates import check_amount
from transactions.ledger.refusals import (
    InvalidMoment,
    OrderNotFound,
    RefundExceedsOrder,
    RefundsNotAllowed,
)
from transactions.ledger.settlement import payable, settle_in, spendable
from transactions.ledger.transitions import cancel_pending
from transactions.ledger.values import require_points
from transactions.models import Bucket, Transaction

Refunds = CardDefinition.Refunds
REFUNDED = Transaction.Type.POINTS_REFUNDED


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What an order earned so far, what refunds claimed of it, what is gone anyway."""

    points: int
    amount: int | None
    refunded_points: int
    refunded_amount: int
    gone: int

    @property
    def points_left(self) -> int:
        """What neither refunds have claimed yet nor is gone."""
        return max(self.points - self.refunded_points - self.gone, 0)

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
    Points that are held for a spend are taken only where an overdraft is allowed.
    Points of the order that were canceled or have lapsed are not taken a second time.
    What cannot be recovered is said in the details. Waiting points that are canceled
    are transactions of their own, children of the answer.

    :raises OrderNotFound: if the card earned nothing on such an order.
    :raises RefundExceedsOrder: if more is refunded than is left of the order.
    :raises RefundsNotAllowed: if the definition takes nothing back.
    :raises Refusal: if the card, its member or rules are not active.
    """
    book, card = open_book(card.pk, now=now)
    refund = refund_order_in(
        book,
        card,
        order_reference=order_reference,
        amount=amount,
        points=points,
        cause=cause,
    )
    book.close()
    return refund


def refund_order_in(
    book: Book,
    card: Card,
    *,
    order_reference: str,
    amount: int | None,
    points: int | None,
    cause: Cause,
) -> Transaction:
    """`refund_order`, in an open book."""
    call = Call(
        "refund_order",
        book=book,
        card=card,
        cause=cause,
        order_reference=order_reference,
        amount=amount,
        points=points,
    )
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    if card.definition.refunds == Refunds.NONE:
        raise RefundsNotAllowed(
            _("%(name)s takes nothing back."), values={"name": card.definition.name}
        )
    settle_in(book, card, at=call.settled_at)
    earned = _earned(call, order_reference)
    amount, due = _claim(earned, amount=amount, points=points)

    return _take_back(call, order_reference, due=due, amount=amount)


def _earned(call: Call, order_reference: str) -> Earned:
    of_order = _of_order(call, order_reference) if order_reference else []
    grants = [each for each in of_order if each.type in Transaction.GRANTS]
    if not grants:
        raise OrderNotFound(
            _('The card earned nothing on an order "%(order)s".'),
            values={"order": order_reference},
            field="order_reference",
        )
    if call.at < min(grant.effective_at for grant in grants):
        raise InvalidMoment(_("The order was not earned yet."), field="occurred_at")
    refunds = [each for each in of_order if each.type == REFUNDED]
    amounts = [grant.amount for grant in grants if grant.amount is not None]
    return Earned(
        points=sum(grant.points + grant.pending_points for grant in grants),
        amount=sum(amounts) if amounts else None,
        refunded_points=sum(refund.details["due"] for refund in refunds),
        refunded_amount=sum(refund.amount or 0 for refund in refunds),
        gone=_gone(call, order_reference),
    )


def _of_order(call: Call, order_reference: str) -> list[Transaction]:
    """The order's grants and refunds so far, stored or in the call's book."""
    types = (*Transaction.GRANTS, REFUNDED)
    stored = call.card.transactions.filter(
        order_reference=order_reference, type__in=types
    )
    return [*stored] + [
        each
        for each in call.book.written_on(call.card)
        if each.order_reference == order_reference and each.type in types
    ]


def _gone(call: Call, order_reference: str) -> int:
    """The order's points that were canceled or lapsed: nobody can bring them back."""
    taken = call.card.transactions.filter(
        status=Transaction.Status.APPROVED,
        bucket__order_reference=order_reference,
        type__in=Transaction.ENDINGS,
        parent=None,
    ).aggregate(sum=Sum(F("points") + F("pending_points"), default=0))["sum"]
    return -int(taken) - sum(
        each.points + each.pending_points
        for each in call.book.written_on(call.card)
        if each.type in Transaction.ENDINGS
        and each.parent is None
        and each.bucket is not None
        and each.bucket.order_reference == order_reference
    )


def _claim(
    earned: Earned, *, amount: int | None, points: int | None
) -> tuple[int | None, int]:
    """How much money is refunded, and how many points are due for it."""
    if points is not None and amount is not None:
        raise BadInput(_("Give an amount or points, not both."), field="points")
    if points is not None:
        if require_points(points) > earned.points_left:
            raise RefundExceedsOrder(
                _("%(points)s points are left of the order."),
                values={"points": earned.points_left},
                field="points",
            )
        return None, points
    if amount is None:
        return earned.amount_left, earned.points_left
    return amount, _share(earned, amount)


def _share(earned: Earned, amount: int) -> int:
    """The points due for a part of the order's money, in minor units."""
    check_amount(amount)
    if amount < 1:
        raise BadInput(_("The amount must be at least 1."), field="amount")
    if earned.amount is None or earned.amount_left is None:
        raise BadInput(
            _("The order was recorded without an amount: refund points."),
            field="points",
        )
    if amount > earned.amount_left:
        raise RefundExceedsOrder(
            _("%(amount)s is left of the order."),
            values={"amount": earned.amount_left},
            field="amount",
        )
    # The share of all that was refunded so far, less what earlier refunds claimed: so
    # the parts add up, even if the order earned more in between.
    share = refund_share(
        granted=earned.points,
        amount=earned.amount,
        refunded_before=0,
        refunded_now=earned.refunded_amount + amount,
    )
    return min(max(share - earned.refunded_points, 0), earned.points_left)


def _take_back(
    call: Call, order_reference: str, *, due: int, amount: int | None
) -> Transaction:
    book, card, refunds = call.book, call.card, call.card.definition.refunds
    waiting = _draw_waiting(call, order_reference, points=due)
    rest = due - total(waiting)
    draws: list[Draw[Bucket]] = []
    if refunds != Refunds.FROM_PENDING:
        # Into an overdraft held points go too: their spend can be captured by owing.
        owing = refunds == Refunds.BELOW_ZERO
        points = rest if owing else min(rest, payable(book, card, at=call.at))
        draws = _draw_active(call, order_reference, points=points)
        rest -= total(draws)
    overdraft = rest if refunds == Refunds.BELOW_ZERO else 0

    refund = call.write(
        REFUNDED,
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
        call.write_part(
            refund,
            Transaction.Type.PENDING_POINTS_CANCELED,
            bucket=each.lot,
            pending_points=-each.points,
        )
    book.take(refund, draws)
    if overdraft:
        book.owe(card, overdraft)
    return refund


def _draw_waiting(
    call: Call, order_reference: str, *, points: int
) -> list[Draw[Bucket]]:
    waiting = [
        bucket
        for bucket in call.book.buckets(call.card)
        if bucket.status == Bucket.Status.PENDING
        and bucket.order_reference == order_reference
    ]
    return draw(waiting, points=points)


def _draw_active(
    call: Call, order_reference: str, *, points: int
) -> list[Draw[Bucket]]:
    """Active points of the same order first, then others, each soonest expiry first."""
    active = spendable(call.book, call.card, at=call.at)
    own = [bucket for bucket in active if bucket.order_reference == order_reference]
    others = [bucket for bucket in active if bucket.order_reference != order_reference]
    draws = draw(own, points=points)
    return draws + draw(others, points=points - total(draws))
