"""One of everything the admin has a page for, in a unit, for tests of who may what."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User

from accounts import clients
from accounts.models import ApiClient, Card, Member
from accounts.tests.factories import CardFactory, IdentityFactory
from schemes.models import CardDefinition, Scheme, Unit, UnitAccess
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
)
from transactions import jobs, ledger
from transactions.ledger import Order
from transactions.models import Bucket, Job, SweepRun, Transaction

NOW = datetime(2025, 6, 10, 14, tzinfo=UTC)

# Whose rows belong to a unit.
OF_A_UNIT = (
    Unit,
    Scheme,
    CardDefinition,
    Member,
    Card,
    ApiClient,
    Bucket,
    Transaction,
    Job,
)


@dataclass
class Shop:
    """A unit and its rows, by their model."""

    unit: Unit
    rows: dict[Any, Any]

    def __getitem__(self, model: Any) -> Any:
        return self.rows[model]


def make_shop(name: str) -> Shop:
    """A unit of this name with one of everything, and somebody who works for it."""
    definition: Any = CardDefinitionFactory(
        name=f"{name} points", scheme__name=name, scheme__unit__name=name
    )
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    card: Any = CardFactory(
        definition=definition, code=f"{name}-card", member__name=f"{name} Ada"
    )
    IdentityFactory(member=card.member)
    unit = card.member.unit
    client, _ = clients.create_client(
        unit=unit, name=f"{name} till", scopes=["points:read"], now=NOW
    )
    order = Order(reference=f"{name}-order", amount=10_000)
    ledger.earn(card=card, order=order, now=NOW)
    user = User.objects.create_user(f"{name}-clerk".lower(), is_staff=True)
    user.groups.add(Group.objects.get(name="Agent"))
    UnitAccess.objects.create(user=user, unit=unit)
    run = SweepRun.objects.create(
        name="EXPIRE_DUE", until=NOW, started_at=NOW, buckets=4321, points=87654
    )
    job = jobs.start(
        kind=Job.Kind.CANCEL_BUCKETS,
        unit=unit,
        actor=f"staff:{name}-clerk",
        reason=f"{name} reason",
        parameters={},
        total=0,
        now=NOW,
    )
    rows = {
        Unit: unit,
        Scheme: definition.scheme,
        CardDefinition: definition,
        Member: card.member,
        Card: card,
        ApiClient: client,
        Bucket: Bucket.objects.get(card=card),
        Transaction: Transaction.objects.get(card=card),
        SweepRun: run,
        Job: job,
        User: user,
        Group: user.groups.get(),
    }
    return Shop(unit=unit, rows=rows)
