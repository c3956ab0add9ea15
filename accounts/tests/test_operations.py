"""How members join, what finds them, their cards, and how cards are blocked."""

import pytest
from django.utils import timezone

from accounts import operations
from accounts.models import Card, Identity, Member
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from loyalty.errors import BadInput
from schemes.tests.factories import CardDefinitionFactory, UnitFactory

pytestmark = pytest.mark.django_db


def open_card(**arguments):
    return operations.open_card(**{"now": timezone.now(), **arguments})


# --- Members --------------------------------------------------------------------------


def test_a_customer_becomes_a_member(now):
    unit, metadata = UnitFactory(), {"tier": "gold"}
    member = operations.create_member(
        unit=unit, external_id="c-1", name="Ada", metadata=metadata, now=now
    )
    member.refresh_from_db()
    assert (member.unit, member.external_id, member.name) == (unit, "c-1", "Ada")
    assert (member.status, member.metadata, member.created_at) == (
        Member.Status.ACTIVE,
        metadata,
        now,
    )


def test_an_external_id_is_taken_once_in_a_unit(now):
    member = MemberFactory()
    with pytest.raises(operations.ExternalIdTaken) as refusal:
        operations.create_member(
            unit=member.unit, external_id=member.external_id, now=now
        )
    assert (refusal.value.status, refusal.value.field) == (409, "external_id")
    # The refusal leaves the transaction around it usable.
    assert Member.objects.count() == 1


def test_two_units_may_use_the_same_external_id(now):
    member = MemberFactory()
    operations.create_member(
        unit=UnitFactory(), external_id=member.external_id, now=now
    )
    assert Member.objects.count() == 2


# --- Identities -----------------------------------------------------------------------


def add_identity(member, value, type=Identity.Type.EMAIL):
    return operations.add_identity(
        member=member, value=value, type=type, now=timezone.now()
    )


def test_an_identity_finds_its_member_whatever_the_case():
    member = MemberFactory()
    identity = add_identity(member, "  Ada@Example.com ")
    assert identity.value == "Ada@Example.com"
    found = Identity.objects.for_value(unit=member.unit, value=" ADA@example.COM ")
    assert [each.member for each in found] == [member]


def test_an_identity_is_not_found_from_another_unit():
    identity = IdentityFactory()
    found = Identity.objects.for_value(unit=UnitFactory(), value=identity.value)
    assert not found.exists()


@pytest.mark.parametrize("other", ["same member", "other member"])
def test_a_value_finds_one_member_of_a_unit(other):
    member = MemberFactory()
    add_identity(member, "ada@example.com")
    second = member if other == "same member" else MemberFactory(unit=member.unit)
    with pytest.raises(operations.IdentityTaken) as refusal:
        add_identity(second, "ADA@example.com")
    assert refusal.value.field == "value"
    assert Identity.objects.count() == 1


def test_another_unit_s_member_may_have_the_same_value():
    add_identity(MemberFactory(), "ada@example.com")
    add_identity(MemberFactory(), "ada@example.com")
    assert Identity.objects.count() == 2


def test_a_blank_value_finds_nobody():
    with pytest.raises(BadInput) as refusal:
        add_identity(MemberFactory(), "   ")
    assert refusal.value.field == "value"


def test_a_removed_identity_finds_nobody_and_can_be_another_s():
    member = MemberFactory()
    operations.remove_identity(identity=add_identity(member, "ada@example.com"))
    assert not Identity.objects.exists()
    add_identity(MemberFactory(unit=member.unit), "ada@example.com")


# --- Cards ----------------------------------------------------------------------------


def test_a_card_s_code_is_drawn_by_the_pattern_of_its_definition(now):
    definition = CardDefinitionFactory(code_pattern="GB-####-##X")
    member = MemberFactory(unit=definition.scheme.unit)
    card = open_card(member=member, definition=definition, now=now)
    start, digits, end = card.code[:3], card.code[3:-1], card.code[-1]
    assert (start, end, len(digits)) == ("GB-", "X", 7)
    assert digits.replace("-", "").isdigit()
    assert (card.status, card.overdraft, card.created_at) == ("ACTIVE", 0, now)


def test_a_code_that_is_taken_is_drawn_again(monkeypatch):
    taken = CardFactory(code="1111")
    codes = iter(["1111", "2222"])
    monkeypatch.setattr(operations, "draw_code", lambda pattern: next(codes))
    member = MemberFactory(unit=taken.member.unit)
    assert open_card(member=member, definition=taken.definition).code == "2222"


def test_a_card_has_the_code_it_is_given():
    definition = CardDefinitionFactory()
    member = MemberFactory(unit=definition.scheme.unit)
    card = open_card(member=member, definition=definition, code="my-card")
    assert card.code == "my-card"


def test_a_given_code_that_is_taken_is_refused():
    taken = CardFactory()
    member = MemberFactory(unit=taken.member.unit)
    with pytest.raises(operations.CardExists) as refusal:
        open_card(member=member, definition=taken.definition, code=taken.code)
    assert refusal.value.field == "code"


def test_a_member_has_one_card_under_a_definition():
    card = CardFactory()
    with pytest.raises(operations.CardExists):
        open_card(member=card.member, definition=card.definition)
    assert Card.objects.count() == 1


def test_a_card_is_not_opened_under_another_unit_s_definition():
    with pytest.raises(operations.OtherUnit) as refusal:
        open_card(member=MemberFactory(), definition=CardDefinitionFactory())
    assert (refusal.value.status, refusal.value.field) == (400, "definition")


@pytest.mark.parametrize("status", ["BLOCKED", "CLOSED", "ACTIVE"])
def test_a_card_is_blocked_closed_and_used_again(status):
    card = CardFactory(status="BLOCKED")
    changed = operations.change_card_status(card=card, status=Card.Status(status))
    assert changed.status == Card.objects.get().status == status


def test_changing_the_status_overwrites_nothing_else():
    card = CardFactory()
    Card.objects.update(overdraft=7)
    operations.change_card_status(card=card, status=Card.Status.BLOCKED)
    assert Card.objects.get().overdraft == 7
