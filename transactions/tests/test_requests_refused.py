"""When nothing can be asked for: refused requests leave no trace."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import (
    SHUT,
    TICK,
    card_with,
    everything,
    london,
    refused,
    shut,
)

ACTIVATES = london(2025, 6, 15, 15)

Request = Callable[..., Transaction]
both = pytest.mark.parametrize(
    "request_", [ledger.request_activation, ledger.request_cancellation]
)


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of the recipe's card that wait until 15 June."""
    ledger.earn(card=recipe_card, points=200, now=now)
    return Bucket.objects.get()


@both
def test_points_that_are_due_active_or_gone_cannot_be_asked_for(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    active = ledger.credit(card=waiting.card, points=5, now=now).bucket
    canceled = ledger.earn(card=waiting.card, points=5, now=now).bucket
    assert active
    assert canceled
    ledger.cancel(bucket=canceled, now=now)

    with refused(ledger.BucketAlreadyDue):
        request_(bucket=waiting, now=ACTIVATES)
    for bucket in (active, canceled):
        with refused(ledger.BucketNotPending):
            request_(bucket=bucket, now=now)
    assert request_(bucket=waiting, now=ACTIVATES - TICK).status == "PENDING"


@both
@pytest.mark.django_db
def test_points_whose_event_did_not_come_cannot_be_asked_for(
    now: datetime, request_: Request
) -> None:
    card = card_with(
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="5D",
    )
    bucket = ledger.earn(card=card, points=200, now=now).bucket
    assert bucket

    with refused(ledger.BucketNotPending):
        request_(bucket=bucket, now=ACTIVATES)
    assert request_(bucket=bucket, now=ACTIVATES - TICK).status == "PENDING"


@both
def test_nothing_can_be_asked_for_where_no_points_wait(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    CardDefinition.objects.update(pending_mode="IMMEDIATE")

    with refused(ledger.PendingNotEnabled):
        request_(bucket=waiting, now=now)


@both
@pytest.mark.parametrize("how", SHUT)
def test_nothing_can_be_asked_for_on_what_is_shut(
    waiting: Bucket, now: datetime, request_: Request, how: str
) -> None:
    shut(waiting.card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        request_(bucket=waiting, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


@both
def test_a_request_in_the_future_or_without_a_time_zone_is_refused(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            request_(bucket=waiting, now=now, cause=Cause(occurred_at=moment))
    with refused(ledger.InvalidMoment, field="now"):
        request_(bucket=waiting, now=naive)


def test_requests_cannot_be_processed_at_a_moment_without_a_time_zone(
    waiting: Bucket, now: datetime
) -> None:
    requested = ledger.request_activation(bucket=waiting, now=now)

    with refused(ledger.InvalidMoment, field="now"):
        ledger.process(requests=[requested], now=now.replace(tzinfo=None))
