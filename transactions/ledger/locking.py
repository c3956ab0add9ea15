"""Which cards a call locks, and what must be open to act on them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Card, Member
from schemes.models import CardDefinition
from transactions.ledger.book import Book
from transactions.ledger.refusals import (
    CardNotActive,
    DefinitionNotActive,
    MemberNotActive,
    SchemeNotActive,
)


def lock_cards(card_ids: Iterable[int]) -> list[Card]:
    """Cards with their members and rules, locked until the transaction ends.

    In the order of their ids, so never crosswise. The lock leaves the key alone (FOR
    NO KEY UPDATE), so a grant, whose rows only refer to the card, does not wait for
    it. On SQLite the whole transaction is exclusive from its beginning.
    """
    locked = read_cards(card_ids).select_for_update(of=("self",), no_key=True)
    return list(locked.order_by("pk"))


def read_cards(card_ids: Iterable[int]) -> QuerySet[Card]:
    """Cards with their members and rules as they are now."""
    cards = Card.objects.select_related("member__unit", "definition__scheme")
    return cards.filter(pk__in=set(card_ids))


def open_book(card_id: int, *, now: datetime) -> tuple[Book, Card]:
    """The book of one card, which is locked. `now` is aware."""
    (card,) = lock_cards([card_id])
    return Book([card], now=now), card


def require_open(card: Card, *, at: datetime) -> None:
    """Refuse to act on a card whose holder or rules are not active at `at`.

    :raises CardNotActive, MemberNotActive, DefinitionNotActive, SchemeNotActive:
        whichever is met first, from the card outwards.
    """
    if card.status != Card.Status.ACTIVE:
        raise CardNotActive(f"Card {card.code} is {card.status.lower()}.")
    if card.member.status != Member.Status.ACTIVE:
        raise MemberNotActive(f"Member {card.member.external_id} is not active.")
    if card.definition.status != CardDefinition.Status.ACTIVE:
        raise DefinitionNotActive(f"{card.definition.name} is not active.")
    if not card.definition.scheme.is_open(at=at):
        raise SchemeNotActive(
            f"{card.definition.scheme.name} is not active at {at.isoformat()}."
        )
