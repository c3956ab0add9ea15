"""A purchase tried out step by step: earn, wait, expire, spend, refund."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from loyalty.errors import Refusal
from schemes import policies
from schemes.money import money
from schemes.policies import BurnBand, EarnType
from schemes.sentences.rates import bands_of, burn_band, earn_band
from schemes.sentences.rules import Rules
from schemes.sentences.stories import Outcome, Purchase, expires, outcome, usable
from schemes.sentences.words import in_words, number, points


class Kind(StrEnum):
    """How a step went."""

    FINE = "FINE"
    NOTE = "NOTE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: its name, what comes out, and why."""

    title: str
    result: str
    why: str = ""
    kind: Kind = Kind.FINE


def steps(
    rules: Rules,
    purchase: Purchase,
    *,
    spend: int | None = None,
    refund: int | None = None,
) -> list[Step]:
    """What the rules make of a purchase, on a card that held nothing before.

    spend: a number of points that somebody wants to spend.
    refund: the part of the order that is given back, in minor units; None: half.
    """
    return list(_steps(rules, purchase, spend, refund))


def _steps(
    rules: Rules, purchase: Purchase, spend: int | None, refund: int | None
) -> Iterator[Step]:
    try:
        found = outcome(rules, purchase)
    except Refusal as refusal:
        yield Step(_("Refused"), in_words(refusal), kind=Kind.REFUSED)
        return
    yield _earned(rules, purchase, found)
    if found.granted < found.earned:
        yield _limited(found)
    if found.granted:
        yield Step(_("Wait"), _sentence(usable(rules, found)), _why_usable(found))
        yield Step(_("Expire"), _sentence(expires(rules, found)))
        yield from _spends(rules, purchase, found, spend)
        yield _refunded(rules, purchase, found, refund)


def _earned(rules: Rules, purchase: Purchase, found: Outcome) -> Step:
    if found.band is None:
        text = _("No band of the rate is for an order of %(amount)s.")
        said = {"amount": money(purchase.amount, rules.currency)}
        return Step(_("Earn"), points(0), text % said, Kind.NOTE)
    band = found.band
    why = [earn_band(band, rules.currency)]
    if band.type is not EarnType.FIXED:
        text = _("%(amount)s holds %(times)s of %(step)s.")
        amount = purchase.amount + band.offset
        why.append(
            text
            % {
                "amount": money(amount, rules.currency),
                "times": number(amount // band.step),
                "step": money(band.step, rules.currency),
            }
        )
    return Step(_("Earn"), points(found.earned), " ".join(why))


def _limited(found: Outcome) -> Step:
    text = _("The limits leave %(granted)s. The rest, %(withheld)s, is not granted.")
    said = {
        "granted": points(found.granted),
        "withheld": points(found.earned - found.granted),
    }
    return Step(_("Limit"), points(found.granted), text % said, Kind.NOTE)


def _why_usable(found: Outcome) -> str:
    if found.waits:
        return _("The grant follows the pending rule.")
    return _("Such a grant does not wait.")


def _spends(
    rules: Rules, purchase: Purchase, found: Outcome, spend: int | None
) -> Iterator[Step]:
    try:
        bands = _burn_bands(rules, purchase)
    except Refusal as refusal:
        yield Step(_("Spend"), in_words(refusal), kind=Kind.REFUSED)
        return
    limit = rules.definition.max_points_per_spend
    payable = found.granted if limit is None else min(found.granted, limit)
    most = policies.most_points(bands=bands, points=payable)
    yield _most(rules, bands, found, most)
    if spend is not None:
        yield _chosen(rules, bands, found, spend)


def _most(rules: Rules, bands: list[BurnBand], found: Outcome, most: int) -> Step:
    if not most:
        text = _("These %(points)s alone cannot be spent.")
        said = {"points": points(found.granted)}
        return Step(_("Worth"), text % said, _why_worth(rules, bands), Kind.NOTE)
    said = {"most": points(most), "points": points(found.granted)}
    if (value := policies.money_value(bands=bands, points=most)) is None:
        text = _("%(most)s can be spent; no burn rate says what they are worth.")
        return Step(_("Worth"), text % said)
    said["money"] = money(value, rules.currency)
    text = _("%(most)s of the %(points)s can be spent at once, and pay %(money)s.")
    return Step(_("Worth"), text % said, _why_worth(rules, bands))


def _why_worth(rules: Rules, bands: list[BurnBand]) -> str:
    return " ".join(burn_band(band, rules.currency) for band in bands)


def _chosen(rules: Rules, bands: list[BurnBand], found: Outcome, spend: int) -> Step:
    title = _("Spend %(points)s") % {"points": points(spend)}
    limit = rules.definition.max_points_per_spend
    if limit is not None and spend > limit:
        text = _("One spend takes at most %(limit)s.") % {"limit": points(limit)}
        return Step(title, text, kind=Kind.REFUSED)
    try:
        policies.check_spend(bands=bands, points=spend)
    except Refusal as refusal:
        return Step(title, in_words(refusal), kind=Kind.REFUSED)
    value = policies.money_value(bands=bands, points=spend)
    pays = (
        _("No burn rate says what that is worth.")
        if value is None
        else _("That pays %(money)s.") % {"money": money(value, rules.currency)}
    )
    if spend > found.granted:
        text = _("This order alone gives %(points)s: the card needs %(missing)s more.")
        said = {
            "points": points(found.granted),
            "missing": points(spend - found.granted),
        }
        return Step(title, pays, text % said, Kind.NOTE)
    said = {"points": points(found.granted - spend)}
    return Step(title, pays, _("%(points)s are left.") % said)


def _burn_bands(rules: Rules, purchase: Purchase) -> list[BurnBand]:
    """The bands a spend goes by; a name that only earn rates know is the default."""
    identifier = purchase.identifier or rules.identifier
    found = bands_of(
        rules.burn_rates, identifier=identifier, name=purchase.rate_name
    ) or bands_of(rules.burn_rates, identifier=identifier)
    if rules.burn_rates and not found:
        text = _('There is no burn rate for "%(identifier)s".')
        raise Refusal(text % {"identifier": identifier})
    bands = [rate.band for rate in found]
    policies.check_burn_bands(bands=bands)
    return bands


def _refunded(
    rules: Rules, purchase: Purchase, found: Outcome, refund: int | None
) -> Step:
    amount = purchase.amount // 2 if refund is None else refund
    said = {"amount": money(amount, rules.currency)}
    title = _("Refund of %(amount)s") % said
    try:
        share = policies.refund_share(
            granted=found.granted,
            amount=purchase.amount,
            refunded_before=0,
            refunded_now=amount,
        )
    except Refusal as refusal:
        return Step(title, in_words(refusal), kind=Kind.REFUSED)
    said |= {"points": points(share)}
    hows = {
        "NONE": _("Refused: the rules take nothing back."),
        "FROM_PENDING": _("%(points)s are taken back while they wait, later none."),
        "TO_ZERO": _("%(points)s are taken back, as far as the card has them."),
        "BELOW_ZERO": _("%(points)s are taken back; what is missing is owed."),
    }
    kind = Kind.REFUSED if rules.definition.refunds == "NONE" else Kind.FINE
    why = _("The same share of the points as of the money, rounded down.")
    return Step(title, hows[rules.definition.refunds] % said, why, kind)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
