"""Whose card a line is for: members and cards of a whole batch, in a few queries."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Lower

from accounts.joining import members_of
from accounts.models import Card, Identity, Member
from accounts.opening import cards_of
from schemes.models import CardDefinition
from transactions.imports.refusals import NoCard, UnknownMember


class Holders:
    """The members that a batch names, and their cards under one definition.

    A name is an external id; or else an identity, whatever its case.
    """

    def __init__(self, names: Collection[str], *, definition: CardDefinition) -> None:
        self.definition = definition
        self._members = self._by_external_id(names)
        self._members |= self._by_identity(set(names) - set(self._members))
        self._cards = {
            card.member_id: card
            for card in definition.cards.filter(member__in=self._members.values())
        }

    @property
    def cards(self) -> list[Card]:
        """The cards that there are."""
        return list(self._cards.values())

    def card(self, name: str) -> Card:
        """The card of the member with this name.

        :raises UnknownMember: if there is no such member.
        :raises NoCard: if the member has no card of the definition.
        """
        member = self._members.get(name)
        if member is None:
            raise UnknownMember(
                f"{name!r} is neither an external id nor an identity.", field="member"
            )
        if member.pk not in self._cards:
            # Copies of a definition share its name: the scheme tells them apart.
            of = f"{self.definition.scheme.name}: {self.definition.name}"
            raise NoCard(f"{name!r} has no card of {of}.", field="member")
        return self._cards[member.pk]

    def has_card(self, name: str) -> bool:
        """Whether `card` has an answer for this name."""
        member = self._members.get(name)
        return member is not None and member.pk in self._cards

    def open_cards(self, names: Collection[str], *, now: datetime) -> dict[str, Card]:
        """Open the cards of these names, for new members where there are none.

        They are not remembered here: what they are for may yet be refused.

        :raises CardExists: if the definition has hardly any codes left to draw.
        """
        unknown = [name for name in names if name not in self._members]
        members = self._members | members_of(
            self.definition.scheme.unit, unknown, now=now
        )
        holders = [(members[name], self.definition) for name in names]
        cards = cards_of(holders, now=now)
        return {
            name: cards[member.pk, self.definition.pk]
            for name, (member, _) in zip(names, holders, strict=True)
        }

    def _by_external_id(self, names: Collection[str]) -> dict[str, Member]:
        members = Member.objects.filter(
            unit=self.definition.scheme.unit_id, external_id__in=names
        )
        return {member.external_id: member for member in members}

    def _by_identity(self, names: Collection[str]) -> dict[str, Member]:
        if not names:
            return {}
        found = (
            Identity.objects.alias(folded=Lower("value"))
            .filter(
                unit=self.definition.scheme.unit_id,
                folded__in=[Lower(Value(name)) for name in names],
            )
            .select_related("member")
        )
        # The database folds letters its own way, so the exact value comes first.
        exact = {identity.value: identity.member for identity in found}
        folded = {value.lower(): member for value, member in exact.items()}
        by_name = {name: exact.get(name) or folded.get(name.lower()) for name in names}
        return {name: member for name, member in by_name.items() if member}
