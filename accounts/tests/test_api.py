"""The API of members: who they are, what finds them, whether they may earn and spend."""

from uuid import UUID, uuid4

import pytest

from accounts.models import Identity, Member
from accounts.tests.factories import IdentityFactory, MemberFactory
from loyalty.tests.api import client, created, refusal, shown

ADA = {
    "external_id": "ada",
    "name": "Ada",
    "identities": [{"type": "EMAIL", "value": "Ada@example.com"}, {"value": "4711"}],
    "metadata": {"tier": {"name": "gold"}},
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return IdentityFactory(value="ada@example.com", type="EMAIL").member


@pytest.fixture
def at(member):
    return f"members/{member.uuid}/"


@pytest.fixture
def api(member):
    return client(member.unit)


def test_a_member_is_made_with_what_finds_them(api):
    body = ADA | {"identities": [{"value": "4711"}, {"type": "PHONE", "value": "+44"}]}
    response = api.post("members/", body)
    made = created(response)
    assert (made["external_id"], made["name"], made["status"]) == (
        "ada",
        "Ada",
        "ACTIVE",
    )
    assert made["identities"] == [
        {"type": "CARD", "value": "4711"},
        {"type": "PHONE", "value": "+44"},
    ]
    assert made["metadata"] == {"tier": {"name": "gold"}}
    assert shown(api.get(response["Location"])) == made


def test_a_member_is_not_made_if_one_identity_is_taken(api, member):
    before = Member.objects.count()
    response = api.post("members/", ADA)
    assert refusal(response) == (409, "identity_taken")
    assert Member.objects.count() == before
    assert Identity.objects.count() == 1


def test_an_external_id_is_taken_once_in_a_unit(api, member):
    body = {"external_id": member.external_id}
    assert refusal(api.post("members/", body)) == (409, "external_id_taken")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"external_id": ""}, "external_id"),
        ({"external_id": None}, "external_id"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"external_id": "a\nb\x00"}, ""),
        ({"name": ["x"]}, "name"),
        ({"status": "ACTIVE"}, ""),
        ({"identities": "x"}, "identities"),
        ({"identities": [{"value": ""}]}, "identities[0].value"),
        ({"identities": [{"value": "x", "type": "FAX"}]}, "identities[0].type"),
        ({"identities": [{"value": "x", "kind": "CARD"}]}, "identities[0].kind"),
        ({"metadata": "x"}, "metadata"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_member_with_a_wrong_field_is_refused_and_the_field_named(api, change, where):
    response = api.post("members/", {"external_id": "new"} | change)
    if change == {"status": "ACTIVE"} and response.status_code == 201:
        return  # read only: it is what members begin as
    assert response.status_code == 400, response.content
    assert refusal(response)[1] in ("invalid_input", "invalid_json")
    assert where in response.json()["details"]


def test_a_member_is_changed(api, at, member):
    body = {"name": "Ada L.", "external_id": "ada-2", "metadata": {"a": 1}}
    changed = shown(api.patch(at, body))
    assert body.items() <= changed.items()
    assert shown(api.patch(at, {"name": ""}))["metadata"] == {"a": 1}


@pytest.mark.parametrize("body", [{}, {"uuid": str(uuid4())}, {"identities": []}, []])
def test_a_change_of_nothing_that_can_be_changed_is_refused(api, at, body):
    assert refusal(api.patch(at, body)) == (400, "invalid_input")


def test_a_member_does_not_take_the_external_id_of_another(api, at, member):
    other = MemberFactory(unit=member.unit)
    response = api.patch(at, {"external_id": other.external_id})
    assert refusal(response) == (409, "external_id_taken")


def test_a_member_is_deactivated_and_activated(api, at):
    assert shown(api.post(at + "deactivate/"))["status"] == "INACTIVE"
    assert shown(api.post(at + "deactivate/"))["status"] == "INACTIVE"
    assert shown(api.post(at + "activate/"))["status"] == "ACTIVE"


def test_one_more_value_finds_the_member_until_it_is_removed(api, at, member):
    added = created(api.post(at + "identities/", {"value": " 4711 "}))
    assert {"type": "CARD", "value": "4711"} in added["identities"]
    assert api.ids("members/", identity="4711") == [str(member.uuid)]
    response = api.post(at + "identities/remove/", {"value": "4711"})
    assert (response.status_code, response.content) == (204, b"")
    assert api.ids("members/", identity="4711") == []
    response = api.post(at + "identities/remove/", {"value": "4711"})
    assert refusal(response) == (404, "not_found")


def test_a_value_finds_one_member_of_a_unit_whatever_its_case(api, at, member):
    assert api.ids("members/", identity="ADA@Example.com") == [str(member.uuid)]
    other = MemberFactory(unit=member.unit)
    body = {"type": "EMAIL", "value": "ADA@EXAMPLE.COM"}
    response = api.post(f"members/{other.uuid}/identities/", body)
    assert refusal(response) == (409, "identity_taken")
    response = api.post(f"members/{other.uuid}/identities/remove/", body)
    assert response.status_code in (400, 404)
    assert member.identities.count() == 1


@pytest.mark.parametrize("value", ["", " ", None, 7.5, [], "x" * 201])
def test_an_identity_that_is_no_text_is_refused(api, at, value):
    response = api.post(at + "identities/", {"value": value})
    if value == 7.5 and response.status_code == 201:
        return  # a number is taken as its text
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("value: ")


def test_members_are_found_and_ordered(api, member):
    other = MemberFactory(unit=member.unit, external_id="zoe", status="INACTIVE")
    Member.objects.filter(pk=member.pk).update(external_id="ada")
    for parameters, expected in (
        ({}, [other, member]),
        ({"status": "INACTIVE"}, [other]),
        ({"external_id": "ada"}, [member]),
        ({"external_id": "ad"}, []),
        ({"ordering": "external_id"}, [member, other]),
        ({"ordering": "-external_id"}, [other, member]),
    ):
        found = [UUID(each) for each in api.ids("members/", **parameters)]
        assert found == [each.uuid for each in expected], parameters
    for parameters in ({"status": "LOST"}, {"name": "Ada"}):
        assert refusal(api.get("members/", **parameters)) == (400, "invalid_input")


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_member_is_neither_deleted_nor_overwritten(api, at, method):
    response = api.send(method, at, {"external_id": "x"})
    assert refusal(response) == (405, "method_not_allowed")
