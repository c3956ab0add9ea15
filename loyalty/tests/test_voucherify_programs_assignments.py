"""Voucherify's door: which card definitions are in a program."""

from uuid import uuid4

import pytest

from loyalty.tests.api import refusal, shown
from loyalty.tests.voucherify import Project
from schemes.models import Scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return Project()


def test_a_batch_unassigns_first_and_then_assigns(project):
    program = project.program(status="DRAFT")
    (old,) = project.assigned(program)
    new = project.definition(name="Stars")["id"]
    answer = shown(project.batch(program, assign=[new], unassign=[old]))
    ((came,), (left,)) = answer["assigned"], answer["unassigned"]
    assert came == {
        "card_type": "INDIVIDUAL",
        "card_definition_id": new,
        "created_at": came["created_at"],
        "object": "program_card_definition",
    }
    assert left["card_definition_id"] == old
    assert project.assigned(program) == [new]
    # What leaves and comes again in one batch is in it.
    again = shown(project.batch(program, assign=[new], unassign=[new]))
    assert again["assigned"][0]["card_definition_id"] == new
    assert project.assigned(program) == [new]


def test_an_empty_batch_changes_nothing(project):
    program = project.program(status="DRAFT")
    before = project.assigned(program)
    for body in ({}, {"assign": None, "unassign": []}):
        answer = project.post(f"programs/{program['id']}/card-definitions/batch", body)
        assert shown(answer) == {"assigned": None, "unassigned": None}
    assert project.assigned(program) == before


def test_a_batch_that_fails_changes_nothing(project):
    program = project.program(status="DRAFT")
    (old,) = project.assigned(program)
    unknown = f"lcdef_{uuid4().hex}"
    response = project.batch(program, assign=[unknown], unassign=[old])
    assert refusal(response) == (404, "not_found")
    assert response.json()["resource_id"] == unknown
    assert project.assigned(program) == [old]
    free = project.definition(name="Stars")["id"]
    response = project.batch(program, unassign=[free])
    assert refusal(response) == (423, "missing_card_definition_assignment")
    for bad in (
        {"assign": [{"id": free}, {"id": free}]},
        {"assign": [{"id": f"lcdef_{n:032x}"} for n in range(11)]},
        {"assign": {"id": free}},
        {"assign": [{"id": None}]},
        {"assign": [{"name": "Stars"}]},
        {"add": []},
    ):
        address = f"programs/{program['id']}/card-definitions/batch"
        assert refusal(project.post(address, bad)) == (400, "invalid_payload")
    assert project.assigned(program) == [old]


def test_a_card_definition_belongs_to_one_program(project):
    first = project.program(status="DRAFT")
    (definition,) = project.assigned(first)
    second = shown(project.post("programs", {"name": "Other"}))
    response = project.batch(second, assign=[definition])
    assert refusal(response) == (409, "duplicate_found")
    assert first["id"] in response.json()["message"]
    assert refusal(project.batch(first, assign=[definition])) == (
        409,
        "duplicate_found",
    )


def test_card_definitions_of_a_program_that_runs_stay(project):
    program = project.program()
    new = project.definition(name="Stars")["id"]
    before = project.assigned(program)
    response = project.batch(program, assign=[new], unassign=before)
    assert refusal(response) == (423, "non_draft_program")
    assert project.assigned(program) == before


def test_definitions_that_members_hold_cards_of_stay_in_a_draft(project):
    program = project.program()
    project.member(program)
    before = project.assigned(program)
    Scheme.objects.filter(reference=program["id"]).update(status="DRAFT")
    response = project.batch(program, unassign=before)
    assert refusal(response) == (400, "resource_in_use")
    assert project.assigned(program) == before
