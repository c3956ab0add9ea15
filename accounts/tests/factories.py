"""Factories of who holds points: members, identities, cards. Points come by the ledger."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.models import Card, Identity, Member
from schemes.tests.factories import CardDefinitionFactory, UnitFactory

JOINED_AT = datetime(2020, 1, 1, tzinfo=UTC)


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    unit = factory.SubFactory(UnitFactory)
    external_id = factory.Sequence(lambda n: f"customer-{n}")
    name = "Ada Example"
    created_at = JOINED_AT


class IdentityFactory(DjangoModelFactory):
    class Meta:
        model = Identity

    member = factory.SubFactory(MemberFactory)
    unit = factory.SelfAttribute("member.unit")
    value = factory.Sequence(lambda n: f"70000{n:05}")
    created_at = JOINED_AT


class CardFactory(DjangoModelFactory):
    """A card of a member of the definition's own unit."""

    class Meta:
        model = Card

    definition = factory.SubFactory(CardDefinitionFactory)
    member = factory.SubFactory(
        MemberFactory, unit=factory.SelfAttribute("..definition.scheme.unit")
    )
    code = factory.Sequence(lambda n: f"{n:010}")
    created_at = JOINED_AT
