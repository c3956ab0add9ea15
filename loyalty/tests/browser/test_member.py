"""An agent finds a customer, sees the picture of the points, and asks for a balance."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Card, Identity
from accounts.tests.factories import CardFactory, IdentityFactory
from loyalty.roles import VIEWER
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import ledger
from transactions.ledger import Order

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def card(transactional_db: None) -> Card:
    """Forty days old: an order, part of which is spent, and another that waits."""
    definition = CardDefinitionFactory(
        recipe=True, scheme__unit__name="Shop", name="Club"
    )
    EarnRateFactory(card_definition=definition)
    made: Any = CardFactory(definition=definition, member__name="Ada Example")
    assert isinstance(made, Card)
    IdentityFactory(
        member=made.member, type=Identity.Type.EMAIL, value="ada@example.com"
    )
    now = timezone.now()
    then = now - 40 * DAY
    order = Order(reference="WEB-1", amount=412_300)
    ledger.earn(card=made, order=order, now=then)
    ledger.spend(card=made, points=1_123, reward="Cup", now=then + 6 * DAY)
    order = Order(reference="WEB-2", amount=50_000)
    ledger.earn(card=made, order=order, now=now)
    return made


def test_a_customer_is_found_by_e_mail_and_told_a_balance(
    page_as: Any, screenshot: Any, card: Card
) -> None:
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/")
    field = page.get_by_role("search").get_by_role("searchbox")
    field.fill("ADA@example.com")
    field.press("Enter")
    page.wait_for_url(f"**/admin/accounts/member/{card.member_id}/change/")

    # The picture fits the screen, wide and narrow, and has a bar for each bucket.
    picture = page.get_by_role("img", name="Buckets of points along time")
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert picture.is_visible()
        bars = page.locator("#picture [data-state]")
        assert bars.count() == 2
        edge = picture.bounding_box()["x"] + picture.bounding_box()["width"]
        for number in range(2):
            bar = bars.nth(number).bounding_box()
            assert bar["x"] + bar["width"] <= edge + 1
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
    page.set_viewport_size({"width": 1400, "height": 900})
    assert page.get_by_text("3,000").first.is_visible()
    screenshot(page, "member")

    # The balance ten days ago, before the second order.
    day = timezone.now() - 10 * DAY
    page.get_by_label("Date", exact=True).fill(f"{day:%Y-%m-%d}")
    page.get_by_role("button", name="Show the balance").click()
    told = page.locator("#balance-then")
    assert "3,000" in told.inner_text()
    assert "Europe/London" in told.inner_text()
    assert "500" not in told.inner_text().split("Next to become")[0]

    # A spend leads to the bucket it drew from.
    page.get_by_text("Which bucket it drew from").click()
    page.get_by_role("link", name="1,123 from the bucket of 4,123").click()
    bucket = card.buckets.get(order_reference="WEB-1")
    page.wait_for_url(f"**/admin/transactions/bucket/{bucket.pk}/change/")


def test_the_palette_finds_while_somebody_types(page_as: Any, card: Card) -> None:
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("WEB-2")
    hit = page.locator("#command-results-list a")
    hit.wait_for()
    assert "Order WEB-2" in hit.inner_text()
    hit.click()
    page.wait_for_url("**/change/?order=WEB-2#happened")
    assert page.get_by_role("heading", name="Order WEB-2").is_visible()


def test_enter_in_the_palette_opens_the_one_thing_that_has_the_value(
    page_as: Any, card: Card
) -> None:
    """A till's scanner types a code and Enter, faster than the palette lists anything."""
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially(card.code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/member/{card.member_id}/change/?card={card.pk}")


def test_what_is_not_found_says_what_can_be_searched(page_as: Any, card: Card) -> None:
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/find/")
    page.get_by_label("What to find").fill("nobody")
    page.get_by_role("button", name="Find", exact=True).click()
    assert "Nothing has the value “nobody”." in page.locator("#nothing").inner_text()
