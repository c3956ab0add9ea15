"""The effect of a verb as tables to read, and what it is done to in a few words."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.models import Card, Member
from schemes.sentences import number
from transactions import balances
from transactions.admin.verbs.effects import Effect, Moved
from transactions.admin.verbs.words import shown, signed
from transactions.ledger.settlement import BY_DATE
from transactions.models import Bucket, Transaction

Table = dict[str, Any]


def facts(row: Any, *, now: datetime) -> list[tuple[str, Any]]:
    """What the reader must see to know that it is the right row: (label, value)."""
    card = row if isinstance(row, Card) else row.card
    found: list[tuple[str, Any]] = [
        (_("Customer"), _named(card.member)),
        (_("Card"), card.code),
        (_("Kind of points"), card.definition.name),
    ]
    if isinstance(row, Card):
        found += _facts_of_card(row, now=now)
    if isinstance(row, Bucket):
        found += _facts_of_bucket(row)
    if isinstance(row, Transaction):
        found += _facts_of_transaction(row)
    return [(label, value) for label, value in found if value != ""]


def tables(effect: Effect) -> list[Table]:
    """What happens to the card, what is written, and what becomes of which bucket."""
    found = [_of_card(effect), _of_transactions(effect), _of_buckets(effect)]
    return [table for table in found if table["rows"]]


def _named(member: Member) -> str:
    known = member.external_id
    return f"{member.name} ({known})" if member.name else known


def _facts_of_card(card: Card, *, now: datetime) -> list[tuple[str, Any]]:
    has = balances.of_cards(cards=[card], at=now)[card.pk]
    return [
        (_("Status"), card.get_status_display()),
        (_("Active points"), number(has.active)),
        (_("Held of these"), number(has.held) if has.held else ""),
        (_("Pending points"), number(has.pending)),
        (_("Owed by the customer"), number(has.overdraft) if has.overdraft else ""),
    ]


def _facts_of_transaction(transaction: Transaction) -> list[tuple[str, Any]]:
    moved = transaction.points or transaction.pending_points
    return [
        (_("Transaction"), f"{transaction.get_type_display()} ({transaction.pk})"),
        (_("Points"), signed(moved)),
        (_("Effective at"), shown(transaction.effective_at)),
        (_("Order"), transaction.order_reference),
    ]


def _facts_of_bucket(bucket: Bucket) -> list[tuple[str, Any]]:
    return [
        (_("Bucket"), str(bucket.pk)),
        (_("Points"), _holds(bucket)),
        (_("Order"), bucket.order_reference),
        (_("Can be spent from"), _from(bucket.activates_at)),
        (_("Expire at"), _until(bucket.expires_at)),
    ]


def _of_card(effect: Effect) -> Table:
    # Active and pending points are shown though they stay as they are.
    shown_always = 2 if isinstance(effect.answer, Transaction) else 0
    rows = [
        [each.label, shown(each.before), shown(each.after)]
        for place, each in enumerate(effect.card)
        if each.is_change or place < shown_always
    ]
    return {"headers": [_("The card"), _("Now"), _("Afterwards")], "rows": rows}


def _of_transactions(effect: Effect) -> Table:
    rows = [
        [_type(each), signed(each.points), signed(each.pending_points)]
        for each in effect.written
    ]
    headers = [_("What is written"), _("Active points"), _("Pending points")]
    return {"headers": headers, "rows": rows}


def _type(transaction: Transaction) -> str:
    text = transaction.get_type_display()
    if transaction.status == Transaction.Status.REJECTED:
        return _("%(transaction)s: rejected, moves nothing") % {"transaction": text}
    if transaction.actor == BY_DATE:
        return _("%(transaction)s (follows by itself)") % {"transaction": text}
    return text


def _of_buckets(effect: Effect) -> Table:
    rows = [[_bucket(each), _was(each), _holds(each.after)] for each in effect.buckets]
    return {"headers": [_("Which points"), _("Now"), _("Afterwards")], "rows": rows}


def _bucket(moved: Moved) -> str:
    """Which bucket it is, and its dates below."""
    before, after = moved.before or moved.after, moved.after
    name = _("Bucket %(id)s") % {"id": after.pk} if moved.before else _("A new bucket")
    if order := after.order_reference:
        name = _("%(bucket)s, order %(order)s") % {"bucket": name, "order": order}
    start = _changed(_from(before.activates_at), _from(after.activates_at))
    end = _changed(_until(before.expires_at), _until(after.expires_at))
    return format_html(
        '{}<div class="text-xs">{}</div><div class="text-xs">{}</div>',
        name,
        _("Can be spent from: %(moment)s") % {"moment": start},
        _("Expire at: %(moment)s") % {"moment": end},
    )


def _was(moved: Moved) -> str:
    return _holds(moved.before) if moved.before else "-"


def _holds(bucket: Bucket) -> str:
    return f"{bucket.get_status_display()}: {number(bucket.remaining)}"


def _from(moment: datetime | None) -> str:
    return str(shown(moment)) if moment else _("an event")


def _until(moment: datetime | None) -> str:
    return str(shown(moment)) if moment else _("never")


def _changed(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"
