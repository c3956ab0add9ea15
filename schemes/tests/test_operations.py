"""Changes of schemes and definitions: checked as a whole, and versioned."""

from datetime import UTC, datetime

import pytest

from loyalty.errors import BadInput, InvalidRule
from schemes import operations
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import (
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    return CardDefinitionFactory(recipe=True)


def version_of(scheme):
    return Scheme.objects.get(pk=scheme.pk).version


def new_scheme(**columns):
    return SchemeFactory.build(**{"unit": UnitFactory(), **columns})


# --- Schemes --------------------------------------------------------------------------


def test_a_new_scheme_starts_with_version_one():
    scheme = operations.save_scheme(scheme=new_scheme(version=7))
    assert version_of(scheme) == scheme.version == 1


def test_each_change_of_a_scheme_raises_its_version():
    scheme = SchemeFactory()
    for name in ("Second", "Third"):
        scheme.name = name
        operations.save_scheme(scheme=scheme)
    assert version_of(scheme) == scheme.version == 3


def test_every_version_has_a_row_in_the_scheme_s_history(definition):
    scheme = definition.scheme
    scheme.name = "Second"
    operations.save_scheme(scheme=scheme)
    definition.name = "Third"
    operations.save_definition(definition=definition)
    versions = scheme.history.order_by("history_id").values_list("version", flat=True)
    assert list(versions) == [1, 2, 3]


def test_saving_what_is_saved_already_changes_nothing(definition):
    rates = [EarnRateFactory(card_definition=definition)]
    operations.save_scheme(scheme=definition.scheme)
    operations.save_definition(definition=definition, earn_rates=rates)
    assert version_of(definition.scheme) == 1
    assert definition.history.count() == 1


def test_an_instance_read_long_ago_does_not_turn_the_version_back():
    scheme = SchemeFactory()
    read_before = Scheme.objects.get(pk=scheme.pk)
    scheme.name = "Second"
    operations.save_scheme(scheme=scheme)
    read_before.name = "Third"
    operations.save_scheme(scheme=read_before)
    assert version_of(scheme) == 3


def test_a_scheme_must_end_after_it_starts():
    with pytest.raises(InvalidRule) as refusal:
        operations.save_scheme(
            scheme=new_scheme(ends_at=datetime(2019, 1, 1, tzinfo=UTC))
        )
    assert refusal.value.field == "ends_at"
    assert not Scheme.objects.exists()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time_zone", "Europe/Atlantis"),
        ("currency", "pounds"),
        ("name", ""),
        ("status", "PAUSED"),
        ("metadata", ["not", "an", "object"]),
    ],
)
def test_a_field_that_is_not_valid_is_named(column, value):
    with pytest.raises(BadInput) as refusal:
        operations.save_scheme(scheme=new_scheme(**{column: value}))
    assert refusal.value.field == column


def test_a_reference_is_taken_once_in_a_unit():
    taken = SchemeFactory()
    with pytest.raises(operations.NameTaken) as refusal:
        operations.save_scheme(
            scheme=new_scheme(unit=taken.unit, reference=taken.reference)
        )
    assert (refusal.value.field, refusal.value.status) == ("reference", 409)


def test_a_scheme_stays_in_its_unit():
    scheme = SchemeFactory()
    scheme.unit = UnitFactory()
    with pytest.raises(BadInput) as refusal:
        operations.save_scheme(scheme=scheme)
    assert refusal.value.field == "unit"


def test_a_time_zone_in_which_a_definition_makes_no_sense_is_refused():
    # Where clocks go forward, one day of the year has 23 hours.
    definition = CardDefinitionFactory(
        scheme__time_zone="UTC",
        pending_mode="PERIOD_BASED",
        pending_period="23H",
        expiry_mode="ROLLING",
        expiry_period="1D",
    )
    operations.check_definition(definition=definition)
    definition.scheme.time_zone = "Europe/London"
    with pytest.raises(InvalidRule, match=definition.name) as refusal:
        operations.save_scheme(scheme=definition.scheme)
    assert refusal.value.field == "time_zone"


