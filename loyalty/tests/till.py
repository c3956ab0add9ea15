"""A till in tests: it calls POS Connect for one shopper, and sees what the wallet holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from loyalty.doors.eagle_eye import figures
from loyalty.tests.api import Caller, client, shown
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
)
from transactions import ledger
from transactions.tests.helpers import everything

STORE = {"incomingIdentifier": "outlet1", "parentIncomingIdentifier": "banner1"}
PLACE = {"storeId": "outlet1", "storeParentId": "banner1"}


@dataclass
class Till:
    """A till and the shopper before it, who has shown an identity."""

    card: Card
    value: str
    api: Caller
    root: str = "/connect/wallet"

    def post(self, call: str, **body: Any) -> Any:
        """The answer to a call about the shopper's wallet."""
        said = {"identity": {"identityValue": self.value}, "location": STORE}
        return self.api.post(f"{self.root}/{call}", {**said, **body})

    def call(self, call: str, **body: Any) -> Any:
        """The body of a 200."""
        return shown(self.post(call, **body))

    def settle(self, reference: str, amount: int, **body: Any) -> Any:
        """A basket of so many minor units is settled."""
        return self.call("settle", reference=reference, basket=basket(amount), **body)

    def lock(self, reference: str, points: int, **body: Any) -> Any:
        """So many points are locked."""
        return self.call("spend", reference=reference, points=points, lock=True, **body)

    def quote(self, **wish: Any) -> Any:
        """What could be spent of a wish."""
        return self.call("spend/calculate", **wish)["spendAdjudicationResults"]

    def balances(self, card: Card | None = None) -> dict[str, int]:
        """What an account of the wallet holds now, as Eagle Eye counts it."""
        card = card or self.card
        return dict(figures.of_accounts([card], now=timezone.now())[card.pk])

    def holds(self) -> tuple[int, int, int, int]:
        """(current, usable, locked, pending) of the account."""
        held = self.balances()
        assert held["current"] == held["usable"] + held["locked"] + held["pending"]
        return held["current"], held["usable"], held["locked"], held["pending"]

    def gets(self, points: int) -> None:
        """Points that can be spent at once."""
        ledger.credit(card=self.card, points=points, now=timezone.now())


def make_till(*, burns: bool = True, **rules: Any) -> Till:
    """A till, and a shopper with one account: 1 point for every 100 minor units."""
    definition = CardDefinitionFactory(**rules)
    EarnRateFactory(card_definition=definition)
    if burns:
        BurnRateFactory(card_definition=definition)
    card: Any = CardFactory(definition=definition)
    identity: Any = IdentityFactory(member=card.member)
    return Till(card=card, value=identity.value, api=client(card.member.unit))


def second_account(till: Till, **rules: Any) -> Card:
    """Another account in the shopper's wallet: 2 points for every 100 minor units."""
    definition = CardDefinitionFactory(scheme__unit=till.card.member.unit, **rules)
    EarnRateFactory(card_definition=definition, points=2)
    card: Any = CardFactory(definition=definition, member=till.card.member)
    assert isinstance(card, Card)
    return card


def second_shopper(till: Till) -> Till:
    """The same till with another shopper before it, who has an account by its rules."""
    unit, rules = till.card.member.unit, till.card.definition
    card: Any = CardFactory(member=MemberFactory(unit=unit), definition=rules)
    identity: Any = IdentityFactory(member=card.member)
    return Till(card=card, value=identity.value, api=till.api)


def basket(amount: int) -> dict[str, Any]:
    """A basket of so many minor units."""
    return {
        "type": "STANDARD",
        "summary": {"totalItems": 1, "totalBasketValue": amount},
    }


def coming_back(*costs: int) -> dict[str, Any]:
    """A basket of lines that come back."""
    lines = [
        {"upc": "1", "salesKey": "REFUND", "totalUnitCost": cost} for cost in costs
    ]
    return {"contents": lines}


def line_of(answer: Any) -> tuple[str, int]:
    """(event, value) of the one account transaction of an answer."""
    (line,) = answer["accountTransactions"]
    return line["event"], line["value"]


def journeys_of(answer: Any) -> list[tuple[str, str, str]]:
    """(type, status, reference) of the wallet transactions of an answer."""
    return [
        (each["type"], each["status"], each["reference"])
        for each in answer["walletTransactions"]
    ]


def promised_by(answer: Any) -> list[tuple[str, int]]:
    """What an open promises: (account, points)."""
    analysis = answer["analyseBasketResults"]
    total = analysis["basket"]["summary"]["results"]["points"]["earn"]
    assert total == sum(each["value"] for each in analysis["points"])
    return [(each["accountId"], each["value"]) for each in analysis["points"]]


@contextmanager
def nothing_written() -> Iterator[None]:
    """Expect that no row of the ledger changes."""
    before = everything()
    yield
    assert everything() == before


def refused(response: Any) -> tuple[int, str]:
    """The status and the code of a refusal, in Eagle Eye's shape."""
    body = response.json()
    assert set(body) == {"errorCode", "errorMessage", "errorDescription", "details"}
    return response.status_code, body["errorCode"]
