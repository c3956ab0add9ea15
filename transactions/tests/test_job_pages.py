"""The pages of jobs: progress while they run, what was refused, stop and go on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card
from schemes.tests.admin_forms import sql_of
from schemes.tests.factories import UnitFactory
from transactions import jobs
from transactions.jobs import buckets as bucket_jobs
from transactions.models import Bucket, Job, JobRefusal, SweepRun
from transactions.tests.queue_pages import make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards(monkeypatch):
    """Cards whose buckets a job does two at a time."""
    monkeypatch.setattr(bucket_jobs, "PIECE", 2)
    return make_queue(5)


@pytest.fixture
def agent(staff_client, cards):
    return staff_client("Agent", cards[0].member.unit)


def ask(cards, kind=Job.Kind.CANCEL_BUCKETS):
    return jobs.start_buckets(
        kind=kind,
        unit=cards[0].member.unit,
        buckets=Bucket.objects.all(),
        actor="staff:anna",
        reason="A till counted twice.",
        now=timezone.now(),
    )


def run(pieces):
    looks = iter([True] * pieces)
    jobs.run_jobs(clock=timezone.now, keep_going=lambda: next(looks, False))


def address(job, name="change", *more):
    return reverse(f"admin:transactions_job_{name}", args=(job.pk, *more))


def text_of(client, job):
    return client.get(address(job)).content.decode().replace("\xa0", " ")


def test_the_page_shows_how_far_the_job_is_and_follows_it(agent, cards):
    job = ask(cards)
    run(1)
    text = text_of(agent, job)
    assert "2 of 5 done, 0 refused, 20 points" in text
    assert "width: 40%" in text
    assert "A till counted twice." in text
    assert "staff:anna" in text
    assert "Running" in text
    assert 'data-job-open="true"' in text
    assert "transactions/job.js" in text

    told = agent.get(address(job, "progress")).json()
    assert (told["is_open"], told["percent"], told["status"]) == (True, 40, "Running")
    run(5)
    told = agent.get(address(job, "progress")).json()
    assert (told["is_open"], told["percent"], told["status"]) == (False, 100, "Done")
    assert "All of it is done." in text_of(agent, job)


def test_a_job_that_nobody_works_on_says_that_the_worker_is_missing(agent, cards):
    job = ask(cards)
    assert "No worker has ever looked for work" in text_of(agent, job)
    now = timezone.now()
    run_ = SweepRun.objects.create(name="ACTIVATE_DUE", until=now, started_at=now)
    assert agent.get(address(job, "progress")).json()["note"] == ""
    SweepRun.objects.filter(pk=run_.pk).update(started_at=now - timedelta(minutes=3))
    told = agent.get(address(job, "progress")).json()
    assert "No worker has looked for work since" in told["note"]


def test_what_was_refused_is_listed_with_its_bucket_and_reason(agent, cards):
    Card.objects.filter(pk=cards[2].pk).update(status="CLOSED")
    job = ask(cards)
    run(9)
    text = text_of(agent, job)
    bucket = Bucket.objects.get(card=cards[2])
    assert "4 of 5 done, 1 refused" in text
    assert f"Card {cards[2].code} is closed." in text
    assert reverse("admin:transactions_bucket_change", args=(bucket.pk,)) in text


def test_a_thousand_refusals_are_shown_page_by_page(agent, cards):
    job = ask(cards)
    rows = [JobRefusal(job=job, row=pk, key="k", message="no") for pk in range(1000)]
    JobRefusal.objects.bulk_create(rows)
    Job.objects.filter(pk=job.pk).update(refused=1000)
    assert len(sql_of(agent, address(job))) <= 20


def test_a_job_is_stopped_and_goes_on_by_button(agent, cards):
    job = ask(cards)
    run(1)
    agent.post(address(job, "steer", "cancel"))
    job.refresh_from_db()
    assert (job.status, job.done) == ("CANCELED", 2)
    text = text_of(agent, job)
    assert "It was stopped." in text
    assert "Stop this job" not in text
    run(9)
    assert Bucket.objects.filter(status="PENDING").count() == 3

    agent.post(address(job, "steer", "retry"))
    run(9)
    job.refresh_from_db()
    assert (job.status, job.done) == ("DONE", 5)


def test_what_cannot_be_stopped_any_more_says_so(agent, cards):
    job = ask(cards)
    run(9)
    for verb, said in (("cancel", "has ended"), ("retry", "did not fail")):
        answer = agent.post(address(job, "steer", verb), follow=True)
        assert said in answer.content.decode()
    job.refresh_from_db()
    assert job.status == "DONE"


def test_a_failed_job_shows_its_error_and_the_way_on(agent, cards):
    job = ask(cards)
    Job.objects.filter(pk=job.pk).update(
        status="FAILED", error="ValueError: <b>", finished_at=timezone.now()
    )
    text = text_of(agent, job)
    assert "ValueError: &lt;b&gt;" in text
    assert "Go on" in text


# --- Who may --------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Viewer", "Finance"])
def test_who_may_not_ask_for_such_a_job_only_looks_at_it(staff_client, cards, role):
    job = ask(cards)
    client = staff_client(role, job.unit)
    assert "Stop this job" not in text_of(client, job)
    for verb in ("cancel", "retry"):
        assert client.post(address(job, "steer", verb)).status_code == 403
    job.refresh_from_db()
    assert job.status == "WAITING"


def test_who_may_not_see_jobs_sees_no_progress(staff_client, cards):
    job = ask(cards)
    client = staff_client("", job.unit, permissions=["transactions.view_bucket"])
    for name in ("change", "progress"):
        assert client.get(address(job, name)).status_code == 403


def test_another_unit_s_job_is_not_there(staff_client, cards):
    job = ask(cards)
    client = staff_client("Administrator", UnitFactory())
    assert client.get(address(job, "progress")).status_code == 404
    for verb in ("cancel", "retry"):
        assert client.post(address(job, "steer", verb)).status_code == 404
    assert (
        "till counted"
        not in client.get(reverse("admin:transactions_job_changelist")).content.decode()
    )
    job.refresh_from_db()
    assert job.status == "WAITING"


def test_a_job_is_steered_by_posts_of_its_page_alone(agent, cards):
    job = ask(cards)
    assert agent.get(address(job, "steer", "cancel")).status_code == 405
    assert agent.post(address(job, "steer", "delete")).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agent.user)
    assert strict.post(address(job, "steer", "cancel")).status_code == 403
    assert Client().get(address(job, "progress")).status_code == 302
    job.refresh_from_db()
    assert job.status == "WAITING"


def test_the_list_takes_few_statements(agent, cards):
    list_ = reverse("admin:transactions_job_changelist")
    ask(cards)
    few = len(sql_of(agent, list_))
    for _ in range(4):
        ask(cards)
    statements = sql_of(agent, list_)
    assert len(statements) == few <= 10
    assert not [each for each in statements if "COUNT(" in each]
