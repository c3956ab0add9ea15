"""Voucherify's card definitions: each section becomes our rules, and is shown again."""

import pytest

from loyalty.tests.api import shown
from loyalty.tests.voucherify import Project, stored_definition
from loyalty.tests.voucherify_rules import (
    BALANCE,
    BELOW_ZERO,
    DEFAULTS,
    FROM_PENDING,
    NEGATIVE,
    POINTS,
    RETURN,
    TO_ZERO,
    WAIT,
    calendar,
    event,
    fixed,
    in_time,
    limits,
    refunds,
    rolling,
    sliding,
)

pytestmark = pytest.mark.django_db

SECTIONS = [
    (
        {"points_expiration": rolling("DAY", 90)},
        {"expiry_mode": "ROLLING", "expiry_period": "90D", "expiry_rounding": "DAY"},
    ),
    (
        {"points_expiration": rolling("MONTH", 12, type="END_OF_QUARTER")},
        {"expiry_period": "12M", "expiry_rounding": "QUARTER"},
    ),
    (
        {"points_expiration": rolling("YEAR", 5, type="END_OF_HALF_YEAR")},
        {"expiry_period": "5Y", "expiry_from": "ACTIVATED"},
    ),
    (
        {"points_expiration": calendar((31, 12), (29, 2))},
        {"expiry_dates": [{"day": 31, "month": 12}, {"day": 29, "month": 2}]},
    ),
    (
        {"points_expiration": sliding("YEAR", 1, spending_activity=True)},
        {"expiry_mode": "SLIDING", "slides_on_earn": False, "slides_on_spend": True},
    ),
    (
        {"pending_points": WAIT},
        {"pending_mode": "PERIOD_BASED", "pending_period": "10D"},
    ),
    (
        {"pending_points": fixed((30, 6))},
        {"pending_dates": [{"day": 30, "month": 6}]},
    ),
    (
        {"pending_points": event("ms_a1", "ms_b2", unit="MONTH", value=2)},
        {"pending_events": ["ms_a1", "ms_b2"], "pending_deadline": "2M"},
    ),
    (
        {"earning_limits": limits(in_all=[BALANCE], each=[POINTS])},
        {"max_balance": 500, "earn_limit": None, "max_points_per_earn": 70},
    ),
    (
        {"earning_limits": limits(in_all=[in_time("WEEK")])},
        {"max_balance": None, "earn_limit": 50, "earn_limit_period": "WEEK"},
    ),
    ({"spending_limits": limits(each=[POINTS])}, {"max_points_per_spend": 70}),
    ({"refunds": refunds(earned=[TO_ZERO])}, {"refunds": "TO_ZERO"}),
    ({"refunds": refunds(spent=[RETURN])}, {"refunds": "NONE"}),
    (
        {"refunds": refunds(earned=[FROM_PENDING]), "pending_points": WAIT},
        {"refunds": "FROM_PENDING"},
    ),
    (
        {"refunds": refunds(earned=[BELOW_ZERO]), "balance_settings": NEGATIVE},
        {"refunds": "BELOW_ZERO", "allow_negative": True},
    ),
    ({"metadata": {"color": "gold", "n": [1, None]}}, {}),
]


@pytest.fixture
def project():
    return Project()


@pytest.mark.parametrize(("sections", "columns"), SECTIONS)
def test_sections_become_our_rules_and_are_shown_as_they_were_sent(
    project, sections, columns
):
    definition = shown(project.make(**sections))
    for name, section in {**DEFAULTS, **sections}.items():
        assert definition[name] == section
    ours = stored_definition(definition)
    assert {name: getattr(ours, name) for name in columns} == columns


@pytest.mark.parametrize(("sections", "columns"), SECTIONS)
def test_a_section_is_changed_alone_and_null_takes_it_back(project, sections, columns):
    definition = shown(project.make())
    address = f"card-definitions/{definition['id']}"
    changed = shown(project.put(address, sections))
    assert changed["updated_at"] is not None
    for name, section in {**DEFAULTS, **sections}.items():
        assert changed[name] == section
    back = shown(project.put(address, dict.fromkeys(sections)))
    assert {name: back[name] for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("config", "pattern"),
    [
        ({}, "##########"),
        ({"length": 6}, "######"),
        ({"length": 8, "prefix": "GB-"}, "GB-########"),
        ({"pattern": "A####-####"}, "A####-####"),
        ({"prefix": "A", "pattern": "####", "postfix": "Z"}, "A####Z"),
        ({"prefix": "A", "pattern": "A####Z", "postfix": "Z"}, "A####Z"),
        ({"charset": "0-9a-zA-Z", "prefix": None, "length": None}, "##########"),
    ],
)
def test_card_numbers_follow_the_code_config(project, config, pattern):
    definition = shown(project.make(code_config=config))
    assert definition["code_config"]["pattern"] == pattern
    assert stored_definition(definition).code_pattern == pattern
    # What was shown can be sent back.
    again = {"code_config": definition["code_config"]}
    changed = shown(project.put(f"card-definitions/{definition['id']}", again))
    assert changed["code_config"] == definition["code_config"]
