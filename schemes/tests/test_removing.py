"""Rules are deleted, or given to another scheme, while nobody has a card by them."""

import pytest

from accounts.operations import open_card
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.errors import BadInput, InvalidRule, NotFound
from schemes import operations
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    """A definition with its rates, and another one in the same scheme."""
    definition = CardDefinitionFactory(recipe=True)
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    CardDefinitionFactory(scheme=definition.scheme)
    return definition


@pytest.fixture
def elsewhere(definition):
    """Another scheme of the same unit."""
    return SchemeFactory(unit=definition.scheme.unit)


def version_of(scheme):
    return Scheme.objects.get(pk=scheme.pk).version


def stored():
    tables = (Scheme, CardDefinition, EarnRate, BurnRate)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def refused(refusal, change):
    """The refusal of a change, which must leave everything as it was."""
    before = stored()
    with pytest.raises(refusal) as caught:
        change()
    assert stored() == before
    return caught.value


# --- Deleting -------------------------------------------------------------------------


def test_a_scheme_goes_with_its_definitions_and_their_rates(definition):
    kept = EarnRateFactory()

    operations.delete_scheme(scheme=definition.scheme)

    assert Scheme.objects.get() == kept.card_definition.scheme
    assert CardDefinition.objects.get() == kept.card_definition
    assert EarnRate.objects.get() == kept
    assert not BurnRate.objects.exists()


def test_the_history_of_what_was_deleted_stays(definition):
    scheme, pk = definition.scheme, definition.scheme_id
    scheme.name = "Renamed"
    operations.save_scheme(scheme=scheme)

    operations.delete_scheme(scheme=scheme)

    rows = Scheme.history.filter(id=pk).order_by("history_id")
    assert list(rows.values_list("history_type", flat=True)) == ["+", "~", "-"]
    of_rules = CardDefinition.history.filter(scheme_id=pk, history_type="-")
    assert of_rules.count() == 2


def test_a_scheme_that_somebody_has_a_card_of_stays(definition):
    other = definition.scheme.card_definitions.exclude(pk=definition.pk).get()
    CardFactory(definition=other)

    refusal = refused(
        operations.InUse, lambda: operations.delete_scheme(scheme=definition.scheme)
    )

    assert (refusal.key, refusal.status) == ("in_use", 409)
    assert str(other) in refusal.message


def test_a_definition_goes_with_its_rates_and_its_scheme_has_a_new_version(definition):
    operations.delete_definition(definition=definition)

    assert CardDefinition.objects.get().scheme == definition.scheme
    assert not EarnRate.objects.exists()
    assert not BurnRate.objects.exists()
    assert version_of(definition.scheme) == 2


def test_a_definition_that_somebody_has_a_card_of_stays(definition):
    CardFactory(definition=definition, status="CLOSED")

    refused(
        operations.InUse, lambda: operations.delete_definition(definition=definition)
    )


def test_what_has_changed_since_it_was_read_is_not_deleted(definition):
    scheme = definition.scheme
    scheme.name = "Renamed"
    operations.save_scheme(scheme=scheme, expected_version=1)

    for delete in (
        lambda: operations.delete_scheme(scheme=scheme, expected_version=1),
        lambda: operations.delete_definition(definition=definition, expected_version=1),
    ):
        refusal = refused(operations.VersionConflict, delete)
        assert refusal.details == {"version": 2}
    operations.delete_definition(definition=definition, expected_version=2)
    operations.delete_scheme(scheme=scheme, expected_version=3)


# --- Moving ---------------------------------------------------------------------------


def test_a_definition_moves_with_its_rates_and_both_schemes_change(
    definition, elsewhere
):
    left = definition.scheme

    moved = operations.move_definition(definition=definition, scheme=elsewhere)

    assert (moved.pk, moved.scheme) == (definition.pk, elsewhere)
    assert CardDefinition.objects.get(scheme=elsewhere) == definition
    assert moved.earn_rates.count() == moved.burn_rates.count() == 1
    assert (version_of(left), version_of(elsewhere)) == (2, 2)
    last = CardDefinition.history.filter(id=moved.pk).latest("history_id")
    assert last.scheme_id == elsewhere.pk


