"""An account's transactions in Eagle Eye's API: its events, and how each line looks."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import Min, Q, QuerySet

from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.shown import place_of
from loyalty.doors.eagle_eye.words import write_moment
from transactions.models import Transaction

Type, Status = Transaction.Type, Transaction.Status

# Eagle Eye has no word for what becomes of pending points, nor for points that come
# back: PENDING_RELEASE, PENDING_REJECT and UNSPEND are ours. A grant that waits is an
# EARN or a CREDIT with `properties.isPending`.
EVENTS: Mapping[Transaction.Type, str] = MappingProxyType(
    {
        Type.POINTS_EARNED: "EARN",
        Type.PENDING_POINTS_ADDED: "EARN",
        Type.ADMIN_CREDIT: "CREDIT",
        Type.PENDING_POINTS_ACTIVATED: "PENDING_RELEASE",
        Type.PENDING_POINTS_CANCELED: "PENDING_REJECT",
        Type.POINTS_SPENT_ON_ORDER: "SPEND",
        Type.POINTS_SPENT_ON_REWARD: "SPEND",
        Type.POINTS_RETURNED: "UNSPEND",
        Type.POINTS_REFUNDED: "REFUND_DEBIT",
        Type.ADMIN_DEBIT: "DEBIT",
        Type.POINTS_EXPIRED: "EXPIRY",
        Type.ADMIN_POINTS_EXPIRATION: "EXPIRY",
    }
)
# A spend with a lock is a LOCK while it is open, and VOID once it is released or has
# lapsed; settled, it is the SPEND.
LOCK, VOID = "LOCK", "VOID"
NAMES = frozenset({*EVENTS.values(), LOCK, VOID})


def of_account(
    transactions: QuerySet[Transaction],
    *,
    now: datetime,
    events: Iterable[str] | None = None,
) -> QuerySet[Transaction]:
    """Those of the transactions that Eagle Eye's clients see at `now` (aware).

    Pending points that a refund took are part of its REFUND_DEBIT. Requests that wait
    for a decision have not happened.

    events: only these, of `NAMES`.
    """
    holds = Q(held_until__isnull=False)
    open_hold = holds & Q(status=Status.PENDING, held_until__gt=now)
    done = Q(status=Status.APPROVED, type__in=EVENTS) & ~Q(
        type=Type.PENDING_POINTS_CANCELED, parent__type=Type.POINTS_REFUNDED
    )
    if events is None:
        return transactions.filter(done | holds)
    names = set(events)
    wanted = done & Q(
        type__in=[type_ for type_, name in EVENTS.items() if name in names]
    )
    if LOCK in names:
        wanted |= open_hold
    if VOID in names:
        wanted |= holds & ~open_hold & ~Q(status=Status.APPROVED)
    return transactions.filter(wanted)


def account_transactions(
    transactions: Iterable[Transaction], *, now: datetime
) -> list[dict[str, Any]]:
    """The lines of transactions, as they are at `now` (aware). Two queries at most.

    `value` is never negative: the event tells the direction. A REFUND_DEBIT has the
    first EARN of its order as its parent, as in Eagle Eye.
    """
    transactions = list(transactions)
    earns = _earns_refunded(transactions)
    return [
        {
            "accountTransactionId": write_id(each.pk),
            "parentAccountTransactionId": _parent(each, earns),
            "accountId": write_id(each.card_id),
            "event": event_of(each, now=now),
            "value": value_of(each),
            "source": each.actor,
            "reference": each.reference,
            "orderReference": each.order_reference,
            "transactionDetails": _details(each),
            "properties": _properties(each),
            "dateCreated": write_moment(each.effective_at),
            "lastUpdated": write_moment(each.processed_at or each.effective_at),
        }
        for each in transactions
    ]


def event_of(transaction: Transaction, *, now: datetime) -> str:
    """The event that a transaction is at `now` (aware): holds lapse by themselves."""
    until = transaction.held_until
    if until is not None and transaction.status != Status.APPROVED:
        is_open = transaction.status == Status.PENDING and until > now
        return LOCK if is_open else VOID
    return EVENTS[Type(transaction.type)]


def value_of(transaction: Transaction) -> int:
    """The points that a transaction moved; those of a refund with what it canceled."""
    if transaction.type == Type.POINTS_REFUNDED:
        return int(transaction.details["due"] - transaction.details["unrecovered"])
    return abs(transaction.points or transaction.pending_points)


def said_with(transaction: Transaction) -> Mapping[str, Any]:
    """What the caller sent along."""
    metadata: Mapping[str, Any] = transaction.details.get("metadata", {})
    return metadata


def _details(transaction: Transaction) -> dict[str, Any]:
    said = said_with(transaction)
    location = said.get("location")
    store, parent = place_of(location if isinstance(location, dict) else {})
    return {
        "merchant_store_id": store,
        "merchant_store_parent_id": parent,
        "details": said.get("details"),
    }


def _properties(transaction: Transaction) -> dict[str, Any]:
    return {
        "isPending": transaction.pending_points > 0,
        "reasonCode": said_with(transaction).get("reasonCode"),
        "reason": transaction.reason or None,
        "monetaryValue": transaction.amount,
    }


def _parent(transaction: Transaction, earns: Mapping[tuple[int, str], int]) -> str:
    key = (transaction.card_id, transaction.order_reference)
    if transaction.type == Type.POINTS_REFUNDED and key in earns:
        return write_id(earns[key])
    return write_id(transaction.parent_id) if transaction.parent_id else ""


def _earns_refunded(
    transactions: Iterable[Transaction],
) -> Mapping[tuple[int, str], int]:
    """The first earn of each order that these refunds take back."""
    refunds = [each for each in transactions if each.type == Type.POINTS_REFUNDED]
    if not refunds:
        return {}
    earns = Transaction.objects.filter(
        card__in={each.card_id for each in refunds},
        order_reference__in={each.order_reference for each in refunds},
        type__in=Transaction.GRANTS,
    )
    firsts = earns.values("card", "order_reference").annotate(first=Min("pk"))
    return {
        (each["card"], each["order_reference"]): each["first"]
        for each in firsts.order_by()
    }
