"""What every door owes the clients of its API, whatever habits they have."""

import pytest

from loyalty.tests.api import client

DOORS = (
    "/v2/loyalties/programs",
    "/schemes/points",
    "/api/v3/point-accounts/definitions",
)


@pytest.fixture
def api(simple_card):
    return client(simple_card.member.unit)


@pytest.mark.parametrize("accepts", ["text/html", "application/xml", "", "*/*", "?"])
@pytest.mark.parametrize("address", DOORS)
def test_the_answer_is_json_whatever_the_client_says_it_accepts(api, address, accepts):
    answer = api.get(address, headers={"Accept": accepts})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/v1/customers", {"code", "key", "message"}),
        ("/v1/orders/", {"code", "key", "message"}),
        ("/v2/customers", {"code", "key", "message"}),
        ("/v2/loyalties/programs/", {"code", "key", "message"}),
        ("/2.0/campaigns", {"errorCode", "errorMessage"}),
        ("/wallet/", {"errorCode", "errorMessage"}),
        ("/api/v3/contacts", {"code", "key", "message"}),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_spoken_is_missing_in_the_words_of_the_door(
    api, method, address, names
):
    answer = api.send(method, address, {})

    assert answer.status_code == 404
    assert names <= set(answer.json())


@pytest.mark.parametrize("address", [*DOORS, "/api/v1/cards/"])
def test_a_query_of_too_many_parameters_is_refused(api, address):
    answer = api.http.get(f"{address}?{'a&' * 1001}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
