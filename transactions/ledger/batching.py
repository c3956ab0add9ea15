"""Many calls at once, on many cards: the same verbs, in one book and few statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, OperationalError
from django.db.models import prefetch_related_objects
from django.db.transaction import atomic

from accounts.models import Card
from loyalty.errors import Refusal
from transactions.ledger.book import ANSWERS, Book
from transactions.ledger.call import UNSTATED, Cause
from transactions.ledger.granting import cards_for_grants, credit_in, earn_in
from transactions.ledger.locking import lock_cards
from transactions.ledger.spending import debit_in, spend_in
from transactions.models import Transaction


class BatchVerb(StrEnum):
    """The verbs that a batch can hold."""

    EARN = "earn"
    CREDIT = "credit"
    SPEND = "spend"
    DEBIT = "debit"


VERBS: Mapping[BatchVerb, Callable[..., Transaction]] = {
    BatchVerb.EARN: earn_in,
    BatchVerb.CREDIT: credit_in,
    BatchVerb.SPEND: spend_in,
    BatchVerb.DEBIT: debit_in,
}
OWN_DATES: Mapping[str, Any] = {"valid_from": None, "valid_to": None}
DEFAULTS: Mapping[BatchVerb, Mapping[str, Any]] = {
    BatchVerb.EARN: {"order": None, "points": None, **OWN_DATES},
    BatchVerb.CREDIT: {"waits": False, **OWN_DATES},
    BatchVerb.SPEND: {"order": None, "reward": ""},
    BatchVerb.DEBIT: {},
}
GRANTS = {BatchVerb.EARN, BatchVerb.CREDIT}


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

    A refused row does not touch the others; with `all_or_nothing` it undoes them. The
    outcomes are in the order of the rows. A few statements do it, however many rows.
    """
    try:
        return _batch(rows, now=now, all_or_nothing=all_or_nothing)
    except (IntegrityError, OperationalError):
        # A grant met its twin from elsewhere, as in `earn`: now its answer is found.
        # Two batches that meet crosswise are a deadlock, of which one is let go.
        return _batch(rows, now=now, all_or_nothing=all_or_nothing)


@atomic
def _batch(
    rows: Sequence[Row], *, now: datetime, all_or_nothing: bool
) -> list[Outcome]:
    book = Book(_cards(rows), now=now)
    for column in ANSWERS:
        values = {value for row in rows if (value := getattr(row.cause, column))}
        if values:
            book.look_up(column, values)
    outcomes = [_outcome(row, book=book) for row in rows]
    if all_or_nothing and any(outcome.refusal for outcome in outcomes):
        return [Outcome(refusal=outcome.refusal) for outcome in outcomes]
    book.close()
    return outcomes


def _cards(rows: Sequence[Row]) -> list[Card]:
    """The cards with their rules; all of them locked if one has to be."""
    card_ids = {row.card_id for row in rows}
    if all(row.verb in GRANTS for row in rows):
        cards = cards_for_grants(card_ids)
    else:
        cards = lock_cards(card_ids)
    prefetch_related_objects(cards, "definition__earn_rates", "definition__burn_rates")
    return cards


def _outcome(row: Row, *, book: Book) -> Outcome:
    arguments = {**DEFAULTS[row.verb], **row.arguments}
    try:
        answer = VERBS[row.verb](
            book, book.cards[row.card_id], cause=row.cause, **arguments
        )
    except Refusal as refusal:
        return Outcome(refusal=refusal)
    return Outcome(answer=answer)
