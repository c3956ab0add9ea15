"""A member's cards with all their figures, as Voucherify embeds them.

Nothing depends on whether the sweeps are late: what the dates say has happened is in
every figure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import Sum

from accounts.models import Card
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.shown import CARD_TYPE, day, last_usable_day, moment
from transactions import balances, totals
from transactions.balances import Balance
from transactions.models import Bucket, Transaction
from transactions.totals import Totals

Type = Transaction.Type


def member_cards(cards: Sequence[Card], *, now: datetime) -> list[dict[str, Any]]:
    """The cards, which have their definition and its scheme; seven queries in all."""
    held = balances.of_cards(cards=cards, at=now)
    done = totals.of_cards(cards=list(cards), at=now)
    waiting = _waiting(cards, now=now)
    locked = _ever_locked(cards)
    return [
        {
            "member_role": "OWNER",
            "created_at": moment(card.created_at),
            "card": _card(
                card,
                balance=held[card.pk],
                done=done[card.pk],
                waiting=waiting[card.pk],
                locked=locked.get(card.pk, 0),
            ),
            "object": "member_card",
        }
        for card in cards
    ]


def _card(
    card: Card,
    *,
    balance: Balance,
    done: Totals,
    waiting: Sequence[Bucket],
    locked: int,
) -> dict[str, Any]:
    zone = card.definition.scheme.zone
    return {
        "id": ids.write(Kind.CARD, card.uuid),
        "card_definition_id": ids.write(Kind.CARD_DEFINITION, card.definition.uuid),
        "card_type": CARD_TYPE,
        "code": card.code,
        "lifetime_bucket": {
            "points": _lifetime(done, balance=balance, locked=locked),
            "pending_points": _lifetime_pending(done, balance=balance),
        },
        "balance": {
            "points": _owned(balance) - balance.held,
            "pending_points": balance.pending,
        },
        "next_expiration": _next_expiration(balance, zone=zone),
        "next_activation": _next_activation(waiting, zone=zone),
        "object": "card",
    }


def _owned(balance: Balance) -> int:
    """Active points, held ones too; below zero where the member owes."""
    return balance.active - balance.overdraft


def _lifetime(done: Totals, *, balance: Balance, locked: int) -> Mapping[str, int]:
    """Counters of a card's life, none below zero.

    points = total - subtracted - expired - spent - refunded + returned - locked
    + unlocked. What is not accounted for otherwise has lapsed, whether that is written
    yet or not.
    Source: Voucherify v2, `lifetime_bucket`; activations count as earned.
    """
    earned = done.of(Type.POINTS_EARNED, Type.PENDING_POINTS_ACTIVATED).points
    added = done.of(Type.ADMIN_CREDIT).points
    subtracted = -done.of(Type.ADMIN_DEBIT).points
    spent = -done.of(*Transaction.SPENDS).points
    refunded = -done.of(Type.POINTS_REFUNDED).points
    returned = done.of(Type.POINTS_RETURNED).points
    total = earned + added
    left = total - subtracted - spent - refunded + returned
    return {
        "total": total,
        "earned": earned,
        "added": added,
        "purchased": 0,
        "purchased_reversed": 0,
        "subtracted": subtracted,
        "expired": left - _owned(balance),
        "spent": spent,
        "refunded": refunded,
        "returned": returned,
        "locked": locked,
        "unlocked": locked - balance.held,
    }


def _lifetime_pending(done: Totals, *, balance: Balance) -> Mapping[str, int]:
    """Counters of the points that waited: pending = total - activated - canceled."""
    added = done.of(Type.PENDING_POINTS_ADDED, Type.ADMIN_CREDIT).pending_points
    activated = -done.of(Type.PENDING_POINTS_ACTIVATED).pending_points
    return {
        "total": added,
        "activated": activated,
        "canceled": added - activated - balance.pending,
    }


def _next_expiration(balance: Balance, *, zone: tzinfo) -> Mapping[str, Any] | None:
    due = balance.next_expiry
    if due is None:
        return None
    return {"points": due.points, "date": last_usable_day(due.at, zone=zone)}


def _next_activation(
    waiting: Sequence[Bucket], *, zone: tzinfo
) -> Mapping[str, Any] | None:
    """The points that are decided on next: they activate, or lose their last chance."""
    if not waiting:
        return None
    first = min(waiting, key=_end_of_wait)
    date = day(_end_of_wait(first), zone=zone)
    together = [
        bucket.remaining
        for bucket in waiting
        if bucket.pending_mode == first.pending_mode
        and (bucket.activates_at is None) == (first.activates_at is None)
        and day(_end_of_wait(bucket), zone=zone) == date
    ]
    name = "cancel_date" if first.activates_at is None else "date"
    return {"points": sum(together), "type": first.pending_mode, name: date}


def _end_of_wait(bucket: Bucket) -> datetime:
    end = bucket.activates_at or bucket.cancels_at
    assert end is not None, "the database sees to it"
    return end


def _waiting(cards: Sequence[Card], *, now: datetime) -> Mapping[int, list[Bucket]]:
    """The buckets that still wait by their own dates, by the card's id."""
    buckets: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in Bucket.objects.waiting(at=now).filter(card__in=cards):
        buckets[bucket.card_id].append(bucket)
    return buckets


def _ever_locked(cards: Sequence[Card]) -> Mapping[int, int]:
    """The points that were ever held for spends, by the card's id."""
    holds = Transaction.objects.filter(card__in=cards, held_until__isnull=False)
    sums = holds.values("card").annotate(held=Sum("points"))
    return {row["card"]: -row["held"] for row in sums.order_by()}