def test_moving_saves_nothing_else(definition, elsewhere):
    definition.name = "Renamed and not saved"

    operations.move_definition(definition=definition, scheme=elsewhere)

    assert CardDefinition.objects.get(pk=definition.pk).name != "Renamed and not saved"


def test_a_definition_that_somebody_has_a_card_of_does_not_move(definition, elsewhere):
    CardFactory(definition=definition)

    refused(
        operations.InUse,
        lambda: operations.move_definition(definition=definition, scheme=elsewhere),
    )


def test_a_name_that_the_other_scheme_has_is_taken(definition, elsewhere):
    CardDefinitionFactory(scheme=elsewhere, name=definition.name)

    refusal = refused(
        operations.NameTaken,
        lambda: operations.move_definition(definition=definition, scheme=elsewhere),
    )

    assert refusal.field == "name"


def test_a_rule_must_make_sense_in_the_other_scheme_s_time_zone(elsewhere):
    # Where clocks go forward, one day of the year has 23 hours.
    definition = CardDefinitionFactory(
        scheme__unit=elsewhere.unit,
        scheme__time_zone="UTC",
        pending_mode="PERIOD_BASED",
        pending_period="23H",
        expiry_mode="ROLLING",
        expiry_period="1D",
    )

    refused(
        InvalidRule,
        lambda: operations.move_definition(definition=definition, scheme=elsewhere),
    )


def test_a_definition_stays_in_its_unit(definition):
    another_unit_s = SchemeFactory()

    refusal = refused(
        BadInput,
        lambda: operations.move_definition(
            definition=definition, scheme=another_unit_s
        ),
    )

    assert refusal.field == "scheme"


def test_what_somebody_else_has_moved_is_not_moved_from_where_it_was(
    definition, elsewhere
):
    read_before = CardDefinition.objects.get(pk=definition.pk)
    third = SchemeFactory(unit=elsewhere.unit)
    operations.move_definition(definition=definition, scheme=third)

    refused(
        operations.VersionConflict,
        lambda: operations.move_definition(definition=read_before, scheme=elsewhere),
    )


# --- What is gone already -------------------------------------------------------------


def move_elsewhere(definition):
    elsewhere = SchemeFactory(unit=definition.scheme.unit)
    operations.move_definition(definition=definition, scheme=elsewhere)


@pytest.mark.parametrize(
    "change",
    [
        lambda rules: operations.delete_definition(definition=rules),
        lambda rules: operations.save_definition(definition=rules),
        move_elsewhere,
    ],
)
def test_a_definition_that_is_gone_is_not_changed_and_does_not_come_back(
    definition, change
):
    late = CardDefinition.objects.select_related("scheme__unit").get(pk=definition.pk)
    operations.delete_definition(definition=definition)

    with pytest.raises(NotFound):
        change(late)

    assert not CardDefinition.objects.filter(pk=late.pk).exists()


@pytest.mark.parametrize("change", [operations.delete_scheme, operations.save_scheme])
def test_a_scheme_that_is_gone_is_not_changed_and_does_not_come_back(
    definition, change
):
    late = Scheme.objects.get(pk=definition.scheme_id)
    operations.delete_scheme(scheme=definition.scheme)

    with pytest.raises(NotFound):
        change(scheme=late)

    assert not Scheme.objects.filter(pk=late.pk).exists()


def test_nobody_gets_a_card_of_a_definition_that_is_gone(definition, now):
    member = MemberFactory(unit=definition.scheme.unit)
    late = CardDefinition.objects.select_related("scheme").get(pk=definition.pk)
    operations.delete_definition(definition=definition)

    with pytest.raises(NotFound):
        open_card(member=member, definition=late, now=now)
