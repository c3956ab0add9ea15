"""Voucherify's card definitions: rules that cannot be, or contradict each other."""

import pytest

from loyalty.tests.api import refusal, shown
from loyalty.tests.voucherify import Project
from loyalty.tests.voucherify_rules import (
    BALANCE,
    BELOW_ZERO,
    FROM_PENDING,
    NEGATIVE,
    RETURN,
    TO_ZERO,
    WAIT,
    calendar,
    event,
    fixed,
    in_time,
    limits,
    period,
    refunds,
    rolling,
    setting,
    sliding,
)
from schemes.models import CardDefinition

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return Project()


BAD = [
    ({"name": None}, "name"),
    ({"name": 7}, "name"),
    ({"name": "  "}, "name"),
    ({"type": "TEAM"}, "type"),
    ({"type": None}, "type"),
    ({"status": "INACTIVE"}, "status"),
    ({"colour": "red"}, "colour"),
    ({"metadata": "none"}, "metadata"),
    ({"code_config": {"charset": "abc"}}, "code_config.charset"),
    ({"code_config": {"length": 3}}, "code_config"),
    ({"code_config": {"length": 41}}, "code_config.length"),
    ({"code_config": {"length": True}}, "code_config.length"),
    ({"code_config": {"pattern": "no digits"}}, "code_config"),
    ({"code_config": {"prefix": "x" * 31}}, "code_config"),
    ({"code_config": []}, "code_config"),
    ({"points_expiration": {}}, "points_expiration.type"),
    ({"points_expiration": {"type": "NEVER"}}, "points_expiration.type"),
    ({"points_expiration": {"type": "ROLLING_EXPIRATION"}}, "rolling_expiration"),
    (
        {"points_expiration": {**rolling("DAY", 1), "type": "NO_EXPIRATION"}},
        "rolling_expiration",
    ),
    (
        {"points_expiration": {**rolling("DAY", 1), **calendar((1, 1))}},
        "rolling_expiration",
    ),
    ({"points_expiration": rolling("DAY", 91)}, "rolling_expiration.period"),
    ({"points_expiration": rolling("DAY", 0)}, "rolling_expiration.period"),
    ({"points_expiration": rolling("DAY", "5")}, "rolling_expiration.period"),
    ({"points_expiration": rolling("DAY", True)}, "rolling_expiration.period"),
    ({"points_expiration": rolling("MONTH", 13)}, "rolling_expiration.period"),
    ({"points_expiration": rolling("YEAR", 6)}, "rolling_expiration.period"),
    ({"points_expiration": rolling("WEEK", 1)}, "rolling_expiration.period"),
    ({"points_expiration": rolling(["DAY"], 1)}, "rolling_expiration.period"),
    (
        {"points_expiration": rolling("DAY", 1, type="END_OF_PARTICULAR_MONTH")},
        "rounding.type",
    ),
    ({"points_expiration": rolling("DAY", 1, type={})}, "rounding.type"),
    ({"points_expiration": calendar()}, "expiration_dates"),
    ({"points_expiration": calendar((30, 2))}, "points_expiration"),
    ({"points_expiration": calendar((31, 4))}, "points_expiration"),
    ({"points_expiration": calendar((1, 1), (1, 1))}, "points_expiration"),
    ({"points_expiration": calendar((1, 13))}, "month"),
    ({"points_expiration": calendar(("1", 1))}, "day"),
    ({"points_expiration": calendar(*[(n, 1) for n in range(1, 22)])}, "dates"),
    ({"points_expiration": sliding("DAY", 5)}, "sliding_expiration"),
    (
        {"points_expiration": sliding("YEAR", 2, earning_activity=True)},
        "sliding_expiration.period",
    ),
    (
        {"points_expiration": sliding("DAY", 5, earning_activity="yes")},
        "earning_activity",
    ),
    (
        {"points_expiration": sliding("DAY", 5, custom_activity=True)},
        "custom_activity",
    ),
    ({"pending_points": {"type": "PERIOD_BASED"}}, "period_based"),
    (
        {"pending_points": {"type": "PERIOD_BASED", "period_based": period("YEAR", 2)}},
        "period_based.period",
    ),
    ({"pending_points": fixed((31, 6))}, "pending_points"),
    ({"pending_points": event()}, "event_types"),
    ({"pending_points": event("ms_1", "ms_1")}, "pending_points"),
    ({"pending_points": event(*map(str, range(11)))}, "event_types"),
    ({"pending_points": event("ms_1", value=91)}, "cancel_period"),
    ({"earning_limits": {"global": setting()}}, "earning_limits.transactions"),
    ({"earning_limits": limits(in_all=[BALANCE, BALANCE])}, "earning_limits.global"),
    (
        {"earning_limits": limits(in_all=[{"type": "BALANCE_BASED"}])},
        "earning_limits.global.max",
    ),
    (
        {"earning_limits": limits(in_all=[{"type": "BALANCE_BASED", "max": 0}])},
        "earning_limits.global.max",
    ),
    (
        {"earning_limits": limits(in_all=[{"type": "BALANCE_BASED", "max": 10**400}])},
        "earning_limits.global.max",
    ),
    ({"earning_limits": limits(in_all=[in_time("QUARTER")])}, "unit"),
    ({"earning_limits": limits(in_all=[{"type": []}])}, "earning_limits.global"),
    (
        {"earning_limits": limits(each=[{"type": "SPENDING", "min_amount": 1}])},
        "earning_limits.transactions",
    ),
    (
        {
            "earning_limits": {
                **limits(),
                "global": {"type": "NO_LIMIT", "limits": [BALANCE]},
            }
        },
        "earning_limits.global",
    ),
    (
        {"earning_limits": {**limits(), "global": {"type": "LIMITED"}}},
        "earning_limits.global",
    ),
    (
        {"spending_limits": limits(in_all=[{"type": "SPENDING_BASED", "max": 1}])},
        "spending_limits.global",
    ),
    ({"spending_limits": limits(in_all=[in_time("DAY")])}, "spending_limits.global"),
    ({"refunds": refunds(earned=[TO_ZERO, FROM_PENDING])}, "refunds.earned_points"),
    ({"refunds": refunds(spent=[TO_ZERO])}, "refunds.spent_points"),
    (
        {"refunds": refunds(spent=[{**RETURN, "mode": "REFUND_ITEM"}])},
        "refunds.spent_points.mode",
    ),
    ({"refunds": refunds(earned=[FROM_PENDING])}, "refunds"),
    ({"refunds": refunds(earned=[BELOW_ZERO])}, "balance_settings"),
    (
        {"balance_settings": NEGATIVE, "points_expiration": rolling("DAY", 1)},
        "balance_settings",
    ),
    ({"balance_settings": {"allow_negative": "yes"}}, "allow_negative"),
    (
        {"pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {}}},
        "pay_with_points",
    ),
]


@pytest.mark.parametrize(("sections", "field"), BAD)
def test_a_rule_that_cannot_be_is_refused_by_its_section(project, sections, field):
    response = project.make(**sections)
    assert refusal(response) == (400, "invalid_payload")
    assert field in response.json()["details"]
    assert not CardDefinition.objects.exists()


def test_rules_that_contradict_each_other_are_refused_when_one_changes(project):
    definition = shown(project.make(points_expiration=rolling("DAY", 1)))
    address = f"card-definitions/{definition['id']}"
    response = project.put(address, {"balance_settings": NEGATIVE})
    assert refusal(response) == (400, "invalid_payload")
    shown(project.put(address, {"pending_points": WAIT}))
    shown(project.put(address, {"refunds": refunds(earned=[FROM_PENDING])}))
    response = project.put(address, {"pending_points": None})
    assert refusal(response) == (400, "invalid_payload")
    assert shown(project.get(address))["pending_points"] == WAIT