# --- Definitions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"pending_mode": "LATER"}, "pending_mode"),
        ({"pending_mode": "PERIOD_BASED"}, "pending_period"),
        ({"pending_mode": "FIXED_DATES"}, "pending_dates"),
        ({"pending_mode": "EVENT_BASED", "pending_deadline": "3D"}, "pending_events"),
        (
            {"pending_mode": "EVENT_BASED", "pending_events": ["sent"]},
            "pending_deadline",
        ),
        ({"pending_period": "5 days"}, "pending_period"),
        ({"pending_dates": [{"month": 2, "day": 30}]}, "pending_dates"),
        ({"pending_dates": {"month": 6, "day": 30}}, "pending_dates"),
        ({"pending_events": 5}, "pending_events"),
        ({"pending_events": "sent"}, "pending_events"),
        ({"pending_min_points": 0}, "pending_min_points"),
        ({"expiry_mode": "ROLLING"}, "expiry_period"),
        ({"expiry_mode": "CALENDAR"}, "expiry_dates"),
        ({"expiry_dates": None}, "expiry_dates"),
        (
            {
                "expiry_mode": "SLIDING",
                "expiry_period": "1Y",
                "slides_on_earn": False,
                "slides_on_spend": False,
            },
            "slides_on_earn",
        ),
        (
            {
                "pending_mode": "PERIOD_BASED",
                "pending_period": "2M",
                "expiry_mode": "ROLLING",
                "expiry_period": "1M",
            },
            "expiry_period",
        ),
        ({"refunds": "BELOW_ZERO"}, "allow_negative"),
        ({"max_points_per_earn": 0}, "max_points_per_earn"),
        ({"max_balance": 2**53}, "max_balance"),
        ({"earn_limit": 10}, "earn_limit_period"),
        ({"earn_limit_period": "DAY"}, "earn_limit"),
        ({"return_grace_days": 0}, "return_grace_days"),
        ({"code_pattern": "GB-1"}, "code_pattern"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_on_its_field(columns, field):
    definition = CardDefinitionFactory()
    for column, value in columns.items():
        setattr(definition, column, value)
    with pytest.raises(BadInput) as refusal:
        operations.save_definition(definition=definition)
    assert refusal.value.field == field
    assert version_of(definition.scheme) == 1


def test_a_new_definition_is_a_change_of_its_scheme():
    scheme = SchemeFactory()
    definition = CardDefinition(scheme=scheme, name="Points")
    operations.save_definition(definition=definition)
    assert (definition.pk is None, version_of(scheme)) == (False, 2)


def test_a_definition_stays_in_its_scheme(definition):
    definition.scheme = SchemeFactory(unit=definition.scheme.unit)
    with pytest.raises(BadInput) as refusal:
        operations.save_definition(definition=definition)
    assert refusal.value.field == "scheme"


def test_a_definition_s_name_is_taken_once_in_a_scheme(definition):
    with pytest.raises(operations.NameTaken) as refusal:
        operations.save_definition(
            definition=CardDefinition(scheme=definition.scheme, name=definition.name)
        )
    assert refusal.value.field == "name"


def test_a_change_of_what_has_changed_since_is_refused(definition):
    scheme = definition.scheme
    scheme.name = "Second"
    operations.save_scheme(scheme=scheme, expected_version=1)
    definition.name = "Third"
    for change in (
        lambda: operations.save_scheme(scheme=scheme, expected_version=1),
        lambda: operations.save_definition(definition=definition, expected_version=1),
        lambda: operations.deactivate_scheme(scheme=scheme, expected_version=1),
        lambda: operations.deactivate_definition(
            definition=definition, expected_version=1
        ),
    ):
        with pytest.raises(operations.VersionConflict) as refusal:
            change()
        assert refusal.value.key == "version_conflict"
        assert refusal.value.details == {"version": 2}


# --- From draft to inactive -----------------------------------------------------------


def test_schemes_and_definitions_are_activated_and_deactivated():
    scheme = SchemeFactory(status="DRAFT")
    definition = CardDefinitionFactory(scheme=scheme, status="DRAFT")
    operations.activate_scheme(scheme=scheme)
    operations.activate_definition(definition=definition)
    assert (scheme.status, definition.status) == ("ACTIVE", "ACTIVE")
    operations.deactivate_definition(definition=definition)
    operations.deactivate_scheme(scheme=scheme)
    scheme.refresh_from_db()
    definition.refresh_from_db()
    assert (scheme.status, definition.status) == ("INACTIVE", "INACTIVE")
    assert scheme.version == 5


def test_activating_saves_nothing_else_and_nothing_twice():
    scheme = SchemeFactory(status="DRAFT", name="Stored")
    scheme.name = "Not saved"
    operations.activate_scheme(scheme=scheme)
    operations.activate_scheme(scheme=scheme)
    scheme.refresh_from_db()
    assert (scheme.name, scheme.version) == ("Stored", 2)


def test_rules_that_make_no_sense_are_not_activated(definition):
    # As an old import, or a hand in the database, may have left them.
    CardDefinition.objects.filter(pk=definition.pk).update(
        status="DRAFT", expiry_period="1D", expiry_rounding="NONE"
    )
    with pytest.raises(InvalidRule) as refusal:
        operations.activate_definition(definition=definition)
    assert refusal.value.key == "expires_before_activation"
    assert CardDefinition.objects.get(pk=definition.pk).status == "DRAFT"
