"""What tests of bulk actions share: cards whose points wait, and asking for a job."""

from datetime import UTC, datetime, timedelta

from accounts.tests.factories import CardFactory
from transactions import jobs
from transactions.models import Bucket, Job
from transactions.tests.grants import grant
from transactions.tests.helpers import card_with

NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ACTIVATE, CANCEL = Job.Kind.ACTIVATE_BUCKETS, Job.Kind.CANCEL_BUCKETS


def clock():
    return LATER


def make_cards(number, *, buckets_each=1):
    """Cards of one unit with pending buckets of 10, 11, ... points."""
    first = card_with()
    cards = [first] + [
        CardFactory(definition=first.definition) for _ in range(number - 1)
    ]
    for card in cards:
        for number_ in range(buckets_each):
            grant(card, 10 + number_, now=NOW, waits_days=5)
    return cards


def ask(cards, *, kind=CANCEL, reason="A till counted twice.", buckets=None):
    return jobs.start_buckets(
        kind=kind,
        unit=cards[0].member.unit,
        buckets=Bucket.objects.all() if buckets is None else buckets,
        actor="staff:anna",
        reason=reason,
        now=NOW,
    )


def run(job):
    jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    return job
