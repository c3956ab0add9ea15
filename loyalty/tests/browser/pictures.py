"""The pictures of the documents, of the demo shop as it is today: `make pictures`.

No test, as building the shop takes half a minute: named on the command line only.
"""

from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Card
from loyalty.roles import FINANCE, MANAGER
from loyalty.tests.browser.steps import open_own_menu
from schemes.models import CardDefinition, Unit
from schemes.tests.admin_forms import admin_url
from transactions import sweeps
from transactions.demo import UNIT, Demo

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(settings.BASE_DIR) / "docs" / "pictures"
WIDE, NARROW = 1400, 400


@pytest.fixture
def unit(live_server):
    """The demo shop, all of whose sweeps have run."""
    now = timezone.now()
    Demo(now=now).build()
    sweeps.activate_due(now=now)
    sweeps.close_figures(now=now, at_once=True)
    return Unit.objects.get(incoming_identifier=UNIT)


def take(page, address, name, *, height, width=WIDE, down_to=""):
    """Keep as much of a page as a window of this size shows, scrolled down to an element."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if down_to:
        page.locator(down_to).evaluate(
            "each => scrollTo(0, each.getBoundingClientRect().top - 188)"
        )
    page.wait_for_timeout(1_000)  # until the charts stand still
    page.screenshot(path=FOLDER / f"{name}.png")


def a_regular():
    """A card whose picture has some of everything, and not too much of it."""
    some = {
        "pending": Q(buckets__status="PENDING"),
        "active": Q(buckets__status="ACTIVE", buckets__remaining__gt=0),
        "expired": Q(buckets__status="EXPIRED"),
    }
    cards = Card.objects.filter(status="ACTIVE").annotate(
        number=Count("buckets"),
        **{name: Count("buckets", filter=which) for name, which in some.items()},
    )
    wanted = dict.fromkeys((f"{name}__gte" for name in some), 1)
    found = cards.filter(number__range=(10, 14), **wanted).order_by("-active", "pk")
    return found.first()


def test_pictures(unit, page_as):
    page = page_as(FINANCE, unit, username="grace")
    take(page, "/admin/", "dashboard", height=1_040)
    page.emulate_media(color_scheme="dark")
    open_own_menu(page)
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Übersicht").wait_for()
    take(page, "/admin/", "german", width=NARROW, height=800, down_to="#card-active")

    page = page_as(MANAGER, unit, username="anna")
    take(page, admin_url(a_regular().member), "member", height=1_060)
    take(page, "/admin/transactions/bucket/pending/", "pending", height=700)
    take(page, admin_url(CardDefinition.objects.get()), "rules", height=960)
