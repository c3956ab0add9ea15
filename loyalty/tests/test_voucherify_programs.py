"""Programs of the Voucherify door: their life, and the card definitions in them."""

from uuid import uuid4

import pytest

from loyalty.tests.api import refusal, shown
from loyalty.tests.voucherify import Project
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import CardDefinitionFactory, SchemeFactory

pytestmark = pytest.mark.django_db

UNKNOWN = "lprg_" + 32 * "f"


@pytest.fixture
def project():
    return Project()


def test_a_program_with_a_name_alone_is_a_draft_that_runs_at_any_time(project):
    program = shown(project.post("programs", {"name": "Club"}))
    made = program.pop("created_at")
    assert made.endswith("Z")
    assert program == {
        "id": program["id"],
        "name": "Club",
        "status": "DRAFT",
        "start_date": None,
        "end_date": None,
        "validity_hours": {"type": "ANY_TIME"},
        "metadata": {},
        "updated_at": None,
        "object": "program",
        "card_definitions": None,
        "earning_rules": None,
        "rewards": None,
        "tier_structures": None,
    }
    assert program["id"].startswith("lprg_")
    read = shown(project.get(f"programs/{program['id']}"))
    assert read == {
        **{name: program[name] for name in read if name != "created_at"},
        "created_at": made,
    }


def test_a_program_is_a_scheme_of_the_unit_under_its_own_id(project):
    body = {
        "name": "Club",
        "start_date": "2026-01-01T00:00:00+01:00",
        "end_date": "2099-01-01T00:00:00Z",
        "metadata": {"shop": 7},
    }
    program = shown(project.post("programs", body))
    scheme = Scheme.objects.get(unit=project.unit, reference=program["id"])
    assert (scheme.name, scheme.status, scheme.metadata) == (
        "Club",
        "DRAFT",
        {"shop": 7},
    )
    assert program["start_date"] == "2025-12-31T23:00:00.000Z"
    assert program["end_date"] == "2099-01-01T00:00:00.000Z"


def test_a_scheme_made_elsewhere_is_a_program_too(project):
    scheme = SchemeFactory(unit=project.unit, name="Native")
    definition = CardDefinitionFactory(scheme=scheme)
    program = shown(project.get(f"programs/lprg_{scheme.uuid.hex}"))
    assert program["start_date"] == "2020-01-01T00:00:00.000Z"
    assert project.assigned(program) == [f"lcdef_{definition.uuid.hex}"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Club", "status": "INACTIVE"}, "status"),
        ({"name": "Club", "start_date": "yesterday"}, "start_date"),
        ({"name": "Club", "end_date": "2001-01-01T00:00:00Z"}, "end_date"),
        ({"name": "Club", "metadata": []}, "metadata"),
        ({"name": "Club", "validity_hours": {"type": "DAILY"}}, "validity_hours"),
        ({"name": "Club", "validity_hours": "ANY_TIME"}, "validity_hours"),
        ({"name": "Club", "earning_rules": [{"id": "lern_1"}]}, "earning_rules"),
        ({"name": "Club", "rewards": [{"id": "lrew_1"}]}, "rewards"),
        ({"name": "Club", "tier_structures": {}}, "tier_structures"),
        ({"name": "Club", "card_definitions": ["lcdef_1"]}, "card_definitions"),
        ({"name": "Club", "card_definitions": [{"id": 1}]}, "card_definitions"),
        ({"name": "Club", "color": "red"}, "color"),
        ([], ""),
    ],
)
def test_a_body_that_makes_no_program_is_refused_by_the_field(project, body, field):
    response = project.post("programs", body)
    assert refusal(response) == (400, "invalid_payload")
    assert field in response.json()["details"]
    assert not Scheme.objects.filter(unit=project.unit).exists()


def test_lists_that_are_empty_say_nothing(project):
    empty = {key: [] for key in ("earning_rules", "rewards", "tier_structures")}
    shown(project.post("programs", {"name": "Club", **empty}))


def test_an_unknown_definition_leaves_no_program_behind(project):
    body = {"name": "Club", "card_definitions": [{"id": f"lcdef_{uuid4().hex}"}]}
    response = project.post("programs", body)
    assert refusal(response) == (404, "not_found")
    assert response.json()["resource_type"] == "card_definition"
    assert shown(project.get("programs"))["data"] == []


def test_a_program_runs_only_with_an_active_card_definition(project):
    draft = project.definition(status="DRAFT")
    body = {"name": "Club", "card_definitions": [{"id": draft["id"]}]}
    response = project.post("programs", {**body, "status": "ACTIVE"})
    assert refusal(response) == (423, "missing_active_card_definition")
    assert shown(project.get("programs"))["data"] == []
    program = shown(project.post("programs", body))
    assert program["card_definitions"] == [{"id": draft["id"]}]
    response = project.post(f"programs/{program['id']}/activate")
    assert refusal(response) == (423, "missing_active_card_definition")
    shown(project.post(f"card-definitions/{draft['id']}/activate"))
    running = shown(project.post(f"programs/{program['id']}/activate"))
    assert running["status"] == "ACTIVE"


