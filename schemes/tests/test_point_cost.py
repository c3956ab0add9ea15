"""What a point costs and how many are never spent: said in the API and the admin."""

from decimal import Decimal

import pytest

from loyalty.tests.api import client
from schemes.tests.admin_forms import admin_url, errors_of, filled_in
from schemes.tests.factories import SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    return SchemeFactory()


@pytest.fixture
def change(scheme):
    api = client(scheme.unit)

    def send(**body):
        return api.patch(f"schemes/{scheme.uuid}/", body)

    return send


def test_they_are_set_and_taken_back(scheme, change):
    assert change(point_cost="0.5", expected_breakage="12.5").status_code == 200
    scheme.refresh_from_db()
    assert (scheme.point_cost, scheme.expected_breakage) == (
        Decimal("0.5"),
        Decimal("12.5"),
    )
    assert scheme.version == 2

    answer = change(point_cost=None, expected_breakage=None)
    assert answer.json()["point_cost"] is None
    assert answer.json()["version"] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("point_cost", "-0.01"),
        ("point_cost", "0.00001"),
        ("point_cost", "1" * 400),
        ("point_cost", "NaN"),
        ("point_cost", "a penny"),
        ("expected_breakage", "-1"),
        ("expected_breakage", "100.01"),
        ("expected_breakage", "0.001"),
        ("expected_breakage", []),
    ],
)
def test_what_makes_no_sense_is_refused(scheme, change, field, value):
    answer = change(**{field: value})
    assert answer.status_code == 400
    assert field in str(answer.json())
    scheme.refresh_from_db()
    assert getattr(scheme, field) is None


def test_staff_set_them_on_the_page_of_the_scheme(admin_client, scheme):
    address = admin_url(scheme)
    page = admin_client.get(address)
    changes = {"point_cost": "0.75", "expected_breakage": "20"}
    answer = admin_client.post(address, filled_in(page, changes))
    assert answer.status_code == 302, errors_of(answer)
    scheme.refresh_from_db()
    assert (scheme.point_cost, scheme.expected_breakage) == (Decimal("0.75"), 20)

    changes = {"point_cost": "-1", "expected_breakage": "101"}
    answer = admin_client.post(address, filled_in(admin_client.get(address), changes))
    assert {*errors_of(answer)} == {"point_cost", "expected_breakage"}
