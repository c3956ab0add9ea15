"""Earn arithmetic: points for an amount, and the share that a refund takes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from loyalty.errors import BadInput, InvalidRule
from loyalty.errors import gettext_noop as _

MAX_POINTS = 2**53 - 1
"""The most points of one transaction: every JSON reader holds it exactly.
Source: Voucherify Loyalty v2, points are bounded by 9007199254740991."""

MAX_BAND_POINTS = 999_999
"""The most points a band gives each time. Source: Eagle Eye, scheme rates."""


class EarnType(StrEnum):
    """How a band turns an amount into points. Source: Eagle Eye, scheme rates."""

    STANDARD = "STANDARD"
    FIXED = "FIXED"
    PER_SPEND = "PER_SPEND"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnBand:
    """One row of an earn rate.

    Attributes:
        type: STANDARD and PER_SPEND give `points` per `step`; FIXED gives `points`.
        points: points, 1 to 999,999.
        step: the spend that earns `points` once, in minor units.
        offset: a grace amount in minor units, added to the amount before dividing.
        floor, ceiling: the amounts that the band is for, both included, in minor
            units; None is open.

    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points", step 1.5.
    """

    type: EarnType = EarnType.STANDARD
    points: int = 1
    step: int = 1
    offset: int = 0
    floor: int | None = None
    ceiling: int | None = None


def points_for(*, bands: Sequence[EarnBand], amount: int) -> int:
    """The points that an amount earns: floor((amount + offset) / step) * points.

    What for: the whole basket at once, in the band that holds it; an amount of 0 and
    an amount outside every band earn 0, whatever the offset.

    Args: the bands of one rate, checked; `amount` in minor units.
    Raises: BadInput on `amount` if it is negative or earns more than MAX_POINTS.
    """
    if amount < 0:
        raise BadInput(_("The amount must not be negative."), field="amount")
    if amount == 0:
        return 0
    for band in bands:
        if holds(floor=band.floor, ceiling=band.ceiling, number=amount):
            times = (amount + band.offset) // band.step
            points = band.points * (1 if band.type is EarnType.FIXED else times)
            if points > MAX_POINTS:
                message = _("The amount would earn more than %(most)s points.")
                raise BadInput(message, values={"most": MAX_POINTS}, field="amount")
            return points
    return 0


def refund_share(
    *, granted: int, amount: int, refunded_before: int, refunded_now: int
) -> int:
    """The points that a partial refund takes back, of those really granted.

    The difference of two rounded-down running totals, so that the parts of a full
    refund add up to `granted` exactly, in whatever parts it comes. Today's rates play
    no role.

    Args:
        granted: the points that the order was granted.
        amount: the order's amount in minor units.
        refunded_before: what was refunded of it until now, in minor units.
        refunded_now: what is refunded now, in minor units.

    Raises: BadInput on `amount` if a number is negative or the refunds together
        exceed the order's amount.
    """
    if min(granted, amount, refunded_before, refunded_now) < 0:
        message = _("Amounts and points of a refund must not be negative.")
        raise BadInput(message, field="amount")
    total = refunded_before + refunded_now
    if total > amount:
        message = _(
            "Refunds of %(refunds)s would exceed the order's amount of %(amount)s "
            "(minor units)."
        )
        values = {"refunds": total, "amount": amount}
        raise BadInput(message, values=values, field="amount")
    if amount == 0:
        return 0
    return granted * total // amount - granted * refunded_before // amount


def check_bands(*, bands: Sequence[EarnBand]) -> None:
    """Refuse earn bands that overlap or cannot be computed; no bands are fine.

    Raises: InvalidRule on `points`, `step`, `offset`, `floor` or `ceiling`.
    """
    for band in bands:
        if not 1 <= band.points <= MAX_BAND_POINTS:
            message = _("A band gives 1 to %(most)s points.")
            values = {"most": MAX_BAND_POINTS}
            raise InvalidRule(message, values=values, field="points")
        if band.step < 1:
            raise InvalidRule(_("The step must be at least 1."), field="step")
        if band.offset < 0:
            raise InvalidRule(_("The offset must not be negative."), field="offset")
    check_edges(edges=[(band.floor, band.ceiling) for band in bands])


def holds(*, floor: int | None, ceiling: int | None, number: int) -> bool:
    """Whether `number` is from `floor` to `ceiling`, both included; None is open."""
    return (floor is None or floor <= number) and (ceiling is None or number <= ceiling)


def check_edges(*, edges: Sequence[tuple[int | None, int | None]]) -> None:
    """Refuse bands (floor, ceiling) that are upside down or overlap.

    Raises: InvalidRule on `floor` or `ceiling`.
    """
    for floor, ceiling in edges:
        if floor is not None and floor < 0:
            raise InvalidRule(_("The floor must not be negative."), field="floor")
        if ceiling is not None and ceiling < (floor or 0):
            message = _("The ceiling must not be below the floor.")
            raise InvalidRule(message, field="ceiling")
    ordered = sorted(edges, key=lambda edge: edge[0] or 0)
    for (first, end), (second, _end) in pairwise(ordered):
        if end is None or (second or 0) <= end:
            message = _("The bands that start at %(first)s and %(second)s overlap.")
            values = {"first": first or 0, "second": second or 0}
            raise InvalidRule(message, values=values, field="floor")