def test_a_program_moves_from_draft_to_active_and_inactive_and_back(project):
    program = project.program(status="DRAFT")
    address = f"programs/{program['id']}"
    moves = [
        ("deactivate", 400),
        ("activate", "ACTIVE"),
        ("activate", 400),
        ("deactivate", "INACTIVE"),
        ("deactivate", 400),
        ("activate", "ACTIVE"),
    ]
    for move, expected in moves:
        response = project.post(f"{address}/{move}")
        if expected == 400:
            assert refusal(response) == (400, "invalid_state_transition")
        else:
            assert shown(response)["status"] == expected


def test_a_draft_changes_in_every_way_and_keeps_what_is_not_named(project):
    program = shown(
        project.post("programs", {"name": "Club", "metadata": {"a": 1, "b": 2}})
    )
    address = f"programs/{program['id']}"
    changed = shown(project.put(address, {"start_date": "2026-05-01T00:00:00Z"}))
    assert changed["start_date"] == "2026-05-01T00:00:00.000Z"
    assert (changed["name"], changed["metadata"]) == ("Club", {"a": 1, "b": 2})
    assert changed["updated_at"] >= changed["created_at"]
    changed = shown(
        project.put(address, {"name": "Klub", "start_date": None, "metadata": None})
    )
    assert changed["name"] == "Klub"
    assert (changed["start_date"], changed["metadata"]) == (None, {})


def test_outside_of_a_draft_only_name_end_and_metadata_change(project):
    program = project.program()
    address = f"programs/{program['id']}"
    body = {"name": "Klub", "end_date": "2099-01-01T00:00:00Z", "metadata": {"a": 1}}
    changed = shown(project.put(address, body))
    assert {name: changed[name] for name in ("name", "metadata")} == {
        "name": "Klub",
        "metadata": {"a": 1},
    }
    for name, value in (
        ("start_date", "2026-05-01T00:00:00Z"),
        ("validity_hours", {"type": "ANY_TIME"}),
    ):
        response = project.put(address, {"name": "Other", name: value})
        assert refusal(response) == (400, "invalid_payload")
        assert name in response.json()["details"]
    assert shown(project.get(address))["name"] == "Klub"
    response = project.put(address, {"end_date": "2001-01-01T00:00:00Z"})
    assert refusal(response) == (400, "invalid_payload")
    assert response.json()["details"].startswith("end_date")


def test_a_deleted_program_is_gone_and_its_card_definitions_are_free(project):
    program = project.program()
    (definition,) = project.assigned(program)
    gone = project.delete(f"programs/{program['id']}")
    assert shown(gone)["status"] == "DELETED"
    again = project.delete(f"programs/{program['id']}")
    assert refusal(again) == (404, "not_found")
    other = shown(project.post("programs", {"name": "Other"}))
    shown(project.batch(other, assign=[definition]))
    assert project.assigned(other) == [definition]


def test_a_program_with_members_stays(project):
    program = project.program()
    member = project.member(program)
    address = f"programs/{program['id']}"
    assert refusal(project.delete(address)) == (400, "resource_in_use")
    shown(project.delete(f"{address}/members/{member['id']}"))
    assert refusal(project.delete(address)) == (400, "resource_in_use")
    assert shown(project.get(address))["status"] == "ACTIVE"


def test_the_shelf_of_free_definitions_is_no_program(project):
    project.definition(name="Free")
    shelf = Scheme.objects.get(unit=project.unit)
    assert shelf.status == "DRAFT"
    assert shown(project.get("programs"))["data"] == []
    response = project.get(f"programs/lprg_{shelf.uuid.hex}")
    assert refusal(response) == (404, "not_found")
    project.definition(name="Another")
    assert Scheme.objects.filter(unit=project.unit).count() == 1
    assert CardDefinition.objects.filter(scheme=shelf).count() == 2


@pytest.mark.parametrize(
    "bad", [UNKNOWN, "lprg_x", "1", "9" * 400, "lprg_%00", "caf%C3%A9", "-"]
)
def test_what_is_no_id_finds_no_program(project, bad):
    project.program()
    for method, rest in (
        ("get", ""),
        ("put", ""),
        ("delete", ""),
        ("post", "/activate"),
        ("post", "/deactivate"),
        ("get", "/card-definitions"),
        ("post", "/card-definitions/batch"),
        ("get", "/members"),
        ("post", "/members"),
    ):
        address = f"/v2/loyalties/programs/{bad}{rest}"
        response = project.caller.send(method, address, {})
        assert refusal(response) == (404, "not_found")
        assert response.json()["resource_type"] == "program"
