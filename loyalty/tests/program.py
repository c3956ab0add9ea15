"""A running loyalty program for tests of the API: rules, a card, points, a client."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient, Card
from accounts.scopes import SCOPES
from accounts.tests.factories import CardFactory, IdentityFactory
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)
from transactions import ledger, sweeps


@dataclass(frozen=True, kw_only=True)
class Program:
    """A card with points in every state, and a client that may do everything."""

    card: Card
    client: ApiClient
    secret: str

    @property
    def token(self) -> str:
        """What the client sends as its bearer token."""
        return clients.token(client=self.client, secret=self.secret)

    @property
    def headers(self) -> dict[str, Any]:
        """The headers that Django's test client sends it with."""
        return {"Authorization": f"Bearer {self.token}"}


def make_client(unit, *, scopes=SCOPES, now=None, **options):
    """An API client of the unit and the text of its secret; it may all, if not told."""
    return clients.create_client(
        unit=unit, name="Till", scopes=scopes, now=now or timezone.now(), **options
    )


def make_program():
    """The program, with 500 active points, 100 that wait and 100 that were spent."""
    now = timezone.now()
    definition = CardDefinitionFactory(
        recipe=True, refunds="BELOW_ZERO", allow_negative=True
    )
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    card = CardFactory(definition=definition)
    IdentityFactory(member=card.member)
    order = ledger.Order(reference="A-1", amount=10_000)
    ledger.earn(card=card, order=order, now=now)
    ledger.credit(card=card, points=600, now=now)
    ledger.spend(card=card, points=100, reward="Coffee", now=now)
    sweeps.activate_due(now=now)
    client, secret = make_client(definition.scheme.unit, now=now)
    return Program(card=card, client=client, secret=secret)


def make_spare(program):
    """Another card of the same unit, under a scheme of its own."""
    scheme = SchemeFactory(unit=program.client.unit)
    return CardFactory(definition=CardDefinitionFactory(scheme=scheme))
