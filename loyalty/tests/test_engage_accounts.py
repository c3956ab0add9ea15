"""The Engage door: what the accounts of a contact hold, and of which kinds."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.dateparse import parse_datetime

from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import refusal, shown, statements
from loyalty.tests.engage import ACCOUNTS, account, book, engage_api, holds, row
from schemes.operations import save_definition
from schemes.tests.factories import CardDefinitionFactory, SchemeFactory
from transactions import ledger

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


def accounts(api, member, **parameters):
    return shown(api.get(ACCOUNTS, contactId=member.uuid, **parameters))


def another_card(card):
    """A card of the same member, under another definition."""
    definition = CardDefinitionFactory(scheme=card.definition.scheme)
    return CardFactory(member=card.member, definition=definition)


def test_an_account_shows_what_can_be_spent_and_what_waits(api, card, now):
    ledger.credit(card=card, points=500, now=now)
    ledger.earn(card=card, points=123, now=now)
    ledger.hold(card=card, points=100, until=now + DAY, now=now)

    (found,) = accounts(api, card.member)
    assert found.pop("links") == [
        {
            "href": f"http://testserver/api/v3/point-transactions?id={card.uuid}",
            "method": "GET",
            "rel": "transactions",
        }
    ]
    assert found == {
        "id": str(card.uuid),
        "contactId": str(card.member.uuid),
        "definitionId": card.definition_id,
        "balance": 400,
        "pendingPoints": 123,
        # Six months after the tenth of June, December's last day is the last one.
        "balanceExpires": "2026-01-01T00:00:00Z",
    }


def test_the_link_of_an_account_leads_to_its_transactions(api, card, now):
    ledger.credit(card=card, points=5, now=now)
    (link,) = account(api, card)["links"]
    assert shown(api.get(link["href"]))["totalCount"] == 1


def test_an_account_without_points_never_expires(api, card):
    found = account(api, card)
    assert (found["balance"], found["pendingPoints"]) == (0, 0)
    assert found["balanceExpires"] is None


def test_of_several_expiries_the_next_one_is_shown(api, card, now):
    for days in (9, 3, 20):
        ledger.credit(card=card, points=5, valid_to=now + days * DAY, now=now)
    assert parse_datetime(account(api, card)["balanceExpires"]) == now + 3 * DAY


def test_what_is_owed_makes_a_balance_negative(api, card, now):
    card.definition.allow_negative = True
    save_definition(definition=card.definition)
    ledger.debit(card=card, points=30, now=now)
    assert holds(api, card) == (-30, 0)


def test_points_count_by_their_dates_though_no_sweep_has_run(api, card, now, clock):
    ledger.earn(card=card, points=123, now=now)
    assert holds(api, card) == (0, 123)
    clock.move_to(now + 5 * DAY - timedelta(microseconds=1))
    assert holds(api, card) == (0, 123)
    clock.move_to(now + 5 * DAY)
    assert holds(api, card) == (123, 0)
    clock.move_to(parse_datetime("2026-01-01T00:00:00Z"))
    assert holds(api, card) == (0, 0)
    assert account(api, card)["balanceExpires"] is None


def test_points_that_staff_give_are_active_at_once_though_others_wait(api, card, now):
    assert card.definition.pending_mode == "PERIOD_BASED"
    ledger.credit(card=card, points=50, now=now)
    assert holds(api, card) == (50, 0)


def test_switching_pending_on_touches_only_points_created_afterwards(
    api, simple_card, now
):
    api = engage_api(simple_card.member.unit)
    ledger.earn(card=simple_card, points=10, now=now)
    book(api, row(simple_card, 20))

    rules = simple_card.definition
    rules.pending_mode, rules.pending_period = "PERIOD_BASED", "5D"
    save_definition(definition=rules)
    assert holds(api, simple_card) == (30, 0)

    ledger.earn(card=simple_card, points=40, now=now)
    assert holds(api, simple_card) == (30, 40)


def test_a_contact_has_an_account_for_each_kind_of_points(api, card):
    other = another_card(card)
    CardFactory(definition=card.definition)  # somebody else's
    found = [each["id"] for each in accounts(api, card.member)]
    assert found == [str(card.uuid), str(other.uuid)]


def test_a_list_of_accounts_has_parts(api, card):
    other = another_card(card)
    ids = [
        [each["id"] for each in accounts(api, card.member, offset=offset, count=1)]
        for offset in range(3)
    ]
    assert ids == [[str(card.uuid)], [str(other.uuid)], []]


def test_a_contact_without_accounts_has_an_empty_list(api, card):
    assert accounts(api, MemberFactory(unit=card.member.unit)) == []


def test_an_unknown_contact_is_not_found(api):
    answer = api.get(ACCOUNTS, contactId=uuid4())
    assert refusal(answer) == (404, "not_found")
    assert answer.json()["resource_type"] == "contact"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "contactId"),
        ("contactId=", "contactId"),
        ("contactId=7", "contactId"),
        ("contactId=%00", "contactId"),
        ("contactId={id}&count=0", "count"),
        ("contactId={id}&count=1001", "count"),
        ("contactId={id}&count=x", "count"),
        ("contactId={id}&offset=-1", "offset"),
        ("contactId={id}&offset=" + "9" * 400, "offset"),
        ("contactId={id}&contact=1", "contact"),
    ],
)
def test_a_bad_parameter_is_named(api, card, query, field):
    answer = api.get(f"{ACCOUNTS}?{query.format(id=card.member.uuid)}")
    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["details"].startswith(f"{field}: ")


def test_many_accounts_cost_as_many_statements_as_one(api, card, now):
    def cost():
        return len(statements(lambda: accounts(api, card.member)))

    ledger.credit(card=card, points=5, now=now)
    accounts(api, card.member)  # notes that the secret was used, once a minute
    one = cost()
    for _ in range(5):
        ledger.credit(card=another_card(card), points=5, now=now)
    assert cost() == one


def test_a_definition_is_a_kind_of_points(api, card):
    scheme = SchemeFactory(unit=card.member.unit, description="Points of our shops")
    other = CardDefinitionFactory(scheme=scheme, name="Stars")
    stars = {
        "id": other.pk,
        "name": "Stars",
        "description": "Points of our shops",
        "links": [],
    }
    found = shown(api.get(f"{ACCOUNTS}/definitions"))
    assert [each["id"] for each in found] == [card.definition_id, other.pk]
    assert found[1] == stars
    assert shown(api.get(f"{ACCOUNTS}/definitions/{other.pk}")) == stars
    assert shown(api.get(f"{ACCOUNTS}/definitions", offset=1, count=1)) == [stars]
