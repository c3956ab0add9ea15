"""The rates of Eagle Eye's schemes, and what an order would earn by them."""

from decimal import Decimal

import pytest

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    POINTS,
    asked,
    changed,
    contract,
    definition_of,
    made,
    refusal,
    said,
    shop,
)
from schemes.models import BurnRate, EarnRate, Scheme
from schemes.tests.factories import EarnRateFactory

DEFAULT = "rates.earn.aeplc.default"
BURN = "rates.burn.aeplc.default"

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


def calculated(caller, scheme, **parameters):
    return caller.get(f"/scheme/{scheme['id']}/earn/calculate", **parameters)


def earned(caller, scheme, amount, **parameters):
    answer = calculated(caller, scheme, totalTransactionValue=amount, **parameters)
    return api.shown(answer)["points"]


def test_named_rates_and_bands_are_stored_and_given_back(caller):
    fixed = {
        "type": "FIXED",
        "rates": [
            {"amount": 100, "floor": 1000, "ceiling": 9999},
            {"amount": 500, "floor": 10_000},
        ],
    }
    per_spend = {
        "type": "PER_SPEND",
        "rates": [
            {"amount": 1, "step": 200, "offset": 50, "floor": 500, "ceiling": 4999},
            {"amount": 2, "step": 100, "floor": 5000},
        ],
    }
    body = changed(asked("rates.earn.aeplc.vip", per_spend), DEFAULT, fixed)

    answer = made(caller, body)

    shown = answer["rates"]["earn"]["aeplc"]
    for name, sent in (("default", fixed), ("vip", per_spend)):
        assert shown[name]["type"] == sent["type"]
        for band, given in zip(shown[name]["rates"], sent["rates"], strict=True):
            assert {key: value for key, value in band.items() if value is not None} == (
                given
            )
    assert earned(caller, answer, 999) == 0
    assert earned(caller, answer, 1000) == 100
    assert earned(caller, answer, 10_000) == 500
    assert earned(caller, answer, 550, rateName="vip") == 3
    assert earned(caller, answer, 5000, rateName="vip") == 100


def test_a_rate_that_is_null_is_none(caller):
    answer = made(caller, asked("rates.earn.aeplc.vip", None))

    assert list(answer["rates"]["earn"]["aeplc"]) == ["default"]


@pytest.mark.parametrize("rates", [None, {}, {"earn": None, "burn": {}}])
def test_a_scheme_may_have_no_rates(caller, rates):
    answer = made(caller, asked("rates", rates))

    assert answer["rates"] == {"earn": {}, "burn": {}, "redemption": {}}
    assert answer["version"] == 2


@pytest.mark.parametrize(
    ("rate", "stored"),
    [(1, Decimal(1)), (0.1, Decimal("0.1")), (2.5, Decimal("2.5")), (0, Decimal(0))],
)
def test_the_worth_of_a_point_may_be_a_fraction(caller, rate, stored):
    answer = made(caller, asked(f"{BURN}.rates", [{"floor": 100, "rate": rate}]))

    [band] = answer["rates"]["redemption"]["aeplc"]
    assert band["rate"] == rate
    assert BurnRate.objects.get().rate == stored


def test_redemption_alone_is_burn_in_its_older_form(caller):
    body = contract("request")
    body["rates"]["redemption"] = {
        "aeplc": body["rates"].pop("burn")["aeplc"]["default"]["rates"]
    }

    answer = made(caller, body)

    assert answer["rates"] == contract("response")["rates"]
    assert BurnRate.objects.get().name == "default"


