"""The admin's first page: whose figures it shows, and what it says without any."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.admin.dashboard.cards import NO_FIGURE
from loyalty.tests.staff_pages import make_shop
from schemes.tests.factories import CardDefinitionFactory, UnitFactory
from transactions import ledger
from transactions.sweeps import close_figures

pytestmark = pytest.mark.django_db

INDEX = "/admin/"


def shop_with(name, points, **scheme):
    """A shop whose one member was credited points a minute ago."""
    options = {f"scheme__{key}": value for key, value in scheme.items()}
    definition = CardDefinitionFactory(
        scheme__name=name, scheme__unit__name=f"{name} Ltd", **options
    )
    card = CardFactory(definition=definition)
    if points:
        now = timezone.now() - timedelta(minutes=1)
        ledger.credit(card=card, points=points, now=now)
    return card


def look(browser, **asked):
    answer = browser.get(INDEX, asked)
    assert answer.status_code == 200
    return answer


def cards_of(answer):
    return {card.key: card for card in answer.context["cards"]}


@pytest.fixture
def superuser():
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def test_a_viewer_sees_the_figures_of_their_own_unit(staff_client):
    mine, _other = shop_with("Mine", 12_345), shop_with("Theirs", 999)
    answer = look(staff_client("Viewer", mine.member.unit))

    assert cards_of(answer)["active"].value == "12,345"
    assert cards_of(answer)["issued"].value == "12,345"
    assert b"Theirs" not in answer.content


def test_a_scheme_of_another_unit_cannot_be_asked_for(staff_client):
    mine, theirs = shop_with("Mine", 5), shop_with("Theirs", 999)
    browser = staff_client("Viewer", mine.member.unit)
    for key in (theirs.definition.scheme.uuid, "GBP", "nonsense", "\0"):
        answer = look(browser, scheme=str(key))
        assert cards_of(answer)["active"].value == "5"
        assert answer.context["question"].errors["scheme"]
        assert b"Theirs" not in answer.content


def test_schemes_of_one_currency_can_be_seen_together(superuser):
    shop_with("One", 1_000, currency="GBP")
    shop_with("Two", 2_000, currency="GBP")
    euros = shop_with("Three", 4_000, currency="EUR")

    assert cards_of(look(superuser))["active"].value == "3,000"
    alone = look(superuser, scheme=str(euros.definition.scheme.uuid))
    assert cards_of(alone)["active"].value == "4,000"
    assert b"All 2 schemes in GBP" in alone.content


@pytest.mark.parametrize("role", ["Viewer", "Agent", "Manager"])
def test_what_is_owed_is_for_those_who_may_see_it(staff_client, role):
    card = shop_with("Mine", 1_000, point_cost=Decimal("0.5"))
    answer = look(staff_client(role, card.member.unit))
    assert "owed" not in cards_of(answer)
    assert b"Owed" not in answer.content


def test_what_is_owed_is_points_by_their_cost_and_what_of_it_may_stay(staff_client):
    card = shop_with(
        "Mine", 10_001, point_cost=Decimal("0.5"), expected_breakage=Decimal(20)
    )
    now = timezone.now()
    later = now + timedelta(days=2)
    ledger.earn(card=card, points=400, valid_from=later, now=now)

    owed = cards_of(look(staff_client("Finance", card.member.unit)))["owed"]
    assert owed.value == "50.01 GBP"
    assert owed.notes == (
        "2.00 GBP more once pending points are active.",
        "10.00 GBP of it is expected never to be spent.",
    )


def test_without_a_cost_the_card_says_how_to_set_it(staff_client):
    card = shop_with("Mine", 10)
    unit, scheme = card.member.unit, card.definition.scheme

    owed = cards_of(look(staff_client("Administrator", unit)))["owed"]
    assert owed.value == NO_FIGURE
    assert owed.link == f"/admin/schemes/scheme/{scheme.pk}/change/"
    owed = cards_of(look(staff_client("Finance", unit)))["owed"]
    assert owed.link == ""
    assert "A manager can" in owed.notes[1]


def test_an_overdraft_is_told_beside_the_points(staff_client):
    card = shop_with("Mine", 0)
    definition = card.definition
    definition.allow_negative = True
    definition.save()
    ledger.debit(card=card, points=70, now=timezone.now())
    active = cards_of(look(staff_client("Viewer", card.member.unit)))["active"]
    assert active.value == "0"
    assert active.notes == ("Members owe 70 points beside these.",)


def test_who_has_no_role_is_told_what_to_do(staff_client):
    card = shop_with("Mine", 10)
    answer = look(staff_client("", card.member.unit))
    assert b"You have no role yet" in answer.content
    assert "cards" not in answer.context


def test_who_works_for_no_unit_is_told_what_to_do(staff_client):
    shop_with("Theirs", 10)
    answer = look(staff_client("Manager"))
    assert b"You work for no unit yet" in answer.content
    assert "cards" not in answer.context


def test_before_the_first_scheme_the_page_says_how_to_begin(superuser, staff_client):
    assert b"/admin/schemes/unit/add/" in look(superuser).content
    unit = UnitFactory()
    assert b"/admin/schemes/scheme/add/" in look(superuser).content
    assert b"As soon as a manager" in look(staff_client("Viewer", unit)).content


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first": "2025-05-01", "last": "2025-04-01"}, "last"),
        ({"first": "2015-05-01", "last": "2025-04-01"}, "first"),
        ({"first": "2999-05-01"}, "first"),
        ({"last": "2025-05-01"}, "first"),
        ({"first": "yesterday"}, "first"),
        ({"first": "0001-01-01", "last": "0001-01-02"}, "first"),
        ({"days": "31"}, "days"),
        ({"days": "9" * 400}, "days"),
    ],
)
def test_days_that_make_no_sense_are_told_beside_the_field(staff_client, asked, field):
    card = shop_with("Mine", 10)
    answer = look(staff_client("Viewer", card.member.unit), **asked)
    assert answer.context["question"].errors[field]
    assert cards_of(answer)["issued"].value == "10"


def test_dates_of_ones_own_are_kept_in_the_form(staff_client):
    card = shop_with("Mine", 10)
    answer = look(
        staff_client("Viewer", card.member.unit), first="2025-03-01", last="2025-03-31"
    )
    assert b'value="2025-03-01"' in answer.content
    assert b"1 Mar 2025 to 31 Mar 2025" in answer.content
    assert cards_of(answer)["issued"].value == "0"
    assert cards_of(answer)["active"].value == "0"


def charts_of(answer):
    return {chart.key: chart for chart in answer.context["charts"]}


def test_the_backlog_is_what_was_pending_at_the_end_of_each_day(staff_client):
    card = shop_with("Mine", 0)
    now = timezone.now()
    earned, due = now - timedelta(days=8), now - timedelta(days=3)
    ledger.earn(card=card, points=40, valid_from=due, now=earned)
    ledger.earn(card=card, points=7, valid_from=now + timedelta(days=1), now=now)

    answer = look(staff_client("Viewer", card.member.unit), days=7)
    ((_title, _color, levels),) = charts_of(answer)["backlog"].series
    # The forty became active when they were due, though no sweep has written it.
    assert levels == [40, 40, 40, 0, 0, 0, 7]
    assert cards_of(answer)["pending"].value == "7"


def test_what_is_not_added_up_yet_is_not_said_to_be_nothing(staff_client):
    card = shop_with("Mine", 100)
    browser = staff_client("Viewer", card.member.unit)
    added_up = ("activations", "expiries", "breakage")

    charts = charts_of(look(browser))
    assert {str(charts[key].empty) for key in added_up} == {
        "These figures come with the worker's next round."
    }
    close_figures(now=timezone.now(), at_once=True)
    charts = charts_of(look(browser))
    assert charts["activations"].empty.startswith("No points wait")
    assert not charts["breakage"].is_empty


def test_the_number_of_queries_does_not_grow(
    staff_client, superuser, django_assert_max_num_queries
):
    for number in range(2):
        make_shop(f"Shop {number}")
    look(superuser)
    with django_assert_max_num_queries(20) as few:
        look(superuser)
    for number in range(2, 8):
        make_shop(f"Shop {number}")
    close_figures(now=timezone.now(), at_once=True)
    with django_assert_max_num_queries(len(few)):
        look(superuser, days=365)
