"""Eagle Eye's schemes: the troubleshooting table of the recipe, row by row."""

from datetime import UTC, datetime

import pytest

from accounts.tests.factories import CardFactory
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    POINTS,
    asked,
    contract,
    definition_of,
    made,
    refusal,
    said,
    shop,
    waits,
)
from schemes.models import Scheme
from schemes.tests.factories import UnitFactory
from transactions import ledger
from transactions.models import Bucket

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


REQUIRED = ["type", "accountClientType", "status", "class", "details"] + [
    f"details.{name}"
    for name in (
        "name",
        "alternativeName",
        "description",
        "alternativeDescription",
        "printerMessage",
        "screenMessage",
        "startDate",
        "endDate",
        "mode",
    )
]


@pytest.mark.parametrize("field", REQUIRED)
def test_troubleshooting_1_a_field_that_is_missing_is_named(caller, field):
    body = contract("request")
    *parents, last = field.split(".")
    del (body[parents[0]] if parents else body)[last]

    answer = caller.post(POINTS, body)

    assert f"{field}: This field is required." in said(answer)
    assert not Scheme.objects.exists()


def test_troubleshooting_1_everything_that_is_missing_is_named_at_once(caller):
    answer = said(caller.post(POINTS, {"details": {}}))

    for field in set(REQUIRED) - {"details"}:
        assert f"{field}: " in answer


@pytest.mark.parametrize(
    ("expiry", "field"),
    [
        ({}, "enabled"),
        ({"enabled": "true", "rule": None}, "enabled"),
        ({"enabled": True}, "rule"),
        ({"enabled": True, "rule": None}, "rule"),
        ({"enabled": True, "rule": []}, "rule"),
        ({"enabled": True, "rule": {}}, "rule.type"),
        ({"enabled": True, "period": "6M"}, "period"),
        ("6M", ""),
        ([], ""),
    ],
)
def test_troubleshooting_2_an_expiry_that_is_not_well_formed_is_refused(
    caller, expiry, field
):
    answer = caller.post(POINTS, asked("services.expiryPoints", expiry))

    assert f"services.expiryPoints{field and '.'}{field}: " in said(answer)


@pytest.mark.parametrize("services", [None, {}, {"expiryPoints": None}])
def test_troubleshooting_2_without_an_expiry_points_last(caller, services):
    answer = made(caller, asked("services", services))

    assert answer["services"]["expiryPoints"] is None
    assert definition_of(answer).expiry_mode == "NONE"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "CALENDAR"),
        ("type", None),
        ("periodType", "QUARTER"),
        ("periodType", 6),
        ("periodCount", 0),
        ("periodCount", -6),
        ("periodCount", "6"),
        ("periodCount", 6.0),
        ("periodCount", True),
        ("periodCount", 10_000),
        ("periodCount", 10**400),
        ("periodCount", None),
        ("rounding", "QUARTEREND"),
        ("unit", "MONTH"),
    ],
)
def test_troubleshooting_3_a_wrong_expiry_rule_is_refused_by_its_field(
    caller, field, value
):
    path = f"services.expiryPoints.rule.{field}"

    assert f"{path}: " in said(caller.post(POINTS, asked(path, value)))
    assert not Scheme.objects.exists()


@pytest.mark.parametrize("side", ["earn", "burn", "redemption"])
def test_troubleshooting_4_another_identifier_is_refused_with_the_right_one(
    caller, side
):
    body = contract("request")
    rate = {"rates": [{"amount": 1, "step": 100} if side == "earn" else {"floor": 1}]}
    body["rates"][side] = {
        "AEPLC": rate["rates"] if side == "redemption" else {"default": rate}
    }

    answer = said(caller.post(POINTS, body))

    assert f"rates.{side}.AEPLC: " in answer
    assert '"aeplc"' in answer
    assert "GET /units/{unitId}" in answer


def test_troubleshooting_4_the_unit_shows_its_identifier(caller):
    unit = definition_of(made(caller)).scheme.unit

    answer = api.shown(caller.get(f"/units/{unit.pk}"))

    assert answer["incomingIdentifier"] == "aeplc"
    assert (answer["id"], answer["type"]) == (str(unit.pk), "COMPANY")
    for other in (UnitFactory().pk, 2**63, "aeplc", "0"):
        assert refusal(caller.get(f"/units/{other}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "value",
    [
        *(
            "5",
            "D",
            "5d",
            "D5",
            "5 D",
            "0D",
            "-5D",
            "05D",
            "5H",
            "5Y",
            "5DD",
            "",
            "5D\n",
        ),
        *("99999D", "\u0665D", 5, None, True, ["5D"], {"days": 5}),
    ],
)
def test_troubleshooting_5_a_wrong_pending_period_is_refused_with_the_format(
    caller, value
):
    answer = said(caller.post(POINTS, waits(value=value)))

    assert "pendingPoints.value: " in answer
    if isinstance(value, str):
        assert "#n, where # is a number" in answer
    assert not Scheme.objects.exists()


@pytest.mark.parametrize("enabled", [None, "true", 1, "yes", []])
def test_troubleshooting_5_enabled_is_true_or_false(caller, enabled):
    answer = caller.post(POINTS, waits(enabled=enabled, value="5D"))

    assert "pendingPoints.enabled: " in said(answer)


@pytest.mark.parametrize(
    ("pending", "given_back"),
    [
        (None, {"enabled": False, "value": None, "criteria": None}),
        ({"enabled": False}, {"enabled": False, "value": None, "criteria": None}),
        (
            {"enabled": False, "value": "5D"},
            {"enabled": False, "value": "5D", "criteria": None},
        ),
    ],
)
def test_troubleshooting_5_points_that_do_not_wait_are_active_at_once(
    caller, pending, given_back
):
    answer = made(caller, asked("pendingPoints", pending))

    assert answer["pendingPoints"] == given_back
    card = CardFactory(definition=definition_of(answer))
    ledger.earn(card=card, points=5, now=datetime(2026, 1, 31, tzinfo=UTC))
    assert Bucket.objects.get().status == "ACTIVE"
