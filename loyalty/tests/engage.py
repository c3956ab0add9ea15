"""What tests of the Engage door share: a program with its apikey, and rows to book."""

from typing import Any

from django.test import Client

from accounts import clients
from accounts.models import Card
from accounts.scopes import SCOPES
from loyalty.tests.api import Caller, shown
from loyalty.tests.program import make_client

ACCOUNTS = "/api/v3/point-accounts"
BOOK = f"{ACCOUNTS}/transactions"
TRANSACTIONS = "/api/v3/point-transactions"


def engage_api(unit: Any, scopes: Any = SCOPES) -> Caller:
    """A program that calls as Engage's clients do."""
    made, secret = make_client(unit, scopes=scopes)
    token = clients.token(client=made, secret=secret)
    return Caller(Client(headers={"apikey": token, "User-Agent": "AcmePOS/1.5"}))


def row(card: Card, amount: Any = 100, **more: Any) -> dict[str, Any]:
    """A row that gives the card's holder so many points."""
    return {
        "contactId": str(card.member.uuid),
        "definitionId": card.definition_id,
        "amount": amount,
        "source": "Automation",
        "description": "Birthday",
        **more,
    }


def book(api: Caller, *rows: Any) -> Any:
    """The answer to a booking of these rows."""
    return shown(api.post(BOOK, list(rows)))


def account(api: Caller, card: Card) -> Any:
    """What the card's account shows."""
    return shown(api.get(f"{ACCOUNTS}/{card.uuid}"))


def holds(api: Caller, card: Card) -> tuple[int, int]:
    """What can be spent, and what waits."""
    found = account(api, card)
    return found["balance"], found["pendingPoints"]


def transactions(api: Caller, card: Card, **parameters: Any) -> Any:
    """The items of a page of the card's point transactions."""
    return shown(api.get(TRANSACTIONS, id=card.uuid, **parameters))["items"]
