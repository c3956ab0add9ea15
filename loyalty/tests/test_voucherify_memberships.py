"""Voucherify's door: lists of members, and the programs a customer takes part in."""

from urllib.parse import quote

import pytest

from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import refusal, shown, statements
from loyalty.tests.voucherify import Project, members_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return Project()


@pytest.fixture
def club(project):
    return project.program()


def test_members_are_listed_without_cards_ordered_and_filtered(project, club):
    for customer in ("ada", "bob", "cy"):
        project.member(club, customer)
    bob = shown(project.get("memberships/bob"))["memberships"][0]["member"]["id"]
    shown(project.post(f"{members_of(club)}/{bob}/deactivate"))

    def names(**parameters):
        answer = shown(project.get(members_of(club), **parameters))
        assert all("cards" not in row for row in answer["data"])
        return [row["customer_id"] for row in answer["data"]]

    assert names() == ["cy", "bob", "ada"]
    assert names(order="customer_id") == ["ada", "bob", "cy"]
    assert names(order=["-status", "customer_id"]) == ["bob", "ada", "cy"]
    assert names(**{"filters[status][conditions][$is]": "INACTIVE"}) == ["bob"]
    assert names(**{"filters[customer_id][conditions][$in][]": ["ada", "cy"]}) == [
        "cy",
        "ada",
    ]
    assert names(**{"filters[id][conditions][$is_not]": bob}) == ["cy", "ada"]
    assert names(**{"filters[created_at][conditions][$after]": "2999-01-01"}) == []
    first = shown(project.get(members_of(club), limit=2, order="status"))
    cursor = first["cursor"]["next"]
    assert names(limit=2, order="status", cursor=cursor) == ["bob"]


def test_a_customers_memberships_are_told_with_their_programs_and_cards(project, club):
    other = project.program("Other")
    member = project.member(club)
    project.member(other)
    elsewhere = CardFactory(definition__scheme__unit=Project().unit)
    assert elsewhere.member.unit != project.unit
    answer = shown(project.get("memberships/ada"))
    assert answer["customer"] == {
        "id": "ada",
        "source_id": "ada",
        "object": "customer",
    }
    assert answer["object"] == "memberships_result"
    first, second = answer["memberships"]
    assert first == {
        "member": {name: member[name] for name in member if name != "cards"},
        "program": {
            "id": club["id"],
            "name": "Club",
            "status": "ACTIVE",
            "metadata": {},
            "object": "program",
        },
        "cards": member["cards"],
        "object": "membership",
    }
    assert second["program"]["id"] == other["id"]
    one = shown(project.get(f"programs/{club['id']}/memberships/ada"))
    assert one["cards"][0].pop("tier_progress")["object"] == "member_tier_progress"
    assert one == first
    for by in ("customer_source_id", "member_id"):
        name = member["id"] if by == "member_id" else "ada"
        assert (
            shown(project.get(f"memberships/{name}", identification_type=by)) == answer
        )


@pytest.mark.parametrize("name", ["a/b", "a@b.example", "ü 1"])
def test_a_customer_may_have_any_name(project, club, name):
    project.member(club, customer=name)
    address = f"memberships/{quote(name, safe='')}"
    assert shown(project.get(address))["customer"]["source_id"] == name
    one = shown(project.get(f"programs/{club['id']}/{address}"))
    assert one["member"]["customer_id"] == name


def test_a_customer_who_is_unknown_has_no_memberships(project, club):
    MemberFactory(unit=project.unit, external_id="bob")
    assert shown(project.get("memberships/bob"))["memberships"] == []
    response = project.get(f"programs/{club['id']}/memberships/bob")
    assert refusal(response) == (404, "not_found")
    project.member(club)
    for caller, name in (
        (project, "nobody"),
        (project, "a%00"),
        (project, "9" * 400),
        (Project(), "ada"),
    ):
        response = caller.get(f"memberships/{name}")
        assert refusal(response) == (404, "not_found")
        assert response.json()["resource_type"] == "customer"
    response = project.get("memberships/ada", identification_type="member_id")
    assert refusal(response) == (404, "not_found")
    for parameters in ({"identification_type": "email"}, {"limit": 1}):
        response = project.get("memberships/ada", **parameters)
        assert refusal(response) == (400, "invalid_query_params")


def test_memberships_cost_as_many_statements_for_many_programs_as_for_one(
    project, club
):
    project.member(club)

    def cost():
        return len(statements(lambda: project.get("memberships/ada")))

    cost()
    before = cost()
    for n in range(4):
        project.member(project.program(f"Club {n}"))
    assert cost() == before
    assert len(shown(project.get("memberships/ada"))["memberships"]) == 5


def test_members_need_their_own_scopes(project, club):
    member = project.member(club)
    address = f"{members_of(club)}/{member['id']}"
    reader = Project(project.unit, scopes=["members:read"])
    shown(reader.get(address))
    shown(reader.get("memberships/ada"))
    schemer = Project(project.unit, scopes=["schemes:read", "schemes:write"])
    for response in (
        reader.post(members_of(club), {"customer_id": "bob"}),
        reader.put(address, {"metadata": {}}),
        reader.delete(address),
        reader.post(f"{address}/activate"),
        reader.post(f"{address}/deactivate"),
        schemer.get(members_of(club)),
        schemer.get(f"programs/{club['id']}/memberships/ada"),
    ):
        assert refusal(response) == (403, "not_permitted")
