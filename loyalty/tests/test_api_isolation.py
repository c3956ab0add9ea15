"""Nothing of another unit can be read, counted, changed or guessed, at any address."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Card, Member
from accounts.scopes import SCOPES
from loyalty.tests.api import Caller, address_of, client, operations, refusal
from loyalty.tests.program import make_program
from schemes.models import CardDefinition, Scheme
from transactions import ledger
from transactions.models import Bucket, SweepRun, Transaction

LISTS = ("schemes", "card-definitions", "members", "cards", "buckets", "transactions")
BODIES = {
    "earn": {"points": 1},
    "credit": {"points": 1},
    "spend": {"points": 100, "reward": "Tea"},
    "hold": {"points": 100, "until": "2999-01-01T00:00:00Z"},
    "debit": {"points": 1},
    "reschedule": {"expires_at": None},
    "identities": {"value": "somebody"},
    "remove": {"value": "somebody"},
}

pytestmark = pytest.mark.django_db


class World:
    """One unit's program, its caller and the ids of what it has."""

    def __init__(self) -> None:
        self.program = make_program()
        self.card = self.program.card
        definition, member = self.card.definition, self.card.member
        self.unit = member.unit
        self.api = client(self.unit)
        self.ids: dict[str, Any] = {
            "units": self.unit.uuid,
            "schemes": definition.scheme.uuid,
            "card-definitions": definition.uuid,
            "members": member.uuid,
            "cards": self.card.uuid,
            "buckets": Bucket.objects.get(card=self.card, status="PENDING").uuid,
            "transactions": Transaction.objects.get(card=self.card, points=-100).uuid,
            "orders": "A-1",
        }


@pytest.fixture
def mine():
    return World()


@pytest.fixture
def theirs():
    other = World()
    order = ledger.Order(reference="THEIRS-7", amount=10_000)
    ledger.earn(card=other.card, order=order, now=timezone.now())
    other.ids["orders"] = "THEIRS-7"
    return other


def body_for(method: str, path: str, ids: dict[str, Any]) -> Any:
    """A body that is good enough for the path, with ids in it where they belong."""
    if method == "patch":
        return {"name": "X"}
    making = {
        "cards": {"member": ids["members"], "card_definition": ids["card-definitions"]},
        "card-definitions": {"scheme": ids["schemes"], "name": "Extra"},
        "schemes": {"reference": "N", "name": "New", "starts_at": timezone.now()},
        "members": {"external_id": "new", "name": "New"},
        "batch": {"rows": [{"verb": "earn", "card": ids["cards"], "points": 1}]},
    }
    parts = path.removeprefix("/api/v1/").strip("/").split("/")
    return (making if len(parts) == 1 else BODIES).get(parts[-1], {})


def rows_of_everything() -> Any:
    models = (Scheme, CardDefinition, Member, Card, Bucket, Transaction)
    return [list(model.objects.order_by("pk").values()) for model in models]


def with_no_ids(response: Any) -> Any:
    """An answer without what differs in each: the request's id and the row's."""
    body = response.json()
    if body.get("resource_id"):
        body["message"] = body["message"].replace(body["resource_id"], "")
        body["details"] = body["details"].replace(body["resource_id"], "")
    return response.status_code, body | {"resource_id": None, "request_id": None}


def concern_rows() -> Iterator[tuple[str, str]]:
    """Operations that name a row of a unit, in the address or in the body."""
    for method, path in operations():
        if "sweep-runs" in path or path.endswith(("/schemes/", "/members/")):
            continue
        if "{" in path or method != "get":
            yield method, path


def test_another_units_rows_do_not_exist_at_any_address(mine, theirs):
    before = rows_of_everything()
    walked = list(concern_rows())
    assert len(walked) > 35
    for method, path in walked:
        body = body_for(method, path, theirs.ids)
        answer = mine.api.send(method, address_of(path, theirs.ids), body)
        if path.endswith("/batch/"):
            assert answer.json()["results"][0]["key"] == "not_found"
        elif path.endswith(("}/activate/", "}/cancel/")) and "/orders/" in path:
            assert answer.json() == {"results": []}
        else:
            assert answer.status_code == 404, (method, path, answer.content)
    assert rows_of_everything() == before


def test_another_units_rows_look_like_rows_that_nobody_has(mine, theirs):
    nobodys = {name: uuid4() for name in theirs.ids}
    for method, path in concern_rows():
        answers = []
        for ids in (theirs.ids, nobodys):
            body = body_for(method, path, ids)
            response = mine.api.send(method, address_of(path, ids), body)
            text = json.dumps(with_no_ids(response)[1])
            for each in (*ids.values(),):
                text = text.replace(str(each), "ID")
            answers.append((response.status_code, text))
        assert answers[0] == answers[1], (method, path)


def test_the_same_addresses_answer_to_the_unit_itself(mine):
    for method, path in concern_rows():
        body = body_for(method, path, mine.ids)
        response = mine.api.send(method, address_of(path, mine.ids), body)
        assert response.status_code != 404 or "identities/remove" in path, path


