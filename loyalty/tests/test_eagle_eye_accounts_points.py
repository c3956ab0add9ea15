"""Points of Eagle Eye's accounts: earned, given, taken, spent, refunded, voided."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.tests.eagle_eye_schemes import asked, changed, refusal, said
from loyalty.tests.eagle_eye_wallets import shopper
from transactions import ledger
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def holder():
    made = shopper(scheme=without_waiting())
    yield made
    assert_adds_up(made.card)


def without_waiting(**changes):
    body = asked("pendingPoints.enabled", False)
    for path, value in changes.items():
        body = changed(body, path, value)
    return body


def hold(holder, points, *, seconds=60):
    until = NOON + timedelta(seconds=seconds)
    held = ledger.hold(card=holder.card, points=points, until=until, now=NOON)
    return str(held.pk)


def void(holder, transaction_id, **body):
    return holder.patch(f"transaction/{transaction_id}/void", **body)


# --- What moves what ------------------------------------------------------------------


def test_every_step_moves_the_balances_as_it_should(holder, clock):
    holder.do("earn", value=50_000, reference="order-1")
    holder.holds(current=500, usable=500, lifetime=500)
    holder.do("credit", 100)
    holder.holds(current=600, usable=600, lifetime=600)
    lock = hold(holder, 200)
    holder.holds(current=600, usable=400, locked=200, lifetime=600)
    assert void(holder, lock).json()["event"] == "VOID"
    holder.holds(current=600, usable=600, lifetime=600)
    spend = holder.do("spend", 200)["accountTransactionId"]
    spent = {"lifetimeSpend": 200, "lifetimeSpendValue": 200}
    holder.holds(current=400, usable=400, lifetime=600, **spent)
    holder.do("debit", 50)
    holder.holds(current=350, usable=350, lifetime=600, **spent)
    assert holder.do(f"transaction/{spend}/void")["event"] == "UNSPEND"
    holder.holds(current=550, usable=550, lifetime=600)
    holder.do("refund", orderReference="order-1", value=10_000)
    holder.holds(current=450, usable=450, lifetime=500)
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    holder.holds(lifetime=500)

    events = [
        ("REFUND_DEBIT", 100),
        ("UNSPEND", 200),
        ("DEBIT", 50),
        ("SPEND", 200),
        ("VOID", 200),
        ("CREDIT", 100),
        ("EARN", 500),
    ]
    assert holder.events() == events


def test_the_lines_of_an_account_add_up_to_its_balance(clock):
    holder = shopper()
    holder.do("earn", value=50_000, reference="order-1")
    holder.do("refund", orderReference="order-1", balances={"current": 40})
    holder.do("credit", 100)
    clock.shift(timedelta(days=5))
    holder.do("debit", 60)
    holder.do("refund", orderReference="order-1")
    line = holder.lines(**{"event[]": "REFUND_DEBIT"})[-1]
    assert line["value"] == 40
    signs = {"EARN": 1, "CREDIT": 1, "DEBIT": -1, "REFUND_DEBIT": -1}
    lines = holder.events()
    assert {event for event, _ in lines} == {*signs, "PENDING_RELEASE"}
    current = sum(signs.get(event, 0) * value for event, value in lines)
    assert holder.balances()["current"] == current == 40
    assert_adds_up(holder.card)


def test_pending_points_are_refunded_first_and_never_were_usable():
    holder = shopper()
    earned = holder.do("earn", value=50_000)["accountTransactionId"]
    line = holder.do("refund", parentAccountTransactionId=earned, value=20_000)
    assert (line["event"], line["value"]) == ("REFUND_DEBIT", 200)
    assert line["parentAccountTransactionId"] == earned
    holder.holds(current=300, pending=300)
    assert holder.events() == [("REFUND_DEBIT", 200), ("EARN", 500)]


def test_what_is_owed_makes_the_usable_points_negative(clock):
    holder = shopper(scheme=without_waiting(**{"negativeBalance": {"enabled": True}}))
    holder.do("goodwill", value=100)
    holder.do("debit", 150)
    holder.holds(current=-50, usable=-50, lifetime=100)
    holder.do("goodwill", value=80)
    holder.holds(current=30, usable=30, lifetime=180)
    assert_adds_up(holder.card)


def test_part_of_a_spend_given_back_is_part_of_its_money(holder):
    holder.do("goodwill", value=300)
    spend = holder.do("spend", 300)["accountTransactionId"]
    ledger.give_back(spend=Transaction.objects.get(pk=spend), points=100, now=NOON)
    holder.holds(
        current=100, usable=100, lifetime=300, lifetimeSpend=200, lifetimeSpendValue=200
    )


def test_the_line_says_where_and_why(holder):
    where = {"storeId": "outlet1", "storeParentId": "banner1"}
    line = holder.do(
        "credit",
        100,
        location=where,
        reasonCode="LATE",
        reason="Came late",
        details={"ticket": 5},
        reference="ticket-5",
    )
    assert line["transactionDetails"] == {
        "merchant_store_id": "outlet1",
        "merchant_store_parent_id": "banner1",
        "details": {"ticket": 5},
    }
    assert line["properties"]["reasonCode"] == "LATE"
    assert line["properties"]["reason"] == "Came late"
    assert line["reference"] == "ticket-5"
    assert line["dateCreated"] == "2026-03-02T12:00:00+00:00"
    (listed,) = holder.lines()
    line.pop("account")
    assert listed == line


# --- Each verb ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["value", "totalTransactionValue"])
def test_money_earns_at_the_rate(holder, name):
    line = holder.do("earn", **{name: 12_399})
    assert line["value"] == 123
    assert line["properties"]["monetaryValue"] == 12_399


def test_money_too_small_for_a_point_earns_none(holder):
    line = holder.do("earn", value=99)
    assert (line["event"], line["value"]) == ("EARN", 0)
    holder.holds()


def test_a_named_rate_earns_more(clock):
    rates = {"default": None, "double": {"rates": [{"amount": 2, "step": 100}]}}
    body = without_waiting()
    body["rates"]["earn"]["aeplc"] |= rates
    body["rates"]["earn"]["aeplc"].pop("default")
    holder = shopper(scheme=body)
    assert holder.do("earn", value=10_000, rateName="double")["value"] == 200
    answer = holder.patch("earn", value=10_000, rateName="triple")
    assert refusal(answer) == (400, "NO_EARN_RATE")
    assert "rateName" in said(answer)


def test_a_credit_waits_unless_it_is_told_not_to():
    holder = shopper()
    holder.do("credit", 10, ignorePendingPoints=False)
    holder.do("credit", 5, ignorePendingPoints=True)
    holder.do("goodwill", 3)
    holder.do("goodwill", value=1)
    holder.holds(current=19, pending=10, usable=9, lifetime=9)


def test_no_more_is_taken_than_there_is(holder):
    holder.do("goodwill", value=100)
    for verb in ("debit", "spend"):
        answer = holder.patch(verb, 200)
        assert refusal(answer) == (409, "INSUFFICIENT_POINTS")
        assert "balances.current" in answer.json()["details"][0]
    holder.holds(current=100, usable=100, lifetime=100)


def test_a_whole_order_is_refunded_by_its_own_name_or_by_its_reference(holder):
    holder.do("earn", value=10_000, orderReference="order-1", reference="till-1")
    holder.do("earn", 40, reference="till-2")
    assert holder.do("refund", orderReference="order-1")["value"] == 100
    assert holder.do("refund", orderReference="till-2")["value"] == 40
    holder.holds()
    answer = holder.patch("refund", orderReference="till-1")
    assert refusal(answer) == (404, "ORDER_NOT_FOUND")


def test_earns_without_a_name_are_refunded_each_for_itself(holder):
    first = holder.do("earn", value=10_000)["accountTransactionId"]
    second = holder.do("earn", 40)["accountTransactionId"]
    line = holder.do("refund", parentAccountTransactionId=first)
    assert (line["value"], line["parentAccountTransactionId"]) == (100, first)
    holder.holds(current=40, usable=40, lifetime=40)
    assert holder.do("refund", parentAccountTransactionId=second)["value"] == 40


def test_no_more_is_refunded_than_was_earned(holder):
    holder.do("earn", value=10_000, reference="order-1")
    answer = holder.patch("refund", orderReference="order-1", value=10_001)
    assert refusal(answer) == (400, "REFUND_EXCEEDS_ORDER")
    assert "value" in said(answer)
    answer = holder.patch("refund", 101, orderReference="order-1")
    assert "balances.current" in said(answer)


def test_only_an_earn_is_refunded(holder):
    credit = holder.do("credit", 10)["accountTransactionId"]
    answer = holder.patch("refund", parentAccountTransactionId=credit)
    assert "parentAccountTransactionId" in said(answer)
    for unknown in ("999999", "x", "9" * 400):
        answer = holder.patch("refund", parentAccountTransactionId=unknown)
        assert refusal(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("body", [{}, {"reference": "void-1"}])
def test_a_spend_is_voided_once(holder, body):
    holder.do("goodwill", value=100)
    spend = holder.do("spend", 100)["accountTransactionId"]
    first = void(holder, spend, **body).json()
    assert (first["event"], first["value"]) == ("UNSPEND", 100)
    assert first["parentAccountTransactionId"] == spend
    assert void(holder, spend, **body).json() == first
    holder.holds(current=100, usable=100, lifetime=100)


def test_a_lock_is_voided_once_and_a_captured_one_is_given_back(holder):
    holder.do("goodwill", value=300)
    first, second = hold(holder, 100), hold(holder, 200)
    assert void(holder, first).json() == void(holder, first).json()
    ledger.capture(hold=Transaction.objects.get(pk=second), now=NOON)
    assert holder.events()[0] == ("SPEND", 200)
    assert void(holder, second).json()["event"] == "UNSPEND"
    holder.holds(current=300, usable=300, lifetime=300)


def test_a_lock_that_has_lapsed_is_void_before_any_job_has_run(holder, clock):
    holder.do("goodwill", value=300)
    hold(holder, 100, seconds=60)
    assert holder.events()[0] == ("LOCK", 100)
    assert holder.events(**{"event[]": "LOCK"}) == [("LOCK", 100)]
    clock.shift(60)
    holder.holds(current=300, usable=300, lifetime=300)
    assert holder.events()[0] == ("VOID", 100)
    assert holder.events(**{"event[]": "LOCK"}) == []
    assert holder.events(**{"event[]": "VOID"}) == [("VOID", 100)]


def test_only_a_spend_is_voided(holder):
    credit = holder.do("credit", 10)["accountTransactionId"]
    assert refusal(void(holder, credit)) == (423, "NOT_A_SPEND")
    assert refusal(void(holder, "999999")) == (404, "NOT_FOUND")
