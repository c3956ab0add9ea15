"""Many calls at once, on many cards: the same verbs, in one book and few statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, OperationalError
from django.db.models import prefetch_related_objects
from django.db.transaction import atomic

from loyalty.errors import Refusal
from transactions.ledger.book import ANSWERS, Book
from transactions.ledger.call import UNSTATED, Cause
from transactions.ledger.granting import credit_in, earn_in, must_be_locked
from transactions.ledger.locking import lock_cards, read_cards
from transactions.ledger.refunding import refund_order_in
from transactions.ledger.spending import debit_in, spend_in
from transactions.ledger.waiting import activate_in, cancel_in
from transactions.models import Transaction


class BatchVerb(StrEnum):
    """The verbs that a batch can hold."""

    EARN = "earn"
    CREDIT = "credit"
    SPEND = "spend"
    DEBIT = "debit"
    REFUND_ORDER = "refund_order"
    ACTIVATE = "activate"
    CANCEL = "cancel"


VERBS: Mapping[BatchVerb, Callable[..., Transaction]] = {
    BatchVerb.EARN: earn_in,
    BatchVerb.CREDIT: credit_in,
    BatchVerb.SPEND: spend_in,
    BatchVerb.DEBIT: debit_in,
    BatchVerb.REFUND_ORDER: refund_order_in,
    BatchVerb.ACTIVATE: activate_in,
    BatchVerb.CANCEL: cancel_in,
}
OWN_DATES: Mapping[str, Any] = {"valid_from": None, "valid_to": None}
DEFAULTS: Mapping[BatchVerb, Mapping[str, Any]] = {
    BatchVerb.EARN: {"order": None, "points": None, **OWN_DATES},
    BatchVerb.CREDIT: {"waits": False, **OWN_DATES},
    BatchVerb.SPEND: {"order": None, "reward": ""},
    BatchVerb.DEBIT: {},
    BatchVerb.REFUND_ORDER: {"amount": None, "points": None},
    BatchVerb.ACTIVATE: {},
    BatchVerb.CANCEL: {"points": None},
}
GRANTS = {BatchVerb.EARN, BatchVerb.CREDIT}
DEADLOCK = "40P01"  # PostgreSQL's name for it
# Who was let go in a deadlock may yet meet the other one's rows before their commit.
AGAIN = 2


@dataclass(frozen=True, kw_only=True)
class Row:
    """One call of a batch. `arguments` are those that the verb itself takes."""

    verb: BatchVerb
    card_id: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cause: Cause = UNSTATED


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a row: its answer, or why it was refused; neither if undone."""

    answer: Transaction | None = None
    refusal: Refusal | None = None


def batch(
    *, rows: Sequence[Row], now: datetime, all_or_nothing: bool = False
) -> list[Outcome]:
    """Call the verbs of the rows in their order, as if one after the other.

    Only what an earlier row found due is answered by what its date did, where the verb
    alone would be refused. A refused row leaves no trace and does not touch the others;
    with `all_or_nothing` it undoes them. The outcomes are in the order of the rows. A few
    statements do it, however many rows; a refund of an order takes two of its own.
    """
    for _again in range(AGAIN):
        try:
            return _batch(rows, now=now, all_or_nothing=all_or_nothing)
        except IntegrityError:
            # A grant met its twin from elsewhere, as in `earn`: its answer is there now.
            continue
        except OperationalError as error:
            # Two batches that meet crosswise are a deadlock, of which one is let go. Of
            # what else goes wrong, nobody knows whether it came before the commit.
            if not _is_deadlock(error):
                raise
    return _batch(rows, now=now, all_or_nothing=all_or_nothing)


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK


@atomic
def _batch(
    rows: Sequence[Row], *, now: datetime, all_or_nothing: bool
) -> list[Outcome]:
    book = _book(rows, now=now)
    for column in ANSWERS:
        values = {value for row in rows if (value := getattr(row.cause, column))}
        if values:
            book.look_up(column, values)
    named = [row.arguments["bucket"] for row in rows if "bucket" in row.arguments]
    if named:
        book.expect(bucket.pk for bucket in named)
    outcomes = [_outcome(row, book=book) for row in rows]
    if all_or_nothing and any(outcome.refusal for outcome in outcomes):
        return [Outcome(refusal=outcome.refusal) for outcome in outcomes]
    book.close()
    return outcomes


def _book(rows: Sequence[Row], *, now: datetime) -> Book:
    """The book of the cards, of which those are locked whose points may move."""
    moving = {row.card_id for row in rows if row.verb not in GRANTS}
    cards = {
        card.pk: card for card in read_cards({row.card_id for row in rows} - moving)
    }
    moving |= {pk for pk, card in cards.items() if must_be_locked(card)}
    cards |= {card.pk: card for card in lock_cards(moving)}
    # Cards of one definition share it, so that its rates are read once.
    rules = {card.definition_id: card.definition for card in cards.values()}
    for card in cards.values():
        card.definition = rules[card.definition_id]
    prefetch_related_objects(list(rules.values()), "earn_rates", "burn_rates")
    return Book(cards.values(), now=now, moving=moving)


def _outcome(row: Row, *, book: Book) -> Outcome:
    card = book.cards[row.card_id]
    arguments = {**DEFAULTS[row.verb], **row.arguments}
    try:
        with book.attempt(card):
            answer = VERBS[row.verb](book, card, cause=row.cause, **arguments)
    except Refusal as refusal:
        # Its frames would keep the book alive for as long as somebody has the outcome.
        return Outcome(refusal=refusal.with_traceback(None))
    return Outcome(answer=answer)
