"""Burn arithmetic: which spends a rate allows, and the money they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty.errors import BadInput, InvalidRule
from schemes.policies.earning import MAX_POINTS, check_edges, holds


class BurnRateNotMet(BadInput):
    """The points of a spend are in no band of the burn rate (400)."""

    key = "burn_rate_not_met"
    default_message = "The burn rate does not allow this number of points."


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnBand:
    """One row of a burn rate.

    Attributes:
        floor, ceiling: the points that can be spent at once, both included; None is
            open.
        step: points are spent in multiples of this.
        rate: money per point, in minor units.

    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points", step 1.4.
    """

    floor: int | None = None
    ceiling: int | None = None
    step: int = 1
    rate: Decimal = Decimal(1)


def _band_for(bands: Sequence[BurnBand], points: int) -> BurnBand | None:
    for band in bands:
        if (
            holds(floor=band.floor, ceiling=band.ceiling, number=points)
            and points % band.step == 0
        ):
            return band
    return None


def check_spend(*, bands: Sequence[BurnBand], points: int) -> None:
    """Refuse a spend that is in no band, or not a multiple of its band's step.

    Multiples count from zero, not from the floor. Without bands every positive number
    of points can be spent.

    Args: the bands of one rate, checked; the points to be spent.
    Raises: BurnRateNotMet on `points`, saying the rule; BadInput on `points` if they
        are not 1 to MAX_POINTS.
    """
    if not 1 <= points <= MAX_POINTS:
        raise BadInput(f"Spend 1 to {MAX_POINTS:,} points.", field="points")
    if bands and _band_for(bands, points) is None:
        rule = ", or ".join(_sentence(band) for band in bands)
        message = f"{points:,} points cannot be spent: spend {rule}."
        raise BurnRateNotMet(message, field="points")


def _sentence(band: BurnBand) -> str:
    """One band as words: "100 to 99,999 points in steps of 100"."""
    floor = band.floor or 1
    if band.ceiling is None:
        span = f"{floor:,} points or more"
    elif band.ceiling == floor:
        span = f"exactly {floor:,} points"
    else:
        span = f"{floor:,} to {band.ceiling:,} points"
    return span if band.step == 1 else f"{span} in steps of {band.step:,}"


def money_value(*, bands: Sequence[BurnBand], points: int) -> int | None:
    """What `points` are worth: floor(points * rate), in minor units of money.

    Args: the bands of one rate, checked; the points to be spent.
    Returns: the value, or None if no band allows such a spend.
    """
    band = _band_for(bands, points) if points > 0 else None
    if band is None:
        return None
    # As a ratio: the product of two long numbers must not depend on a precision.
    numerator, denominator = band.rate.as_integer_ratio()
    return points * numerator // denominator


def check_bands(*, bands: Sequence[BurnBand]) -> None:
    """Refuse burn bands that overlap or that no spend can meet; no bands are fine.

    Raises: InvalidRule on `step`, `rate`, `floor` or `ceiling`.
    """
    for band in bands:
        if band.step < 1:
            raise InvalidRule("The step must be at least 1.", field="step")
        if not band.rate.is_finite() or band.rate < 0:
            raise InvalidRule("The rate must not be negative.", field="rate")
    check_edges(edges=[(band.floor, band.ceiling) for band in bands])
    for band in bands:
        least = -(-max(band.floor or 1, 1) // band.step) * band.step
        if band.ceiling is not None and band.ceiling < least:
            message = (
                f"No multiple of {band.step:,} lies between the floor and the ceiling."
            )
            raise InvalidRule(message, field="step")
