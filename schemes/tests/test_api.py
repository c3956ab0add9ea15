"""The API of units, schemes and card definitions: edits, rates, versions, refusals."""

from decimal import Decimal
from uuid import uuid4

import pytest

from loyalty.tests.api import client, created, refusal, shown
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)

SCHEME = {
    "reference": "R-1",
    "name": "Retail",
    "starts_at": "2025-01-01T00:00:00Z",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
    "metadata": {"owner": "Ada"},
}
RULES = {
    "name": "Points",
    "pending_mode": "PERIOD_BASED",
    "pending_period": "5D",
    "expiry_mode": "ROLLING",
    "expiry_period": "6M",
    "expiry_rounding": "MONTH",
    "earn_rates": [{"points": 1, "step": 100}],
    "burn_rates": [{"floor": 100, "ceiling": 9_900, "step": 100, "rate": "0.5"}],
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    made = CardDefinitionFactory(recipe=True)
    EarnRateFactory(card_definition=made)
    BurnRateFactory(card_definition=made)
    return made


@pytest.fixture
def scheme(definition):
    return definition.scheme


@pytest.fixture
def api(scheme):
    return client(scheme.unit)


@pytest.fixture(params=["schemes", "card-definitions"])
def address(request, scheme, definition):
    row = scheme if request.param == "schemes" else definition
    return f"{request.param}/{row.uuid}/"


def test_a_program_sees_its_own_unit(api, scheme):
    SchemeFactory()
    (unit,) = api.rows("units/")
    assert unit == {
        "id": str(scheme.unit.uuid),
        "name": scheme.unit.name,
        "incoming_identifier": scheme.unit.incoming_identifier,
    }
    assert shown(api.get(f"units/{unit['id']}/")) == unit
    for method in ("patch", "put", "delete"):
        assert api.send(method, f"units/{unit['id']}/", {}).status_code == 405


def test_a_scheme_is_made_as_a_draft_and_activated(api):
    response = api.post("schemes/", SCHEME)
    made = created(response)
    assert SCHEME.items() <= made.items()
    assert (made["status"], made["version"]) == ("DRAFT", 1)
    assert response["ETag"] == '"1"'
    assert shown(api.get(response["Location"])) == made
    address = f"schemes/{made['id']}/"
    assert shown(api.post(address + "activate/"))["status"] == "ACTIVE"
    assert shown(api.post(address + "deactivate/"))["status"] == "INACTIVE"


def test_a_reference_is_taken_once_in_a_unit(api):
    created(api.post("schemes/", SCHEME))
    assert refusal(api.post("schemes/", SCHEME)) == (409, "name_taken")


def test_a_definition_is_made_with_its_rates(api, scheme):
    response = api.post("card-definitions/", RULES | {"scheme": str(scheme.uuid)})
    made = created(response)
    assert (made["status"], made["scheme"]) == ("DRAFT", str(scheme.uuid))
    (earn,), (burn,) = made["earn_rates"], made["burn_rates"]
    assert (earn["points"], earn["step"], earn["name"]) == (1, 100, "default")
    assert earn["incoming_identifier"] == scheme.unit.incoming_identifier
    assert Decimal(burn["rate"]) == Decimal("0.5")
    assert (burn["floor"], burn["ceiling"], burn["step"]) == (100, 9_900, 100)
    assert shown(api.get(response["Location"])) == made
    activated = shown(api.post(f"card-definitions/{made['id']}/activate/"))
    assert activated["status"] == "ACTIVE"


def test_rates_that_are_given_replace_all_that_there_were(api, definition):
    address = f"card-definitions/{definition.uuid}/"
    bands = [
        {"points": 1, "step": 100, "floor": 0, "ceiling": 4_999},
        {"points": 2, "step": 100, "floor": 5_000},
    ]
    changed = shown(api.patch(address, {"earn_rates": bands}))
    assert [each["points"] for each in changed["earn_rates"]] == [1, 2]
    assert len(changed["burn_rates"]) == 1
    changed = shown(api.patch(address, {"burn_rates": []}))
    assert changed["burn_rates"] == []
    assert len(changed["earn_rates"]) == 2


def test_a_change_leaves_alone_what_is_not_given(api, definition, scheme):
    scheme.metadata = definition.metadata = {"a": 1}
    scheme.save()
    definition.save()
    for name, row in (("schemes", scheme), ("card-definitions", definition)):
        address = f"{name}/{row.uuid}/"
        before = shown(api.get(address))
        after = shown(api.patch(address, {"name": "Renamed"}))
        expected = before | {"name": "Renamed"}
        if "version" in before:
            expected["version"] += 1
        assert after == expected


def test_every_change_makes_a_new_version(api, address):
    first = api.get(address)["ETag"]
    changed = api.patch(address, {"name": "Renamed"})
    second = changed["ETag"]
    assert first != second == api.get(address)["ETag"]
    assert api.post(address + "deactivate/")["ETag"] not in (first, second)


@pytest.mark.parametrize("form", ["{}", "W/{}"])
def test_a_change_of_the_version_that_was_seen_is_made(api, address, form):
    seen = form.format(api.get(address)["ETag"])
    response = api.patch(address, {"name": "Renamed"}, {"If-Match": seen})
    assert shown(response)["name"] == "Renamed"


def test_a_change_of_a_version_that_is_gone_is_refused(api, address):
    seen = {"If-Match": api.get(address)["ETag"]}
    shown(api.patch(address, {"name": "First"}, seen))
    response = api.patch(address, {"name": "Second"}, seen)
    assert refusal(response) == (409, "version_conflict")
    response = api.post(address + "deactivate/", None, seen)
    assert refusal(response) == (409, "version_conflict")
    told = shown(api.get(address))
    assert (told["name"], told["status"]) == ("First", "ACTIVE")


@pytest.mark.parametrize("version", ["x", '"1.0"', "-1", '"9999999999"', ""])
def test_what_is_no_version_is_refused(api, address, version):
    seen = api.get(address)["ETag"]
    response = api.patch(address, {"name": "Renamed"}, {"If-Match": version})
    assert response.status_code in (400, 409)
    assert api.get(address)["ETag"] == seen


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": None},
        {"name": ["x"]},
        {"name": "x" * 1000},
        {"reference": ""},
        {"starts_at": "yesterday"},
        {"starts_at": "9999-12-31T23:59:59-10:00"},
        {"ends_at": "2000-01-01T00:00:00Z"},
        {"time_zone": "Mars/Olympus"},
        {"currency": "pounds"},
        {"metadata": []},
        {"status": "ACTIVE"},
        {"version": 7},
        {"colour": "red"},
    ],
)
def test_a_scheme_with_a_wrong_field_is_refused_and_the_field_named(
    api, scheme, change
):
    (field,) = change
    for response in (
        api.post("schemes/", SCHEME | change),
        api.patch(f"schemes/{scheme.uuid}/", change),
    ):
        if field in ("status", "version") and response.status_code < 400:
            body = response.json()  # read only: what is given there changes nothing
            assert body[field] != change[field] or body["id"] == str(scheme.uuid)
            continue
        assert response.status_code == 400, response.content
        assert refusal(response)[1] in ("invalid_input", "invalid_rule")
        assert response.json()["details"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"scheme": "x"},
        {"pending_mode": "SOMETIMES"},
        {"pending_period": "5 days"},
        {"pending_period": "0D"},
        {"pending_dates": [{"month": 13, "day": 1}]},
        {"pending_dates": "x"},
        {"pending_events": {"a": 1}},
        {"expiry_period": "6Y6"},
        {"expiry_rounding": 7},
        {"expiry_dates": [{"month": "June"}]},
        {"return_grace_days": -1},
        {"max_points_per_earn": 0},
        {"max_balance": 10**19},
        {"earn_limit": "x"},
        {"code_pattern": ""},
        {"code_pattern": "x" * 500},
        {"earn_rates": {}},
        {"earn_rates": [{"points": "x"}]},
        {"earn_rates": [{"points": 1, "step": 0}]},
        {"earn_rates": [{"points": 1, "step": 100, "colour": "red"}]},
        {"burn_rates": [{"floor": 1, "ceiling": 9, "step": 1, "rate": "1e400"}]},
        {"burn_rates": [{"floor": 1, "ceiling": 9, "step": 1, "rate": "NaN"}]},
        {"colour": "red"},
    ],
)
def test_a_definition_with_a_wrong_field_is_refused_and_the_field_named(
    api, scheme, definition, change
):
    (field,) = change
    before = CardDefinition.objects.count()
    made = RULES | {"scheme": str(scheme.uuid), "name": "New"} | change
    for response in (
        api.post("card-definitions/", made),
        api.patch(f"card-definitions/{definition.uuid}/", change),
    ):
        assert response.status_code == 400, response.content
        assert refusal(response)[1].startswith("invalid")
        assert field in response.json()["details"]
    assert CardDefinition.objects.count() == before
    assert CardDefinition.objects.get(pk=definition.pk).earn_rates.count() == 1


