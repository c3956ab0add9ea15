"""What a member could spend now: the offer that a till makes before it takes points."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import BadInput
from schemes import policies
from transactions import balances
from transactions.ledger.call import Order
from transactions.ledger.preview import preview
from transactions.ledger.rates import burn_bands, check_amount
from transactions.ledger.spending import spend
from transactions.ledger.values import require_points


@dataclass(frozen=True, kw_only=True)
class Quote:
    """So many points can be spent. Nothing is reserved by it.

    wished: what was asked for, in points.
    worth: in minor units of the scheme's currency; None where no rate says so.
    band: the row of the burn rate that it goes by.
    """

    points: int
    wished: int
    worth: int | None
    band: policies.BurnBand | None


def quote(
    *,
    card: Card,
    now: datetime,
    points: int | None = None,
    amount: int | None = None,
    order: Order | None = None,
) -> Quote:
    """The most that can be spent of `points`, or paid of `amount` (minor units).

    Not more than the card can pay and its rules allow at once. Writes nothing.

    :raises BadInput: unless points or an amount is given, one of them; if no spend that
        the burn rate allows is worth so little.
    :raises Refusal: where nothing can be spent: as `spend` refuses what was wished.
    Source: Eagle Eye "spend/calculate".
    """
    bands = burn_bands(card=card, order=order)
    wished = _wished(bands, points=points, amount=amount)
    within = min(wished, _most_at_once(card, at=now))
    most = policies.most_points(bands=bands, points=within, money=amount) or wished
    spent = preview(spend, card=card, points=most, now=now, order=order)
    return Quote(
        points=most,
        wished=wished,
        worth=spent.amount,
        band=policies.band_for(bands=bands, points=most),
    )


def _wished(
    bands: list[policies.BurnBand], *, points: int | None, amount: int | None
) -> int:
    if amount is None:
        return require_points(points)
    if points is not None:
        raise BadInput(_("Give points or an amount, not both."), field="points")
    check_amount(amount)
    wished = policies.most_points(bands=bands, points=policies.MAX_POINTS, money=amount)
    if not wished:
        raise policies.BurnRateNotMet(
            _("No points that can be spent are worth %(amount)s or less."),
            values={"amount": amount},
            field="amount",
        )
    return wished


def _most_at_once(card: Card, *, at: datetime) -> int:
    """What the card can pay at `at`, and its limit lets it pay in one go."""
    held = balances.of_cards(cards=[card], at=at)[card.pk]
    limit = card.definition.max_points_per_spend
    payable = max(held.active - held.held, 0)
    return payable if limit is None else min(payable, limit)
