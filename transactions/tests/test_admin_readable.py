"""The admin's lists and pages: moments in a zone that is named, and what is empty."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin

from accounts.models import Member
from accounts.tests.factories import CardFactory
from schemes.admin.parts import Page
from schemes.models import Scheme
from schemes.tests.admin_forms import admin_url, filled_in
from schemes.tests.factories import SchemeFactory
from transactions import ledger
from transactions.models import Bucket, Transaction

pytestmark = pytest.mark.django_db

SUMMER = datetime(2025, 7, 10, 22, 30, tzinfo=UTC)


def cards_of_two_zones():
    """A card in London and one in Tokyo, each with points of the same moment."""
    cards = [
        CardFactory(definition__scheme__time_zone=zone, created_at=SUMMER)
        for zone in ("Europe/London", "Asia/Tokyo")
    ]
    for card in cards:
        ledger.credit(card=card, points=12_345, now=SUMMER)
    return cards


def text_of(client, instance, page="change", query=""):
    return client.get(admin_url(instance, page) + query).content.decode()


def test_each_row_of_a_list_has_the_times_of_its_own_scheme(admin_client):
    card, _tokyo = cards_of_two_zones()
    for row in (card, Bucket(), Transaction()):
        text = text_of(admin_client, row, "changelist")
        assert "10 Jul 2025, 23:30 BST" in text, type(row)
        assert "11 Jul 2025, 07:30 JST" in text, type(row)
        assert "22:30" not in text, type(row)
        assert "12,345" in text, type(row)


def test_rows_of_no_scheme_have_utc_which_is_named(admin_client):
    member = CardFactory(member__created_at=SUMMER).member
    assert "10 Jul 2025, 22:30 UTC" in text_of(admin_client, Member(), "changelist")
    assert "10 Jul 2025, 22:30:00 UTC" in text_of(admin_client, member)


def test_pages_have_the_times_of_the_scheme_and_name_its_zone(admin_client):
    _london, card = cards_of_two_zones()
    for row in (card, card.buckets.get(), card.transactions.get()):
        text = text_of(admin_client, row)
        assert "11 Jul 2025, 07:30:00 JST" in text, type(row)
        assert "Times are those of Asia/Tokyo." in text, type(row)


@pytest.mark.parametrize(
    ("zones", "found"), [(["Asia/Tokyo"], 1), (["Asia/Tokyo", "UTC"], 0)]
)
def test_a_day_of_a_filter_is_one_of_the_reader_s_zone_which_is_named(
    staff_client, zones, found
):
    """At 22:30 in UTC it is the next day in Tokyo."""
    card = CardFactory(definition__scheme__time_zone=zones[0])
    for zone in zones[1:]:
        SchemeFactory(unit=card.member.unit, time_zone=zone)
    ledger.credit(card=card, points=5, now=SUMMER)
    client = staff_client("Viewer", card.member.unit)
    page = client.get(
        admin_url(Bucket(), "changelist"),
        {"earned_at_from": "2025-07-11", "earned_at_to": "2025-07-11"},
    )
    assert len(page.context["cl"].result_list) == found
    assert f"({'Asia/Tokyo' if found else 'UTC'})" in page.content.decode()


# --- The form of a scheme -------------------------------------------------------------


def test_dates_of_a_scheme_are_typed_on_its_own_clocks(admin_client):
    scheme = SchemeFactory(time_zone="Asia/Tokyo", starts_at=SUMMER)
    page = admin_client.get(admin_url(scheme))
    text = page.content.decode()
    assert 'value="2025-07-11"' in text
    assert 'value="07:30:00"' in text
    assert "(Asia/Tokyo now)" in text
    typed = {"starts_at_0": "2025-07-11", "starts_at_1": "07:30:00"}
    typed |= {"ends_at_0": "2026-01-01", "ends_at_1": "00:00:00"}
    sent = admin_client.post(admin_url(scheme), filled_in(page, typed))
    assert sent.status_code == 302
    stored = Scheme.objects.get()
    assert stored.starts_at == SUMMER
    assert stored.ends_at == datetime(2025, 12, 31, 15, tzinfo=UTC)


def test_in_another_zone_the_same_dates_are_other_moments(admin_client):
    scheme = SchemeFactory(time_zone="Asia/Tokyo", starts_at=SUMMER)
    page = admin_client.get(admin_url(scheme))
    typed = {"starts_at_0": "2025-07-11", "starts_at_1": "07:30:00"}
    typed |= {"time_zone": "Europe/London"}
    admin_client.post(admin_url(scheme), filled_in(page, typed))
    assert Scheme.objects.get().starts_at == datetime(2025, 7, 11, 6, 30, tzinfo=UTC)


def test_the_history_of_a_scheme_has_its_times(admin_client):
    scheme = SchemeFactory(time_zone="Asia/Tokyo")
    scheme.history.update(history_date=SUMMER)
    text = text_of(admin_client, scheme, "history")
    assert "11 Jul 2025, 07:30:00 JST" in text


# --- Empty lists ----------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_next(admin_client):
    for model, page in admin.site._registry.items():
        if isinstance(page, Page):
            text = text_of(admin_client, model(), "changelist")
            assert page.empty_text, model
            assert str(page.empty_text).replace("'", "&#x27;") in text, model
            found = text_of(admin_client, model(), "changelist", "?q=x")
            if page.search_fields:
                assert "Nothing matches" in found, model
