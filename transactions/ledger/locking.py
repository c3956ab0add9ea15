"""The lock that makes debits of one card serial, and what must be open to act."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Card, Member
from schemes.models import CardDefinition
from transactions.ledger.refusals import (
    CardNotActive,
    DefinitionNotActive,
    MemberNotActive,
    SchemeNotActive,
)
from transactions.models import Bucket


def lock_card(card_id: int) -> Card:
    """The card with its member and rules, locked until the transaction ends.

    The lock leaves the key alone (FOR NO KEY UPDATE), so a grant, whose rows only
    refer to the card, does not wait for it. On SQLite the whole transaction is
    exclusive from its beginning.
    """
    return _with_rules().select_for_update(of=("self",), no_key=True).get(pk=card_id)


def lock_cards(card_ids: Iterable[int]) -> dict[int, Card]:
    """Several cards by their ids, locked in the order of these, so never crosswise."""
    cards = _with_rules().select_for_update(of=("self",), no_key=True).order_by("pk")
    return {card.pk: card for card in cards.filter(pk__in=set(card_ids))}


def read_card(card_id: int) -> Card:
    """The card with its member and rules as they are now."""
    return _with_rules().get(pk=card_id)


def _with_rules() -> QuerySet[Card]:
    return Card.objects.select_related("member__unit", "definition__scheme")


def lock_bucket(bucket: Bucket) -> tuple[Card, Bucket]:
    """The bucket and its card, the card locked first as everywhere."""
    card = lock_card(bucket.card_id)
    return card, Bucket.objects.select_for_update().get(pk=bucket.pk)


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
