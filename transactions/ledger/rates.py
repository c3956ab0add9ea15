"""Which rates of the definition an order or a spend goes by."""

from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from transactions.ledger.call import Order
from transactions.ledger.refusals import NoBurnRate, NoEarnRate, WrongCurrency


def check_order(order: Order, *, card: Card) -> None:
    """Refuse an order that cannot be of this card's scheme.

    :raises BadInput: if it has no reference, or its amount is no whole number >= 0.
    :raises WrongCurrency: if it is in another currency than the scheme.
    """
    if not order.reference:
        raise BadInput(_("An order needs a reference."), field="order_reference")
    currency = card.definition.scheme.currency
    if order.currency not in ("", currency):
        raise WrongCurrency(
            _("%(currency)s is not the scheme's currency, %(own)s."),
            values={"currency": order.currency, "own": currency},
            field="currency",
        )
    check_amount(order.amount)


def check_amount(amount: object) -> None:
    """Refuse an amount that is neither None nor a whole number of minor units.

    :raises BadInput: naming the field `amount`.
    """
    if amount is None:
        return
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise BadInput(
            _("%(value)s is not a whole number."),
            values={"value": repr(amount)},
            field="amount",
        )
    if not 0 <= amount <= policies.MAX_POINTS:
        raise BadInput(
            _("%(number)s is not between %(least)s and %(most)s."),
            values={"number": amount, "least": 0, "most": policies.MAX_POINTS},
            field="amount",
        )


def points_earned(order: Order, *, card: Card) -> int:
    """The points that the order's amount earns at its rate.

    :raises BadInput: if the order has no amount.
    :raises NoEarnRate: if the definition has no such rate for the identifier.
    """
    if order.amount is None:
        raise BadInput(_("Give the order's amount, or the points."), field="amount")
    identifier = _identifier(order, card=card)
    bands = [
        rate.band
        for rate in card.definition.earn_rates.all()
        if (rate.incoming_identifier, rate.name) == (identifier, order.rate_name)
    ]
    if not bands:
        raise NoEarnRate(
            _('There is no earn rate "%(name)s" for "%(identifier)s".'),
            values={"name": order.rate_name, "identifier": identifier},
            field="rate_name",
        )
    return policies.points_for(bands=bands, amount=order.amount)


def burn_bands(*, card: Card, order: Order | None) -> list[policies.BurnBand]:
    """The bands by which the card burns; none where every number can be spent.

    A name that only the earn rates know burns at the default.

    :raises NoBurnRate: if there are burn rates, but none for the identifier.
    """
    order = order or Order(reference="")
    identifier = _identifier(order, card=card)
    rates = list(card.definition.burn_rates.all())
    own = [rate for rate in rates if rate.incoming_identifier == identifier]
    named = [rate.band for rate in own if rate.name == order.rate_name]
    bands = named or [rate.band for rate in own if rate.name == "default"]
    if rates and not bands:
        raise NoBurnRate(
            _('There is no burn rate for "%(identifier)s".'),
            values={"identifier": identifier},
            field="incoming_identifier",
        )
    return bands


def worth_of_spend(points: int, *, card: Card, order: Order | None) -> int | None:
    """What the spent points are worth, in minor units; None where no rate says so.

    :raises NoBurnRate: as `burn_bands` does.
    :raises BadInput: if the burn rate does not allow to spend just so many.
    """
    bands = burn_bands(card=card, order=order)
    policies.check_spend(bands=bands, points=points)
    return policies.money_value(bands=bands, points=points)


def _identifier(order: Order, *, card: Card) -> str:
    return order.incoming_identifier or card.member.unit.incoming_identifier
