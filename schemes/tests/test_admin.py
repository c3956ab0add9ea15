"""The admin pages of configuration: errors on their field, changes through operations."""

import json

import pytest

from schemes.models import CardDefinition, EarnRate, Scheme
from schemes.tests.admin_forms import admin_url, errors_of, filled_in, sql_of
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    definition = CardDefinitionFactory(recipe=True)
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    return definition


@pytest.fixture
def viewer(staff_client, definition):
    """One of the staff, who may see everything of the unit and change nothing."""
    return staff_client("Viewer", definition.scheme.unit)


def send(client, instance, changes, page="change"):
    address = admin_url(instance, page)
    return client.post(address, filled_in(client.get(address), changes))


def another_rate(number=1, **columns):
    values = {"name": "default", "type": "STANDARD", "points": 1, "step": 100}
    values |= {"offset": 0, "floor": 0, **columns}
    total = {"earn_rates-TOTAL_FORMS": number + 1}
    return total | {f"earn_rates-{number}-{key}": text for key, text in values.items()}


# --- Schemes --------------------------------------------------------------------------


def test_a_scheme_is_added(admin_client):
    unit = UnitFactory()
    answer = send(
        admin_client,
        Scheme(),
        {
            "unit": unit.pk,
            "name": "New",
            "reference": "NEW",
            "starts_at_0": "2026-01-01",
            "starts_at_1": "00:00:00",
        },
        page="add",
    )
    assert answer.status_code == 302
    assert Scheme.objects.get(reference="NEW").version == 1


def test_a_changed_scheme_has_the_next_version_and_says_who_changed_it(admin_client):
    scheme = SchemeFactory()
    assert send(admin_client, scheme, {"name": "Renamed"}).status_code == 302
    scheme.refresh_from_db()
    assert (scheme.name, scheme.version) == ("Renamed", 2)
    assert scheme.history.latest().history_user.username == "admin"


def test_saving_a_page_as_it_was_opened_is_no_change(admin_client, definition):
    for instance in (definition, definition.scheme):
        assert send(admin_client, instance, {}).status_code == 302
    assert Scheme.objects.get().version == 1


def test_a_scheme_that_ends_before_it_starts_is_refused_on_the_field(admin_client):
    scheme = SchemeFactory()
    changes = {"ends_at_0": "2019-01-01", "ends_at_1": "00:00:00"}
    page = send(admin_client, scheme, changes)
    assert list(errors_of(page)) == ["ends_at"]


def test_a_zone_in_which_a_definition_makes_no_sense_is_refused(admin_client):
    definition = CardDefinitionFactory(
        scheme__time_zone="UTC",
        pending_mode="PERIOD_BASED",
        pending_period="23H",
        expiry_mode="ROLLING",
        expiry_period="1D",
    )
    page = send(admin_client, definition.scheme, {"time_zone": "Europe/London"})
    assert definition.name in errors_of(page)["time_zone"]


@pytest.mark.parametrize("kind", ["scheme", "definition"])
def test_a_page_opened_before_somebody_else_s_change_is_not_saved(
    admin_client, definition, kind
):
    instance = definition if kind == "definition" else definition.scheme
    before = filled_in(admin_client.get(admin_url(instance)), {"name": "Mine"})
    send(admin_client, definition.scheme, {"name": "Somebody else's"})
    page = admin_client.post(admin_url(instance), before)
    assert "Somebody has changed" in errors_of(page)["__all__"]
    assert Scheme.objects.get().name == "Somebody else's"


# --- Card definitions -----------------------------------------------------------------


def test_a_definition_is_added_together_with_its_rates(admin_client):
    scheme = SchemeFactory()
    changes = {"scheme": scheme.pk, "name": "Points", **another_rate(0)}
    answer = send(admin_client, CardDefinition(), changes, page="add")
    assert answer.status_code == 302, errors_of(answer)
    rate = EarnRate.objects.get(card_definition__name="Points")
    assert rate.incoming_identifier == scheme.unit.incoming_identifier
    scheme.refresh_from_db()
    assert scheme.version == 2


SENSELESS = [
    ({"pending_period": "5 days"}, "pending_period"),
    ({"pending_period": ""}, "pending_period"),
    ({"pending_mode": "FIXED_DATES"}, "pending_dates"),
    ({"pending_dates": "{}"}, "pending_dates"),
    ({"pending_dates": "[{]"}, "pending_dates"),
    ({"pending_events": "5"}, "pending_events"),
    ({"expiry_period": "1D", "expiry_rounding": "NONE"}, "expiry_period"),
    ({"expiry_mode": "CALENDAR"}, "expiry_dates"),
    ({"refunds": "BELOW_ZERO"}, "allow_negative"),
    ({"earn_limit": "10"}, "earn_limit_period"),
    ({"max_balance": "0"}, "max_balance"),
    ({"metadata": "[]"}, "metadata"),
]


