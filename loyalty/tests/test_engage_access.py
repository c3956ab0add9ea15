"""The Engage door: who gets in, to what, and how it says no."""

import pytest
from django.test import Client

from accounts.tests.factories import CardFactory
from loyalty.tests.api import refusal, shown
from loyalty.tests.engage import ACCOUNTS, BOOK, TRANSACTIONS, book, engage_api, row
from schemes.tests.factories import UnitFactory
from transactions import ledger
from transactions.models import Transaction

pytestmark = pytest.mark.django_db

DEFINITIONS = f"{ACCOUNTS}/definitions"
UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"
NO_IDS = [
    UNKNOWN,
    "x",
    "9" * 400,
    "%00",
    "\N{SNOWMAN}",
    "00000000-0000-0000-0000-000000000000",
]


@pytest.fixture
def card(simple_card):
    return simple_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


@pytest.fixture
def foreign(now):
    """A card of another unit, with points."""
    card = CardFactory()
    ledger.credit(card=card, points=70, now=now)
    return card


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, "not_authenticated"),
        ({"apikey": ""}, "not_authenticated"),
        ({"apikey": "lp_x.y"}, "invalid_credentials"),
        ({"apikey": "nonsense"}, "not_authenticated"),
    ],
)
@pytest.mark.parametrize("address", [ACCOUNTS, DEFINITIONS, TRANSACTIONS, BOOK])
def test_nobody_gets_in_without_a_good_apikey(address, headers, key):
    http = Client(headers=headers)
    call = http.post if address == BOOK else http.get
    assert refusal(call(address, content_type="application/json")) == (401, key)


@pytest.mark.parametrize(
    ("scope", "address"),
    [
        ("cards:read", ACCOUNTS),
        ("cards:read", f"{ACCOUNTS}/{UNKNOWN}"),
        ("cards:read", DEFINITIONS),
        ("cards:read", f"{DEFINITIONS}/1"),
        ("points:read", TRANSACTIONS),
        ("points:write", BOOK),
    ],
)
def test_every_address_needs_its_scope(scope, address):
    def ask(scopes):
        api = engage_api(UnitFactory(), scopes=scopes)
        return api.post(address, []) if address == BOOK else api.get(address)

    others = {"cards:read", "points:read", "points:write"} - {scope}
    answer = ask(sorted(others))
    assert refusal(answer) == (403, "not_permitted")
    assert scope in answer.json()["message"]
    assert ask([scope]).status_code in (200, 400, 404)


def test_contacts_accounts_and_definitions_of_another_unit_do_not_exist(api, foreign):
    for address, parameters in [
        (ACCOUNTS, {"contactId": foreign.member.uuid}),
        (f"{ACCOUNTS}/{foreign.uuid}", {}),
        (f"{DEFINITIONS}/{foreign.definition_id}", {}),
        (TRANSACTIONS, {"id": foreign.uuid}),
    ]:
        assert refusal(api.get(address, **parameters)) == (404, "not_found")
    listed = [each["id"] for each in shown(api.get(DEFINITIONS))]
    assert foreign.definition_id not in listed


def test_nothing_can_be_booked_for_another_unit(api, card, foreign):
    before = Transaction.objects.count()
    rows = [
        row(foreign),
        row(card, definitionId=foreign.definition_id),
        row(foreign, definitionId=card.definition_id),
    ]
    answer = book(api, *rows)
    assert answer["accepted"] == []
    assert answer["missingContactIds"] == [str(foreign.member.uuid)]
    assert answer["missingDefinitionIds"] == [foreign.definition_id]
    assert Transaction.objects.count() == before
    assert foreign.member.cards.count() == card.member.cards.count() == 1


@pytest.mark.parametrize("text", NO_IDS)
@pytest.mark.parametrize("address", [ACCOUNTS, DEFINITIONS])
def test_what_is_no_id_finds_nothing(api, address, text):
    assert refusal(api.get(f"{address}/{text}")) == (404, "not_found")


@pytest.mark.parametrize(
    "address", ["", "point-account", "point-accounts/", "contacts/1", "definitions"]
)
def test_other_addresses_lead_nowhere(api, address):
    answer = api.get(f"/api/v3/{address}")
    assert refusal(answer) == (404, "not_found")
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "address"),
    [("put", ACCOUNTS), ("delete", f"{ACCOUNTS}/{UNKNOWN}"), ("get", BOOK)],
)
def test_other_methods_are_not_allowed(api, method, address):
    answer = api.send(method, address, None)
    assert refusal(answer) == (405, "method_not_allowed")
