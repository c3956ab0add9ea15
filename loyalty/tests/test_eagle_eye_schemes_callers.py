"""Who reaches Eagle Eye's schemes, how they are listed, and where nothing is."""

from datetime import UTC, datetime

import pytest

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    POINTS,
    address,
    contract,
    made,
    native,
    refusal,
    said,
    shop,
)
from schemes.models import Scheme

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def scheme(caller):
    return made(caller)


def test_a_list_shows_a_page_of_the_unit_s_own_schemes(caller):
    schemes = [made(caller) for _ in range(3)]
    native()

    answer = api.shown(caller.get(POINTS))
    assert answer == {
        "total": 3,
        "limit": 20,
        "offset": 0,
        "orderBy": [{"name": "dateCreated", "order": "ASC"}],
        "filter": [],
        "results": schemes,
    }
    page = api.shown(caller.get("/2.0" + POINTS, limit=1, offset=1))
    assert (page["total"], page["limit"], page["offset"]) == (3, 1, 1)
    assert page["results"] == schemes[1:2]
    assert api.shown(caller.get(POINTS, offset=3))["results"] == []
    backwards = api.shown(caller.get(POINTS, orderBy="dateCreated,DESC"))
    assert backwards["results"] == schemes[::-1]


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "", "٣", "1" * 400, "\x00"])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_a_page_that_there_cannot_be_is_refused(caller, name, text):
    assert f"{name}: " in said(caller.get(POINTS, **{name: text}))


@pytest.mark.parametrize("parameter", ["orderBy", "status"])
def test_a_list_refuses_what_it_would_not_heed(caller, parameter):
    assert f"{parameter}: " in said(caller.get(POINTS, **{parameter: "ACTIVE"}))


def test_a_list_costs_as_many_queries_for_many_as_for_one(caller):
    made(caller)
    caller.get(POINTS)  # notes the use of the secret
    one = len(api.statements(lambda: caller.get(POINTS)))
    for _ in range(4):
        made(caller)

    assert len(api.statements(lambda: caller.get(POINTS))) == one


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "1.0", "٣", "1" * 400, str(2**63), "%00", "1%00", "None"]
)
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_an_id_that_there_cannot_be_finds_nothing(caller, scheme, text, method):
    answer = caller.send(method, f"/schemes/{text}", contract("request"))

    assert refusal(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_scheme_of_another_unit_is_not_found(scheme, method):
    other = shop("other")

    answer = other.send(method, address(scheme), contract("request"))

    unknown = other.send(method, "/schemes/999999", contract("request"))
    assert refusal(answer) == refusal(unknown) == (404, "NOT_FOUND")
    assert Scheme.objects.exists()


@pytest.mark.parametrize(
    ("method", "where", "scope"),
    [
        ("get", POINTS, "schemes:read"),
        ("post", POINTS, "schemes:write"),
        ("get", "/schemes/1", "schemes:read"),
        ("put", "/schemes/1", "schemes:write"),
        ("patch", "/schemes/1", "schemes:write"),
        ("delete", "/schemes/1", "schemes:write"),
        ("get", "/scheme/1/earn/calculate", "schemes:read"),
        ("get", "/units/1", "schemes:read"),
    ],
)
def test_each_call_needs_its_scope_and_somebody_known(method, where, scope):
    others = {"schemes:read", "schemes:write", "points:write"} - {scope}
    caller = shop(scopes=sorted(others))

    answer = caller.send(method, where, contract("request"))
    assert refusal(answer) == (403, "NOT_PERMITTED")
    assert scope in answer.json()["errorMessage"]
    stranger = api.Caller(type(caller.http)())
    answer = stranger.send(method, where, contract("request"))
    assert refusal(answer) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("prefix", ["", "/2.0"])
@pytest.mark.parametrize(
    "where",
    [
        "/schemes",
        "/schemes/",
        "/schemes/points/",
        "/schemes/1/versions",
        "/scheme",
        "/scheme/1/burn/calculate",
        "/units",
        "/units/1/units",
        "/wallet/1/nothing/here",
        "/services/nothing",
        "/connect",
        "/connect/nothing",
    ],
)
def test_an_address_that_leads_nowhere_says_so_in_eagle_eye_s_words(where, prefix):
    stranger = api.Caller(shop().http.__class__())

    for method in ("get", "post", "put", "patch", "delete"):
        answer = stranger.send(method, prefix + where, {})
        assert refusal(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("where", ["/schemesx", "/unitsx/1", "/wallets"])
def test_other_addresses_are_not_this_door_s(where):
    answer = shop().get(where)

    assert answer.status_code == 404
    assert not answer["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "where"),
    [("put", POINTS), ("delete", POINTS), ("post", "/schemes/1"), ("post", "/units/1")],
)
def test_a_method_that_there_is_not_is_told(caller, method, where):
    answer = caller.send(method, where, {})

    assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
