"""From a line to the verb of the ledger that books it."""

from datetime import datetime

from accounts.models import Card
from transactions import ledger
from transactions.imports.columns import Kind
from transactions.imports.lines import Line
from transactions.imports.refusals import MissingValue
from transactions.models import Transaction

# Lines of these kinds take the card's lock.
DEBITS = (Kind.REFUND, Kind.SPEND, Kind.DEBIT)


def book(
    line: Line, *, card: Card, currency: str, now: datetime, actor: str
) -> Transaction:
    """Book a line on its card; answers the first answer if it was booked before.

    currency: the scheme's.

    :raises Refusal: whatever the ledger refuses.
    """
    if line.currency not in ("", currency):
        raise ledger.WrongCurrency(
            f"{line.currency} is not the scheme's currency, {currency}.",
            field="currency",
        )
    cause = ledger.Cause(
        reference=line.reference,
        actor=actor,
        reason=line.reason,
        occurred_at=line.at,
        historic=True,
    )
    if line.kind is Kind.EARN:
        return ledger.earn(
            card=card,
            now=now,
            order=ledger.Order(reference=line.order, amount=line.amount),
            points=line.points,
            valid_from=line.activates_at,
            valid_to=line.expires_at,
            cause=cause,
        )
    if line.kind is Kind.REFUND:
        return ledger.refund_order(
            card=card,
            order_reference=line.order,
            now=now,
            amount=line.amount,
            points=line.points,
            cause=cause,
        )
    if line.points is None:
        raise MissingValue(f"A {line.kind} needs points.", field="points")
    if line.kind is Kind.SPEND:
        return ledger.spend(
            card=card,
            points=line.points,
            now=now,
            order=ledger.Order(reference=line.order) if line.order else None,
            cause=cause,
        )
    if line.kind is Kind.CREDIT:
        return ledger.credit(
            card=card,
            points=line.points,
            now=now,
            valid_from=line.activates_at,
            valid_to=line.expires_at,
            cause=cause,
        )
    return ledger.debit(card=card, points=line.points, now=now, cause=cause)


def effect(answer: Transaction) -> int:
    """How many points a booked line added to, or took from, all that a card holds."""
    # What a refund takes from waiting points stands in transactions of their own.
    waiting = int(answer.details.get("from_pending", 0))
    return answer.points + answer.pending_points - waiting
