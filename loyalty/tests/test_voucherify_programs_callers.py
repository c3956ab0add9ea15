"""Voucherify's door: whose programs are shown, in which order, and to whom."""

import json

import pytest

from loyalty.tests.api import refusal, shown, statements
from loyalty.tests.voucherify import Project
from schemes.models import Scheme
from schemes.tests.factories import UnitFactory

pytestmark = pytest.mark.django_db

UNKNOWN = "lprg_" + 32 * "f"


@pytest.fixture
def project():
    return Project()


def test_programs_of_another_unit_do_not_exist(project):
    program = project.program(status="DRAFT")
    other = Project(UnitFactory())
    (definition,) = project.assigned(program)
    assert refusal(other.get(f"programs/{program['id']}"))[0] == 404
    assert refusal(other.put(f"programs/{program['id']}", {"name": "Mine"}))[0] == 404
    assert refusal(other.delete(f"programs/{program['id']}"))[0] == 404
    assert shown(other.get("programs"))["data"] == []
    theirs = shown(other.post("programs", {"name": "Club"}))
    assert refusal(other.batch(theirs, assign=[definition])) == (404, "not_found")
    assert shown(project.get(f"programs/{program['id']}"))["name"] == "Club"


def test_programs_are_listed_filtered_and_paged(project):
    for name in ("Ant", "Bee", "Cow"):
        project.program(name)
    draft = shown(project.post("programs", {"name": "Dog"}))

    def names(**parameters):
        return [
            row["name"] for row in shown(project.get("programs", **parameters))["data"]
        ]

    assert names() == ["Dog", "Cow", "Bee", "Ant"]
    assert names(order="name") == ["Ant", "Bee", "Cow", "Dog"]
    assert names(**{"filters[status][conditions][$is]": "DRAFT"}) == ["Dog"]
    assert names(**{"filters[id][conditions][$is]": draft["id"]}) == ["Dog"]
    assert names(**{"filters[name][conditions][$contains]": "e"}) == ["Bee"]
    assert names(**{"filters[created_at][conditions][$less_than]": "1"}) == names()
    first = shown(project.get("programs", limit=3))
    rest = names(limit=3, cursor=first["cursor"]["next"])
    assert rest == ["Ant"]
    assert first["cursor"]["next"].startswith("lcrsprg_")
    response = project.get("programs", order="color")
    assert refusal(response) == (400, "invalid_query_params")


def test_lists_cost_as_many_statements_for_many_rows_as_for_one(project):
    one = project.program("First")
    project.member(one, "ada")

    def costs():
        addresses = ("programs", "card-definitions", f"programs/{one['id']}/members")
        return [
            len(statements(lambda a=a: project.get(a, limit=100))) for a in addresses
        ]

    costs()
    before = costs()
    for n in range(5):
        project.member(project.program(f"Club {n}"), f"eve {n}")
        project.member(one, f"bob {n}")
    assert costs() == before


def test_reading_and_writing_programs_need_their_scopes():
    reader = Project(scopes=["schemes:read"])
    writer = Project(reader.unit, scopes=["schemes:write"])
    assert refusal(reader.post("programs", {"name": "Club"})) == (403, "not_permitted")
    program = shown(writer.post("programs", {"name": "Club"}))
    address = f"programs/{program['id']}"
    for response in (
        reader.put(address, {}),
        reader.delete(address),
        reader.post(f"{address}/activate"),
        reader.post(f"{address}/deactivate"),
        reader.post(f"{address}/card-definitions/batch", {}),
        reader.post("card-definitions", {}),
        reader.get(f"{address}/members"),
        writer.get("programs"),
        writer.get("card-definitions"),
    ):
        assert refusal(response) == (403, "not_permitted")
    shown(reader.get(address))


def test_a_stranger_learns_nothing(client):
    for address in ("programs", "card-definitions", f"programs/{UNKNOWN}/members"):
        response = client.get(f"/v2/loyalties/{address}")
        assert refusal(response) == (401, "not_authenticated")


def test_the_history_names_the_program_that_changed_something(project):
    program = project.program()
    shown(project.put(f"programs/{program['id']}", {"name": "Klub"}))
    latest = Scheme.objects.get(reference=program["id"]).history.latest()
    assert latest.history_change_reason.startswith("client:")


def test_a_retry_with_an_idempotency_key_makes_one_program(project):
    headers = {"Idempotency-Key": "once"}
    first, second = (
        project.caller.post("/v2/loyalties/programs", {"name": "Club"}, headers)
        for _ in range(2)
    )
    assert json.loads(first.content) == json.loads(second.content)
    assert len(shown(project.get("programs"))["data"]) == 1
