"""A definition's rates: saved with it, as a set, and only if the bands fit together."""

from decimal import Decimal

import pytest

from loyalty.errors import BadInput, InvalidRule
from schemes import operations
from schemes.models import BurnRate, EarnRate, Scheme
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    return CardDefinitionFactory(recipe=True)


def version_of(scheme):
    return Scheme.objects.get(pk=scheme.pk).version


def earn_rate(**columns):
    return EarnRate(**{"points": 1, "step": 100, **columns})


def test_a_definition_and_its_rates_are_one_change(definition):
    definition.name = "Renamed"
    operations.save_definition(
        definition=definition,
        earn_rates=[earn_rate(), earn_rate(name="double", points=2)],
        burn_rates=[BurnRate(floor=100, step=100)],
    )
    assert version_of(definition.scheme) == 2
    assert definition.earn_rates.count() == 2
    assert definition.burn_rates.get().rate == Decimal(1)


def test_a_rate_without_an_identifier_is_the_unit_s_own(definition):
    operations.save_definition(definition=definition, earn_rates=[earn_rate()])
    own = definition.scheme.unit.incoming_identifier
    assert definition.earn_rates.get().incoming_identifier == own


def test_rates_that_are_not_named_any_more_are_deleted(definition):
    kept = EarnRateFactory(card_definition=definition)
    EarnRateFactory(card_definition=definition, name="double")
    BurnRateFactory(card_definition=definition)
    operations.save_definition(definition=definition, earn_rates=[kept])
    assert list(definition.earn_rates.all()) == [kept]
    assert definition.burn_rates.count() == 1
    assert version_of(definition.scheme) == 2


def test_the_rate_that_does_not_fit_the_others_is_named(definition):
    rates = [
        earn_rate(floor=0, ceiling=999),
        earn_rate(floor=0, name="double"),
        earn_rate(floor=999),
    ]
    with pytest.raises(InvalidRule) as refusal:
        operations.save_definition(definition=definition, earn_rates=rates)
    assert refusal.value.details == {"index": 2, "field": "floor"}


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"points": 1_000_000}, "points"),
        ({"points": 0}, "points"),
        ({"step": 0}, "step"),
        ({"type": "SOMETIMES"}, "type"),
        ({"floor": 10, "ceiling": 9}, "ceiling"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_a_rate_that_cannot_be_computed_is_refused(definition, columns, field):
    definition.name = "Renamed"
    with pytest.raises(BadInput) as refusal:
        operations.save_definition(
            definition=definition, earn_rates=[earn_rate(), earn_rate(**columns)]
        )
    assert refusal.value.details == {"index": 1, "field": field}
    definition.refresh_from_db()
    assert definition.name != "Renamed"


def test_a_burn_rate_that_no_spend_can_meet_is_refused(definition):
    rate = BurnRate(floor=101, ceiling=199, step=100)
    with pytest.raises(InvalidRule) as refusal:
        operations.save_definition(definition=definition, burn_rates=[rate])
    assert refusal.value.field == "step"


def test_bands_can_move_onto_one_another_s_place(definition):
    low = EarnRateFactory(card_definition=definition, floor=0, ceiling=99, points=1)
    high = EarnRateFactory(card_definition=definition, floor=100, points=2)
    low.floor, low.ceiling, high.floor, high.ceiling = 100, None, 0, 99
    operations.save_definition(definition=definition, earn_rates=[low, high])
    found = definition.earn_rates.order_by("floor").values_list("points", "name")
    assert list(found) == [(2, "default"), (1, "default")]


def test_a_rate_of_another_definition_is_not_taken_over(definition):
    with pytest.raises(BadInput):
        operations.save_definition(
            definition=definition, earn_rates=[EarnRateFactory()]
        )
