"""Earn and burn rates as sentences, band by band."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

from schemes.models import BurnRate, EarnRate
from schemes.money import money
from schemes.policies import (
    BurnBand,
    EarnBand,
    EarnType,
    check_burn_bands,
    check_earn_bands,
    money_value,
    most_points,
)
from schemes.sentences.words import number, points

Rate = TypeVar("Rate", EarnRate, BurnRate)
DEFAULT = "default"
# A number of points that shows the worth of a point well.
_SHOWN = 1_000


def bands_of(
    rates: Iterable[Rate], *, identifier: str, name: str = DEFAULT
) -> list[Rate]:
    """The rates of one identifier and name, by their floor."""
    found = [
        each
        for each in rates
        if (each.incoming_identifier, each.name) == (identifier, name)
    ]
    return sorted(found, key=lambda each: each.floor or 0)


def earn_sentences(
    rates: Sequence[EarnRate], *, identifier: str, currency: str
) -> list[str]:
    """What orders earn.

    :raises InvalidRule: if bands overlap or cannot be computed.
    """
    if not rates:
        return [
            _(
                "There is no earn rate: an order earns only if the till says how many "
                "points."
            )
        ]
    sentences = []
    for title, group in _groups(rates, identifier):
        bands = [rate.band for rate in group]
        check_earn_bands(bands=bands)
        texts = [earn_band(band, currency) for band in bands]
        if nothing := _amounts_without_band(bands, currency):
            texts.append(nothing)
        sentences.append(_titled(title, texts))
    if not bands_of(rates, identifier=identifier):
        text = _('Orders that name no rate are refused: there is no rate "%(name)s".')
        sentences.append(text % {"name": DEFAULT})
    return sentences


def earn_band(band: EarnBand, currency: str) -> str:
    """One band: "Every order: 1 point for each full 1.00 GBP."."""
    said = {
        "orders": _orders(band.floor, band.ceiling, currency),
        "points": points(band.points),
        "step": money(band.step, currency),
        "offset": money(band.offset, currency),
    }
    if band.type is EarnType.FIXED:
        return _("%(orders)s: %(points)s, whatever the amount.") % said
    text = _("%(orders)s: %(points)s for each full %(step)s.") % said
    if band.offset:
        text += (
            " " + _("%(offset)s is added to the amount before it is divided.") % said
        )
    return text


def burn_sentences(
    rates: Sequence[BurnRate], *, identifier: str, currency: str
) -> list[str]:
    """What can be spent, and what it is worth.

    :raises InvalidRule: if bands overlap or no spend can meet them.
    """
    if not rates:
        return [
            _(
                "There is no burn rate: any number of points can be spent, and what "
                "they are worth is not said."
            )
        ]
    sentences = []
    for title, group in _groups(rates, identifier):
        bands = [rate.band for rate in group]
        check_burn_bands(bands=bands)
        sentences.append(_titled(title, [burn_band(band, currency) for band in bands]))
    if not bands_of(rates, identifier=identifier):
        text = _('Spends that name no rate are refused: there is no rate "%(name)s".')
        sentences.append(text % {"name": DEFAULT})
    return sentences


def burn_band(band: BurnBand, currency: str) -> str:
    """One band: "100 points or more in steps of 100; 100 points are 1.00 GBP."."""
    floor = max(band.floor or 1, 1)
    most = most_points(bands=[band], points=max(_SHOWN, floor + band.step))
    value = money_value(bands=[band], points=most) or 0
    said = {
        "floor": points(floor),
        "ceiling": points(band.ceiling or 0),
        "least": number(floor),
        "step": number(band.step),
        "points": points(most),
        "money": money(value, currency),
    }
    if band.ceiling is None:
        text = _("%(floor)s or more can be spent at once")
    elif band.ceiling == floor:
        text = _("Exactly %(floor)s can be spent at once")
    else:
        text = _("%(least)s to %(ceiling)s can be spent at once")
    if band.step > 1:
        text += _(", in steps of %(step)s")
    return (text + _("; %(points)s are worth %(money)s.")) % said


def _groups(rates: Sequence[Rate], identifier: str) -> Iterable[tuple[str, list[Rate]]]:
    """The rates by identifier and name, each group by floor, the default first."""
    found: dict[tuple[str, str], list[Rate]] = {}
    for rate in rates:
        key = (rate.incoming_identifier, rate.name)
        found.setdefault(key, []).append(rate)
    ordered = sorted(found, key=lambda key: (key != (identifier, DEFAULT), key))
    for whose, name in ordered:
        said = {"name": name, "whose": whose}
        if (whose, name) == (identifier, DEFAULT):
            title = ""
        elif whose == identifier:
            title = _('Rate "%(name)s"') % said
        else:
            title = _('Rate "%(name)s" of %(whose)s') % said
        yield title, sorted(found[whose, name], key=lambda rate: rate.floor or 0)


def _titled(title: str, texts: Sequence[str]) -> str:
    text = " ".join(texts)
    return f"{title} - {text}" if title else text


def _orders(floor: int | None, ceiling: int | None, currency: str) -> str:
    floor = floor or 0
    said = {
        "floor": money(floor, currency),
        "ceiling": money(ceiling or 0, currency),
    }
    if ceiling is None:
        return _("Orders of %(floor)s or more") % said if floor else _("Every order")
    if not floor:
        return _("Orders up to %(ceiling)s") % said
    return _("Orders of %(floor)s to %(ceiling)s") % said


def _amounts_without_band(bands: Sequence[EarnBand], currency: str) -> str:
    """Which orders earn nothing because no band is for them; "" if there are none."""
    empty, start = [], 0
    for band in bands:
        if (band.floor or 0) > start:
            empty.append(_orders(start, (band.floor or 0) - 1, currency))
        if band.ceiling is None:
            break
        start = band.ceiling + 1
    else:
        empty.append(_orders(start, None, currency))
    if not empty:
        return ""
    return _("%(orders)s: nothing.") % {"orders": "; ".join(empty)}
