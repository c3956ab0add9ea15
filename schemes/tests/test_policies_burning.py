"""Tests of burn arithmetic."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import BadInput, InvalidRule
from schemes.policies import (
    MAX_POINTS,
    BurnBand,
    BurnRateNotMet,
    band_for,
    check_burn_bands,
    check_spend,
    money_value,
    most_points,
)
from schemes.tests.policies_moments import refused

# Eagle Eye: from 100 points, in steps of 100, at most 99,999 per redemption.
HUNDREDS = [BurnBand(floor=100, ceiling=99_999, step=100, rate=Decimal(1))]
TWO_BANDS = [
    BurnBand(floor=150, ceiling=999, step=100, rate=Decimal("0.5")),
    BurnBand(floor=1000, ceiling=None, step=500, rate=Decimal("0.75")),
]


@pytest.mark.parametrize(
    ("bands", "points"),
    [
        (HUNDREDS, 100),
        (HUNDREDS, 99_900),
        (TWO_BANDS, 200),
        (TWO_BANDS, 1000),
        (TWO_BANDS, 10**12),
        ([], 1),
        ([], MAX_POINTS),
        ([BurnBand()], 1),
    ],
)
def test_a_spend_that_meets_the_rate_is_allowed(
    bands: list[BurnBand], points: int
) -> None:
    check_spend(bands=bands, points=points)


@pytest.mark.parametrize(
    ("bands", "points"),
    [
        (HUNDREDS, 99),
        (HUNDREDS, 150),
        (HUNDREDS, 99_999),
        (HUNDREDS, 100_000),
        # Steps count from zero and not from the floor.
        (TWO_BANDS, 150),
        (TWO_BANDS, 250),
        (TWO_BANDS, 1200),
    ],
)
def test_a_spend_outside_the_rate_is_refused(
    bands: list[BurnBand], points: int
) -> None:
    with refused(BurnRateNotMet, "points"):
        check_spend(bands=bands, points=points)
    assert money_value(bands=bands, points=points) is None


@pytest.mark.parametrize("points", [0, -100, MAX_POINTS + 1])
@pytest.mark.parametrize("bands", [[], HUNDREDS, [BurnBand(floor=0)]])
def test_a_spend_of_nothing_or_of_too_much_is_refused(
    bands: list[BurnBand], points: int
) -> None:
    with refused(BadInput, "points"):
        check_spend(bands=bands, points=points)


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        (HUNDREDS, "spend 100 to 99,999 points in steps of 100."),
        (
            TWO_BANDS,
            "spend 150 to 999 points in steps of 100, or 1,000 points or more in "
            "steps of 500.",
        ),
        ([BurnBand(floor=50, ceiling=50)], "spend exactly 50 points."),
        ([BurnBand(ceiling=6)], "spend 1 to 6 points."),
    ],
)
def test_the_refusal_says_the_rule(bands: list[BurnBand], sentence: str) -> None:
    with refused(BurnRateNotMet, "points", f"7 points cannot be spent: {sentence}"):
        check_spend(bands=bands, points=7)
    assert BurnRateNotMet.key == "burn_rate_not_met"


@pytest.mark.parametrize(
    ("rate", "points", "money"),
    [
        ("1", 20_000, 20_000),
        ("0.1", 20_000, 2000),
        ("0.5", 3, 1),
        ("0.1", 9, 0),
        ("0", 100, 0),
        ("2.25", 3, 6),
        ("0.3333", MAX_POINTS, 3_002_099_511_605_172),
        # A product of limited precision would be rounded up to 1.
        ("0.33333333333333333333333333333333", 3, 0),
    ],
)
def test_points_are_worth_their_rate_rounded_down(
    rate: str, points: int, money: int
) -> None:
    bands = [BurnBand(rate=Decimal(rate))]
    assert money_value(bands=bands, points=points) == money


def test_without_a_rate_points_have_no_value_in_money() -> None:
    assert money_value(bands=[], points=100) is None
    assert money_value(bands=[BurnBand()], points=0) is None


@pytest.mark.parametrize(
    "bands", [[], HUNDREDS, TWO_BANDS, [BurnBand(rate=Decimal(0))]]
)
def test_bands_that_can_be_met_are_accepted(bands: list[BurnBand]) -> None:
    check_burn_bands(bands=bands)


@pytest.mark.parametrize(
    ("bands", "field"),
    [
        ([{"step": 0}], "step"),
        ([{"rate": Decimal("-0.1")}], "rate"),
        ([{"rate": Decimal("NaN")}], "rate"),
        ([{"rate": Decimal("Infinity")}], "rate"),
        ([{"floor": -1}], "floor"),
        ([{"floor": 10, "ceiling": 9}], "ceiling"),
        ([{"floor": 1, "ceiling": 10}, {"floor": 10}], "floor"),
        # No multiple of 100 is between 150 and 190, and 0 cannot be spent.
        ([{"floor": 150, "ceiling": 190, "step": 100}], "step"),
        ([{"floor": 0, "ceiling": 99, "step": 100}], "step"),
    ],
)
def test_bands_that_no_spend_can_meet_are_refused(
    bands: list[dict[str, Any]], field: str
) -> None:
    with refused(InvalidRule, field):
        check_burn_bands(bands=[BurnBand(**band) for band in bands])


@given(
    rate=st.decimals(0, 1000, places=6),
    points=st.integers(1, MAX_POINTS),
)
def test_the_value_is_exact_for_every_rate(rate: Decimal, points: int) -> None:
    value = money_value(bands=[BurnBand(rate=rate)], points=points)
    assert value == Fraction(rate) * points // 1


@pytest.mark.parametrize(
    ("bands", "points", "most"),
    [
        (HUNDREDS, 99, 0),
        (HUNDREDS, 100, 100),
        (HUNDREDS, 350, 300),
        (HUNDREDS, MAX_POINTS, 99_900),
        (TWO_BANDS, 199, 0),
        (TWO_BANDS, 1400, 1000),
        # Too few for the second band: the most that the first one allows.
        (TWO_BANDS, 999, 900),
        (TWO_BANDS, 1999, 1500),
        ([], 7, 7),
        ([], 0, 0),
        ([BurnBand(floor=0)], 0, 0),
    ],
)
def test_the_most_points_are_the_largest_number_that_the_rate_allows(
    bands: list[BurnBand], points: int, most: int
) -> None:
    assert most_points(bands=bands, points=points) == most


@pytest.mark.parametrize(
    ("bands", "money", "points"),
    [
        (HUNDREDS, 99, 0),
        (HUNDREDS, 100, 100),
        (HUNDREDS, 399, 300),
        (HUNDREDS, 10**9, 99_900),
        (TWO_BANDS, 100, 200),
        # 900 points are worth 450; 1,000 would be worth 750 already.
        (TWO_BANDS, 749, 900),
        (TWO_BANDS, 750, 1000),
        # 334 to 336 points are all worth 100: it takes no more than it must.
        ([BurnBand(rate=Decimal("0.3"))], 100, 334),
        ([BurnBand(rate=Decimal("0.3"), step=3)], 100, 336),
        ([BurnBand(rate=Decimal("0.3"), floor=335)], 100, 335),
        ([BurnBand(rate=Decimal(3))], 2, 0),
        # Points that are worth nothing pay nothing.
        ([BurnBand(rate=Decimal(0))], 100, 0),
        ([BurnBand(rate=Decimal("0.01"), ceiling=99)], 100, 0),
        ([], 100, 0),
    ],
)
def test_money_is_paid_with_the_fewest_points_that_pay_most_of_it(
    bands: list[BurnBand], money: int, points: int
) -> None:
    assert most_points(bands=bands, points=MAX_POINTS, money=money) == points


def test_money_is_paid_with_no_more_points_than_there_are() -> None:
    assert most_points(bands=HUNDREDS, points=250, money=1000) == 200
    assert most_points(bands=HUNDREDS, points=99, money=1000) == 0


@given(
    rate=st.decimals("0.01", 10, places=2),
    floor=st.integers(0, 50),
    step=st.integers(1, 9),
    points=st.integers(0, 120),
    money=st.integers(1, 300),
)
def test_the_most_points_are_those_that_a_search_finds(
    rate: Decimal, floor: int, step: int, points: int, money: int
) -> None:
    bands = [BurnBand(rate=rate, floor=floor, step=step, ceiling=100)]
    worths = {
        number: money_value(bands=bands, points=number)
        for number in range(1, points + 1)
        if band_for(bands=bands, points=number)
    }
    paying = {
        number: worth for number, worth in worths.items() if worth and worth <= money
    }

    assert most_points(bands=bands, points=points) == max(worths, default=0)
    assert most_points(bands=bands, points=points, money=money) == max(
        paying, key=lambda number: (paying[number], -number), default=0
    )
