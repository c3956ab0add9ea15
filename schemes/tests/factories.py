"""Factories of what is promised: units, schemes, definitions, rates."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme, Unit


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = Unit

    name = factory.Sequence(lambda n: f"Shop {n}")
    incoming_identifier = factory.Sequence(lambda n: f"shop{n}")


class SchemeFactory(DjangoModelFactory):
    """An active scheme in London time that began in 2020 and never ends."""

    class Meta:
        model = Scheme

    unit = factory.SubFactory(UnitFactory)
    name = "Retail Points"
    reference = factory.Sequence(lambda n: f"RETAIL-{n}")
    status = Scheme.Status.ACTIVE
    starts_at = datetime(2020, 1, 1, tzinfo=UTC)
    time_zone = "Europe/London"
    currency = "GBP"


class CardDefinitionFactory(DjangoModelFactory):
    """Points that are active at once and never expire, unless told otherwise."""

    class Meta:
        model = CardDefinition

    class Params:
        # The rules of the recipe "Loyalty Points Recipe - Pending Points".
        recipe = factory.Trait(
            pending_mode=CardDefinition.PendingMode.PERIOD_BASED,
            pending_period="5D",
            expiry_mode=CardDefinition.ExpiryMode.ROLLING,
            expiry_period="6M",
            expiry_rounding=CardDefinition.ExpiryRounding.MONTH,
        )

    scheme = factory.SubFactory(SchemeFactory)
    name = factory.Sequence(lambda n: f"Points {n}")
    status = CardDefinition.Status.ACTIVE


class EarnRateFactory(DjangoModelFactory):
    """One point for every 100 minor units, for the unit's own identifier."""

    class Meta:
        model = EarnRate

    card_definition = factory.SubFactory(CardDefinitionFactory)
    incoming_identifier = factory.SelfAttribute(
        "card_definition.scheme.unit.incoming_identifier"
    )
    points = 1
    step = 100


class BurnRateFactory(DjangoModelFactory):
    """100 to 99,999 points, in steps of 100, each worth one minor unit."""

    class Meta:
        model = BurnRate

    card_definition = factory.SubFactory(CardDefinitionFactory)
    incoming_identifier = factory.SelfAttribute(
        "card_definition.scheme.unit.incoming_identifier"
    )
    floor = 100
    ceiling = 99_999
    step = 100
    rate = 1
