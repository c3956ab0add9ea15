"""Burn arithmetic: which spends a rate allows, and the money they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty.errors import BadInput, InvalidRule, Sentence
from loyalty.errors import gettext_noop as _
from schemes.policies.earning import MAX_POINTS, check_edges, holds


class BurnRateNotMet(BadInput):
    """The points of a spend are in no band of the burn rate (400)."""

    key = "burn_rate_not_met"
    default_message = _("The burn rate does not allow this number of points.")


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


def band_for(*, bands: Sequence[BurnBand], points: int) -> BurnBand | None:
    """The band that allows to spend just so many points, if one does."""
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
        raise BadInput(
            _("Spend 1 to %(most)s points."),
            values={"most": MAX_POINTS},
            field="points",
        )
    if bands and band_for(bands=bands, points=points) is None:
        raise BurnRateNotMet(
            _("%(points)s points cannot be spent: spend %(allowed)s."),
            values={"points": points, "allowed": [_allowed(band) for band in bands]},
            field="points",
        )


def _allowed(band: BurnBand) -> Sentence:
    """One band as words: "100 to 99,999 points in steps of 100"."""
    edges = {"floor": band.floor or 1, "ceiling": band.ceiling}
    if band.ceiling is None:
        span = Sentence(_("%(floor)s points or more"), edges)
    elif band.ceiling == edges["floor"]:
        span = Sentence(_("exactly %(floor)s points"), edges)
    else:
        span = Sentence(_("%(floor)s to %(ceiling)s points"), edges)
    if band.step == 1:
        return span
    return Sentence(
        _("%(span)s in steps of %(step)s"), {"span": span, "step": band.step}
    )


def money_value(*, bands: Sequence[BurnBand], points: int) -> int | None:
    """What `points` are worth: floor(points * rate), in minor units of money.

    Args: the bands of one rate, checked; the points to be spent.
    Returns: the value, or None if no band allows such a spend.
    """
    band = band_for(bands=bands, points=points) if points > 0 else None
    if band is None:
        return None
    # As a ratio: the product of two long numbers must not depend on a precision.
    numerator, denominator = band.rate.as_integer_ratio()
    return points * numerator // denominator


def most_points(
    *, bands: Sequence[BurnBand], points: int, money: int | None = None
) -> int:
    """The most points that can be spent out of so many; 0 if no spend is allowed.

    money: pays as much of this as it can, and no more (minor units); then it is the
        fewest points that are worth so much, and 0 if none are worth anything.

    Args: the bands of one rate, checked; without any, every number can be spent.
    """
    if money is None:
        return max(_most(band, points) for band in bands or [BurnBand()])
    offers = [_offer(band, points, money=money) for band in bands]
    _worth, fewest = max(offers, default=(0, 0))
    return -fewest


def _most(band: BurnBand, points: int) -> int:
    """The largest number up to `points` that the band allows; 0 if it is none."""
    most = points if band.ceiling is None else min(points, band.ceiling)
    most -= most % band.step
    return most if most >= max(band.floor or 1, 1) else 0


def _offer(band: BurnBand, points: int, *, money: int) -> tuple[int, int]:
    """What the band can pay of the money, and the fewest points for it, negated."""
    numerator, denominator = band.rate.as_integer_ratio()
    if numerator == 0:
        return 0, 0
    # The most points whose worth, rounded down, is not above the money.
    affordable = ((money + 1) * denominator - 1) // numerator
    worth = _most(band, min(points, affordable)) * numerator // denominator
    if worth == 0:
        return 0, 0
    fewest = max(_divided_up(worth * denominator, numerator), band.floor or 1)
    return worth, -_divided_up(fewest, band.step) * band.step


def _divided_up(number: int, divisor: int) -> int:
    """The quotient of two whole numbers, rounded up."""
    return -(-number // divisor)


def check_bands(*, bands: Sequence[BurnBand]) -> None:
    """Refuse burn bands that overlap or that no spend can meet; no bands are fine.

    Raises: InvalidRule on `step`, `rate`, `floor` or `ceiling`.
    """
    for band in bands:
        if band.step < 1:
            raise InvalidRule(_("The step must be at least 1."), field="step")
        if not band.rate.is_finite() or band.rate < 0:
            raise InvalidRule(_("The rate must not be negative."), field="rate")
    check_edges(edges=[(band.floor, band.ceiling) for band in bands])
    for band in bands:
        least = _divided_up(max(band.floor or 1, 1), band.step) * band.step
        if band.ceiling is not None and band.ceiling < least:
            message = _(
                "No multiple of %(step)s lies between the floor and the ceiling."
            )
            raise InvalidRule(message, values={"step": band.step}, field="step")
