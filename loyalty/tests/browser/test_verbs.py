"""Verbs in a browser: from the button to the booking, also when one is in a hurry."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Card
from loyalty.roles import AGENT
from schemes.tests.admin_forms import admin_url
from transactions import ledger
from transactions.ledger import Order
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import assert_adds_up, card_with

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card(live_server):
    """A card with points that wait, and some that can be spent."""
    card = card_with(
        pending_mode="PERIOD_BASED",
        pending_period="5D",
        expiry_mode="ROLLING",
        expiry_period="6M",
    )
    earlier = timezone.now() - timedelta(days=1)
    order = Order(reference="WEB-1")
    ledger.earn(card=card, points=1_234, order=order, now=earlier)
    ledger.credit(card=card, points=500, now=earlier)
    return card


def test_an_agent_activates_waiting_points_early(card, page_as, screenshot):
    page = page_as(AGENT, card.member.unit)
    bucket = Bucket.objects.get(card=card, status="PENDING")
    page.goto(admin_url(bucket))
    screenshot(page, "bucket")
    page.get_by_role("link", name="Activate now").click()
    screenshot(page, "activate_form")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_text("This field is required.").wait_for()
    page.get_by_label("Reason").fill("The customer waits at the till")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_text("This cannot be undone").wait_for()
    assert "1,734" in page.inner_text("#content-main")
    screenshot(page, "activate_effect")
    bucket.refresh_from_db()
    assert bucket.status == "PENDING"

    page.get_by_role("button", name="Activate now").click()
    page.get_by_text("Activated: 1,234 points.").wait_for()
    screenshot(page, "activate_done")
    assert page.url.endswith(admin_url(bucket))
    bucket.refresh_from_db()
    assert bucket.status == "ACTIVE"
    assert page.get_by_role("link", name="Activate now").count() == 0
    assert page.get_by_text("Only for points that are pending").count() == 1


def test_a_double_click_and_a_way_back_give_points_once(card, page_as, screenshot):
    page = page_as(AGENT, card.member.unit)
    page.goto(admin_url(card))
    screenshot(page, "card")
    page.get_by_role("link", name="Give points").click()
    question = page.url
    page.get_by_label("Points").fill("250")
    page.get_by_label("Reason").fill("A late parcel")
    page.get_by_label("Note for the customer").fill("With our apologies")
    screenshot(page, "credit_form")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Change something").click()
    assert page.get_by_label("Points").input_value() == "250"
    page.get_by_label("Points").fill("300")
    page.get_by_role("button", name="Show what will happen").click()
    screenshot(page, "credit_effect")
    page.get_by_role("button", name="Give points").dblclick()
    page.get_by_role("link", name="Transaction ").first.wait_for()
    page.wait_for_load_state()

    # Back to the question, which the browser remembers by its address.
    page.goto(question)
    page.get_by_text("was done already").last.wait_for()
    credits = Transaction.objects.filter(card=card, reason="A late parcel")
    assert [each.points for each in credits] == [300]
    assert_adds_up(Card.objects.get(pk=card.pk))


def test_dates_are_chosen_on_the_scheme_s_wall_clock(card, page_as, screenshot):
    page = page_as(AGENT, card.member.unit)
    bucket = Bucket.objects.get(card=card, status="PENDING")
    page.goto(admin_url(bucket))
    page.get_by_role("link", name="Change the dates").click()
    year = timezone.now().year + 1
    page.get_by_label("Can be spent from").fill(f"{year}-01-15T09:30:00")
    page.get_by_label("Expire at").fill("")
    page.get_by_label("Reason").fill("Agreed with the customer")
    page.get_by_role("button", name="Show what will happen").click()
    text = page.inner_text("#content-main")
    assert f"15 Jan {year}, 09:30:00" in text
    assert "never" in text
    assert "Europe/London" in text
    screenshot(page, "reschedule_effect")
    page.get_by_role("button", name="Change the dates").click()
    page.get_by_text("The dates are changed.").wait_for()
    bucket.refresh_from_db()
    assert bucket.activates_at.isoformat() == f"{year}-01-15T09:30:00+00:00"
    assert bucket.expires_at is None
