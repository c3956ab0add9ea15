"""An agent's day: a customer calls about an order, and leaves with another card."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.roles import AGENT
from loyalty.tests.browser.steps import REASON, confirm, find, look
from schemes.tests.admin_forms import admin_url
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import ledger
from transactions.ledger import Order
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up, story

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def card(live_server):
    """A month of a customer: one order that can be spent, and one that waits."""
    definition = CardDefinitionFactory(recipe=True, name="Club")
    EarnRateFactory(card_definition=definition)
    made = CardFactory(
        definition=definition, code="6042000001", member__name="Ada Example"
    )
    now = timezone.now()
    for reference, amount, days in (("WEB-1", 40_000, 30), ("WEB-2", 12_500, 2)):
        order = Order(reference=reference, amount=amount)
        ledger.earn(card=made, order=order, now=now - days * DAY)
    return made


@pytest.fixture
def page(card, page_as):
    page = page_as(AGENT, card.member.unit)
    page.goto("/admin/")
    return page


def test_an_order_leads_to_its_customer_and_is_refunded(card, page):
    find(page, "WEB-2")
    page.wait_for_url("**/change/?order=WEB-2#happened")
    assert page.get_by_text("Ada Example").first.is_visible()
    day = f"{timezone.now() - 20 * DAY:%Y-%m-%d}"
    page.get_by_label("Date", exact=True).fill(day)
    page.get_by_role("button", name="Show the balance").click()
    page.locator("#balance-then").get_by_text("400").first.wait_for()
    assert "125" not in page.inner_text("#balance-then")

    find(page, "WEB-2")
    page.get_by_role("link", name="Refund this order").first.click()
    look(page)
    assert "-125" in page.inner_text("#content-main")
    confirm(page, "Refund this order")
    page.get_by_text("Taken back: 125 points.").wait_for()
    assert ("PENDING_POINTS_CANCELED", 0, -125) in story(card)
    assert_adds_up(card)


def test_a_customer_is_given_points_and_another_card(card, page):
    find(page, card.code)
    page.get_by_role("link", name="Give points").click()
    look(page, points="50")
    confirm(page, "Give points")
    page.get_by_text("Given: 50 points.").wait_for()
    assert ("ADMIN_CREDIT", 50, 0) in story(card)

    page.get_by_role("link", name="Block the card").click()
    look(page)
    confirm(page, "Block the card")
    page.get_by_role("link", name="Replace the card").click()
    look(page, code="6042000002")
    confirm(page, "Replace the card")
    page.get_by_role("link", name="Unblock the card").click()
    look(page)
    confirm(page, "Unblock the card")
    card = Card.objects.get(pk=card.pk)
    assert (card.code, card.status) == ("6042000002", "ACTIVE")
    page.goto("/admin/")
    find(page, "6042000002")
    page.get_by_text("Ada Example").first.wait_for()
    page.goto(admin_url(card, "history"))
    assert page.get_by_text(REASON).count() == 3


def test_an_agent_meets_neither_the_rules_editor_nor_files(card, page):
    for absent in ("Import", "Export", "Monitoring", "Users"):
        assert page.get_by_role("link", name=absent).count() == 0
    page.goto(admin_url(card.definition))
    page.get_by_text("Points wait 5 days before they can be spent.").wait_for()
    for absent in ("Save", "Add another Earn rate"):
        assert page.get_by_role("button", name=absent).count() == 0
    for absent in ("Deactivate", "Try out", "Copy"):
        assert page.get_by_role("link", name=absent).count() == 0
    page.goto(admin_url(Transaction.objects.first()))
    assert page.get_by_role("button", name="Save").count() == 0
