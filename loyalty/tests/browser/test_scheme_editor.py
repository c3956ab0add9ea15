"""The scheme editor in a browser: sentences follow the typing; publish, copy, try out."""

import re

import pytest

from schemes.models import CardDefinition, Scheme
from schemes.tests.admin_forms import admin_url
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def definition(transactional_db):
    definition = CardDefinitionFactory(
        recipe=True, name="Points", status="DRAFT", scheme__status="DRAFT"
    )
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    return definition


@pytest.fixture
def page(page_as, definition):
    return page_as("Manager", definition.scheme.unit)


def said(page, text):
    page.locator("[data-sentences]").get_by_text(text).first.wait_for()


def test_the_sentences_follow_what_is_typed(page, definition, screenshot):
    page.goto(admin_url(definition))
    said(page, "A 123.45 GBP order today: 123 points")
    screenshot(page, "definition")
    page.fill("[name=example_amount]", "50")
    said(page, "A 50.00 GBP order today: 50 points")
    page.fill("[name=pending_period]", "9D")
    said(page, "Points wait 9 days before they can be spent.")
    page.fill("[name=pending_period]", "9 days")
    said(page, re.compile("is not a period"))
    screenshot(page, "definition_error")
    page.fill("[name=pending_period]", "2W")
    said(page, "Points wait 2 weeks before they can be spent.")
    page.get_by_text("Earn rates", exact=True).first.click()
    page.fill("[name=earn_rates-0-points]", "3")
    said(page, "A 50.00 GBP order today: 150 points")
    page.get_by_text("Add another Earn rate").click()
    screenshot(page, "earn_rates")
    page.locator("[name=earn_rates-1-name]").wait_for()
    definition.refresh_from_db()
    assert definition.pending_period == "5D"
    page.fill("[name=earn_rates-1-name]", "double")
    page.fill("[name=earn_rates-1-points]", "6")
    page.fill("[name=earn_rates-1-step]", "100")
    said(page, re.compile('Rate "double"'))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    definition.refresh_from_db()
    assert definition.pending_period == "2W"
    assert definition.earn_rates.count() == 2


def test_a_scheme_is_published_and_stopped(page, definition, screenshot):
    scheme = definition.scheme
    page.goto(admin_url(scheme))
    screenshot(page, "scheme")
    page.get_by_role("link", name="Publish").click()
    page.get_by_text("Points can be earned and spent from this moment on.").wait_for()
    screenshot(page, "publish")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("is published").wait_for()
    assert CardDefinition.objects.get().status == "ACTIVE"
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_text("Nothing is taken from members").wait_for()
    screenshot(page, "stop")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("is inactive").wait_for()
    assert Scheme.objects.get().status == "INACTIVE"
    page.goto(admin_url(scheme, "history"))
    page.get_by_text("Version 3").wait_for()
    screenshot(page, "history")


def test_a_scheme_is_copied(page, definition, screenshot):
    page.goto(admin_url(definition.scheme))
    page.get_by_role("link", name="Copy").click()
    screenshot(page, "copy")
    page.fill("[name=reference]", definition.scheme.reference)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text(re.compile("already exists")).wait_for()
    page.fill("[name=reference]", "COPY")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("a draft, until it is published").wait_for()
    assert Scheme.objects.get(reference="COPY").card_definitions.count() == 1


def test_a_purchase_is_tried_out(page, definition, screenshot):
    page.goto(admin_url(definition))
    page.get_by_role("link", name="Try out").click()
    page.fill("[name=amount]", "200")
    page.fill("[name=spend]", "100")
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("That pays 1.00 GBP.").wait_for()
    assert page.locator("[data-step]").count() == 6
    screenshot(page, "try_out")


def test_who_may_only_look_reads_the_sentences(page_as, definition, screenshot):
    page = page_as("Viewer", definition.scheme.unit)
    page.goto(admin_url(definition))
    said(page, "A 123.45 GBP order today: 123 points")
    assert page.locator("[name=example_amount]").count() == 0
    assert page.get_by_role("link", name="Publish").count() == 0
    screenshot(page, "definition_viewer")
