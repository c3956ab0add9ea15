"""Card definitions of the Voucherify door: their life, and how they are listed."""

from uuid import uuid4

import pytest

from accounts.tests.factories import CardFactory
from loyalty.tests.api import refusal, shown
from loyalty.tests.voucherify import Project, stored_definition
from loyalty.tests.voucherify_rules import (
    DEFAULTS,
    period,
    rolling,
)
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import CardDefinitionFactory, SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return Project()


def test_a_name_and_a_type_make_a_draft_with_voucherifys_defaults(project):
    definition = shown(project.make())
    assert definition == {
        "id": definition["id"],
        "name": "Points",
        "type": "INDIVIDUAL",
        "status": "DRAFT",
        **DEFAULTS,
        "created_at": definition["created_at"],
        "updated_at": None,
        "object": "card_definition",
    }
    assert definition["id"].startswith("lcdef_")
    assert shown(project.get(f"card-definitions/{definition['id']}")) == definition
    ours = stored_definition(definition)
    assert (ours.refunds, ours.expiry_mode) == ("NONE", "NONE")


def test_a_definition_goes_from_draft_to_active_and_back(project):
    definition = shown(project.make())
    address = f"card-definitions/{definition['id']}"
    assert refusal(project.post(f"{address}/draft")) == (
        400,
        "invalid_state_transition",
    )
    assert shown(project.post(f"{address}/activate"))["status"] == "ACTIVE"
    assert refusal(project.post(f"{address}/activate")) == (
        400,
        "invalid_state_transition",
    )
    assert shown(project.post(f"{address}/draft"))["status"] == "DRAFT"


def test_an_active_definition_changes_only_its_name_and_metadata(project):
    definition = project.definition()
    address = f"card-definitions/{definition['id']}"
    pay = {"type": "NO_PAYMENTS"}
    body = {"name": "Stars", "metadata": {"a": 1}, "pay_with_points": pay}
    changed = shown(project.put(address, body))
    assert (changed["name"], changed["metadata"]) == ("Stars", {"a": 1})
    for section in DEFAULTS.keys() - {"metadata", "pay_with_points"}:
        response = project.put(address, {"name": "Other", section: DEFAULTS[section]})
        assert refusal(response) == (400, "invalid_payload")
        assert section in response.json()["details"]
    assert shown(project.get(address))["name"] == "Stars"
    for fixed_for_ever in ({"type": "INDIVIDUAL"}, {"status": "DRAFT"}):
        assert refusal(project.put(address, fixed_for_ever))[0] == 400


def test_a_definition_in_a_program_that_runs_is_no_draft_again(project):
    program = project.program()
    definition = program["card_definitions"][0]["id"]
    response = project.post(f"card-definitions/{definition}/draft")
    assert refusal(response) == (423, "connected_non_draft_program")
    draft = project.program("Other", status="DRAFT")
    definition = draft["card_definitions"][0]["id"]
    shown(project.post(f"card-definitions/{definition}/draft"))


def test_a_definition_is_deleted_unless_a_program_has_it(project):
    program = project.program(status="DRAFT")
    definition = program["card_definitions"][0]["id"]
    address = f"card-definitions/{definition}"
    assert refusal(project.delete(address)) == (400, "resource_in_use")
    body = {"unassign": [{"id": definition}]}
    shown(project.post(f"programs/{program['id']}/card-definitions/batch", body))
    assert shown(project.delete(address))["status"] == "DELETED"
    for response in (project.delete(address), project.get(address)):
        assert refusal(response) == (404, "not_found")


def test_a_definition_that_members_hold_cards_of_is_not_deleted(project):
    definition = stored_definition(shown(project.make()))
    CardFactory(definition=definition)
    response = project.delete(f"card-definitions/lcdef_{definition.uuid.hex}")
    assert refusal(response) == (400, "resource_in_use")
    assert CardDefinition.objects.filter(pk=definition.pk).exists()


def test_two_free_definitions_cannot_have_one_name(project):
    shown(project.make())
    assert refusal(project.make()) == (409, "duplicate_found")


def test_a_definition_made_elsewhere_is_shown_in_voucherifys_words(project):
    scheme = SchemeFactory(unit=project.unit)
    ours = CardDefinitionFactory(
        scheme=scheme,
        recipe=True,
        pending_period="3W",
        expiry_rounding="YEAR",
        max_balance=9,
        earn_limit=5,
        earn_limit_period="DAY",
    )
    answer = shown(project.get(f"card-definitions/lcdef_{ours.uuid.hex}"))
    assert answer["pending_points"]["period_based"] == period("WEEK", 3)
    assert answer["points_expiration"] == rolling("MONTH", 6, type="END_OF_YEAR")
    assert [each["type"] for each in answer["earning_limits"]["global"]["limits"]] == [
        "BALANCE_BASED",
        "TIME_BASED",
    ]


def test_definitions_of_another_unit_and_bad_ids_do_not_exist(project):
    theirs = Project().definition()["id"]
    for bad in (theirs, f"lcdef_{uuid4().hex}", "lcdef_%00", "9" * 400, "x"):
        for method, rest in (
            ("get", ""),
            ("put", ""),
            ("delete", ""),
            ("post", "/activate"),
            ("post", "/draft"),
        ):
            address = f"/v2/loyalties/card-definitions/{bad}{rest}"
            response = project.caller.send(method, address, {})
            assert refusal(response) == (404, "not_found")
            assert response.json()["resource_type"] == "card_definition"


def test_definitions_are_listed_ordered_and_filtered(project):
    for name in ("Ant", "Bee"):
        shown(project.make(name=name))
    program = project.program("Club")
    inside = program["card_definitions"][0]["id"]

    def names(**parameters):
        answer = shown(project.get("card-definitions", **parameters))
        return [row["name"] for row in answer["data"]]

    assert names() == ["Points of Club", "Bee", "Ant"]
    assert names(order="name") == ["Ant", "Bee", "Points of Club"]
    assert names(order=["type", "-name"]) == ["Points of Club", "Bee", "Ant"]
    assert names(**{"filters[status][conditions][$is]": "ACTIVE"}) == ["Points of Club"]
    assert names(**{"filters[id][conditions][$is]": inside}) == ["Points of Club"]
    assert len(names(**{"filters[type][conditions][$is]": "INDIVIDUAL"})) == 3
    changed = {"filters[updated_at][conditions][$is_unknown]": "true"}
    assert names(**changed) == ["Bee", "Ant"]
    shelves = Scheme.objects.filter(unit=project.unit, status="DRAFT")
    assert shelves.count() == 1
