"""Eagle Eye's "Loyalty Points Recipe - Pending Points", over HTTP and in its order."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import asked, contract, made, refusal, shop
from loyalty.tests.eagle_eye_wallets import new_account, new_wallet, shopper
from schemes.models import Unit
from transactions import sweeps
from transactions.tests.helpers import assert_adds_up

SETTLED_AT = datetime(2026, 3, 2, 20, 37, 26, tzinfo=UTC)
FIVE_DAYS = timedelta(days=5)
TICK = timedelta(microseconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(SETTLED_AT, tick=False) as clock:
        yield clock


@pytest.mark.parametrize("prefix", ["", "/2.0"])
def test_the_recipe_from_the_scheme_to_points_that_can_be_spent(clock, prefix):
    caller = shop("aeplc")

    # Step 2, and what the checklist looks at.
    scheme = api.created(caller.post(f"{prefix}/schemes/points", contract("request")))
    found = api.shown(caller.get(f"{prefix}/schemes/{scheme['id']}"))
    assert found["details"]["startDate"] == "2025-06-01T00:00:00+00:00"
    assert found["details"]["endDate"] == "2050-12-31T23:59:59+00:00"
    assert found["services"]["expiryPoints"]["enabled"] is True
    assert found["services"]["expiryPoints"]["rule"]["periodCount"] == 6
    assert found["pendingPoints"]["value"] == "5D"
    unit_id = Unit.objects.get(incoming_identifier="aeplc").pk
    unit = api.shown(caller.get(f"{prefix}/units/{unit_id}"))
    assert list(found["rates"]["earn"]) == [unit["incomingIdentifier"]]
    assert list(found["rates"]["burn"]) == [unit["incomingIdentifier"]]

    # An account by the scheme's id.
    wallet = api.created(
        caller.post(f"{prefix}/wallet", {"type": "CONSUMER", "status": "ACTIVE"})
    )
    inside = f"{prefix}/wallet/{wallet['walletId']}"
    body = {"status": "ACTIVE", "state": "EARNBURN"}
    opened = caller.post(f"{inside}/scheme/{scheme['id']}/account", body)
    assert opened.status_code == 201
    account = opened.json()
    address = f"{inside}/account/{account['accountId']}"

    # A transaction of 123.45: its points are pending.
    earned = api.shown(caller.patch(f"{address}/earn", {"value": 12_345}))
    assert (earned["event"], earned["value"]) == ("EARN", 123)
    assert earned["properties"]["isPending"] is True
    before = api.shown(caller.get(address))["balances"]
    assert (before["pending"], before["usable"], before["current"]) == (123, 0, 123)
    assert before["lifetime"] == 0

    # Five days after it was settled they are available, and no job has run.
    clock.move_to(SETTLED_AT + FIVE_DAYS - TICK)
    assert api.shown(caller.get(address))["balances"] == before
    clock.move_to(SETTLED_AT + FIVE_DAYS)
    after = api.shown(caller.get(address))["balances"]
    assert (after["pending"], after["usable"], after["current"]) == (0, 123, 123)
    assert after["lifetime"] == 123

    # Burnt in steps of a hundred.
    assert (
        caller.patch(f"{address}/spend", {"balances": {"current": 123}}).status_code
        == 400
    )
    spent = api.shown(caller.patch(f"{address}/spend", {"balances": {"current": 100}}))
    assert (spent["event"], spent["value"]) == ("SPEND", 100)
    assert spent["account"]["balances"]["usable"] == 23

    # What is left lapses with the last day of the sixth month.
    expiries = api.shown(caller.get(f"{address}/points/available"))["results"]
    assert expiries == [{"validTo": "2026-10-01T00:00:00+00:00", "points": 23}]
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC) - TICK)
    assert api.shown(caller.get(address))["balances"]["usable"] == 23
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    assert api.shown(caller.get(address))["balances"]["current"] == 0


def test_checklist_7_an_account_is_made_with_the_scheme_s_id():
    caller = shop()
    scheme = made(caller)
    wallet = new_wallet(caller, "7001")

    account = new_account(caller, wallet, scheme, state="EARNBURN")

    moment = "2026-03-02T20:37:26+00:00"
    assert account == {
        "accountId": account["accountId"],
        "walletId": wallet["walletId"],
        "campaignId": scheme["id"],
        "type": "POINTS",
        "clientType": "RETAILPOINTS",
        "status": "ACTIVE",
        "state": "EARNBURN",
        "dates": {"start": moment, "end": "2050-12-31T23:59:59+00:00"},
        "meta": [],
        "dateCreated": moment,
        "lastUpdated": moment,
        "overrides": [],
        "balances": {
            "current": 0,
            "usable": 0,
            "locked": 0,
            "lifetime": 0,
            "lifetimeSpend": 0,
            "lifetimeSpendValue": 0,
            "pending": 0,
        },
        "relationships": [],
        "mobileWallet": None,
    }


@pytest.mark.parametrize("verb", ["earn", "credit"])
def test_checklist_8_points_earned_and_credited_are_pending(clock, verb):
    holder = shopper()

    line = holder.do(verb, 50)

    assert line["properties"]["isPending"] is True
    holder.holds(current=50, pending=50)
    clock.move_to(SETTLED_AT + FIVE_DAYS)
    holder.holds(current=50, usable=50, lifetime=50)
    sweeps.activate_due(now=SETTLED_AT + FIVE_DAYS)
    holder.holds(current=50, usable=50, lifetime=50)
    assert_adds_up(holder.card)


@pytest.mark.parametrize("pending", [{"enabled": False, "value": "5D"}, None])
def test_points_that_are_available_at_once_come_of_pending_points_switched_off(pending):
    holder = shopper(scheme=asked("pendingPoints", pending))
    assert holder.do("earn", value=12_345)["properties"]["isPending"] is False
    holder.holds(current=123, usable=123, lifetime=123)


def test_a_customer_cannot_earn_where_the_scheme_has_no_rate_for_the_company():
    holder = shopper(scheme=asked("rates.earn", {}))
    answer = holder.patch("earn", value=12_345)
    assert refusal(answer) == (400, "NO_EARN_RATE")
    assert '"aeplc"' in answer.json()["errorMessage"]
    holder.holds()


def test_a_customer_cannot_burn_less_than_the_floor_nor_between_the_steps():
    holder = shopper()
    holder.do("goodwill", value=500)
    for points in (99, 150):
        assert holder.patch("spend", points).status_code == 400
    holder.do("spend", 200)
    holder.holds(
        current=300, usable=300, lifetime=500, lifetimeSpend=200, lifetimeSpendValue=200
    )
