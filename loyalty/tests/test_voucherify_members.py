"""Members of the Voucherify door: joining, changing, leaving, and who a customer is."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import operations
from accounts.models import Card, Member
from accounts.tests.factories import MemberFactory
from loyalty.tests.api import refusal, shown
from loyalty.tests.voucherify import Project, members_of
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return Project()


@pytest.fixture
def club(project):
    return project.program()


def cards_of(program):
    scheme = Scheme.objects.get(reference=program["id"])
    return Card.objects.filter(definition__scheme=scheme)


def test_joining_enrols_a_new_customer_with_a_card_of_every_active_definition(
    project, club
):
    scheme = Scheme.objects.get(reference=club["id"])
    CardDefinitionFactory(scheme=scheme)
    CardDefinitionFactory(scheme=scheme, status="DRAFT")
    member = project.member(club, "ada", metadata={"tier": "gold"})
    cards = member.pop("cards")
    assert member == {
        "id": member["id"],
        "customer_id": "ada",
        "program_id": club["id"],
        "status": "ACTIVE",
        "metadata": {"tier": "gold"},
        "created_at": member["created_at"],
        "updated_at": None,
        "object": "member",
    }
    ours = Member.objects.get(unit=project.unit, external_id="ada")
    assert member["id"] == f"lmbr_{ours.uuid.hex}"
    assert len(cards) == cards_of(club).count() == 2
    assert {card["card"]["code"] for card in cards} == {
        card.code for card in cards_of(club)
    }


@pytest.mark.parametrize("by", ["customer_id", "customer_source_id"])
def test_a_known_customer_is_found_by_either_of_its_ids(project, club, by):
    known = MemberFactory(unit=project.unit, external_id="ada", metadata={"a": 1})
    body = {"customer_identification": {"type": by, by: "ada"}, "metadata": {"b": 2}}
    member = shown(project.post(members_of(club), body))
    assert member["id"] == f"lmbr_{known.uuid.hex}"
    assert member["metadata"] == {"a": 1, "b": 2}
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "customer_id"),
        ([], ""),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": 7}, "customer_id"),
        ({"customer_id": None}, "customer_id"),
        ({"customer_id": "x" * 201}, "customer_id"),
        ({"customer_id": "a", "status": "DELETED"}, "status"),
        ({"customer_id": "a", "metadata": "x"}, "metadata"),
        ({"customer_id": "a", "age": 7}, "age"),
        ({"customer_identification": {"type": "customer_id"}}, "customer_id"),
        ({"customer_identification": {"type": "email"}}, "type"),
        ({"customer_identification": "ada"}, "customer_identification"),
        (
            {
                "customer_id": "a",
                "customer_identification": {"type": "customer_id", "customer_id": "a"},
            },
            "customer_id",
        ),
    ],
)
def test_a_body_that_names_no_customer_is_refused_by_the_field(
    project, club, body, field
):
    response = project.post(members_of(club), body)
    assert refusal(response) == (400, "invalid_payload")
    assert field in response.json()["details"]
    assert not Member.objects.exists()


def test_a_customer_joins_a_program_once(project, club):
    member = project.member(club)
    response = project.post(members_of(club), {"customer_id": "ada"})
    assert refusal(response) == (409, "member_already_exists")
    assert response.json()["resource_id"] == member["id"]
    assert cards_of(club).count() == 1


def test_members_join_only_a_program_that_is_active(project):
    draft = project.program(status="DRAFT")
    body = {"customer_id": "ada"}
    assert refusal(project.post(members_of(draft), body)) == (423, "non_active_program")
    shown(project.post(f"programs/{draft['id']}/activate"))
    shown(project.post(f"programs/{draft['id']}/deactivate"))
    assert refusal(project.post(members_of(draft), body)) == (423, "non_active_program")
    assert not Member.objects.exists()


def test_nobody_joins_where_there_is_no_card_to_have(project, club):
    CardDefinition.objects.update(status="INACTIVE")
    response = project.post(members_of(club), {"customer_id": "ada"})
    assert refusal(response) == (423, "missing_active_card_definition")
    assert not Member.objects.exists()


def test_a_member_may_join_inactive_and_is_activated_later(project, club):
    member = project.member(club, status="INACTIVE")
    assert member["status"] == "INACTIVE"
    card = cards_of(club).get()
    with pytest.raises(ledger.CardNotActive):
        ledger.credit(card=card, points=1, now=timezone.now())
    address = f"{members_of(club)}/{member['id']}"
    assert shown(project.post(f"{address}/activate"))["status"] == "ACTIVE"
    card.refresh_from_db()
    ledger.credit(card=card, points=1, now=timezone.now())


def test_a_member_is_deactivated_in_one_program_only(project, club):
    other = project.program("Other")
    member, elsewhere = project.member(club), project.member(other)
    assert member["id"] == elsewhere["id"]
    address = f"{members_of(club)}/{member['id']}"
    assert shown(project.post(f"{address}/deactivate"))["status"] == "INACTIVE"
    assert shown(project.get(address))["status"] == "INACTIVE"
    assert refusal(project.post(f"{address}/deactivate")) == (
        400,
        "invalid_state_transition",
    )
    there = f"{members_of(other)}/{member['id']}"
    assert shown(project.get(there))["status"] == "ACTIVE"
    assert refusal(project.post(f"{there}/activate")) == (
        400,
        "invalid_state_transition",
    )
    assert shown(project.post(f"{address}/activate"))["status"] == "ACTIVE"
    assert cards_of(club).get().status == "ACTIVE"


def test_activating_wakes_a_customer_whom_staff_put_to_sleep(project, club):
    member = project.member(club)
    ours = Member.objects.get()
    operations.change_member_status(member=ours, status=Member.Status.INACTIVE)
    address = f"{members_of(club)}/{member['id']}"
    assert shown(project.get(address))["status"] == "INACTIVE"
    assert shown(project.post(f"{address}/activate"))["status"] == "ACTIVE"


def test_metadata_is_merged_and_null_clears_it(project, club):
    member = project.member(club, metadata={"a": 1, "b": 2})
    address = f"{members_of(club)}/{member['id']}"
    changed = shown(project.put(address, {"metadata": {"b": 3, "c": None}}))
    assert changed["metadata"] == {"a": 1, "b": 3, "c": None}
    assert "cards" not in changed
    assert shown(project.put(address, {"metadata": None}))["metadata"] == {}
    for bad in ({}, {"metadata": []}, {"metadata": {}, "status": "INACTIVE"}, "x"):
        assert refusal(project.put(address, bad)) == (400, "invalid_payload")
    assert shown(project.get(address))["status"] == "ACTIVE"


def test_who_leaves_is_gone_and_comes_back_with_the_same_cards(project, club):
    member = project.member(club)
    address = f"{members_of(club)}/{member['id']}"
    gone = shown(project.delete(address))
    assert gone["status"] == "DELETED"
    assert "cards" not in gone
    assert cards_of(club).get().status == "CLOSED"
    for response in (
        project.get(address),
        project.delete(address),
        project.put(address, {"metadata": {}}),
        project.post(f"{address}/activate"),
        project.post(f"{address}/deactivate"),
        project.get(f"programs/{club['id']}/memberships/ada"),
    ):
        assert refusal(response) == (404, "not_found")
        assert response.json()["resource_type"] == "member"
    assert shown(project.get(members_of(club)))["data"] == []
    assert shown(project.get("memberships/ada"))["memberships"] == []
    back = project.member(club)
    assert back["id"] == member["id"]
    assert back["cards"][0]["card"]["id"] == member["cards"][0]["card"]["id"]
    assert cards_of(club).get().status == "ACTIVE"


def test_a_member_is_looked_for_from_the_outside_in(project, club):
    member = project.member(club)
    other = project.program("Other")
    stranger = Project()
    unknown = f"lprg_{uuid4().hex}"
    for caller, program, who, kind in (
        (project, unknown, member["id"], "program"),
        (project, other["id"], member["id"], "member"),
        (project, club["id"], f"lmbr_{uuid4().hex}", "member"),
        (project, club["id"], "lmbr_%00", "member"),
        (project, club["id"], "9" * 400, "member"),
        (project, club["id"], "ada", "member"),
        (stranger, club["id"], member["id"], "program"),
    ):
        for method, rest in (
            ("get", ""),
            ("put", ""),
            ("delete", ""),
            ("post", "/activate"),
            ("post", "/deactivate"),
        ):
            address = f"/v2/loyalties/programs/{program}/members/{who}{rest}"
            response = caller.caller.send(method, address, {})
            assert refusal(response) == (404, "not_found")
            assert response.json()["resource_type"] == kind
    assert (
        shown(project.get(f"{members_of(club)}/{member['id']}"))["status"] == "ACTIVE"
    )
