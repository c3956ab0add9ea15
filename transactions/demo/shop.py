"""The demo shop opens: unit, scheme and rules of the recipe, members and their cards.

The scheme is the one of Eagle Eye's recipe "Loyalty Points Recipe - Pending Points".
"""

from datetime import UTC, datetime
from decimal import Decimal

from accounts.models import Card, Identity
from accounts.operations import add_identity, create_member, open_card
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme, Unit
from schemes.operations import save_definition, save_scheme
from transactions.demo.people import person

UNIT = "aeplc"
SCHEME = "RETAILPOINTS"
STARTS_AT = datetime(2025, 6, 1, tzinfo=UTC)
ENDS_AT = datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)


def exists() -> bool:
    """Whether the demo shop is there already."""
    return Unit.objects.filter(incoming_identifier=UNIT).exists()


def others() -> list[str]:
    """The units that are not the demo's."""
    units = Unit.objects.exclude(incoming_identifier=UNIT).order_by("pk")
    return list(units.values_list("incoming_identifier", flat=True))


def open_shop() -> CardDefinition:
    """Make the unit, its scheme and the rules of its points."""
    unit = Unit.objects.create(name="AE plc", incoming_identifier=UNIT)
    scheme = save_scheme(
        scheme=Scheme(
            unit=unit,
            name="Retail Points",
            reference=SCHEME,
            status=Scheme.Status.ACTIVE,
            starts_at=STARTS_AT,
            ends_at=ENDS_AT,
            time_zone="Europe/London",
            currency="GBP",
            point_cost=Decimal(1),
            expected_breakage=Decimal(15),
        )
    )
    return save_definition(
        definition=CardDefinition(
            scheme=scheme,
            name="Retail Points",
            status=CardDefinition.Status.ACTIVE,
            pending_mode=CardDefinition.PendingMode.PERIOD_BASED,
            pending_period="5D",
            expiry_mode=CardDefinition.ExpiryMode.ROLLING,
            expiry_period="6M",
            expiry_rounding=CardDefinition.ExpiryRounding.MONTH,
        ),
        earn_rates=[EarnRate(incoming_identifier=UNIT, points=1, step=100)],
        burn_rates=[
            BurnRate(
                incoming_identifier=UNIT, floor=100, ceiling=99_999, step=100, rate=1
            )
        ],
    )


def enrol(number: int, *, definition: CardDefinition, now: datetime) -> Card:
    """Let the member with this number join: identities and a card."""
    who = person(number)
    member = create_member(
        unit=definition.scheme.unit,
        external_id=who.external_id,
        name=who.name,
        now=now,
    )
    for type_, value in (
        (Identity.Type.CARD, who.card_number),
        (Identity.Type.EMAIL, who.email),
        (Identity.Type.PHONE, who.phone),
    ):
        add_identity(member=member, type=type_, value=value, now=now)
    return open_card(
        member=member, definition=definition, code=who.card_number, now=now
    )
