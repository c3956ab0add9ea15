"""Points come in: earned with an order or given outright, active at once or pending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from schemes.models import CardDefinition
from transactions.ledger.call import (
    UNSTATED,
    Call,
    Cause,
    Order,
    require_aware,
    require_points,
)
from transactions.ledger.limits import within_limits
from transactions.ledger.locking import lock_card, read_card, require_open
from transactions.ledger.rates import check_order, points_earned
from transactions.ledger.settlement import settle
from transactions.ledger.sliding import slide
from transactions.models import Bucket, Transaction


@dataclass(frozen=True, kw_only=True)
class Validity:
    """The caller's own dates for one grant, in place of the rules' (aware)."""

    valid_from: datetime | None = None
    valid_to: datetime | None = None


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
    call = Call(
        "earn",
        card=card,
        now=now,
        cause=cause,
        order=order,
        points=points,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    validity = Validity(valid_from=valid_from, valid_to=valid_to)
    return _once(call, _earn, order=order, points=points, validity=validity)


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
    call = Call(
        "credit",
        card=card,
        now=now,
        cause=cause,
        points=points,
        waits=waits,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    validity = Validity(valid_from=valid_from, valid_to=valid_to)
    return _once(call, _credit, points=points, waits=waits, validity=validity)


def _once(call: Call, grant: Any, **arguments: Any) -> Transaction:
    try:
        answer: Transaction = grant(call, **arguments)
    except IntegrityError:
        # Without a lock, the same request twice at once meets in the UNIQUE
        # constraint of its key or reference: the other one was first.
        first = call.first_answer()
        if first is None:
            raise
        return first
    return answer


@atomic
def _earn(
    call: Call, *, order: Order | None, points: int | None, validity: Validity
) -> Transaction:
    card = call.card = _card_for_grant(call.card)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    earned = _points_of(order, points, card=card)
    granted = within_limits(earned, card=card, at=call.at)

    columns: dict[str, Any] = {"details": {}}
    if order is not None:
        columns |= {
            "order_reference": order.reference,
            "amount": order.amount,
            "currency": card.definition.scheme.currency,
        }
    if granted < earned:
        columns["details"] |= {"withheld": earned - granted}
    if not granted:
        return call.write(Transaction.Type.POINTS_EARNED, **columns)
    waits = policies.waits(
        rule=card.definition.pending_rule,
        points=granted,
        amount=order.amount if order else None,
    )
    if card.definition.slides_on_earn:
        columns["details"] |= slide(card, at=call.at)
    return _grant(call, granted, waits=waits, validity=validity, **columns)


def _points_of(order: Order | None, points: int | None, *, card: Card) -> int:
    if order is not None:
        check_order(order, card=card)
    if points is not None:
        return require_points(points)
    if order is None:
        raise BadInput("Give an order or points.", field="points")
    return points_earned(order, card=card)


@atomic
def _credit(call: Call, *, points: int, waits: bool, validity: Validity) -> Transaction:
    card = call.card = _card_for_grant(call.card)
    if first := call.first_answer():
        return first

    require_open(card, at=call.at)
    require_points(points)
    waits = waits and policies.waits(
        rule=card.definition.pending_rule, points=points, amount=None
    )
    return _grant(
        call,
        points,
        waits=waits,
        validity=validity,
        given=Transaction.Type.ADMIN_CREDIT,
    )


def _card_for_grant(card: Card) -> Card:
    """The card as it is now; locked only where the grant depends on what it holds."""
    card = read_card(card.pk)
    if card.overdraft or card.definition.limits_earning or card.definition.slides:
        return lock_card(card.pk)
    return card


def _grant(
    call: Call,
    points: int,
    *,
    waits: bool,
    validity: Validity,
    given: Transaction.Type | None = None,
    **columns: Any,
) -> Transaction:
    bucket = Bucket.objects.create(
        card=call.card,
        points=points,
        remaining=points,
        earned_at=call.at,
        order_reference=columns.get("order_reference", ""),
        created_at=call.now,
        expiry_mode=call.card.definition.expiry_mode,
        **_dates(call, waits=waits, validity=validity),
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
    if call.card.overdraft:
        settle(card=call.card, at=call.at, now=call.now)
    return answer


def _dates(call: Call, *, waits: bool, validity: Validity) -> dict[str, Any]:
    """The status, dates and terms that a grant made at `call.at` keeps from then on.

    :raises InvalidRule: if the points would expire before they activate.
    """
    rules, at = call.card.definition, call.at
    zone = rules.scheme.zone
    mode = rules.pending_mode if waits else CardDefinition.PendingMode.IMMEDIATE
    activates_at: datetime | None = at
    cancels_at: datetime | None = None
    terms: dict[str, Any] | None = None
    if validity.valid_from is not None:
        mode = CardDefinition.PendingMode.FIXED_DATES
        activates_at = max(at, require_aware(validity.valid_from, field="valid_from"))
    elif waits:
        rule = rules.pending_rule
        activates_at = policies.activation_moment(rule=rule, earned_at=at, zone=zone)
        cancels_at = policies.cancellation_moment(rule=rule, earned_at=at, zone=zone)
        if activates_at is None:
            terms = {"events": list(rule.events), "expiry": rules.expiry_terms}
    if validity.valid_to is not None:
        expires_at: datetime | None = require_aware(validity.valid_to, field="valid_to")
        if terms is not None:
            terms["expiry"] = None
    else:
        expires_at = policies.expiry_moment(
            rule=rules.expiry_rule, earned_at=at, activates_at=activates_at, zone=zone
        )
    policies.check_grant(activates_at=activates_at or at, expires_at=expires_at)
    if cancels_at is not None and expires_at is not None:
        cancels_at = min(cancels_at, expires_at)
    pending = activates_at is None or activates_at > at
    return {
        "status": Bucket.Status.PENDING if pending else Bucket.Status.ACTIVE,
        "pending_mode": mode if pending else CardDefinition.PendingMode.IMMEDIATE,
        "activates_at": activates_at,
        "cancels_at": cancels_at,
        "expires_at": expires_at,
        "terms": terms,
    }
