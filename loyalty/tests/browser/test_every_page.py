"""Every page of the admin on a telephone and a desk, light and dark: it fits, and is quiet."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse

from accounts.models import ApiClient, Card, Member
from loyalty.tests.staff_pages import Shop, make_shop
from schemes.models import CardDefinition, Scheme, Unit
from schemes.tests.admin_forms import admin_url
from transactions.admin.verbs.catalogue import VERBS

pytestmark = pytest.mark.django_db(transaction=True)

ADDED = (Unit, Scheme, CardDefinition, Member, Card, ApiClient, User, Group)
# Pages of their own, by the names of their addresses.
FURTHER = (
    "index",
    "password_change",
    "transactions_bucket_pending",
    "transactions_sweeprun_monitoring",
    "transactions_transaction_import",
    "transactions_transaction_export",
)
OF_RULES: dict[Any, tuple[str, ...]] = {
    Scheme: ("publish", "stop", "try_out", "copy_scheme"),
    CardDefinition: ("publish", "stop"),
}


@pytest.fixture
def shop(live_server) -> Shop:
    return make_shop("Shop")


@pytest.fixture
def page(shop, page_as):
    """The browser of a superuser, who meets every page."""
    page = page_as("", shop.unit)
    User.objects.exclude(pk=shop[User].pk).update(is_superuser=True)
    return page


def addresses(shop):
    """The address of each page of the admin: what is there, what is not, and no rows."""
    yield from (reverse(f"admin:{name}") for name in FURTHER)
    yield from ("/admin/find/?q=Shop-card", "/admin/find/?q=nothing")
    for model in admin.site._registry:
        row = shop[model]
        yield from (
            admin_url(row, page) for page in ("changelist", "change", "history")
        )
        yield admin_url(row, "changelist") + "?q=nothing"
        if hasattr(row, "history"):
            yield f"{admin_url(row, 'history')}{row.history.earliest().history_id}/"
    yield from (admin_url(shop[model], "add") for model in ADDED)
    for model, verbs in VERBS.items():
        yield from (admin_url(shop[model], verb.name) for verb in verbs)
    for model, names in OF_RULES.items():
        yield from (admin_url(shop[model], name) for name in names)


def test_no_page_is_wider_than_the_screen_or_says_an_error(shop, page):
    too_wide = []
    for place, address in enumerate(addresses(shop)):
        # Every other one in the dark: a page is as wide in either.
        scheme = ("light", "dark")[place % 2]
        page.emulate_media(color_scheme=scheme)
        answer = page.goto(address)
        assert answer.status == 200, address
        for width in (1400, 400):
            page.set_viewport_size({"width": width, "height": 900})
            beyond = page.evaluate(
                "document.documentElement.scrollWidth"
                " - document.documentElement.clientWidth"
            )
            if beyond > 0:
                too_wide.append((address, width, beyond))
        is_dark = page.evaluate("document.documentElement.classList.contains('dark')")
        assert is_dark == (scheme == "dark"), address
    assert not too_wide


def test_the_rates_of_a_definition_fit_beside_what_they_say(shop, page, screenshot):
    page.goto(admin_url(shop[CardDefinition]))
    for tab, prefix in (("Earn rates", "earn_rates"), ("Burn rates", "burn_rates")):
        page.get_by_role("link", name=tab).click()
        page.locator(f"#id_{prefix}-0-step").wait_for()
        screenshot(page, prefix)
        scrolls = f"""[...document.querySelectorAll("#{prefix}-data, #{prefix}-data *")]
            .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                && getComputedStyle(each).overflowX === "auto").length"""
        assert page.evaluate(scrolls) == 0
        narrowest = f"""Math.min(...[...document.querySelectorAll(
            "#{prefix}-data input[type=text], #{prefix}-data input[type=number]")]
            .filter(each => each.offsetWidth).map(each => each.offsetWidth))"""
        assert page.evaluate(narrowest) > 150
