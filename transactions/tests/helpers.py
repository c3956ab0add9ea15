"""What tests of the ledger say of a card: that it adds up, and what happened to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.db.models import QuerySet, Sum

from accounts.models import Card, Member
from accounts.tests.factories import CardFactory
from loyalty.errors import Refusal
from loyalty.testing import LONDON
from schemes.models import CardDefinition, Scheme
from transactions.models import Allocation, Bucket, Transaction

TICK = timedelta(microseconds=1)
# Everything that can shut a card, and the key of the refusal.
SHUT = {
    "blocked card": "card_not_active",
    "closed card": "card_not_active",
    "inactive member": "member_not_active",
    "draft definition": "card_definition_not_active",
    "inactive definition": "card_definition_not_active",
    "draft scheme": "scheme_not_active",
    "inactive scheme": "scheme_not_active",
    "scheme not begun": "scheme_outside_dates",
    "scheme over": "scheme_outside_dates",
}

TAKES_FROM_ITS_BUCKET = (
    Transaction.Type.PENDING_POINTS_CANCELED,
    Transaction.Type.POINTS_EXPIRED,
    Transaction.Type.ADMIN_POINTS_EXPIRATION,
)


def card_with(definition: CardDefinition | None = None, /, **rules: Any) -> Card:
    """A new card in London under this definition, or a new one with these rules."""
    columns: dict[str, Any] = {f"definition__{key}": rules[key] for key in rules}
    card: Any = (
        CardFactory(definition=definition) if definition else CardFactory(**columns)
    )
    return cast(Card, card)


def assert_adds_up(card: Card) -> None:
    """The three identities that hold for every card at every moment."""
    approved = Transaction.objects.filter(card=card, status="APPROVED")
    moved = approved.aggregate(
        active=Sum("points", default=0), pending=Sum("pending_points", default=0)
    )
    buckets = Bucket.objects.filter(card=card)
    overdraft = Card.objects.values_list("overdraft", flat=True).get(pk=card.pk)

    assert moved["active"] == _remaining(buckets, "ACTIVE") - overdraft
    assert moved["pending"] == _remaining(buckets, "PENDING")
    for bucket in buckets:
        drawn = sum(each.points for each in Allocation.objects.filter(bucket=bucket))
        taken = sum(
            -(each.points + each.pending_points)
            for each in approved.filter(bucket=bucket, type__in=TAKES_FROM_ITS_BUCKET)
        )
        assert bucket.points - taken - drawn == bucket.remaining, bucket


def story(card: Card) -> list[tuple[str, int, int]]:
    """(type, points, pending points) of what was approved, in the order written."""
    approved = Transaction.objects.filter(card=card, status="APPROVED").order_by("pk")
    return list(approved.values_list("type", "points", "pending_points"))


def everything() -> list[list[dict[str, Any]]]:
    """All rows that say who has how many points: a refusal changes none of them."""
    tables: tuple[type[Any], ...] = (Card, Bucket, Transaction, Allocation)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@contextmanager
def refused(refusal: type[Refusal], *, field: str = "") -> Iterator[None]:
    """Expect just this refusal, naming the field, with nothing changed by it."""
    before = everything()
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.type is refusal
    assert caught.value.field == field or not field
    assert everything() == before


def shut(card: Card, how: str, *, now: datetime) -> None:
    """Shut the card in one of the ways of SHUT, from `now` on."""
    cards = Card.objects.filter(pk=card.pk)
    schemes = Scheme.objects.filter(pk=card.definition.scheme_id)
    definitions = CardDefinition.objects.filter(pk=card.definition_id)
    match how.split():
        case [status, "card"]:
            cards.update(status=status.upper())
        case [status, "member"]:
            Member.objects.filter(pk=card.member_id).update(status=status.upper())
        case [status, "definition"]:
            definitions.update(status=status.upper())
        case ["scheme", "over"]:
            schemes.update(ends_at=now)
        case ["scheme", "not", "begun"]:
            schemes.update(starts_at=now + TICK)
        case [status, "scheme"]:
            schemes.update(status=status.upper())


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall time in London."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


def _remaining(buckets: "QuerySet[Bucket]", status: str) -> int:
    return int(
        buckets.filter(status=status).aggregate(left=Sum("remaining", default=0))[
            "left"
        ]
    )
