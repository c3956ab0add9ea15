"""A caller that asks too often is told when to come again."""

import pytest
from django.test import Client, override_settings

from loyalty.tests.program import make_client
from schemes.tests.factories import UnitFactory

pytestmark = pytest.mark.django_db


def calls(client, secret, times):
    api = Client(headers={"X-App-Id": client.client_id, "X-App-Token": secret})
    return [api.get("/api/v1/members/") for _ in range(times)]


def test_a_client_over_its_limit_waits():
    client, secret = make_client(UnitFactory(), rate_limit=3)
    *passed, refused = calls(client, secret, 4)
    assert [answer.status_code for answer in passed] == [200, 200, 200]
    assert refused.status_code == 429
    assert refused.json()["key"] == "too_many_requests"
    assert refused.json()["request_id"] == refused["X-Request-Id"]
    assert 1 <= int(refused["Retry-After"]) <= 61


@override_settings(API_RATE_LIMIT=2)
def test_a_client_without_a_limit_has_that_of_the_installation():
    client, secret = make_client(UnitFactory())
    assert [answer.status_code for answer in calls(client, secret, 3)][-1] == 429


def test_clients_do_not_use_up_each_others_limit():
    unit = UnitFactory()
    first, second = (make_client(unit, rate_limit=1) for _ in range(2))
    calls(*first, 2)
    assert calls(*second, 1)[0].status_code == 200
