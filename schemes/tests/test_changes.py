"""The history of a scheme as people read it: who changed what from what to what."""

import pytest

from schemes import operations
from schemes.changes import history_of, versions
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.tests.factories import SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    return SchemeFactory(name="Retail")


def definition_of(scheme, **columns):
    definition = CardDefinition(scheme=scheme, name="Points", **columns)
    return operations.save_definition(
        definition=definition,
        earn_rates=[EarnRate(points=1, step=100)],
        burn_rates=[BurnRate(rate=1)],
    )


def told(scheme, rows=None):
    """By version: what changed, and from what to what."""
    page = list(history_of(scheme.pk)) if rows is None else rows
    return {
        version.number: [
            (each.of, each.what, each.old, each.new) for each in version.changes
        ]
        for version in versions(scheme.pk, rows=page)
    }


def test_each_version_says_what_it_changed(scheme):
    definition = definition_of(scheme)
    scheme.refresh_from_db()
    scheme.name = "Retail 2"
    operations.save_scheme(scheme=scheme)
    definition.pending_mode, definition.pending_period = "PERIOD_BASED", "5D"
    definition.pending_rounds_up = True
    rate = definition.earn_rates.get()
    rate.points = 2
    operations.save_definition(definition=definition, earn_rates=[rate], burn_rates=[])
    found = told(scheme)
    assert list(found) == [4, 3, 2, 1]
    of = "Card definition Points"
    assert sorted(found[4]) == [
        ("Burn rate default", "deleted", "", ""),
        (of, "Pending mode", "Active at once", "Active after a period"),
        (of, "Pending period", "nothing", "5D"),
        (of, "Pending rounds up", "no", "yes"),
        ("Earn rate default", "Points", "1", "2"),
    ]
    assert found[3] == [("Scheme", "Name", "Retail", "Retail 2")]
    assert ("Card definition Points", "created", "", "") in found[2]
    assert ("Earn rate default", "Points", "", "1") in found[2]
    assert ("Scheme", "created", "", "") in found[1]
    assert ("Scheme", "Name", "", "Retail") in found[1]
    starts = "1 Jan 2020, 00:00 (Europe/London)"
    assert ("Scheme", "Starts at", "", starts) in found[1]


def test_dates_and_events_are_told_as_they_are_written(scheme):
    definition = definition_of(scheme)
    definition.pending_dates = [{"month": 6, "day": 30}]
    definition.max_balance = 12_345
    operations.save_definition(definition=definition)
    of = "Card definition Points"
    assert told(scheme)[3] == [
        (of, "Max balance", "nothing", "12,345"),
        (of, "Pending dates", "nothing", '[{"day": 30, "month": 6}]'),
    ]


def test_a_page_of_versions_is_compared_with_what_was_before_it(scheme):
    definition = definition_of(scheme)
    for number in range(1, 6):
        definition.max_balance = number
        operations.save_definition(definition=definition)
    rows = list(history_of(scheme.pk))
    assert told(scheme, rows[:2]) == {
        7: [("Card definition Points", "Max balance", "4", "5")],
        6: [("Card definition Points", "Max balance", "3", "4")],
    }
    assert told(scheme, rows) == told(scheme, rows[:3]) | told(scheme, rows[3:])


def test_who_made_a_version(scheme, django_user_model):
    anna = django_user_model.objects.create_user("anna")
    definition = definition_of(scheme)
    makers = [
        ("_history_user", anna),
        ("_change_reason", "client:lp_1"),
        ("_change_reason", "staff:bob"),
    ]
    for number, (name, value) in enumerate(makers, start=1):
        changed = CardDefinition.objects.get(pk=definition.pk)
        setattr(changed, name, value)
        changed.max_balance = number
        operations.save_definition(definition=changed)
    rows = list(history_of(scheme.pk))
    found = [version.who for version in versions(scheme.pk, rows=rows)]
    assert found == ["bob", "the program lp_1", "anna", "", ""]


def test_other_schemes_tell_nothing(scheme):
    definition_of(SchemeFactory(name="Other"))
    definition_of(scheme)
    texts = [text for each in told(scheme).values() for row in each for text in row]
    assert "Other" not in texts
    assert told(Scheme(pk=10**9)) == {}


def test_a_deleted_definition_is_still_in_the_history(scheme):
    definition = definition_of(scheme)
    operations.delete_definition(definition=definition)
    assert ("Card definition Points", "deleted", "", "") in told(scheme)[3]
    assert ("Earn rate default", "deleted", "", "") in told(scheme)[3]


def test_the_queries_are_as_many_for_many_changes_as_for_few(
    scheme, django_assert_max_num_queries
):
    definition = definition_of(scheme)
    for number in range(1, 21):
        definition.max_balance = number
        operations.save_definition(definition=definition)
    rows = list(history_of(scheme.pk)[:20])
    with django_assert_max_num_queries(10):
        versions(scheme.pk, rows=rows)