def test_a_rate_whose_bounds_cross_is_refused(api, definition):
    rates = [{"floor": 100, "ceiling": 1, "step": 1, "rate": "1"}]
    address = f"card-definitions/{definition.uuid}/"
    response = api.patch(address, {"burn_rates": rates})
    assert response.status_code == 400
    assert "ceiling: " in response.json()["details"]
    assert definition.burn_rates.get().ceiling == 99_999


def test_a_definition_stays_in_its_scheme(api, scheme, definition):
    other = SchemeFactory(unit=scheme.unit)
    address = f"card-definitions/{definition.uuid}/"
    response = api.patch(address, {"scheme": str(other.uuid)})
    assert refusal(response) == (400, "invalid_input")
    response = api.patch(address, {"scheme": str(uuid4())})
    assert refusal(response) == (404, "not_found")
    assert api.patch(address, {"scheme": str(scheme.uuid)}).status_code == 200


def test_schemes_and_definitions_are_found(api, scheme, definition):
    draft = SchemeFactory(unit=scheme.unit, status="DRAFT", name="Wholesale")
    one, two = str(scheme.uuid), str(draft.uuid)
    for parameters, expected in (
        ({}, [two, one]),
        ({"status": "DRAFT"}, [two]),
        ({"reference": scheme.reference}, [one]),
        ({"search": "whole"}, [two]),
        ({"ordering": "name"}, [one, two]),
        ({"ordering": "-name"}, [two, one]),
    ):
        assert api.ids("schemes/", **parameters) == expected, parameters
    assert api.ids("card-definitions/", scheme=two) == []
    assert api.ids("card-definitions/", scheme=one) == [str(definition.uuid)]
    assert api.ids("card-definitions/", search="nothing") == []
    assert refusal(api.get("schemes/", status="OPEN")) == (400, "invalid_input")


def test_an_edit_names_its_caller_in_the_history(api, scheme):
    shown(api.patch(f"schemes/{scheme.uuid}/", {"name": "Renamed"}))
    latest = Scheme.objects.get(pk=scheme.pk).history.first()
    assert latest.history_change_reason.startswith("client:")
