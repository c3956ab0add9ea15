"""One call of a verb: its cause, its replay, and the transactions it writes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import is_aware

from accounts.models import Card
from schemes.policies import MAX_POINTS
from transactions.ledger.refusals import (
    IdempotencyConflict,
    InvalidMoment,
    InvalidPoints,
    ReferenceTaken,
)
from transactions.models import Transaction


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why something happens, who does it, and how a retry is recognised.

    reference: the caller's own name for the event, unique on the card for ever.
    idempotency_key: names this request, so that a retry gets the first answer.
    actor: who does it, for example "staff:anna" or "client:pos-7".
    occurred_at: when it happened, where that is earlier than now (aware); rules are
        judged at that moment.
    """

    reference: str = ""
    idempotency_key: str = ""
    actor: str = ""
    reason: str = ""
    occurred_at: datetime | None = None
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

    at: the moment at which the rules are judged, aware.

    :raises InvalidMoment: if a moment is naive, or the event lies in the future.
    """

    def __init__(
        self, verb: str, *, card: Card, now: datetime, cause: Cause, **content: object
    ) -> None:
        self.card = card
        self.now = require_aware(now, field="now")
        self.at = require_aware(cause.occurred_at or now, field="occurred_at")
        if self.at > now:
            raise InvalidMoment(
                f"{self.at.isoformat()} has not come yet.", field="occurred_at"
            )
        self.cause = cause
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
        for column, refusal in (
            ("idempotency_key", IdempotencyConflict),
            ("reference", ReferenceTaken),
        ):
            value = getattr(self.cause, column)
            if not value:
                continue
            first = Transaction.objects.filter(
                card_id=self.card.pk, **{column: value}
            ).first()
            if first is None:
                continue
            if first.fingerprint != self.fingerprint:
                raise refusal(
                    f'"{value}" was used before, with other content.', field=column
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
        """Write the transaction that answers this call."""
        metadata = (
            {"metadata": dict(self.cause.metadata)} if self.cause.metadata else {}
        )
        return Transaction.objects.create(
            card=self.card,
            type=type_,
            created_at=self.now,
            reference=self.cause.reference,
            idempotency_key=self.cause.idempotency_key,
            fingerprint=self.fingerprint,
            actor=self.cause.actor,
            reason=self.cause.reason,
            details={**(details or {}), **metadata},
            **{"effective_at": self.at, **columns},
        )

    def write_part(
        self, answer: Transaction, type_: Transaction.Type, **columns: Any
    ) -> Transaction:
        """Write one more transaction of the event that `answer` stands for."""
        return Transaction.objects.create(
            card=self.card,
            parent=answer,
            type=type_,
            effective_at=self.at,
            created_at=self.now,
            actor=self.cause.actor,
            reason=self.cause.reason,
            order_reference=answer.order_reference,
            **columns,
        )


def require_aware(moment: datetime, *, field: str) -> datetime:
    """The moment itself.

    :raises InvalidMoment: if it has no time zone.
    """
    if not is_aware(moment):
        raise InvalidMoment(f"{moment} has no time zone.", field=field)
    return moment


def require_points(points: object) -> int:
    """The number of points itself.

    :raises InvalidPoints: if it is not a whole number from 1 to 2^53 - 1.
    """
    if isinstance(points, bool) or not isinstance(points, int):
        raise InvalidPoints(f"{points!r} is not a whole number.", field="points")
    if not 1 <= points <= MAX_POINTS:
        raise InvalidPoints(
            f"{points} is not between 1 and {MAX_POINTS}.", field="points"
        )
    return points


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
