"""Engage's door: booking opens the accounts that are missing, once."""

import pytest
from django.db import connection

from accounts import opening
from accounts.models import Card
from accounts.operations import draw_code
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.testing import race
from loyalty.tests.api import refusal, statements
from loyalty.tests.engage import BOOK, book, engage_api, holds, row
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


def test_an_error_on_the_way_undoes_the_accounts_that_were_opened(
    api, card, monkeypatch
):
    def fail(**arguments):
        raise RuntimeError

    monkeypatch.setattr(ledger, "batch", fail)
    api.http.raise_request_exception = False
    member = MemberFactory(unit=card.member.unit)
    answer = api.post(BOOK, [row(card, 10, contactId=str(member.uuid))])
    assert refusal(answer) == (500, "internal_error")
    assert not Card.objects.filter(member=member).exists()


def test_many_accounts_are_opened_by_as_many_statements_as_one(api, card):
    def cost(members):
        contacts = [
            str(member.uuid)
            for member in MemberFactory.create_batch(members, unit=card.member.unit)
        ]
        rows = [row(card, 10, contactId=contact) for contact in contacts]
        sent = len(statements(lambda: book(api, *rows)))
        opened = Card.objects.filter(member__uuid__in=contacts)
        assert [holds(api, each) for each in opened] == [(10, 0)] * members
        return sent

    book(api, row(card))  # notes that the secret was used, once a minute
    assert cost(20) == cost(1)


def test_an_account_that_another_call_opens_meanwhile_is_used(api, card, monkeypatch):
    member = MemberFactory(unit=card.member.unit)
    opened = []

    def outrun(pattern):
        if not opened:
            theirs = CardFactory(member=member, definition=card.definition)
            opened.append(theirs)
        return draw_code(pattern)

    monkeypatch.setattr(opening, "draw_code", outrun)
    (accepted,) = book(api, row(card, 10, contactId=str(member.uuid)))["accepted"]
    assert accepted["accountId"] == str(opened[0].uuid)
    assert holds(api, opened[0]) == (10, 0)


def test_a_code_that_is_taken_is_drawn_again(api, card, monkeypatch):
    codes = iter([card.code, "0000777777"])
    monkeypatch.setattr(opening, "draw_code", lambda pattern: next(codes))
    member = MemberFactory(unit=card.member.unit)
    book(api, row(card, 10, contactId=str(member.uuid)))
    assert Card.objects.get(member=member).code == "0000777777"


def test_a_definition_without_codes_left_opens_no_account(api, card, monkeypatch):
    monkeypatch.setattr(opening, "draw_code", lambda pattern: card.code)
    member = MemberFactory(unit=card.member.unit)
    rows = [row(card, 10), row(card, 10, contactId=str(member.uuid))]
    assert refusal(api.post(BOOK, rows)) == (409, "card_exists")
    assert holds(api, card) == (0, 0)


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="the tests' SQLite database is in memory: its threads cannot race",
)
@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_open_the_same_accounts_once(now):
    definition = CardDefinitionFactory()
    unit = definition.scheme.unit
    members = MemberFactory.create_batch(5, unit=unit)
    template = row(CardFactory(definition=definition), 10)
    rows = [template | {"contactId": str(member.uuid)} for member in members]
    tills = [engage_api(unit), engage_api(unit)]

    outcomes = race(
        lambda: book(tills[0], *rows), lambda: book(tills[1], *reversed(rows))
    )

    assert [len(each["accepted"]) for each in outcomes] == [5, 5]
    cards = Card.objects.filter(member__in=members)
    assert len(cards) == 5
    assert {holds(tills[0], each) for each in cards} == {(20, 0)}
