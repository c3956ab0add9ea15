"""Tests of earn arithmetic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import BadInput, InvalidRule
from schemes.policies import (
    MAX_POINTS,
    EarnBand,
    EarnType,
    check_earn_bands,
    points_for,
    refund_share,
)
from schemes.tests.policies_moments import refused

POINT_PER_100 = [EarnBand(points=1, step=100)]
GRACE = [EarnBand(points=1, step=100, offset=50)]
FIXED = [EarnBand(type=EarnType.FIXED, points=100, step=7, floor=1000, ceiling=9999)]
TWO_RATES = [
    EarnBand(type=EarnType.PER_SPEND, points=1, step=200, floor=500, ceiling=4999),
    EarnBand(type=EarnType.PER_SPEND, points=2, step=100, floor=5000),
]
HUGE = [EarnBand(points=1, step=1)]


@pytest.mark.parametrize(
    ("bands", "amount", "points"),
    [
        # Eagle Eye: 1 point for every 100 cents, on the whole basket, rounded down.
        (POINT_PER_100, 0, 0),
        (POINT_PER_100, 1, 0),
        (POINT_PER_100, 99, 0),
        (POINT_PER_100, 100, 1),
        (POINT_PER_100, 6500, 65),
        (POINT_PER_100, 6599, 65),
        ([EarnBand(points=5, step=200)], 599, 10),
        # An offset rounds up from the half, but nothing earns nothing.
        (GRACE, 49, 0),
        (GRACE, 50, 1),
        (GRACE, 149, 1),
        (GRACE, 150, 2),
        ([EarnBand(points=1, step=100, offset=100)], 0, 0),
        # A fixed award in its band, both ends included, whatever the step.
        (FIXED, 999, 0),
        (FIXED, 1000, 100),
        (FIXED, 9999, 100),
        (FIXED, 10_000, 0),
        ([EarnBand(type=EarnType.FIXED, points=100)], 0, 0),
        # The band of the whole basket decides: 49.99 earns 24, 50.00 earns 100.
        (TWO_RATES, 499, 0),
        (TWO_RATES, 500, 2),
        (TWO_RATES, 4999, 24),
        (TWO_RATES, 5000, 100),
        ([], 10_000, 0),
        (HUGE, MAX_POINTS, MAX_POINTS),
    ],
)
def test_an_amount_earns_what_its_band_gives(
    bands: list[EarnBand], amount: int, points: int
) -> None:
    assert points_for(bands=bands, amount=amount) == points


@pytest.mark.parametrize("amount", [-1, MAX_POINTS + 1])
def test_a_negative_or_too_large_amount_is_refused(amount: int) -> None:
    with refused(BadInput, "amount"):
        points_for(bands=HUGE, amount=amount)


def test_the_most_points_are_exact_in_every_json_reader() -> None:
    assert float(MAX_POINTS) + 1 == 2.0**53
    assert MAX_POINTS == 9_007_199_254_740_991


@pytest.mark.parametrize(
    "bands",
    [
        [],
        POINT_PER_100,
        TWO_RATES,
        TWO_RATES[::-1],
        [EarnBand(floor=5, ceiling=5)],
        [EarnBand(points=999_999)],
        [EarnBand(ceiling=9), EarnBand(floor=10)],
    ],
)
def test_bands_side_by_side_are_accepted(bands: list[EarnBand]) -> None:
    check_earn_bands(bands=bands)


@pytest.mark.parametrize(
    ("bands", "field"),
    [
        ([{"points": 0}], "points"),
        ([{"points": 1_000_000}], "points"),
        ([{"step": 0}], "step"),
        ([{"offset": -1}], "offset"),
        ([{"floor": -1}], "floor"),
        ([{"floor": 10, "ceiling": 9}], "ceiling"),
        ([{"ceiling": -1}], "ceiling"),
        ([{}, {}], "floor"),
        ([{"ceiling": 10}, {"floor": 10}], "floor"),
        ([{"floor": 10}, {"ceiling": 10}], "floor"),
        ([{"floor": 0, "ceiling": 99}, {"floor": 50, "ceiling": 60}], "floor"),
        ([{"floor": 0}, {"floor": 500, "ceiling": 600}], "floor"),
    ],
)
def test_bands_that_overlap_or_cannot_be_computed_are_refused(
    bands: list[dict[str, Any]], field: str
) -> None:
    with refused(InvalidRule, field):
        check_earn_bands(bands=[EarnBand(**band) for band in bands])


@pytest.mark.parametrize(
    ("granted", "amount", "before", "now", "share"),
    [
        (65, 6500, 0, 6500, 65),
        (65, 6500, 0, 3250, 32),
        (65, 6500, 3250, 3250, 33),
        (10, 3, 0, 1, 3),
        (10, 3, 1, 1, 3),
        (10, 3, 2, 1, 4),
        (1, 100, 0, 99, 0),
        (1, 100, 99, 1, 1),
        (0, 100, 0, 100, 0),
        (10, 100, 50, 0, 0),
        (10, 0, 0, 0, 0),
        (MAX_POINTS, 3, 0, 3, MAX_POINTS),
    ],
)
def test_a_refund_takes_its_share_of_what_was_granted(
    granted: int, amount: int, before: int, now: int, share: int
) -> None:
    assert share == refund_share(
        granted=granted, amount=amount, refunded_before=before, refunded_now=now
    )


@pytest.mark.parametrize(
    ("granted", "amount", "before", "now"),
    [
        (10, 100, 0, 101),
        (10, 100, 60, 41),
        (10, 0, 0, 1),
        (10, 100, 0, -1),
        (10, 100, -1, 1),
        (-10, 100, 0, 1),
        (10, -1, 0, 0),
    ],
)
def test_refunding_more_than_the_order_is_refused(
    granted: int, amount: int, before: int, now: int
) -> None:
    with refused(BadInput, "amount"):
        refund_share(
            granted=granted, amount=amount, refunded_before=before, refunded_now=now
        )


@given(
    granted=st.integers(0, MAX_POINTS),
    parts=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
)
def test_the_parts_of_a_full_refund_add_up_to_what_was_granted(
    granted: int, parts: list[int]
) -> None:
    shares = [
        refund_share(
            granted=granted,
            amount=sum(parts),
            refunded_before=sum(parts[:done]),
            refunded_now=part,
        )
        for done, part in enumerate(parts)
    ]
    assert sum(shares) == granted
    assert min(shares) >= 0


@given(
    points=st.integers(1, 999),
    step=st.integers(1, 10_000),
    offset=st.integers(0, 10_000),
    amount=st.integers(0, 10**9),
    more=st.integers(0, 10**6),
)
def test_a_larger_amount_never_earns_less_in_the_same_band(
    points: int, step: int, offset: int, amount: int, more: int
) -> None:
    bands = [EarnBand(points=points, step=step, offset=offset)]
    less_spent = points_for(bands=bands, amount=amount)
    assert 0 <= less_spent <= points_for(bands=bands, amount=amount + more)
    assert less_spent % points == 0
