"""One call of a verb: its cause, its replay, and the transactions it writes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.models import Card
from transactions.ledger.book import ANSWERS, Book
from transactions.ledger.refusals import (
    IdempotencyConflict,
    InvalidMoment,
    ReferenceTaken,
)
from transactions.ledger.values import require_aware
from transactions.models import Transaction


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why something happens, who does it, and how a retry is recognised.

    reference: the caller's own name for the event, unique on the card for ever.
    idempotency_key: names this request, so that a retry gets the first answer.
    actor: who does it, for example "staff:anna" or "client:pos-7".
    occurred_at: when it happened, where that is earlier than now (aware); rules are
        judged at that moment. Points that have lapsed since are gone all the same.
    historic: it is one event of a whole history told from its beginning, so what has
        become due since will be told in its turn.
    """

    reference: str = ""
    idempotency_key: str = ""
    actor: str = ""
    reason: str = ""
    occurred_at: datetime | None = None
    historic: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


UNSTATED = Cause()


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was bought. `amount` is in minor units of `currency` (ISO 4217).

    `currency` and `incoming_identifier` default to the scheme's and the unit's own.
    """

    reference: str
    amount: int | None = None
    currency: str = ""
    rate_name: str = "default"
    incoming_identifier: str = ""


class Call:
    """A verb called on a card: when it counts, its first answer, what it writes.

    book: with the card in it.
    at: the moment at which the rules are judged, aware.

    :raises InvalidMoment: if a moment is naive, or the event lies in the future.
    """

    def __init__(
        self, verb: str, *, book: Book, card: Card, cause: Cause, **content: object
    ) -> None:
        self.book = book
        self.card = card
        self.cause = cause
        self.at = require_aware(cause.occurred_at or book.now, field="occurred_at")
        if self.at > book.now:
            raise InvalidMoment(
                _("%(moment)s has not come yet."),
                values={"moment": self.at.isoformat()},
                field="occurred_at",
            )
        # What the dates say is settled up to here before the rules look at it: whether
        # a sweep has done it already must not make a difference.
        self.settled_at = self.at if cause.historic else book.now
        self.fingerprint = _digest(
            verb=verb,
            content=content,
            reference=cause.reference,
            occurred_at=cause.occurred_at,
            reason=cause.reason,
            metadata=cause.metadata,
        )

    def first_answer(self) -> Transaction | None:
        """The transaction that this request was answered with before, if it was.

        :raises IdempotencyConflict: if the key came with another content.
        :raises ReferenceTaken: if the reference came with another content.
        """
        refusals = (IdempotencyConflict, ReferenceTaken)
        for column, refusal in zip(ANSWERS, refusals, strict=True):
            value = getattr(self.cause, column)
            first = self.book.answer(self.card, column, value) if value else None
            if first is None:
                continue
            if first.fingerprint != self.fingerprint:
                raise refusal(
                    _('"%(value)s" was used before, with other content.'),
                    values={"value": value},
                    field=column,
                )
            return first
        return None

    def write(
        self,
        type_: Transaction.Type,
        *,
        details: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> Transaction:
        """The transaction that answers this call."""
        answer = Transaction(
            card=self.card,
            type=type_,
            created_at=self.book.now,
            details=dict(details or {}),
            **{"effective_at": self.at, **columns},
        )
        self.sign(answer)
        return self.book.write(answer)

    def sign(self, answer: Transaction) -> None:
        """Make a transaction that is not stored yet the answer to this call."""
        answer.reference = self.cause.reference
        answer.idempotency_key = self.cause.idempotency_key
        answer.fingerprint = self.fingerprint
        answer.actor = self.cause.actor
        answer.reason = self.cause.reason
        if self.cause.metadata:
            answer.details["metadata"] = dict(self.cause.metadata)
        self.book.remember(answer)

    def write_part(
        self, answer: Transaction, type_: Transaction.Type, **columns: Any
    ) -> Transaction:
        """One more transaction of the event that `answer` stands for."""
        return self.book.write(
            Transaction(
                card=self.card,
                parent=answer,
                type=type_,
                created_at=self.book.now,
                actor=self.cause.actor,
                reason=self.cause.reason,
                order_reference=answer.order_reference,
                **{"effective_at": self.at, **columns},
            )
        )


def _digest(**content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=_as_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.timestamp()
    return str(value)
