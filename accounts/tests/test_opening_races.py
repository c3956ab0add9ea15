"""Cards are opened while somebody takes their rules away: one of the two is refused."""

from functools import partial

import pytest
from django.db import OperationalError, connection
from django.db.transaction import atomic

from accounts import operations
from accounts.enrolling import enrol
from accounts.models import Card
from accounts.opening import cards_of
from accounts.tests.factories import MemberFactory
from loyalty.errors import NotFound
from loyalty.testing import race
from schemes.models import CardDefinition, Scheme
from schemes.operations import (
    InUse,
    delete_definition,
    delete_scheme,
    move_definition,
)
from schemes.tests.factories import CardDefinitionFactory, SchemeFactory
from transactions.tests.racing import side_by_side

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="the tests' SQLite database is in memory: its threads cannot race",
    ),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def definition():
    return CardDefinitionFactory()


@pytest.fixture
def member(definition):
    return MemberFactory(unit=definition.scheme.unit)


def open_one(member, definition, now):
    operations.open_card(member=member, definition=definition, now=now)


def enrol_one(member, definition, now):
    enrol(definition=definition, external_id="new", card_number="77", now=now)


def open_many(member, definition, now):
    with atomic():
        cards_of([(member, definition)], now=now)


opening = pytest.mark.parametrize("opens", [open_one, enrol_one, open_many])


def delete_rules(definition):
    delete_definition(definition=CardDefinition.objects.get(pk=definition.pk))


def delete_all(definition):
    delete_scheme(scheme=Scheme.objects.get(pk=definition.scheme_id))


def move_away(definition):
    move_definition(
        definition=CardDefinition.objects.get(pk=definition.pk),
        scheme=Scheme.objects.exclude(pk=definition.scheme_id).get(),
    )


@opening
@pytest.mark.parametrize("delete", [delete_rules, delete_all])
def test_either_the_card_is_opened_or_its_rules_are_deleted(
    opens, delete, definition, member, now
):
    opened, deleted = side_by_side(
        partial(opens, member, definition, now), partial(delete, definition)
    )

    if opened is None:
        assert isinstance(deleted, InUse)
        assert Card.objects.get().definition == definition
    else:
        assert isinstance(opened, NotFound)
        assert deleted is None
        assert not Card.objects.exists()


@opening
def test_rules_are_not_moved_while_a_card_of_them_is_opened(
    opens, definition, member, now
):
    SchemeFactory(unit=definition.scheme.unit)

    def move_without_patience():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        move_away(definition)

    with atomic():
        opens(member, definition, now)
        (moved,) = race(move_without_patience)

    assert isinstance(moved, OperationalError)
    with pytest.raises(InUse):
        move_away(definition)


def test_cards_of_one_definition_are_opened_without_waiting_for_each_other(
    definition, member, now
):
    with atomic():
        open_one(member, definition, now)
        (joined,) = race(
            partial(enrol, definition=definition, external_id="other", now=now)
        )

    assert joined.is_new_card
