"""What is foretold of a bulk action is what then comes of it."""

from datetime import timedelta

import pytest

from transactions import jobs
from transactions.models import Bucket, JobRefusal
from transactions.tests.bucket_jobs import ACTIVATE, CANCEL, NOW, ask, make_cards
from transactions.tests.grants import grant
from transactions.tests.helpers import SHUT, card_with, shut


@pytest.mark.parametrize("how", SHUT)
@pytest.mark.parametrize("kind", [ACTIVATE, CANCEL])
def test_what_would_be_refused_is_foretold_as_it_then_is(db, kind, how):
    open_, closed = make_cards(2)[0], make_cards(1)[0]
    shut(closed, how, now=NOW)
    told = jobs.forecast(kind=kind, buckets=Bucket.objects.all(), now=NOW)
    assert (told.buckets, told.can, told.can_points) == (3, 2, 20)
    assert [(each.key, each.points) for each in told.hindrances] == [(SHUT[how], 10)]
    for card in (open_, closed):
        jobs.run_now(job=ask([card], kind=kind), clock=lambda: NOW)
    assert JobRefusal.objects.get().key == SHUT[how]


@pytest.mark.parametrize("kind", [ACTIVATE, CANCEL])
def test_what_its_date_has_decided_is_foretold_too(db, kind):
    cards = make_cards(1)
    due = NOW + timedelta(days=6)
    told = jobs.forecast(kind=kind, buckets=Bucket.objects.all(), now=due)
    job = jobs.run_now(job=ask(cards, kind=kind), clock=lambda: due)
    assert told.can == job.done == (1 if kind == ACTIVATE else 0)
    assert [each.key for each in told.hindrances] == [
        each.key for each in JobRefusal.objects.filter(job=job)
    ]


@pytest.mark.parametrize("kind", [ACTIVATE, CANCEL])
def test_what_awaited_an_event_in_vain_is_foretold_too(db, kind):
    card = card_with(
        pending_mode="EVENT_BASED", pending_events=["DELIVERED"], pending_deadline="5D"
    )
    grant(card, 10, now=NOW)
    late = NOW + timedelta(days=6)
    told = jobs.forecast(kind=kind, buckets=Bucket.objects.all(), now=late)
    job = jobs.run_now(job=ask([card], kind=kind), clock=lambda: late)
    assert (told.can, told.buckets) == (job.done, job.total) == (0, 1)
    assert told.hindrances[0].key == JobRefusal.objects.get().key


def test_a_forecast_takes_the_same_few_statements_for_many(
    db, django_assert_num_queries
):
    make_cards(5, buckets_each=3)
    with django_assert_num_queries(2):
        jobs.forecast(kind=CANCEL, buckets=Bucket.objects.all(), now=NOW)
