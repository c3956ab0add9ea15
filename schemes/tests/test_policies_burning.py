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
    check_burn_bands,
    check_spend,
    money_value,
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
