"""What one purchase comes to under the rules: the story that an example tells."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from loyalty.errors import BadInput
from schemes import policies
from schemes.money import money
from schemes.policies import EarnBand
from schemes.sentences.rates import DEFAULT, bands_of
from schemes.sentences.rules import Rules
from schemes.sentences.words import gone, moment, period, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order that nobody made.

    Attributes:
        amount: in minor units.
        at: the aware moment at which it earns.
        rate_name, identifier: as an order may name them; "" is the unit's own.
    """

    amount: int
    at: datetime
    rate_name: str = DEFAULT
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a purchase comes to, on a card that holds nothing yet.

    Attributes:
        band: the band that holds the amount; None if none does.
        earned, granted: the points before and after the limits.
        waits: whether the pending rule is followed.
        activates_at: None while an event is awaited.
        cancels_at: when points whose event did not come are canceled.
        expires_at: None for never, and for not known before the event.
    """

    band: EarnBand | None
    earned: int
    granted: int
    waits: bool
    activates_at: datetime | None
    cancels_at: datetime | None
    expires_at: datetime | None


def outcome(rules: Rules, purchase: Purchase) -> Outcome:
    """What the ledger would make of the purchase, computed by the policies alone.

    :raises BadInput: if there is no such rate, or the amount cannot earn.
    :raises InvalidRule: if a rule makes no sense, or the points would expire before
        they can be spent.
    """
    bands = _bands(rules, purchase)
    earned = policies.points_for(bands=bands, amount=purchase.amount)
    granted = _within_limits(rules, earned)
    zone, at = rules.zone, purchase.at
    pending = rules.definition.pending_rule
    waits = policies.waits(rule=pending, points=granted, amount=purchase.amount)
    activates_at: datetime | None = at
    cancels_at: datetime | None = None
    if waits:
        activates_at = policies.activation_moment(rule=pending, earned_at=at, zone=zone)
        cancels_at = policies.cancellation_moment(rule=pending, earned_at=at, zone=zone)
    expires_at = policies.expiry_moment(
        rule=rules.definition.expiry_rule,
        earned_at=at,
        activates_at=activates_at,
        zone=zone,
    )
    policies.check_grant(activates_at=activates_at or at, expires_at=expires_at)
    if cancels_at is not None and expires_at is not None:
        cancels_at = min(cancels_at, expires_at)
    return Outcome(
        band=_band(bands, purchase.amount),
        earned=earned,
        granted=granted,
        waits=waits,
        activates_at=activates_at,
        cancels_at=cancels_at,
        expires_at=expires_at,
    )


def example(rules: Rules, purchase: Purchase) -> str:
    """The story in a sentence: what an order gives, from when, until when.

    For instance "A 123.45 GBP order today: 123 points, usable from 26 Nov 2026, 15:00
    (Europe/London), gone after 31 May 2027."
    :raises Refusal: as `outcome` does.
    """
    found = outcome(rules, purchase)
    said = {
        "amount": money(purchase.amount, rules.currency),
        "points": points(found.granted),
        "usable": usable(rules, found),
        "gone": expires(rules, found),
    }
    if not found.granted:
        return _("A %(amount)s order today: no points.") % said
    text = _("A %(amount)s order today: %(points)s, %(usable)s, %(gone)s.")
    return text % said


def usable(rules: Rules, found: Outcome) -> str:
    """From when the points can be spent, as a part of a sentence."""
    if found.activates_at is None:
        assert found.cancels_at is not None  # an event has a deadline
        return _("usable once the event happens, canceled if not by %(moment)s") % {
            "moment": moment(found.cancels_at, rules.zone)
        }
    if not found.waits:
        return _("usable at once")
    text = _("usable from %(moment)s")
    return text % {"moment": moment(found.activates_at, rules.zone)}


def expires(rules: Rules, found: Outcome) -> str:
    """Until when the points can be spent, as a part of a sentence."""
    if found.expires_at is not None:
        return gone(found.expires_at, rules.zone)
    rule = rules.definition.expiry_rule
    if rule.mode is policies.ExpiryMode.NONE:
        return _("never gone")
    if rule.period is None:
        return _("gone on the next date after that")
    return _("gone %(period)s after that") % {"period": period(rule.period)}


def _bands(rules: Rules, purchase: Purchase) -> list[EarnBand]:
    identifier = purchase.identifier or rules.identifier
    found = bands_of(rules.earn_rates, identifier=identifier, name=purchase.rate_name)
    if not found:
        text = _('There is no earn rate "%(name)s" for "%(identifier)s".')
        said = {"name": purchase.rate_name, "identifier": identifier}
        raise BadInput(text % said, field="rate_name")
    bands = [rate.band for rate in found]
    policies.check_earn_bands(bands=bands)
    return bands


def _band(bands: list[EarnBand], amount: int) -> EarnBand | None:
    for band in bands:
        if (band.floor or 0) <= amount and (
            band.ceiling is None or amount <= band.ceiling
        ):
            return band
    return None


def _within_limits(rules: Rules, earned: int) -> int:
    """What the limits leave of the first grant of a card."""
    limits = (
        rules.definition.max_points_per_earn,
        rules.definition.max_balance,
        rules.definition.earn_limit,
    )
    return min([earned, *(limit for limit in limits if limit is not None)])
