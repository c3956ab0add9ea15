"""Which cards a call locks, and what must be open to act on them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from accounts.models import Card, Member
from schemes.models import CardDefinition, Scheme
from transactions.ledger.book import Book
from transactions.ledger.refusals import (
    CARD_IS,
    CardNotActive,
    DefinitionNotActive,
    MemberNotActive,
    SchemeNotActive,
    SchemeOutsideDates,
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

    :raises CardNotActive, MemberNotActive, DefinitionNotActive, SchemeNotActive,
        SchemeOutsideDates: whichever is met first, from the card outwards.
    """
    if card.status != Card.Status.ACTIVE:
        raise CardNotActive(
            CARD_IS[Card.Status(card.status)], values={"card": card.code}
        )
    if card.member.status != Member.Status.ACTIVE:
        raise MemberNotActive(
            _("Member %(member)s is not active."),
            values={"member": card.member.external_id},
        )
    if card.definition.status != CardDefinition.Status.ACTIVE:
        raise DefinitionNotActive(
            _("%(name)s is not active."), values={"name": card.definition.name}
        )
    scheme = card.definition.scheme
    if scheme.status != Scheme.Status.ACTIVE:
        raise SchemeNotActive(
            _("%(name)s is not active."), values={"name": scheme.name}
        )
    if not scheme.is_open(at=at):
        raise SchemeOutsideDates(
            _("%(name)s does not run at %(moment)s."),
            values={"name": scheme.name, "moment": at.isoformat()},
        )