def test_a_rule_that_makes_no_sense_is_an_error_of_its_field(admin_client, definition):
    address = admin_url(definition)
    sent = filled_in(admin_client.get(address))
    for changes, field in SENSELESS:
        page = admin_client.post(address, sent | changes)
        assert page.status_code == 200, changes
        assert list(errors_of(page)) == [field], changes
    assert Scheme.objects.get().version == 1


def test_an_emptied_json_field_is_an_empty_list_or_object(admin_client, definition):
    CardDefinition.objects.update(metadata={"a": 1})
    changes = {"metadata": "", "pending_dates": "", "pending_events": ""}
    assert send(admin_client, definition, changes).status_code == 302
    definition.refresh_from_db()
    assert (definition.metadata, definition.pending_dates) == ({}, [])


def test_rates_are_added_changed_and_deleted_as_one_change(admin_client, definition):
    changes = {"earn_rates-0-DELETE": "on", "burn_rates-0-rate": "0.5"}
    changes |= another_rate(name="double", points=2)
    assert send(admin_client, definition, changes).status_code == 302
    assert definition.earn_rates.get().name == "double"
    assert definition.burn_rates.get().rate == 0.5
    assert Scheme.objects.get().version == 2


def test_bands_that_overlap_are_an_error_of_the_one_that_does_not_fit(
    admin_client, definition
):
    page = send(admin_client, definition, another_rate(floor=500))
    assert "overlap" in errors_of(page)["earn_rates-1-floor"]
    assert definition.earn_rates.count() == 1


def test_bands_can_take_one_another_s_place(admin_client, definition):
    definition.earn_rates.update(ceiling=99)
    EarnRateFactory(card_definition=definition, floor=100, points=2)
    changes = {"earn_rates-0-floor": 100, "earn_rates-0-ceiling": ""}
    changes |= {"earn_rates-1-floor": 0, "earn_rates-1-ceiling": 99}
    assert send(admin_client, definition, changes).status_code == 302
    found = definition.earn_rates.order_by("floor").values_list("points", flat=True)
    assert list(found) == [2, 1]


def test_a_definition_stays_in_its_scheme_whatever_is_sent(admin_client, definition):
    other = SchemeFactory(unit=definition.scheme.unit)
    send(admin_client, definition, {"scheme": other.pk, "name": "Renamed"})
    definition.refresh_from_db()
    assert (definition.name, definition.scheme_id == other.pk) == ("Renamed", False)


# --- Who may what ---------------------------------------------------------------------


def test_nobody_deletes_configuration(admin_client, definition):
    for instance in (definition, definition.scheme, definition.scheme.unit):
        assert admin_client.post(admin_url(instance, "delete")).status_code == 403
        listed = admin_client.post(
            admin_url(instance, "changelist"),
            {"action": "delete_selected", "_selected_action": instance.pk, "post": 1},
        )
        assert listed.status_code < 500
    assert CardDefinition.objects.exists()


def test_who_may_only_look_changes_nothing(viewer, definition):
    for instance in (definition, definition.scheme, definition.scheme.unit):
        address = admin_url(instance)
        assert viewer.get(address).status_code == 200
        assert viewer.post(address, {"name": "Changed"}).status_code == 403
        assert viewer.post(admin_url(instance, "add"), {}).status_code == 403


def test_the_history_is_read_and_nobody_goes_back_in_it(
    admin_client, viewer, definition
):
    definition.name = "Renamed"
    definition.save()
    address = admin_url(definition, "history")
    past = f"{address}{definition.history.earliest().history_id}/"
    for client in (admin_client, viewer):
        assert client.get(address).status_code == 200
        assert client.get(past).status_code == 200
        assert client.post(past, {"name": "Back"}).status_code == 403


def test_the_identifier_of_a_unit_is_fixed_once_rates_may_name_it(admin_client):
    unit = UnitFactory()
    send(admin_client, unit, {"name": "Renamed", "incoming_identifier": "other"})
    before = unit.incoming_identifier
    unit.refresh_from_db()
    assert (unit.name, unit.incoming_identifier) == ("Renamed", before)


def test_lists_and_pages_take_as_many_queries_for_twenty_rows_as_for_one(
    admin_client, definition
):
    addresses = [
        admin_url(definition, "changelist"),
        admin_url(definition.scheme, "changelist"),
        admin_url(definition.scheme.unit, "changelist"),
        admin_url(definition),
        admin_url(definition.scheme),
    ]
    few = [len(sql_of(admin_client, address)) for address in addresses]
    CardDefinitionFactory.create_batch(19)
    CardDefinitionFactory.create_batch(19, scheme=definition.scheme)
    for number in range(19):
        EarnRateFactory(card_definition=definition, name=f"rate {number}")
        BurnRateFactory(card_definition=definition, name=f"rate {number}")
    many = [len(sql_of(admin_client, address)) for address in addresses]
    assert many == few
    assert max(few) <= 16, few


def test_a_definition_s_page_shows_its_rules_as_they_are_written(
    admin_client, definition
):
    CardDefinition.objects.update(pending_dates=[{"month": 6, "day": 30}])
    sent = filled_in(admin_client.get(admin_url(definition)))
    assert json.loads(sent["pending_dates"]) == [{"month": 6, "day": 30}]
