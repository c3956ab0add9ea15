"""The queue of pending points in a browser: a filter is canceled by a job, and watched."""

import re

import pytest
from django.utils import timezone

from transactions import jobs
from transactions.admin.pending import bulk
from transactions.jobs import buckets as bucket_jobs
from transactions.models import Bucket, Job
from transactions.tests.queue_pages import make_queue, overdue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cards(monkeypatch):
    """Points that wait; three are few, and a worker does two at a time."""
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    monkeypatch.setattr(bucket_jobs, "PIECE", 2)
    return make_queue(6)


def work(pieces):
    looks = iter([True] * pieces)
    jobs.run_jobs(clock=timezone.now, keep_going=lambda: next(looks, False))


def test_a_filter_is_canceled_and_its_progress_watched(cards, page_as, screenshot):
    late = overdue(cards[0])
    page = page_as("Agent", cards[0].member.unit)
    page.goto("/admin/")
    page.get_by_role("link", name="Pending points").click()
    page.get_by_text("2 days late: no sweep has ever run").wait_for()
    screenshot(page, "queue")

    page.goto("/admin/transactions/bucket/pending/?due=month")
    page.get_by_role("link", name="Cancel all of these").click()
    page.get_by_text("60 points in 6 buckets are taken back.").wait_for()
    page.get_by_text("1 bucket with 10 points: the date has come").wait_for()
    screenshot(page, "queue_preview")
    page.get_by_label("Reason").fill("The till counted twice.")
    page.get_by_role("button", name="Cancel 60 points").click()

    page.get_by_text("0 of 7 done").wait_for()
    work(2)
    page.get_by_text(re.compile("[34] of 7 done")).wait_for()
    screenshot(page, "queue_job")
    page.get_by_text("Pending points", exact=True).last.click()  # and it goes on
    work(9)
    page.go_back()
    page.get_by_text("6 of 7 done, 1 refused, 60 points").wait_for()
    page.get_by_text("What was refused is listed below").wait_for()
    screenshot(page, "queue_job_done")
    late.refresh_from_db()
    assert late.status == "ACTIVE"  # its date had come
    assert Bucket.objects.filter(status="CANCELED").count() == 6
    assert Job.objects.get().reason == "The till counted twice."


def test_ticked_rows_are_activated_at_once(cards, page_as, screenshot):
    page = page_as("Agent", cards[0].member.unit)
    page.goto("/admin/transactions/bucket/pending/")
    for row in range(2):
        page.locator("input.action-select").nth(row + 1).check()
    page.locator("select[name=action]").select_option("activate_selected")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("20 points in 2 buckets become active now.").wait_for()
    page.get_by_role("button", name="Activate 20 points").click()
    page.get_by_text("This field is required.").wait_for()
    page.get_by_label("Reason").fill("The goods came early.")
    page.get_by_role("button", name="Activate 20 points").click()
    page.get_by_text("2 of 2 done, 0 refused, 20 points").wait_for()
    screenshot(page, "queue_ticked")
    assert Bucket.objects.filter(status="ACTIVE").count() == 2


def test_a_job_is_stopped_and_a_sweep_started_by_hand(cards, page_as, screenshot):
    late = overdue(cards[0])
    job = jobs.start_buckets(
        kind=Job.Kind.CANCEL_BUCKETS,
        unit=cards[0].member.unit,
        buckets=Bucket.objects.all(),
        actor="staff:anna",
        reason="A test",
        now=timezone.now(),
    )
    page = page_as("Manager", cards[0].member.unit)
    page.goto(f"/admin/transactions/job/{job.pk}/change/")
    page.get_by_role("button", name="Stop this job").click()
    page.get_by_text("stops here. What is done stays done.").wait_for()
    page.get_by_role("link", name="Monitoring").click()
    page.get_by_text("No worker has ever looked for work").wait_for()
    screenshot(page, "monitoring")
    page.get_by_role("button", name="Run it now").first.click()
    page.get_by_text("The sweep ran.").wait_for()
    late.refresh_from_db()
    assert late.status == "ACTIVE"
