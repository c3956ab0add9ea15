"""However late, in whatever batches: a sweep leaves the same rows, told once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.transaction import atomic

from accounts.models import Card
from transactions import ledger, sweeps
from transactions.models import Allocation, Bucket, Transaction
from transactions.sweeps import statements
from transactions.tests.cards import card_with, event_card, owing_card
from transactions.tests.grants import grant, remaining
from transactions.tests.helpers import assert_adds_up

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
END = 60
Rows = list[tuple[Any, ...]]


def events_told() -> Rows:
    """What became true of which bucket, and when; not when it was written, or where."""
    told = Transaction.objects.filter(status="APPROVED").values_list(
        "effective_at",
        "card",
        "bucket",
        "type",
        "points",
        "pending_points",
        "actor",
        "details",
    )
    return sorted(told, key=repr)


def holdings() -> Rows:
    """What is left where, and who drew it."""
    buckets = Bucket.objects.values_list(
        "pk", "status", "remaining", "activates_at", "expires_at"
    )
    drawn = Allocation.objects.values_list("bucket", "points", "transaction__type")
    owed = Card.objects.values_list("pk", "overdraft")
    return sorted([*buckets, *drawn, *owed], key=repr)


def daily(now: datetime) -> None:
    for day in range(1, END + 1):
        sweeps.activate_due(now=now + day * DAY)
        sweeps.expire_due(now=now + day * DAY)


def late(**how: Any) -> Callable[[datetime], None]:
    def run(now: datetime) -> None:
        sweeps.activate_due(now=now + END * DAY, **how)
        sweeps.expire_due(now=now + END * DAY, **how)

    return run


def expiries_first(now: datetime) -> None:
    sweeps.expire_due(now=now + END * DAY)
    sweeps.activate_due(now=now + END * DAY)


def settled_by_debits(now: datetime) -> None:
    """Each card settles itself, as it does before a debit; the sweep finds nothing."""
    for card in Card.objects.all():
        with atomic():
            locked = Card.objects.select_for_update().get(pk=card.pk)
            ledger.settle(card=locked, at=now + END * DAY, now=now + END * DAY)
    assert sweeps.activate_due(now=now + END * DAY).buckets == 0
    assert sweeps.expire_due(now=now + END * DAY).buckets == 0


WAYS = {
    "a month late": late(),
    "in batches of one": late(batch_size=1),
    "in batches of seven": late(batch_size=7),
    "expiries first": expiries_first,
    "settled by debits": settled_by_debits,
}


def outcome_of(
    way: Callable[[datetime], None], make: Callable[[datetime], None], *, now: datetime
) -> tuple[Rows, Rows]:
    """The rows after things went this way, which is then undone."""
    undo = RuntimeError()
    rows: list[tuple[Rows, Rows]] = []
    make(now)
    try:
        with atomic():
            way(now)
            for card in Card.objects.all():
                assert_adds_up(card)
            rows.append((events_told(), holdings()))
            raise undo
    except RuntimeError as error:
        if error is not undo:
            raise
    return rows[0]


def nothing_more(now: datetime) -> None:
    """What there is was made before."""


def ordinary_cards(now: datetime) -> None:
    """Points that activate and expire at many moments, on cards that owe nothing."""
    for _ in range(2):
        card = card_with()
        for day in range(1, 12):
            grant(
                card, day, now=now, waits_days=day, days=None if day % 3 else 20 + day
            )
        grant(card, 40, now=now, days=5)
        grant(card, 50, now=now)
        ledger.spend(card=card, points=30, now=now)
    awaits = event_card()
    ledger.earn(card=awaits, points=5, now=now)


def overdrawn_cards(now: datetime) -> None:
    """Members who owe points, and points to come that repay it before they lapse."""
    for owed in (5, 30, 45, 1_000):
        card = owing_card(owed, now=now)
        grant(card, 20, now=now, waits_days=3)
        grant(card, 20, now=now, waits_days=3, days=40)
        grant(card, 20, now=now, waits_days=7, days=10)
        grant(card, 20, now=now, waits_days=20, days=80)


@pytest.mark.parametrize("way", WAYS)
def test_a_late_sweep_leaves_the_rows_of_a_punctual_one(
    now: datetime, way: str
) -> None:
    ordinary_cards(now)

    punctual = outcome_of(daily, nothing_more, now=now)
    assert outcome_of(WAYS[way], nothing_more, now=now) == punctual
    assert len(punctual[0]) >= 50, "there must be something to compare"


@pytest.mark.parametrize("way", WAYS)
def test_on_overdrawn_cards_too_a_late_sweep_leaves_the_rows_of_a_punctual_one(
    now: datetime, way: str
) -> None:
    overdrawn_cards(now)

    punctual = outcome_of(daily, nothing_more, now=now)
    assert outcome_of(WAYS[way], nothing_more, now=now) == punctual


def test_the_first_points_to_become_active_repay_however_late_the_sweep(
    now: datetime,
) -> None:
    card = owing_card(50, now=now)
    for_good = grant(card, 100, now=now, waits_days=1)
    lapsing = grant(card, 100, now=now, waits_days=2, days=10)

    sweeps.activate_due(now=now + 5 * DAY)

    repaid = Transaction.objects.get(type="OVERDRAFT_REPAID")
    assert remaining(for_good, lapsing) == [50, 100]
    assert repaid.effective_at == now + DAY


def test_points_that_lapse_repay_what_is_owed_first(now: datetime) -> None:
    card = owing_card(30, now=now)
    grant(card, 100, now=now, waits_days=1, days=10)

    sweeps.expire_due(now=now + 20 * DAY)

    card.refresh_from_db()
    assert card.overdraft == 0
    assert Transaction.objects.get(type="POINTS_EXPIRED").points == -70
    assert_adds_up(card)


def test_what_a_card_in_debt_holds_never_lapses_before_it_is_settled(
    now: datetime,
) -> None:
    """As when a card falls into debt after the sweep has settled the others."""
    card = owing_card(30, now=now)
    grant(card, 100, now=now, waits_days=1, days=10)
    later = now + 20 * DAY
    how: dict[str, Any] = {"until": later, "now": later, "size": 10, "skip": []}

    statements.do_batch(statements.ACTIVATE, **how)
    assert statements.do_batch(statements.EXPIRE, **how) == (0, 0)


def test_points_activated_by_hand_do_not_repay_before_points_that_were_due(
    now: datetime,
) -> None:
    card = owing_card(50, now=now)
    was_due = grant(card, 100, now=now, waits_days=1)
    by_hand = grant(card, 100, now=now, waits_days=9, days=12)

    ledger.activate(bucket=by_hand, now=now + 5 * DAY)

    assert remaining(was_due, by_hand) == [50, 100]


def test_a_requested_activation_does_not_repay_before_points_that_were_due(
    now: datetime,
) -> None:
    card = owing_card(50, now=now, pending_mode="PERIOD_BASED", pending_period="1D")
    was_due = grant(card, 100, now=now, waits_days=1)
    requested = grant(card, 100, now=now, waits_days=9, days=12)
    ledger.request_activation(bucket=requested, now=now)

    sweeps.process_requests(now=now + 5 * DAY)

    assert remaining(was_due, requested) == [50, 100]


def test_the_sweep_and_the_ledger_write_the_same_columns(now: datetime) -> None:
    """Whatever a column's default is, a transaction does not tell who wrote it."""
    by_debit, by_sweep = card_with(), card_with()
    for card in (by_debit, by_sweep):
        grant(card, 10, now=now, waits_days=1, days=9)
    later = now + 20 * DAY

    with atomic():
        ledger.settle(card=by_debit, at=later, now=later)
    sweeps.expire_due(now=later)

    system = Transaction.objects.filter(actor="system").order_by("pk")
    written: list[list[Any]] = [
        list(system.filter(card=card).values()) for card in (by_debit, by_sweep)
    ]
    for row in [*written[0], *written[1]]:
        for column in ("id", "uuid", "card_id", "bucket_id"):
            assert row.pop(column)
    assert written[0] == written[1]
    assert len(written[0]) == 2
