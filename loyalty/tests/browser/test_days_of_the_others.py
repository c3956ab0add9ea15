"""Whoever counts, looks on or lets others in; and what each chooses for themselves."""

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from accounts.models import ApiClient
from accounts.tests.factories import CardFactory
from loyalty.roles import ADMINISTRATOR, FINANCE, VIEWER
from loyalty.tests.browser.steps import go, open_own_menu
from loyalty.tests.staff_pages import OF_A_UNIT, make_shop
from schemes.tests.admin_forms import admin_url
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger
from transactions.admin.verbs.catalogue import VERBS
from transactions.models import SweepRun
from transactions.sweeps import close_figures

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
SEEN = [model for model in OF_A_UNIT if model is not ApiClient]
# Where buttons lead that do something.
ACTS = {verb.name for verbs in VERBS.values() for verb in verbs} | {
    *(
        "add",
        "publish",
        "stop",
        "copy_scheme",
        "try_out",
        "import",
        "export",
        "monitoring",
    )
}
PASSWORD = "a-till-and-a-half"


@pytest.fixture
def card(live_server):
    """A card of a shop with two schemes, of which this one owes money."""
    definition = CardDefinitionFactory(
        scheme__name="Corner Shop", scheme__point_cost=Decimal("0.5")
    )
    CardDefinitionFactory(scheme__name="Winter", scheme__unit=definition.scheme.unit)
    made = CardFactory(definition=definition)
    now = timezone.now()
    for days, points in ((50, 3_000), (1, 900)):
        at = now - days * DAY
        ledger.earn(card=made, points=points, valid_to=now + 40 * DAY, now=at)
    ledger.spend(card=made, points=600, now=now - timedelta(minutes=5))
    close_figures(now=now, at_once=True)
    return made


def test_what_is_owed_is_the_same_on_the_dashboard_and_in_the_file(card, page_as):
    page = page_as(FINANCE, card.member.unit)
    page.goto("/admin/")
    page.get_by_label("Scheme").select_option("Winter")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Winter, ").wait_for()
    assert page.inner_text("#card-active .value") == "0"
    page.get_by_label("Scheme").select_option("Corner Shop")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="90 days").click()
    page.wait_for_url("**days=90**")
    assert page.inner_text("#card-issued .value") == "3,900"
    owed = page.inner_text("#card-owed .value")
    assert owed == "16.50 GBP"

    go(page, "Export")
    page.get_by_label("Points owed, by their last usable day").check()
    page.get_by_label("Scheme").select_option("Corner Shop (Europe/London)")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export").click()
    text = Path(started.value.path()).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(text.splitlines()))
    pence = sum(Decimal(line["active_cost_minor_units"]) for line in lines)
    assert f"{pence / 100:.2f} GBP" == owed

    page.goto(admin_url(card))
    page.get_by_text("Active points").first.wait_for()
    assert page.get_by_role("link", name="Give points").count() == 0


def test_a_viewer_has_no_button_that_does_anything(live_server, page_as):
    shop = make_shop("Mine")
    page = page_as(VIEWER, shop.unit)
    for model in (*SEEN, SweepRun):
        for address in (admin_url(shop[model], "changelist"), admin_url(shop[model])):
            assert page.goto(address).status == 200
            does = "form[method=post] [type=submit]:visible"
            assert page.locator(does).count() == 0, address
            links = page.eval_on_selector_all(
                "a[href]", 'all => all.map(a => a.getAttribute("href"))'
            )
            leads = {urlsplit(link).path.rstrip("/").split("/")[-1] for link in links}
            assert not leads & ACTS, address


def test_a_new_agent_is_let_in_and_sees_their_own_unit(live_server, page_as):
    mine = make_shop("Mine")
    make_shop("Other")
    page = page_as(ADMINISTRATOR, mine.unit)
    page.goto("/admin/")
    go(page, "Users")
    page.locator("a[href$='/user/add/']").first.click()
    page.get_by_label("Username").fill("grace")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.get_by_label("Agent: serves customers").check()
    page.select_option("[name=unit_accesses-0-unit]", str(mine.unit.pk))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()
    assert list(User.objects.get(username="grace").groups.values_list("name")) == [
        ("Agent",)
    ]

    page.context.clear_cookies()
    page.goto("/admin/accounts/card/")
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/accounts/card/")
    page.get_by_text("Mine-card").first.wait_for()
    assert page.get_by_text("Other-card").count() == 0


def test_german_is_chosen_once_and_stays(card, page_as):
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/")
    open_own_menu(page)
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Übersicht").wait_for()
    assert page.inner_text("#card-active .value") == "3.300"
    go(page, "Karten")
    page.wait_for_url("**/admin/accounts/card/")
    page.context.clear_cookies(name="sessionid")
    page.goto("/admin/")
    page.get_by_role("button", name="Anmelden").wait_for()


def test_the_dark_is_chosen_once_and_stays(card, page_as):
    page = page_as(VIEWER, card.member.unit)
    page.goto("/admin/")
    is_dark = "document.documentElement.classList.contains('dark')"
    assert not page.evaluate(is_dark)
    open_own_menu(page)
    page.get_by_text("Dark", exact=True).click()
    page.wait_for_function(is_dark)
    go(page, "Cards")
    page.wait_for_url("**/admin/accounts/card/")
    assert page.evaluate(is_dark)
