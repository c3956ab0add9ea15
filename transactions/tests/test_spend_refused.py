"""What a spend is refused for; what is refused writes nothing."""

from datetime import timedelta

import pytest

from loyalty.errors import BadInput, Blocked
from schemes.policies import MAX_POINTS, BurnRateNotMet
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.tests.grants import grant, remaining, rows

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("path", "values", "refusal"),
    [
        ("", {"status": "BLOCKED"}, ledger.CardNotActive),
        ("", {"status": "CLOSED"}, ledger.CardNotActive),
        ("member", {"status": "INACTIVE"}, ledger.MemberNotActive),
        ("definition", {"status": "INACTIVE"}, ledger.DefinitionNotActive),
        ("definition.scheme", {"status": "INACTIVE"}, ledger.SchemeNotActive),
    ],
)
def test_nothing_is_spent_while_the_card_or_its_rules_are_not_active(
    simple_card, now, path, values, refusal
):
    grant(simple_card, 10, now=now)
    before = rows()
    row = simple_card
    for name in filter(None, path.split(".")):
        row = getattr(row, name)
    type(row).objects.filter(pk=row.pk).update(**values)

    with pytest.raises(refusal) as refused:
        ledger.spend(card=simple_card, points=1, now=now)

    assert isinstance(refused.value, Blocked)
    assert refused.value.status == 423
    assert rows() == before


def test_a_scheme_is_over_from_its_end_on(simple_card, now):
    grant(simple_card, 10, now=now)
    scheme = simple_card.definition.scheme
    scheme.ends_at = now + DAY
    scheme.save()

    ledger.spend(card=simple_card, points=1, now=scheme.ends_at - MOMENT)
    with pytest.raises(ledger.SchemeOutsideDates):
        ledger.spend(card=simple_card, points=1, now=scheme.ends_at)


@pytest.mark.parametrize("points", [99, 150, 100_000])
def test_a_spend_outside_the_burn_rate_is_refused(recipe_card, now, points):
    ledger.credit(card=recipe_card, points=200_000, now=now)
    before = rows()

    with pytest.raises(BurnRateNotMet):
        ledger.spend(card=recipe_card, points=points, now=now)

    assert rows() == before


def test_one_spend_takes_no_more_than_the_definition_allows(simple_card, now):
    grant(simple_card, 10, now=now)
    rules = simple_card.definition
    rules.max_points_per_spend = 5
    rules.save()

    ledger.spend(card=simple_card, points=5, now=now)
    with pytest.raises(ledger.SpendLimitExceeded):
        ledger.spend(card=simple_card, points=6, now=now)
    assert remaining(*simple_card.buckets.all()) == [5]


@pytest.mark.parametrize(
    "order", [Order(reference=""), Order(reference="W-1", currency="EUR")]
)
def test_a_spend_on_an_order_that_cannot_be_is_refused(simple_card, now, order):
    grant(simple_card, 10, now=now)
    with pytest.raises(BadInput):
        ledger.spend(card=simple_card, points=1, now=now, order=order)


@pytest.mark.parametrize("points", [0, -1, 1.0, "1", True, None, MAX_POINTS + 1])
def test_points_that_are_no_whole_positive_number_are_refused(simple_card, now, points):
    grant(simple_card, 10, now=now)
    with pytest.raises(ledger.InvalidPoints):
        ledger.spend(card=simple_card, points=points, now=now)


def test_a_spend_needs_a_moment_with_a_zone_that_has_come(simple_card, now):
    grant(simple_card, 10, now=now)
    ahead = Cause(occurred_at=now + MOMENT)

    with pytest.raises(ledger.InvalidMoment):
        ledger.spend(card=simple_card, points=1, now=now.replace(tzinfo=None))
    with pytest.raises(ledger.InvalidMoment):
        ledger.spend(card=simple_card, points=1, now=now, cause=ahead)
