"""What happened to the points of Eagle Eye's accounts, and when they will lapse."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import asked, said
from loyalty.tests.eagle_eye_wallets import shopper
from transactions import ledger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def holder():
    return shopper(scheme=asked("pendingPoints.enabled", False))


def test_the_history_is_listed_in_pages(holder, clock):
    for points in (1, 2, 3):
        holder.do("credit", points)
        clock.shift(60)
    address = f"{holder.address}/transactions"
    answer = holder.caller.get(address, orderBy="dateCreated,ASC", limit=1, offset=1)
    (row,) = answer.json().pop("results")
    assert row["value"] == 2
    assert answer.json() | {"results": []} == {
        "total": 3,
        "limit": 1,
        "offset": 1,
        "orderBy": [{"name": "dateCreated", "order": "ASC"}],
        "filter": [],
        "results": [],
    }
    assert holder.caller.get(address).json()["limit"] == 20
    assert holder.events() == [("CREDIT", 3), ("CREDIT", 2), ("CREDIT", 1)]


def test_the_history_is_filtered(holder, clock):
    credit = holder.do("credit", 10)
    first, source = credit["accountTransactionId"], credit["source"]
    clock.shift(timedelta(days=1))
    holder.do("goodwill", value=200)
    spend = holder.do("spend", 100)["accountTransactionId"]
    holder.do(f"transaction/{spend}/void")
    day = "2026-03-03"
    for query, events in (
        ({"event[]": ["SPEND", "UNSPEND"]}, ["UNSPEND", "SPEND"]),
        ({"event": "CREDIT"}, ["CREDIT", "CREDIT"]),
        ({"event[]": "EXPIRY"}, []),
        ({"dateCreated": "2026-03-02"}, ["CREDIT"]),
        ({"dateCreated[from]": f"{day}T00:00:00Z", "event": "CREDIT"}, ["CREDIT"]),
        ({"dateCreated[to]": f"{day}T00:00:00Z"}, ["CREDIT"]),
        ({"lastUpdated": "2026-03-02"}, ["CREDIT"]),
        ({"lastUpdated[from]": f"{day}T00:00:00Z", "event": "CREDIT"}, ["CREDIT"]),
        ({"source": "nobody"}, []),
        ({"source": source, "event": "UNSPEND"}, ["UNSPEND"]),
        ({"accountTransactionId": first}, ["CREDIT"]),
        ({"parentAccountTransactionId": spend}, ["UNSPEND"]),
    ):
        assert [event for event, _ in holder.events(**query)] == events, query


def test_a_lock_was_last_updated_when_it_was_released(holder, clock):
    holder.do("credit", 100)
    until = NOON + timedelta(days=2)
    hold = ledger.hold(card=holder.card, points=100, until=until, now=NOON)
    clock.shift(timedelta(days=1))
    ledger.release(hold=hold, now=NOON + timedelta(days=1))

    assert holder.events(lastUpdated="2026-03-03") == [("VOID", 100)]
    assert holder.events(dateCreated="2026-03-03") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event[]", "GIFT"),
        ("event", "earn"),
        ("dateCreated", "yesterday"),
        ("dateCreated[from]", "0001-01-01T00:00:00+23:00"),
        ("lastUpdated", "yesterday"),
        ("lastUpdated[to]", "0001-01-01T00:00:00+23:00"),
        ("balance", "5"),
    ],
)
def test_a_filter_that_is_none_is_refused(holder, name, value):
    answer = holder.caller.get(f"{holder.address}/transactions", **{name: value})
    assert name in said(answer)


def test_what_lapses_is_told_in_the_order_of_its_date(clock):
    holder = shopper()
    holder.do("earn", 10)
    clock.shift(timedelta(days=31))
    holder.do("goodwill", value=20)
    ledger.credit(
        card=holder.card, points=5, now=NOON + timedelta(days=31), valid_to=None
    )
    address = f"{holder.address}/points/available"
    rows = holder.caller.rows(address)
    assert rows == [
        {"validTo": "2026-10-01T00:00:00+00:00", "points": 10},
        {"validTo": "2026-11-01T00:00:00+00:00", "points": 25},
    ]
    assert holder.caller.rows(address, orderBy="validTo,DESC") == rows[::-1]
    assert holder.caller.rows(address, limit=1, offset=1) == rows[1:]


def test_what_never_lapses_comes_last():
    holder = shopper(scheme=asked("services.expiryPoints.enabled", False))
    assert holder.caller.rows(f"{holder.address}/points/available") == []
    holder.do("earn", 10)
    holder.do("goodwill", value=20)
    rows = holder.caller.rows(f"{holder.address}/points/available")
    assert rows == [{"validTo": None, "points": 30}]


def test_a_page_costs_as_many_queries_for_many_transactions_as_for_one(holder):
    def costs():
        return len(api.statements(holder.lines))

    def order(number):
        holder.do("earn", value=30_000, reference=f"order-{number}")
        spend = holder.do("spend", 100)["accountTransactionId"]
        holder.do(f"transaction/{spend}/void")
        holder.do("refund", orderReference=f"order-{number}", value=10_000)

    order(1)
    few = costs()
    for number in (2, 3, 4):
        order(number)
    assert costs() == few <= 8
