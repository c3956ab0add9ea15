"""Points are held for a spend, and later captured or released; otherwise they lapse.

A hold is a spend that waits for its decision. It reserves a number of points, not
buckets: nobody else can spend them, but their dates stay as they are.
"""

from datetime import datetime

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card
from transactions.drawing import draw, total
from transactions.ledger.call import UNSTATED, Call, Cause, Order
from transactions.ledger.locking import open_book, require_open
from transactions.ledger.refusals import (
    HoldNotOpen,
    InsufficientPoints,
    InvalidMoment,
    NotAHold,
)
from transactions.ledger.requesting import DECIDED, reject
from transactions.ledger.settlement import settle_in, spendable
from transactions.ledger.sliding import slide
from transactions.ledger.spending import priced
from transactions.ledger.values import require_aware
from transactions.models import Transaction

Status = Transaction.Status


@atomic
def hold(
    *,
    card: Card,
    points: int,
    until: datetime,
    now: datetime,
    order: Order | None = None,
    reward: str = "",
    cause: Cause = UNSTATED,
) -> Transaction:
    """Hold points for a spend. Answers a PENDING spend, worth what `spend` would be.

    until: when the hold lapses by itself (aware, after `now`).

    :raises InvalidMoment: if `until` is naive, or not after `now`.
    :raises InsufficientPoints, BadInput, Refusal: as `spend` does.
    Source: Eagle Eye "spend" with `lock`.
    """
    book, card = open_book(card.pk, now=now)
    call = Call(
        "hold",
        book=book,
        card=card,
        cause=cause,
        points=points,
        until=until,
        order=order,
        reward=reward,
    )
    if first := call.first_answer():
        return first

    if require_aware(until, field="until") <= now:
        raise InvalidMoment(_("A hold ends after it begins."), field="until")
    type_, columns = priced(call, points=points, order=order, reward=reward)
    held = call.write(type_, status=Status.PENDING, held_until=until, **columns)
    book.close()
    return held


@atomic
def capture(*, hold: Transaction, now: datetime, actor: str = "") -> Transaction:
    """Spend the points that are held. Capturing twice gets the first answer.

    Where the rules allow an overdraft, points that have gone since are owed.

    :raises NotAHold: if the transaction is no hold.
    :raises HoldNotOpen: if it was released, or has lapsed.
    :raises InsufficientPoints: if points lapsed while they were held.
    :raises Refusal: if the card, its member or rules are not active.
    """
    stored = _locked(hold)
    book, card = open_book(stored.card_id, now=now)
    if stored.status == Status.APPROVED:
        return stored

    _require_open_hold(stored, at=now)
    require_open(card, at=now)
    settle_in(book, card, at=now)
    points = -stored.points
    draws = draw(spendable(book, card, at=now), points=points)
    missing = points - total(draws)
    if missing and not card.definition.allow_negative:
        raise InsufficientPoints(
            _("The card has %(has)s active points left, not %(points)s."),
            values={"has": total(draws), "points": points},
            field="points",
        )
    if missing:
        book.owe(card, missing)
        stored.details["overdraft"] = missing
    if card.definition.slides_on_spend:
        stored.details |= slide(book, card, at=now)
    book.take(stored, draws)
    book.close()
    stored.status = Status.APPROVED
    stored.effective_at = stored.processed_at = now
    return _save(stored, actor=actor)


@atomic
def release(
    *, hold: Transaction, now: datetime, reason: str = "", actor: str = ""
) -> Transaction:
    """Let held points be spent again. Releasing twice gets the first answer.

    What has lapsed already was released by its date, and is told so.

    :raises NotAHold: if the transaction is no hold.
    :raises HoldNotOpen: if it was captured.
    """
    stored = _locked(hold)
    open_book(stored.card_id, now=now)
    if stored.status == Status.REJECTED:
        return stored
    if stored.status == Status.APPROVED:
        raise HoldNotOpen(_("The points were spent: give them back instead."))
    if _has_lapsed(stored, at=now):
        reject(stored, why="lapsed", said="", now=now)
    else:
        reject(stored, why="released", said=reason, now=now)
    return _save(stored, actor=actor)


def _locked(hold: Transaction) -> Transaction:
    """The hold as it is stored. Its row is locked before the card, as by the sweep.

    The lock leaves the key alone, so what refers to a captured spend need not wait.
    """
    stored = Transaction.objects.select_for_update(no_key=True).get(pk=hold.pk)
    if stored.held_until is None:
        raise NotAHold(
            _("Transaction %(transaction)s holds no points."),
            values={"transaction": str(stored.uuid)},
        )
    return stored


def _require_open_hold(hold: Transaction, *, at: datetime) -> None:
    if hold.status == Status.REJECTED:
        lapsed = hold.details["rejection"]["reason"] == "lapsed"
        raise HoldNotOpen(
            _("The hold is lapsed.") if lapsed else _("The hold is released.")
        )
    if _has_lapsed(hold, at=at):
        raise HoldNotOpen(_("The hold is lapsed."))


def _has_lapsed(hold: Transaction, *, at: datetime) -> bool:
    return hold.held_until is not None and hold.held_until <= at


def _save(hold: Transaction, *, actor: str) -> Transaction:
    if actor:
        hold.details["decided_by"] = actor
    hold.save(update_fields=DECIDED)
    return hold
