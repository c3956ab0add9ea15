"""The dashboard in a real browser: figures, charts, periods, on a wide and a small one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from transactions import ledger
from transactions.sweeps import close_figures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card(transactional_db):
    """A card that has earned, waits for more and has spent something."""
    made = CardFactory(
        definition__scheme__name="Corner Shop",
        definition__scheme__point_cost=Decimal(1),
    )
    now = timezone.now()
    for days, points in ((50, 3_000), (20, 1_200), (1, 900)):
        at = now - timedelta(days=days)
        valid_to = now + timedelta(days=40)
        ledger.earn(card=made, points=points, valid_to=valid_to, now=at)
    soon = now + timedelta(days=6)
    ledger.earn(card=made, points=400, valid_from=soon, now=now - timedelta(hours=1))
    ledger.spend(card=made, points=600, now=now - timedelta(minutes=5))
    close_figures(now=now, at_once=True)
    return made


def drawn(page):
    """The ids of the charts on which something is drawn."""
    return page.evaluate(
        """() => [...document.querySelectorAll("canvas.chart")].filter(canvas => {
            const {width, height} = canvas;
            const pixels = canvas.getContext("2d").getImageData(0, 0, width, height);
            return pixels.data.some(each => each);
        }).map(canvas => canvas.closest("[id^=chart-]").id)"""
    )


def test_the_figures_of_a_shop_are_there_and_drawn(page_as, card, screenshot):
    page = page_as("Finance", card.member.unit)
    page.goto("/admin/")

    assert page.inner_text("#card-active .value") == "4,500"
    assert page.inner_text("#card-pending .value") == "400"
    assert page.inner_text("#card-spent .value") == "600"
    assert page.inner_text("#card-owed .value") == "45.00 GBP"
    assert {*drawn(page)} == {
        "chart-moved",
        "chart-activations",
        "chart-expiries",
        "chart-backlog",
        "chart-breakage",
    }
    assert "Nothing was late" in page.inner_text("#chart-lag")
    page.click("#chart-expiries summary")
    assert page.inner_text("#chart-expiries tbody td:nth-child(2)") == "4,500"
    screenshot(page, "dashboard")


def test_another_period_is_one_click_away(page_as, card):
    page = page_as("Viewer", card.member.unit)
    page.goto("/admin/")
    assert page.inner_text("#card-issued .value") == "2,500"
    page.click("text=90 days")
    page.wait_for_url("**days=90**")
    assert page.inner_text("#card-issued .value") == "5,500"

    page.fill("input[name=first]", f"{timezone.now() - timedelta(days=9):%Y-%m-%d}")
    page.click("#question button")
    page.wait_for_url("**first=**")
    assert page.inner_text("#card-issued .value") == "1,300"


def test_it_fits_a_telephone(page_as, card):
    page = page_as("Viewer", card.member.unit)
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto("/admin/")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 400


def test_the_charts_are_drawn_in_the_dark_too(page_as, card, screenshot):
    page = page_as("Viewer", card.member.unit)
    page.emulate_media(color_scheme="dark")
    page.goto("/admin/")
    assert page.evaluate("document.documentElement.classList.contains('dark')")
    assert "chart-moved" in drawn(page)
    screenshot(page, "dashboard_dark")
