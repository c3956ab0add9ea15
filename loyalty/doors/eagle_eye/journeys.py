"""Wallet transactions: how a till's calls look as the journey of one shopper."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import baskets, lines, shown
from loyalty.doors.eagle_eye.ids import write_id
from transactions.models import Transaction

Journey = dict[str, Any]
Location = Mapping[str, Any] | None

# What has become of a spend, by the event that it is on its account.
STATUSES = {lines.LOCK: "ACTIVE", lines.VOID: "VOIDED"}


def granted(earn: Transaction) -> int:
    """The points of an earn, whether they wait or not."""
    return earn.points + earn.pending_points


def settle(
    *,
    wallet: Member,
    basket: Mapping[str, Any] | None,
    earns: list[Transaction],
    spends: list[Transaction],
    reference: str,
    location: Location,
    now: datetime,
) -> list[Journey]:
    """A settled basket, and the spends that were settled with it.

    basket: as it was sent; None if only a spend is settled, which has no other.
    """
    id_ = _id_of(earns)
    children = [
        spend(list(parts), wallet=wallet, status="SETTLED", parent_id=id_)
        for _, parts in groupby(sorted(spends, key=_reference), key=_reference)
    ]
    if basket is None:
        return children
    expected = [
        {
            "schemeId": write_id(earn.card.definition_id),
            "earn": granted(earn),
            "credit": 0,
            "isPending": earn.pending_points > 0,
        }
        for earn in earns
    ]
    results = baskets.results(earned=sum(map(granted, earns)), spends=spends)
    settled = shown.wallet_transaction(
        id_=id_,
        member=wallet,
        type_="SETTLE",
        at=earns[0].effective_at if earns else now,
        reference=reference,
        location=location,
        accounts=_accounts(earns),
        basket=baskets.enriched(basket, expectedPoints=expected, results=results),
    )
    return [settled, *children]


def spend(
    spends: list[Transaction],
    *,
    wallet: Member,
    status: str,
    parent_id: str = "",
    quote: Mapping[str, Any] | None = None,
) -> Journey:
    """The spends of one reference, on one account or several.

    quote: the answer of "calculate" that the till went by, as it was sent.
    """
    first = spends[0]
    results = baskets.results(spends=spends)
    return shown.wallet_transaction(
        id_=_id_of(spends),
        member=wallet,
        type_="SPEND",
        status=status,
        at=first.created_at,
        reference=first.reference,
        parent_id=parent_id,
        location=lines.said_with(first).get("location"),
        accounts=_accounts(spends),
        basket=baskets.enriched(None, spendAdjudicationResults=quote, results=results),
    )


def status_of_spend(spend: Transaction, *, now: datetime) -> str:
    """Whether a spend is locked, settled or voided at `now` (aware)."""
    return STATUSES.get(lines.event_of(spend, now=now), "SETTLED")


def refund(
    *,
    wallet: Member,
    basket: Mapping[str, Any] | None,
    refunds: list[Transaction],
    parent_id: str,
    location: Location,
) -> list[Journey]:
    """What was taken back. Nothing is earned anew, so `earn` stays 0."""
    results = baskets.results(refunded=sum(map(lines.value_of, refunds)))
    return [
        shown.wallet_transaction(
            id_=_id_of(refunds),
            member=wallet,
            type_="REFUND",
            at=refunds[0].effective_at,
            reference=refunds[0].reference,
            parent_id=parent_id,
            location=location,
            accounts=_accounts(refunds),
            basket=baskets.enriched(basket, results=results),
        )
    ]


def id_of_settle(reference: str, *, accounts: list[Card]) -> str:
    """The id of the wallet transaction that settled a basket on these accounts."""
    earns = Transaction.objects.filter(
        card__in=accounts, order_reference=reference, type__in=Transaction.GRANTS
    )
    return _id_of(earns.order_by("pk")[:1])


def _id_of(transactions: Iterable[Transaction]) -> str:
    """Wallet transactions are not stored: the first of their lines names them."""
    return next((write_id(each.pk) for each in transactions), "")


def _accounts(transactions: Iterable[Transaction]) -> list[dict[str, str]]:
    return [
        {
            "accountId": write_id(each.card_id),
            "accountTransactionId": write_id(each.pk),
        }
        for each in transactions
    ]


def _reference(transaction: Transaction) -> str:
    return transaction.reference
