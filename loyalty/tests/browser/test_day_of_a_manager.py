"""A manager's day: what is late, the rules of the season, what went wrong, a file."""

import pytest
from django.utils import timezone

from accounts.models import Card
from loyalty.roles import MANAGER
from loyalty.tests.browser.steps import go
from schemes.models import CardDefinition, Scheme
from schemes.tests.admin_forms import admin_url
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
)
from transactions import jobs, ledger, sweeps
from transactions.admin.pending import bulk
from transactions.models import Bucket, Job, Transaction
from transactions.tests.queue_pages import make_queue, overdue

pytestmark = pytest.mark.django_db(transaction=True)


def work():
    """Let the worker do all that waits."""
    jobs.run_jobs(clock=timezone.now)


def test_what_is_late_is_red_and_is_activated_with_the_rest_while_away(
    live_server, page_as, monkeypatch
):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    cards = make_queue(4)
    overdue(cards[0])
    page = page_as(MANAGER, cards[0].member.unit)
    page.goto("/admin/")
    go(page, "Pending points")
    told = page.get_by_text("2 days late")
    red, _, blue = told.evaluate(
        """each => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = getComputedStyle(each).color;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
    )
    assert red > 2 * blue
    page.get_by_role("link", name="Activate all of these").click()
    page.get_by_label("Reason").fill("The season begins early.")
    page.get_by_role("button", name="Activate 50 points").click()
    page.get_by_text("0 of 5 done").wait_for()
    context = page.context
    page.close()

    work()
    page = context.new_page()
    page.goto("/admin/")
    go(page, "Jobs")
    page.locator("#result_list tbody a").first.click()
    page.get_by_text("5 of 5 done, 0 refused, 50 points").wait_for()
    assert {each.status for each in Bucket.objects.all()} == {"ACTIVE"}


def test_a_season_s_scheme_is_copied_changed_published_and_tried_out(
    live_server, page_as
):
    last = CardDefinitionFactory(recipe=True, name="Points")
    EarnRateFactory(card_definition=last)
    BurnRateFactory(card_definition=last)
    page = page_as(MANAGER, last.scheme.unit)
    page.goto("/admin/")
    go(page, "Schemes")
    page.get_by_role("link", name=last.scheme.name).click()
    page.get_by_role("link", name="Copy").click()
    page.fill("[name=reference]", "WINTER")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("a draft, until it is published").wait_for()

    copy = CardDefinition.objects.get(scheme__reference="WINTER")
    page.goto(admin_url(copy))
    page.fill("[name=pending_period]", "3W")
    told = page.locator("[data-sentences]")
    told.get_by_text("Points wait 3 weeks before they can be spent.").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()

    page.goto(admin_url(copy.scheme))
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("is published").wait_for()
    page.get_by_role("link", name="Try out").click()
    page.fill("[name=amount]", "80")
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("80 points").first.wait_for()
    copy.refresh_from_db()
    last.refresh_from_db()
    assert (copy.pending_period, copy.status) == ("3W", "ACTIVE")
    assert Scheme.objects.get(reference="WINTER").status == "ACTIVE"
    assert last.pending_period == "5D"


def test_a_rejected_request_is_asked_for_again(live_server, page_as):
    (card,) = make_queue(1, pending_mode="PERIOD_BASED", pending_period="9D")
    bucket = Bucket.objects.get(card=card)
    ledger.request_cancellation(bucket=bucket, now=timezone.now())
    Card.objects.filter(pk=card.pk).update(status="BLOCKED")
    sweeps.process_requests(now=timezone.now())
    Card.objects.filter(pk=card.pk).update(status="ACTIVE")

    page = page_as(MANAGER, card.member.unit)
    page.goto("/admin/")
    go(page, "Monitoring")
    page.get_by_role("button", name="Ask again").click()
    page.get_by_text("It is asked for again; the worker decides.").wait_for()
    page.locator("form[action$='/PROCESS_REQUESTS/'] button").click()
    page.get_by_text("The sweep ran.").wait_for()
    bucket.refresh_from_db()
    assert bucket.status == "CANCELED"


def test_a_file_is_validated_before_anything_is_booked(live_server, page_as, tmp_path):
    (card,) = make_queue(1)
    file = tmp_path / "till.csv"
    file.write_text(
        "reference,member,time,kind,points\n"
        f"T-1,{card.member.external_id},2026-01-10T15:00:00Z,credit,75\n"
    )
    page = page_as(MANAGER, card.member.unit)
    page.goto("/admin/")
    go(page, "Import")
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Every row can be booked.").wait_for()
    assert not Transaction.objects.filter(reference="T-1").exists()
    page.get_by_role("button", name="Import these rows").click()
    page.get_by_text("The check of this file").wait_for()
    assert Transaction.objects.get(reference="T-1").points == 75
    assert Job.objects.filter(status="DONE").count() == 2
