"""From a line to the call of the ledger that books it."""

from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.models import Card
from transactions import ledger
from transactions.imports.columns import Kind
from transactions.imports.lines import Line
from transactions.imports.refusals import MissingValue
from transactions.models import Transaction

VERBS = {
    Kind.EARN: ledger.BatchVerb.EARN,
    Kind.REFUND: ledger.BatchVerb.REFUND_ORDER,
    Kind.SPEND: ledger.BatchVerb.SPEND,
    Kind.CREDIT: ledger.BatchVerb.CREDIT,
    Kind.DEBIT: ledger.BatchVerb.DEBIT,
}


def call_of(line: Line, *, card: Card, currency: str, actor: str) -> ledger.Row:
    """The call that books a line on its card.

    currency: the scheme's.

    :raises WrongCurrency: if the line is in another one.
    :raises MissingValue: if its kind needs points and it has none.
    """
    if line.currency not in ("", currency):
        raise ledger.WrongCurrency(
            _("%(given)s is not the scheme's currency, %(currency)s."),
            values={"given": line.currency, "currency": currency},
            field="currency",
        )
    return ledger.Row(
        verb=VERBS[line.kind],
        card_id=card.pk,
        arguments=_arguments(line),
        cause=ledger.Cause(
            reference=line.reference,
            actor=actor,
            reason=line.reason,
            occurred_at=line.at,
            historic=True,
        ),
    )


def _arguments(line: Line) -> dict[str, Any]:
    dates = {"valid_from": line.activates_at, "valid_to": line.expires_at}
    if line.kind is Kind.EARN:
        bought = ledger.Order(reference=line.order, amount=line.amount)
        return {"order": bought, "points": line.points, **dates}
    if line.kind is Kind.REFUND:
        return {
            "order_reference": line.order,
            "amount": line.amount,
            "points": line.points,
        }
    if line.points is None:
        raise MissingValue(
            _("A %(kind)s needs points."), values={"kind": line.kind}, field="points"
        )
    if line.kind is Kind.SPEND:
        order = ledger.Order(reference=line.order) if line.order else None
        return {"points": line.points, "order": order}
    if line.kind is Kind.CREDIT:
        return {"points": line.points, **dates}
    return {"points": line.points}


def effect(answer: Transaction) -> int:
    """How many points a booked line added to, or took from, all that a card holds."""
    # What a refund takes from waiting points stands in transactions of their own.
    waiting = int(answer.details.get("from_pending", 0))
    return answer.points + answer.pending_points - waiting
