"""Eagle Eye's schemes: the recipe's answer and its readiness checklist, line by line."""

import re
from datetime import UTC, datetime

import pytest

from accounts.tests.factories import CardFactory
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    address,
    contract,
    definition_of,
    made,
    shop,
    shown,
    waits,
)
from schemes.models import BurnRate, EarnRate
from transactions import ledger
from transactions.models import Bucket

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
OWN = ("id", "reference", "dateCreated", "lastUpdated", "lastUpdatedBy")

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def scheme(caller):
    return made(caller)


# --- The recipe: its answer, its readiness checklist ----------------------------------


def test_the_page_s_request_gives_the_page_s_answer_key_by_key(caller):
    answer, expected = made(caller), contract("response")

    assert answer["reference"] == answer["id"]
    assert MOMENT.fullmatch(answer["dateCreated"])
    assert MOMENT.fullmatch(answer["lastUpdated"])
    assert isinstance(answer["lastUpdatedBy"], int)
    assert answer["lastUpdatedBy"] > 0
    assert {key: answer[key] for key in expected if key not in OWN} == {
        key: expected[key] for key in expected if key not in OWN
    }
    assert set(answer) == set(expected)


@pytest.mark.parametrize("prefix", ["", "/2.0"])
def test_checklist_1_the_scheme_is_found_by_its_id(caller, scheme, prefix):
    assert api.shown(caller.get(prefix + address(scheme))) == scheme


def test_checklist_2_the_dates_are_those_of_the_request(caller, scheme):
    details = shown(caller, scheme)["details"]

    assert details["startDate"] == "2025-06-01T00:00:00+00:00"
    assert details["endDate"] == "2050-12-31T23:59:59+00:00"
    stored = definition_of(scheme).scheme
    assert stored.starts_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert stored.ends_at == datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_checklist_3_points_expire_after_six_months_at_the_month_s_end(caller, scheme):
    expiry = shown(caller, scheme)["services"]["expiryPoints"]

    assert expiry["enabled"] is True
    assert (expiry["rule"]["periodCount"], expiry["rule"]["periodType"]) == (6, "MONTH")
    assert definition_of(scheme).expiry_terms == {
        "mode": "ROLLING",
        "period": "6M",
        "rounding": "MONTH",
        "dates": [],
        "counted_from": "EARNED",
        "slides_on_earn": True,
        "slides_on_spend": True,
    }


def test_checklist_4_the_earn_rate_is_the_company_s(caller, scheme):
    [rate] = shown(caller, scheme)["rates"]["earn"]["aeplc"]["default"]["rates"]

    assert (rate["amount"], rate["step"]) == (1, 100)
    stored = EarnRate.objects.get()
    assert (stored.incoming_identifier, stored.name) == ("aeplc", "default")
    assert (stored.type, stored.points, stored.step) == ("STANDARD", 1, 100)


def test_checklist_5_the_burn_rate_is_the_company_s(caller, scheme):
    rates = shown(caller, scheme)["rates"]

    [rate] = rates["burn"]["aeplc"]["default"]["rates"]
    assert rates["redemption"]["aeplc"] == [rate]
    stored = BurnRate.objects.get()
    assert (stored.floor, stored.ceiling, stored.step) == (100, 99_999, 100)
    assert (stored.incoming_identifier, stored.rate) == ("aeplc", 1)


def test_checklist_6_points_wait_for_five_days(caller, scheme):
    assert shown(caller, scheme)["pendingPoints"]["value"] == "5D"
    definition = definition_of(scheme)
    assert definition.pending_mode == "PERIOD_BASED"
    assert definition.pending_period == "5D"


@pytest.mark.parametrize(
    ("value", "activates_at"),
    [
        ("5D", datetime(2026, 2, 5, 12, tzinfo=UTC)),
        ("3W", datetime(2026, 2, 21, 12, tzinfo=UTC)),
        ("1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("3M", datetime(2026, 4, 30, 12, tzinfo=UTC)),
    ],
)
def test_days_weeks_and_months_date_the_points_of_the_ledger(
    caller, value, activates_at
):
    card = CardFactory(definition=definition_of(made(caller, waits(value=value))))
    order = ledger.Order(reference="A-1", amount=12_345)

    ledger.earn(card=card, order=order, now=datetime(2026, 1, 31, 12, tzinfo=UTC))

    bucket = Bucket.objects.get()
    assert (bucket.status, bucket.points) == ("PENDING", 123)
    assert bucket.activates_at == activates_at
    # Six months after 31 January, and to the end of that month.
    assert bucket.expires_at == datetime(2026, 8, 1, tzinfo=UTC)
