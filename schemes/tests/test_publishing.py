"""Publishing a scheme with its definitions, and copying it as a draft."""

import pytest

from accounts.tests.factories import CardFactory
from loyalty.errors import BadInput, InvalidRule
from schemes import operations
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.operations import NameTaken, VersionConflict
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    definition = CardDefinitionFactory(
        recipe=True, scheme__metadata={"a": 1}, door_fields={"voucherify": {"b": 2}}
    )
    EarnRateFactory(card_definition=definition, ceiling=999)
    EarnRateFactory(card_definition=definition, floor=1_000, points=2)
    BurnRateFactory(card_definition=definition)
    return definition


def columns(row, *without):
    """The values of a row that a copy has too."""
    without += ("id", "uuid", "status", "version", "name", "reference")
    values = type(row)._default_manager.filter(pk=row.pk).values().get()
    return {name: value for name, value in values.items() if name not in without}


def rates(definition, model):
    rows = model.objects.filter(card_definition=definition).order_by("name", "floor")
    return [(row.name, columns(row, "card_definition_id")) for row in rows]


# --- Publishing -----------------------------------------------------------------------


def test_a_scheme_is_published_with_the_definitions_that_are_chosen():
    scheme = SchemeFactory(status="DRAFT")
    chosen, other = CardDefinitionFactory.create_batch(2, scheme=scheme, status="DRAFT")
    operations.publish_scheme(scheme=scheme, definitions=[chosen], expected_version=1)
    for row, status in ((scheme, "ACTIVE"), (chosen, "ACTIVE"), (other, "DRAFT")):
        row.refresh_from_db()
        assert row.status == status


def test_nothing_is_published_if_one_of_them_makes_no_sense():
    scheme = SchemeFactory(status="DRAFT")
    good = CardDefinitionFactory(scheme=scheme, status="DRAFT")
    bad = CardDefinitionFactory(scheme=scheme, status="DRAFT")
    CardDefinition.objects.filter(pk=bad.pk).update(pending_dates={})
    with pytest.raises(InvalidRule):
        operations.publish_scheme(scheme=scheme, definitions=[good, bad])
    for row in (scheme, good):
        row.refresh_from_db()
        assert row.status == "DRAFT"


def test_a_definition_of_another_scheme_is_not_published_along():
    scheme, other = SchemeFactory(status="DRAFT"), CardDefinitionFactory(status="DRAFT")
    with pytest.raises(BadInput):
        operations.publish_scheme(scheme=scheme, definitions=[other])
    other.refresh_from_db()
    assert other.status == "DRAFT"


def test_what_somebody_has_changed_meanwhile_is_not_published():
    scheme = SchemeFactory(status="DRAFT")
    with pytest.raises(VersionConflict):
        operations.publish_scheme(scheme=scheme, expected_version=7)
    scheme.refresh_from_db()
    assert scheme.status == "DRAFT"


# --- Copying --------------------------------------------------------------------------


def test_a_copy_has_the_rules_and_rates_of_the_scheme_and_is_a_draft(definition):
    scheme = definition.scheme
    CardDefinitionFactory(scheme=scheme)
    copied = operations.copy_scheme(scheme=scheme, name="Copy", reference="COPY")
    assert (copied.name, copied.reference, copied.status) == ("Copy", "COPY", "DRAFT")
    assert columns(copied) == columns(scheme)
    assert copied.uuid != scheme.uuid
    rows = copied.card_definitions.order_by("pk")
    assert [row.status for row in rows] == ["DRAFT", "DRAFT"]
    assert columns(rows[0], "scheme_id") == columns(definition, "scheme_id")
    assert rows[0].name == definition.name
    assert rows[0].uuid != definition.uuid
    for model in (EarnRate, BurnRate):
        assert rates(rows[0], model) == rates(definition, model)
        assert rates(rows[1], model) == []


def test_copying_leaves_the_scheme_its_rates_and_its_cards_as_they_are(definition):
    card = CardFactory(definition=definition)
    before = columns(definition.scheme), rates(definition, EarnRate)
    copied = operations.copy_scheme(
        scheme=definition.scheme, name="Copy", reference="COPY"
    )
    definition.scheme.refresh_from_db()
    assert definition.scheme.version == 1
    assert (columns(definition.scheme), rates(definition, EarnRate)) == before
    assert not copied.card_definitions.get().cards.exists()
    card.refresh_from_db()
    assert card.definition == definition


def test_a_copy_can_be_copied(definition):
    one = operations.copy_scheme(scheme=definition.scheme, name="1", reference="1")
    two = operations.copy_scheme(scheme=one, name="2", reference="2")
    assert rates(two.card_definitions.get(), EarnRate) == rates(definition, EarnRate)


@pytest.mark.parametrize(
    ("name", "reference", "field", "error"),
    [
        ("Copy", "TAKEN", "reference", NameTaken),
        ("Copy", "", "reference", BadInput),
        ("", "COPY", "name", BadInput),
        ("Copy", "x" * 201, "reference", BadInput),
    ],
)
def test_a_copy_without_a_name_of_its_own_is_refused_and_leaves_nothing(
    definition, name, reference, field, error
):
    SchemeFactory(unit=definition.scheme.unit, reference="TAKEN")
    with pytest.raises(error) as refused:
        operations.copy_scheme(scheme=definition.scheme, name=name, reference=reference)
    assert refused.value.field == field
    assert Scheme.objects.count() == 2
    assert CardDefinition.objects.count() == 1