def test_redemption_beside_burn_must_say_the_same(caller):
    body = contract("request")
    same = [{**body["rates"]["burn"]["aeplc"]["default"]["rates"][0], "bonus": None}]

    answer = caller.post(POINTS, changed(body, "rates.redemption", {"aeplc": same}))
    assert api.created(answer)["rates"] == contract("response")["rates"]

    other = [{**same[0], "floor": 200}]
    answer = caller.post(POINTS, changed(body, "rates.redemption", {"aeplc": other}))
    assert "rates.redemption: " in said(answer)
    assert Scheme.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (f"{DEFAULT}.rates", [{"step": 100}], f"{DEFAULT}.rates[0].amount"),
        (f"{DEFAULT}.rates", [{"amount": 1}], f"{DEFAULT}.rates[0].step"),
        (f"{DEFAULT}.rates", None, f"{DEFAULT}.rates"),
        (f"{DEFAULT}.rates", {}, f"{DEFAULT}.rates"),
        (f"{DEFAULT}.rates", [5], f"{DEFAULT}.rates[0]"),
        (f"{DEFAULT}.type", "LINEAR", f"{DEFAULT}.type"),
        (f"{DEFAULT}.product", {"upc": "1"}, f"{DEFAULT}.product"),
        (
            f"{DEFAULT}.maximumQuantityPerProduct",
            3,
            f"{DEFAULT}.maximumQuantityPerProduct",
        ),
        (f"{DEFAULT}.roundPoints", {"active": True}, f"{DEFAULT}.roundPoints.active"),
        (f"{DEFAULT}.offset", 5, f"{DEFAULT}.offset"),
        ("rates.earn.aeplc.", {"rates": []}, "rates.earn.aeplc."),
        (f"rates.earn.aeplc.{'x' * 101}", {"rates": []}, "rates.earn.aeplc.x"),
        ("rates.earn.aeplc", [], "rates.earn.aeplc"),
        ("rates.spend", {}, "rates.spend"),
        (f"{BURN}.rates", [{"pointsBack": 5}], f"{BURN}.rates[0].pointsBack"),
        (f"{BURN}.rates", [{"bonus": 0}], f"{BURN}.rates[0].bonus"),
        (f"{BURN}.rates", [{"rate": -1}], f"{BURN}.rates[0].rate"),
        (f"{BURN}.rates", [{"rate": "1"}], f"{BURN}.rates[0].rate"),
        (f"{BURN}.rates", [{"rate": True}], f"{BURN}.rates[0].rate"),
        (f"{BURN}.rates", [{"rate": 0.0000001}], f"{BURN}.rates[0].rate"),
        (f"{BURN}.rates", [{"rate": 10**400}], f"{BURN}.rates[0].rate"),
        (f"{BURN}.rates", [{"step": 0}], f"{BURN}.rates[0].step"),
        (f"{BURN}.rates", [{"floor": 2**63}], f"{BURN}.rates[0].floor"),
        ("rates.redemption", {"aeplc": {}}, "rates.redemption.aeplc"),
    ],
)
def test_a_rate_that_is_none_is_refused_by_its_field(caller, path, value, field):
    answer = caller.post(POINTS, asked(path, value))

    assert field in said(answer)
    assert not Scheme.objects.exists()


@pytest.mark.parametrize(
    ("side", "bands", "field"),
    [
        ("earn", [{"amount": 0}], "rates[0].amount"),
        ("earn", [{"amount": 1_000_000}], "rates[0].amount"),
        ("earn", [{"amount": 2**53}], "rates[0].amount"),
        ("earn", [{"amount": "1"}], "rates[0].amount"),
        ("earn", [{"amount": 1.5}], "rates[0].amount"),
        ("earn", [{"step": 0}], "rates[0].step"),
        ("earn", [{"offset": -1}], "rates[0].offset"),
        ("earn", [{"bonus": 5}], "rates[0].bonus"),
        ("earn", [{"floor": 500, "ceiling": 100}], "rates[0].ceiling"),
        ("earn", [{"ceiling": 500}, {"floor": 500}], "rates[1].floor"),
        ("burn", [{"floor": 500, "ceiling": 100}], "rates[0].ceiling"),
        ("burn", [{"ceiling": 500}, {"floor": 400}], "rates[1].floor"),
    ],
)
def test_a_band_that_cannot_be_computed_is_refused_by_its_place(
    caller, side, bands, field
):
    whole = {"amount": 1, "step": 100} if side == "earn" else {"step": 1}
    path = f"rates.{side}.aeplc.default"

    answer = caller.post(
        POINTS, asked(f"{path}.rates", [{**whole, **band} for band in bands])
    )

    assert f"{path}.{field}: " in said(answer)
    assert not EarnRate.objects.exists()


def test_a_dry_run_tells_what_an_order_would_earn_and_whether_it_would_wait(caller):
    scheme = made(caller)
    parameters = {"location[storeId]": "1", "location[storeParentId]": "2"}

    for prefix in ("", "/2.0"):
        answer = caller.get(
            f"{prefix}/scheme/{scheme['id']}/earn/calculate",
            totalTransactionValue=12_345,
            **parameters,
        )
        assert api.shown(answer) == {
            "schemeId": scheme["id"],
            "totalTransactionValue": 12_345,
            "rateName": "default",
            "points": 123,
            "isPending": True,
        }
    assert earned(caller, scheme, 0) == 0
    assert earned(caller, scheme, 99) == 0


def test_a_dry_run_goes_by_the_rate_that_is_named(caller):
    scheme = made(caller)
    EarnRateFactory(
        card_definition=definition_of(scheme), name="vip", points=3, step=100
    )

    assert earned(caller, scheme, 1000, rateName="vip") == 30
    assert refusal(
        calculated(caller, scheme, totalTransactionValue=1000, rateName="gold")
    ) == (400, "NO_EARN_RATE")


@pytest.mark.parametrize("amount", ["", "-1", "1.5", "x", "٣", "1" * 17, "1" * 400])
def test_a_dry_run_needs_an_amount(caller, amount):
    answer = calculated(caller, made(caller), totalTransactionValue=amount)

    assert "totalTransactionValue: " in said(answer)


def test_a_dry_run_without_an_amount_and_of_another_s_scheme_is_refused(caller):
    scheme = made(caller)

    assert "totalTransactionValue: " in said(calculated(caller, scheme))
    assert refusal(calculated(shop("other"), scheme, totalTransactionValue=1)) == (
        404,
        "NOT_FOUND",
    )
