"""What Eagle Eye's schemes may say beyond its recipe, and what is refused."""

import json

import pytest

from loyalty.tests.eagle_eye_schemes import (
    POINTS,
    address,
    asked,
    changed,
    contract,
    definition_of,
    made,
    refusal,
    said,
    shop,
    shown,
    waits,
)
from schemes.models import Scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def scheme(caller):
    return made(caller)


@pytest.mark.parametrize(
    ("period_type", "rounding", "stored"),
    [
        ("DAY", None, ("90D", "NONE")),
        ("WEEK", "MONTHEND", ("90W", "MONTH")),
        ("MONTH", "YEAREND", ("90M", "YEAR")),
        ("YEAR", "YEAREND", ("90Y", "YEAR")),
    ],
)
def test_each_period_and_rounding_is_stored_and_given_back(
    caller, period_type, rounding, stored
):
    rule = {
        "type": "CUTOFFDATE",
        "periodType": period_type,
        "periodCount": 90,
        "rounding": rounding,
    }

    answer = made(caller, asked("services.expiryPoints.rule", rule))

    assert answer["services"]["expiryPoints"] == {"enabled": True, "rule": rule}
    definition = definition_of(answer)
    assert (definition.expiry_period, definition.expiry_rounding) == stored


def test_points_that_would_expire_before_they_activate_are_refused(caller):
    body = changed(waits(value="8M"), "services.expiryPoints.rule.periodCount", 6)

    answer = said(caller.post(POINTS, body))

    assert "services.expiryPoints.rule.periodCount: " in answer
    assert not Scheme.objects.exists()


def test_only_large_grants_and_orders_wait_where_the_criteria_say_so(caller):
    criteria = {"minimumPoints": 500, "minimumAmount": 15_000}

    answer = made(caller, waits(value="28D", criteria=criteria))

    assert answer["pendingPoints"]["criteria"] == criteria
    definition = definition_of(answer)
    assert definition.pending_min_points == 500
    assert definition.pending_min_amount == 15_000


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "TIER"),
        ("class", "STAMP"),
        ("status", "EXPIRED"),
        ("status", ["ACTIVE"]),
        ("accountClientType", None),
        ("accountClientType", ""),
        ("details.mode", "RESTRICTED"),
        ("details.name", ""),
        ("details.name", 5),
        ("details.name", "x" * 201),
        ("details.description", 5),
        ("details.startDate", None),
        ("details.startDate", "yesterday"),
        ("details.startDate", 5),
        ("details.startDate", "0001-01-01T00:00:00+14:00"),
        ("details.endDate", "2025-05-31T00:00:00+00:00"),
        ("details.endDate", "9999-12-31T23:59:59-14:00"),
        ("details.nmae", "Retail"),
        ("details", []),
        ("details", None),
        ("services", []),
        ("services.expiry", {}),
        ("services.earn", "yes"),
        ("rates", []),
        ("rates.earn", []),
        ("pendingPoints", "5D"),
        ("pendingPoints.days", 5),
        ("pendingPoints.criteria", 500),
        ("pendingPoints.criteria", {"minimumPoints": 0}),
        ("pendingPoints.criteria", {"points": 500}),
        ("timeoutOverride", 0),
        ("timeoutOverride", "30"),
        ("timeoutOverride", 10**9),
        ("negativeBalance", True),
        ("negativeBalance", {"enabled": 1}),
        ("custom", "text"),
        ("relationships", 5),
        ("reference", 5),
        ("reference", "x" * 201),
        ("pendingpoints", {}),
        ("id", "5"),
        ("version", 2),
    ],
)
def test_what_is_not_spoken_is_refused_by_its_field(caller, path, value):
    answer = caller.post(POINTS, asked(path, value))

    assert path in said(answer)
    assert not Scheme.objects.exists()


@pytest.mark.parametrize("body", [[], "text", None, 5, [{}]])
def test_a_body_that_is_no_object_is_refused(caller, scheme, body):
    for method, where in (
        ("post", POINTS),
        ("put", address(scheme)),
        ("patch", address(scheme)),
    ):
        answer = caller.http.generic(
            method.upper(), where, json.dumps(body), content_type="application/json"
        )
        assert refusal(answer) == (400, "INVALID_INPUT")


def test_what_no_rule_reads_is_kept_and_given_back_as_it_was_sent(caller):
    kept = {
        "custom": {"colour": "red", "nested": [1, {"a": None}]},
        "timeoutOverride": 15,
        "rules": {"creation": {"schemeLimit": 5, "consumerLimit": None}},
        "relationships": {"AGGREGATE_CHILD": ["7"]},
        "autoReduce": {"enabled": False},
        "pointsLimitPerPeriod": [{"limit": 5}],
        "earnTransactionLimit": None,
        "tiers": {"enabled": False},
        "rewardBank": {"id": "3"},
        "tags": ["summer"],
        "accountClientType": "CLUB",
    }
    texts = {
        "alternativeName": "Points",
        "description": "",
        "alternativeDescription": "",
        "printerMessage": "Thank you",
        "screenMessage": "Welcome",
        "tags": ["a", "b"],
    }
    funding = {"enabled": True, "defaultFunding": {"enabled": False, "funds": []}}
    body = {**contract("request"), **kept}
    body["details"] |= texts
    body["services"]["goodwill"] = funding
    earn = body["rates"]["earn"]["aeplc"]["default"]
    earn |= {"name": "Base", "reference": "BASE", "roundPoints": {"active": False}}

    answer = made(caller, body)

    assert shown(caller, answer) == answer
    assert {name: answer[name] for name in kept} == kept
    assert {name: answer["details"][name] for name in texts} == texts
    assert answer["services"]["goodwill"] == funding
    given = answer["rates"]["earn"]["aeplc"]["default"]
    assert {name: given[name] for name in earn if name != "rates"} == {
        name: earn[name] for name in earn if name != "rates"
    }


@pytest.mark.parametrize("enabled", [True, False])
def test_a_balance_may_be_negative_where_the_scheme_says_so(caller, enabled):
    answer = made(caller, asked("negativeBalance", {"enabled": enabled}))

    assert answer["negativeBalance"] == {"enabled": enabled}
    assert definition_of(answer).allow_negative is enabled


@pytest.mark.parametrize("status", ["ACTIVE", "DRAFT", "INACTIVE"])
def test_the_status_is_that_of_the_scheme_and_of_its_rules(caller, status):
    answer = made(caller, asked("status", status))

    definition = definition_of(answer)
    assert (answer["status"], definition.status) == (status, status)
    assert definition.scheme.status == status


def test_a_reference_is_kept_and_is_unique_in_the_unit(caller):
    assert made(caller, asked("reference", "RP-1"))["reference"] == "RP-1"

    assert refusal(caller.post(POINTS, asked("reference", "RP-1"))) == (
        409,
        "NAME_TAKEN",
    )
    assert Scheme.objects.count() == 1
    elsewhere = shop("other")
    body = contract("request")
    body["rates"] = None
    assert made(elsewhere, {**body, "reference": "RP-1"})["reference"] == "RP-1"


def test_an_id_that_is_another_s_reference_is_not_taken_twice(caller):
    taken = str(int(made(caller)["id"]) + 1)
    Scheme.objects.update(reference=taken)

    assert refusal(caller.post(POINTS, contract("request"))) == (409, "NAME_TAKEN")
    assert Scheme.objects.count() == 1
