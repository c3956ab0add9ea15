"""The API of holds: points are held, then captured or released, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.tests.api import client, created, refusal, shown
from transactions import ledger
from transactions.models import Allocation, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(recipe_card):
    """A card with 500 active points."""
    ledger.credit(card=recipe_card, points=500, now=timezone.now())
    return recipe_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


@pytest.fixture
def at(card):
    return f"cards/{card.uuid}/"


@pytest.fixture
def hold(api, at):
    """The address of a hold of 200 points."""
    held = created(api.post(at + "hold/", body(points=200)))
    return f"transactions/{held['id']}/"


def body(**values):
    until = timezone.now() + timedelta(hours=1)
    return {"points": 100, "until": until.isoformat(), **values}


def balance(api, at):
    told = shown(api.get(at + "balance/"))
    return told["active"], told["held"]


def written():
    return list(Transaction.objects.values()), Allocation.objects.count()


def test_points_are_held_captured_and_spent(api, at):
    order = {"reference": "A-1", "amount": 900}
    sent = body(points=200, order=order, reference="till-1")
    response = api.post(at + "hold/", sent)

    held = created(response)
    assert (held["type"], held["status"]) == ("POINTS_SPENT_ON_ORDER", "PENDING")
    assert (held["points"], held["amount"]) == (-200, 200)
    assert (held["order_reference"], held["reference"]) == ("A-1", "till-1")
    assert held["held_until"]
    assert not held["processed_at"]
    assert balance(api, at) == (500, 200)
    assert shown(api.get(at))["balance"]["held"] == 200

    captured = shown(api.post(response["Location"] + "capture/"))
    assert (captured["id"], captured["status"]) == (held["id"], "APPROVED")
    assert [each["points"] for each in captured["allocations"]] == [200]
    assert captured["details"]["decided_by"].startswith("client:")
    assert balance(api, at) == (300, 0)


def test_points_are_held_and_released(api, at, hold):
    released = shown(api.post(hold + "release/", {"reason": "Went home"}))

    assert released["status"] == "REJECTED"
    assert released["details"]["rejection"]["reason"] == "released"
    assert released["details"]["rejection"]["details"] == "Went home"
    assert balance(api, at) == (500, 0)


@pytest.mark.parametrize("decide", ["capture/", "release/"])
def test_deciding_twice_gets_the_first_answer(api, hold, decide):
    first = shown(api.post(hold + decide))
    before = written()

    assert shown(api.post(hold + decide)) == first
    assert written() == before


def test_what_is_decided_stays_so(api, at, hold):
    shown(api.post(hold + "release/"))
    assert refusal(api.post(hold + "capture/")) == (423, "hold_not_open")
    assert balance(api, at) == (500, 0)


def test_what_is_captured_is_given_back_and_not_released(api, at, hold):
    shown(api.post(hold + "capture/"))
    assert refusal(api.post(hold + "release/")) == (423, "hold_not_open")
    created(api.post(hold + "give-back/"))
    assert balance(api, at) == (500, 0)


def test_held_points_are_spent_by_nobody_else(api, at, hold):
    assert refusal(api.post(at + "spend/", {"points": 400})) == (
        409,
        "insufficient_points",
    )
    created(api.post(at + "spend/", {"points": 300}))
    assert refusal(api.post(at + "hold/", body())) == (409, "insufficient_points")


def test_a_dry_run_of_each_writes_nothing(api, at, hold):
    before = written()

    held = shown(api.post(at + "hold/?dry_run=true", body()))
    captured = shown(api.post(hold + "capture/?dry_run=true"))
    released = shown(api.post(hold + "release/?dry_run=true"))

    assert (held["status"], held["points"]) == ("PENDING", -100)
    assert (captured["status"], released["status"]) == ("APPROVED", "REJECTED")
    assert written() == before


def test_a_retry_by_key_or_reference_holds_once(api, at):
    sent = body(reference="till-1")
    key = {"Idempotency-Key": "7c1f"}
    first = created(api.post(at + "hold/", sent, key))

    assert created(api.post(at + "hold/", sent, key)) == first
    assert created(api.post(at + "hold/", sent))["id"] == first["id"]
    assert balance(api, at) == (500, 100)


@pytest.mark.parametrize(
    ("change", "key", "field"),
    [
        ({"until": None}, "invalid_input", "until"),
        ({"until": "soon"}, "invalid_input", "until"),
        ({"until": 60}, "invalid_input", "until"),
        ({"until": []}, "invalid_input", "until"),
        ({"until": "2020-01-01T00:00:00Z"}, "invalid_moment", "until"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "invalid_input", "until"),
        ({"points": 0}, "invalid_input", "points"),
        ({"points": "100"}, "invalid_input", "points"),
        ({"points": 10**400}, "invalid_input", "points"),
        ({"points": 150}, "burn_rate_not_met", ""),
        ({"order": "A-1"}, "invalid_input", "order"),
        ({"seconds": 60}, "invalid_input", "seconds"),
        ({"card": "x"}, "invalid_input", "card"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(api, at, change, key, field):
    before = written()

    response = api.post(at + "hold/", body(**change))

    assert refusal(response) == (400, key)
    assert response.json()["details"].startswith(field)
    assert written() == before


def test_a_hold_says_until_when(api, at):
    response = api.post(at + "hold/", {"points": 100})
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("until")


@pytest.mark.parametrize(
    ("decide", "sent"),
    [
        ("capture/", {"points": 100}),
        ("capture/", []),
        ("release/", {"reason": 5 * [1]}),
        ("release/", {"reason": "x" * 501}),
        ("release/", {"points": 100}),
    ],
)
def test_a_decision_takes_no_more_than_it_needs(api, hold, decide, sent):
    before = written()

    assert refusal(api.post(hold + decide, sent)) == (400, "invalid_input")
    assert written() == before


@pytest.mark.parametrize("decide", ["capture/", "release/"])
def test_only_a_hold_is_decided(api, at, decide):
    spend = created(api.post(at + "spend/", {"points": 100}))

    response = api.post(f"transactions/{spend['id']}/{decide}")

    assert refusal(response) == (423, "not_a_hold")


@pytest.mark.parametrize("decide", ["capture/", "release/"])
def test_another_unit_s_holds_do_not_exist(hold, card, decide):
    elsewhere = client(CardFactory().member.unit)
    before = written()

    assert refusal(elsewhere.post(hold + decide)) == (404, "not_found")
    assert refusal(elsewhere.post(f"cards/{card.uuid}/hold/", body())) == (
        404,
        "not_found",
    )
    assert written() == before


def test_holds_need_the_scope_to_write_points(card, at, hold):
    reader = client(card.member.unit, scopes=["points:read", "cards:read"])

    for address, sent in (
        (at + "hold/", body()),
        (hold + "capture/", None),
        (hold + "release/", None),
    ):
        assert refusal(reader.post(address, sent)) == (403, "not_permitted")
    assert shown(reader.get(hold))["status"] == "PENDING"


def test_points_can_be_held_by_who_may_write_points_and_nothing_else(card, at):
    writer = client(card.member.unit, scopes=["points:write"])
    held = created(writer.post(at + "hold/", body()))
    assert shown(writer.post(f"transactions/{held['id']}/capture/"))


def test_open_holds_are_found_by_their_status(api, hold):
    (found,) = api.rows("transactions/", status="PENDING")
    assert hold == f"transactions/{found['id']}/"