@pytest.mark.parametrize("name", LISTS)
def test_lists_have_the_units_own_rows_alone(mine, theirs, name):
    own, others = mine.api.ids(f"{name}/"), theirs.api.ids(f"{name}/")
    assert own
    assert others
    assert not set(own) & set(others)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("card-definitions", ("scheme",)),
        ("cards", ("member", "card_definition", "scheme")),
        ("buckets", ("card", "member", "scheme")),
        ("transactions", ("card", "member", "scheme", "bucket")),
    ],
)
def test_lists_filtered_by_another_units_ids_are_empty(mine, theirs, name, parameters):
    for parameter in parameters:
        row = theirs.ids[f"{parameter.replace('_', '-')}s"]
        assert mine.api.ids(f"{name}/", **{parameter: row}) == []


def test_lists_filtered_by_what_only_another_unit_knows_are_empty(mine, theirs):
    member = theirs.card.member
    identity = member.identities.get().value
    assert mine.api.ids("members/", identity=identity) == []
    assert mine.api.ids("members/", external_id=member.external_id) == []
    assert mine.api.ids("cards/", code=theirs.card.code) == []
    assert mine.api.ids("transactions/", order_reference="THEIRS-7") == []
    assert (
        mine.api.ids("schemes/", search=theirs.card.definition.scheme.reference) == []
    )


@pytest.mark.parametrize("name", ["buckets", "transactions"])
def test_a_cursor_of_one_unit_is_useless_to_another(mine, theirs, name):
    page = theirs.api.get(f"{name}/", limit=1).json()
    assert refusal(mine.api.get(page["next"])) == (400, "invalid_cursor")


def test_what_may_be_taken_in_another_unit_is_free_here(mine, theirs):
    member = theirs.card.member
    body = {
        "external_id": member.external_id,
        "identities": [{"value": member.identities.get().value}],
    }
    assert mine.api.post("members/", body).status_code == 201
    scheme = theirs.card.definition.scheme
    body = {"reference": scheme.reference, "name": "x", "starts_at": timezone.now()}
    assert mine.api.post("schemes/", body).status_code == 201


def test_another_units_idempotency_key_is_free(mine, theirs):
    headers = {"Idempotency-Key": "same"}
    for world in (theirs, mine):
        response = world.api.post("members/", {"external_id": "m"}, headers)
        assert response.status_code == 201
        assert "Idempotency-Replayed" not in response


def test_no_answer_has_an_id_that_could_be_counted(mine):
    assert mine.api.post("cards/" + str(mine.card.uuid) + "/credit/", {"points": 1})
    answers = 0
    for method, path in concern_rows():
        body = body_for(method, path, mine.ids)
        response = mine.api.send(method, address_of(path, mine.ids), body)
        if response.content:
            assert_no_countable_ids(response.json())
            answers += 1
    for name in (*LISTS, "units"):
        assert_no_countable_ids(mine.api.rows(f"{name}/"))
    assert answers > 35


def assert_no_countable_ids(value: Any) -> None:
    if isinstance(value, list):
        for inner in value:
            assert_no_countable_ids(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in {"id", "card", "bucket", "parent", "member", "scheme"}:
                assert inner is None or UUID(inner)
            assert not (name.endswith("_id") and isinstance(inner, int)), name
            assert_no_countable_ids(inner)


def test_runs_of_the_sweeps_tell_nothing_of_any_units_points(mine):
    run = SweepRun.objects.latest("pk")
    told = mine.api.get(f"sweep-runs/{run.pk}/").json()
    assert told["id"] == run.pk
    assert not {"buckets", "points", "error"} & set(told)


def test_every_address_wants_credentials(mine):
    stranger = Caller(Client())
    for method, path in operations():
        address = address_of(path, mine.ids | {"sweep-runs": 1})
        response = stranger.send(method, address, body_for(method, path, mine.ids))
        assert refusal(response) == (401, "not_authenticated"), path
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_every_address_wants_its_scope_and_names_it(mine):
    holders = {scope: client(mine.unit, scopes=[scope]) for scope in SCOPES}
    others = {
        scope: client(mine.unit, scopes=set(SCOPES) - {scope}) for scope in SCOPES
    }
    for method, path in operations():
        address = address_of(path, mine.ids | {"sweep-runs": 1})
        body = body_for(method, path, mine.ids)
        wrong = "schemes:read" if "sweep-runs" in path else "runs:read"
        response = holders[wrong].send(method, address, body)
        assert refusal(response) == (403, "not_permitted"), path
        (named,) = [each for each in SCOPES if each in response.json()["message"]]
        assert others[named].send(method, address, body).status_code == 403, path
        assert holders[named].send(method, address, body).status_code != 403, path


def test_staff_without_permissions_get_nowhere(mine, staff_client):
    http = staff_client("", mine.unit)
    for method, path in operations():
        address = address_of(path, mine.ids | {"sweep-runs": 1})
        response = Caller(http).send(method, address, body_for(method, path, mine.ids))
        assert refusal(response) == (403, "not_permitted"), path
